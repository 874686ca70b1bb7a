"""citraro/: metrics_delin's OPT-J and OPT-P, and OPT-P's steps on given chains."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from case import Outcome, attempt, compare, read_graph, read_json, within

import roadmetrics as rm

COUNTS = ("tp", "pp", "ap")
PARTS = ("precision", "recall", "f1")
# tp, pp, ap of the program run with k lowered to the number of candidates, where it raises for
# fewer than five; th_snap 25 and 10 give the same
FEW_CANDIDATES = {
    "syn_line_identical": (2, 2, 2),
    "syn_line_gap": (4, 4, 6),
    "syn_line_half": (2, 2, 4),
    "syn_line_shift10": (2, 2, 2),
    "syn_line_shift30": (0, 2, 2),
    "syn_line_dense2": (2, 2, 2),
    "syn_line_dense2_identical": (2, 2, 2),
    "syn_cross_T": (6, 6, 8),
    "syn_tenlines_one": (2, 2, 20),
}
ZERO, ONE = dict.fromkeys(PARTS, 0.0), dict.fromkeys(PARTS, 1.0)


def run(folder: Path) -> Iterator[Outcome]:
    """Every case of either metric."""
    folder = folder / "citraro"
    for name, case in (read_json(folder / "expected_graph.json") or {}).items():
        for key in ("opt_j", "opt_j_snap10"):
            if key in case:
                label = f"junction {name} {key}"
                check = partial(check_junction, label, folder, name, case, case[key])
                yield attempt(label, check)
        for seed, expected in case.get("opt_p", {}).get("by_seed", {}).items():
            label = f"path {name} seed {seed}"
            yield attempt(label, partial(check_path, label, folder, case, seed, expected))
    for name, case in (read_json(folder / "expected_optp_chains.json") or {}).items():
        label = f"path chains {name}"
        yield attempt(label, partial(check_chains, label, folder, case))


def check_junction(label: str, folder: Path, name: str, case: Any, golden: Any) -> Outcome:
    """Counts exact, ratios to 1e-9; the original raises where there are fewer than 5 candidates."""
    gt, pred = (read_graph(folder / case[side]) for side in ("gt", "pred"))
    numbers = golden["params"]
    score = rm.get(
        f"junction:citraro2020,snap_dist={numbers['th_snap']},alpha={numbers['alpha']},"
        f"existing_dist={numbers['th_existing']}"
    )(gt, pred)
    counts = score.counts.as_dict()
    if "raises" in golden["value"] and name in FEW_CANDIDATES:
        expected = dict(zip(COUNTS, map(float, FEW_CANDIDATES[name]), strict=True))
        return compare(label, expected, counts, 0.0)
    if "raises" in golden["value"]:
        return _defined(label, case, gt, pred, score)
    exact = {k: (golden["value"][k], counts[k]) for k in COUNTS}
    return compare(label, {k: golden["value"][k] for k in PARTS}, score.parts, 1e-9, exact=exact)


def check_path(label: str, folder: Path, case: Any, seed: str, expected: Any) -> Outcome:
    """Each seed, exactly: Python's generator is replayed. F1 of 0 and 0 is 0, not NaN."""
    gt, pred = (read_graph(folder / case[side]) for side in ("gt", "pred"))
    numbers = case["opt_p"]["params"]
    score = rm.get(
        f"path:citraro2020,snap_dist={numbers['th_snap']},"
        f"existing_dist={numbers['th_existing']},seed={seed}"
    )(gt, pred)
    if "raises" in expected:
        return _defined(label, case, gt, pred, score)
    values = {k: 0.0 if expected[k] == "nan" else expected[k] for k in PARTS}
    return compare(label, values, score.parts, 1e-9)


def check_chains(label: str, folder: Path, case: Any) -> Outcome:
    """The score of each chain, in order, exactly; chains after the last scored one have none."""
    graph, other = (read_graph(folder / case[side]) for side in ("graph", "other"))
    numbers = case["params"]
    metric = rm.get(
        f"path:citraro2020,snap_dist={numbers['th_snap']},existing_dist={numbers['th_existing']}"
    )
    found = metric.chain_scores(graph, other, case["chains"])
    expected, got = (
        {f"chain{k}": score for k, score in enumerate(scores)} for scores in (case["scores"], found)
    )
    missing = dict.fromkeys(expected, float("nan"))
    exact = {"number": (float(len(expected)), float(len(got)))}
    return compare(label, expected, {**missing, **got}, 1e-9, exact=exact)


def _defined(label: str, case: Any, gt: Any, pred: Any, score: Any) -> Outcome:
    """What ours gives where the original raises: the empty rule, 1 for copies, else a score."""
    if gt.length == 0 or pred.length == 0:
        return compare(label, ONE if gt.length == pred.length else ZERO, score.parts, 0.0)
    if case["gt"] == case["pred"]:
        return compare(label, ONE, score.parts, 0.0)
    return within(label, ZERO, ONE, score.parts)
