"""ccq/: metrics_delin on masks, and shapely buffers on vectors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from case import Outcome, compare, read_graph, read_json
from PIL import Image

import roadmetrics as rm

COUNTS = ("TP_g", "FP", "TP_p", "FN")


def run(folder: Path) -> Iterator[Outcome]:
    """Every case of both files."""
    yield from run_masks(folder / "ccq")
    yield from run_vectors(folder / "ccq")


def run_masks(folder: Path) -> Iterator[Outcome]:
    """Counts exact; where one mask is empty, by the empty rule and not by scipy's artefact."""
    for name, case in (read_json(folder / "expected_ccq_masks.json") or {}).items():
        gt, pred = (_mask(folder / case[side]) for side in ("gt", "pred"))
        for slack, expected in case["by_slack"].items():
            score = rm.get(f"ccq:citraro2020,slack={slack}")(gt, pred)
            c = score.counts.as_dict()
            got = {
                "TP_g": c["matched_pred"], "FP": c["total_pred"] - c["matched_pred"],
                "TP_p": c["matched_gt"], "FN": c["total_gt"] - c["matched_gt"],
            }  # fmt: skip
            label = f"ccq {name} slack {slack}"
            if not gt.n_pixels or not pred.n_pixels:
                value = 1.0 if gt.n_pixels == pred.n_pixels else 0.0
                parts = ("correctness", "completeness", "quality")
                yield compare(label, dict.fromkeys(parts, value), score.parts, 0.0)
            else:
                exact = {k: (expected[k], got[k]) for k in COUNTS}
                wanted = {k: expected[k] for k in ("correctness", "completeness", "quality")}
                yield compare(label, wanted, score.parts, 1e-9, exact=exact)


def run_vectors(folder: Path) -> Iterator[Outcome]:
    """The default against polygons of shapely, to 1e-3."""
    golden = read_json(folder / "expected_ccq_vector.json") or {"cases": {}}
    for name, case in golden["cases"].items():
        gt, pred = (read_graph(folder / case[side]) for side in ("gt", "pred"))
        for tolerance, expected in case["by_tolerance"].items():
            score = rm.get(f"ccq,slack={tolerance}")(gt, pred)
            yield compare(f"ccq vector {name} slack {tolerance}", expected, score.parts, 1e-3)


def _mask(path: Path) -> rm.Mask:
    return rm.Mask(np.array(Image.open(path)) > 0)
