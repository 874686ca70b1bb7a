"""ccq/: metrics_delin on masks, and shapely buffers on vectors."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from case import Outcome, attempt, compare, existing, read_graph, read_json
from PIL import Image

import roadmetrics as rm

COUNTS = ("TP_g", "FP", "TP_p", "FN")
PARTS = ("correctness", "completeness", "quality")


def run(folder: Path) -> Iterator[Outcome]:
    """Every case of both files."""
    yield from run_masks(folder / "ccq")
    yield from run_vectors(folder / "ccq")


def run_masks(folder: Path) -> Iterator[Outcome]:
    """Counts exact; where one mask is empty, by the empty rule and not by scipy's artefact."""
    for name, case in (read_json(folder / "expected_ccq_masks.json") or {}).items():
        for slack, expected in case["by_slack"].items():
            label = f"ccq {name} slack {slack}"
            yield attempt(label, partial(check_masks, label, folder, case, slack, expected))


def check_masks(label: str, folder: Path, case: Any, slack: str, expected: Any) -> Outcome:
    """One pair of masks at one slack."""
    gt, pred = (_mask(folder / case[side]) for side in ("gt", "pred"))
    score = rm.get(f"ccq:citraro2020,slack={slack}")(gt, pred)
    if not gt.n_pixels or not pred.n_pixels:
        value = 1.0 if gt.n_pixels == pred.n_pixels else 0.0
        return compare(label, dict.fromkeys(PARTS, value), score.parts, 0.0)
    c = score.counts.as_dict()
    got = {
        "TP_g": c["matched_pred"],
        "FP": c["total_pred"] - c["matched_pred"],
        "TP_p": c["matched_gt"],
        "FN": c["total_gt"] - c["matched_gt"],
    }
    exact = {k: (expected[k], got[k]) for k in COUNTS}
    return compare(label, {k: expected[k] for k in PARTS}, score.parts, 1e-9, exact=exact)


def run_vectors(folder: Path) -> Iterator[Outcome]:
    """The default against polygons of shapely, to 1e-3."""
    golden = read_json(folder / "expected_ccq_vector.json") or {"cases": {}}
    for name, case in golden["cases"].items():
        for slack, expected in case["by_tolerance"].items():
            label = f"ccq vector {name} slack {slack}"
            yield attempt(label, partial(check_vectors, label, folder, case, slack, expected))


def check_vectors(label: str, folder: Path, case: Any, slack: str, expected: Any) -> Outcome:
    """One pair of graphs at one slack."""
    gt, pred = (read_graph(folder / case[side]) for side in ("gt", "pred"))
    return compare(label, expected, rm.get(f"ccq,slack={slack}")(gt, pred).parts, 1e-3)


def _mask(path: Path) -> rm.Mask:
    return rm.Mask(np.array(Image.open(existing(path))) > 0)
