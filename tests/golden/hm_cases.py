"""jct_hm: holes and marbles of metrics_delin, from given starts and whole, and Sat2Graph's TOPO."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from case import Outcome, attempt, compare, existing, read_json

import roadmetrics as rm
from roadmetrics.metrics.hm import citraro, sat2graph

DEGREE = 111111.0
DENSITY = 0.00050  # degrees, topo.py:100
KERNEL = ("matched_marbles", "n_pred", "matched_holes", "n_gt")
FIXED = ("matched_marbles_id0_fixed", "n_pred", "matched_holes_id0_fixed", "n_gt")


def run(folder: Path) -> Iterator[Outcome]:
    """Every case of the three files."""
    here = folder / "jct_hm"
    checks = {
        "expected_hm_lcit_kernel.json": check_kernel,
        "expected_hm_lcit_runs.json": check_runs,
        "expected_topo_sat2graph.json": check_topo,
    }
    for file, check in checks.items():
        for name, case in (read_json(here / file) or {}).items():
            label = f"hm {check.__name__.removeprefix('check_')} {name}"
            yield attempt(label, partial(check, label, here, name, case))


def graph_of(data: Any, *, is_row_column: bool = False, unit: str = "px") -> rm.RoadGraph:
    """Nodes and edges in the order of the file."""
    xy = np.array(data["nodes"], dtype=float).reshape(-1, 2)
    edges = np.array(data["edges"], dtype=int).reshape(-1, 2)
    return rm.RoadGraph(xy[:, ::-1] if is_row_column else xy, edges, unit)


def pair_of(folder: Path, name: str, **options: Any) -> tuple[rm.RoadGraph, rm.RoadGraph]:
    """Both graphs of a case."""
    case = read_json(existing(folder / "cases" / f"{name}.json"))
    return graph_of(case["gt"], **options), graph_of(case["pred"], **options)


def check_kernel(label: str, folder: Path, name: str, case: Any) -> Outcome:
    """Counts of each start on the dense graphs of the file, with and without the slip at id 0."""
    gt, pred = graph_of(case["gt_dense"]), graph_of(case["pred_dense"])
    p, rows = case["params"], case["per_start"]
    starts = [row["start"] for row in rows]
    expected, got = {}, {}
    for keys, zero in ((KERNEL, 0), (FIXED, -1)):
        found = citraro.counts_from_starts(
            gt, pred, starts, p["dist_limit"], p["dist_matching"], zero=zero
        )
        for key, column in zip(keys, found.T, strict=True):
            there = np.array([row[key] for row in rows])
            expected[f"{key} that differ"] = 0.0
            got[f"{key} that differ"] = float(np.count_nonzero(there != column))
    return compare(f"{label}, {len(rows)} starts", expected, got, 0.0)


def check_runs(label: str, folder: Path, name: str, case: Any) -> Outcome:
    """The whole metric within 4 standard deviations + 0.02 of the mean: the same starts are drawn.

    The original's runs differ in the order of its simplification only, which numpy's seed leaves.
    """
    gt, pred = pair_of(folder, name)
    if "error" in case:  # the original raises where one side is empty
        return compare(label, {"f1": 0.0}, rm.get("hm:citraro2020")(gt, pred).parts, 0.0)
    names = ("f1", "precision", "recall")
    metric = rm.get(f"hm:citraro2020,n_starts={case['N']},seed={case['np_seed']}")
    got = metric(gt, pred).parts
    f1, spurious, missing = case["mean"]
    expected = {"f1": f1, "precision": 1 - spurious, "recall": 1 - missing}
    limits = {name: 4 * sd + 0.02 for name, sd in zip(names, case["std"], strict=True)}
    return compare(label, expected, got, limits)


def check_topo(label: str, folder: Path, name: str, case: Any) -> Outcome:
    """TOPO with the case's radius; rows come first in the file."""
    gt, pred = pair_of(folder, name, is_row_column=True, unit="m")
    if "error" in case:  # the original divides by the number of starts
        return compare(label, {"f1": 0.0}, rm.get("hm:sat2graph")(gt, pred).parts, 0.0)
    found = sat2graph.topo(
        gt, pred, spacing=case["interval_deg"] * DEGREE, start_spacing=DENSITY * DEGREE,
        radius=case["r_deg"] * DEGREE, match_dist=case["threshold_deg"] * DEGREE,
    )  # fmt: skip
    counts = {
        "n_seeds": found.n_seeds, "n_paired": found.n_paired,
        "n_evaluated": len(found.precision), "n_kept_after_121": len(found.kept),
    }  # fmt: skip
    score = rm.get("hm:sat2graph")(gt, pred)  # which halves its radius on tiles this small
    expected = {"precision": case["precision"], "recall": case["overall_recall"]}
    expected["f1"] = case["f1"] or 0.0
    exact = {key: (case[key], value) for key, value in counts.items()}
    return compare(label, expected, score.parts, 1e-6, exact=exact)
