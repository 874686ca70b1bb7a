"""OPT-G of metrics_delin: from given starts (jct_hm), and whole (citraro)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from case import Outcome, attempt, compare, existing, read_graph, read_json
from hm_cases import graph_of

import roadmetrics as rm
from roadmetrics.metrics.subgraph import citraro

PARTS = ("precision", "recall", "f1")
N_SEEDS = 3


def run(folder: Path) -> Iterator[Outcome]:
    """Every case of both files."""
    kernel = folder / "jct_hm" / "expected_optg_kernel.json"
    for name, case in (read_json(kernel) or {}).items():
        label = f"subgraph kernel {name}"
        yield attempt(label, partial(check_kernel, label, kernel.parent, name, case))
    whole = folder / "citraro" / "expected_graph.json"
    for name, case in (read_json(whole) or {}).items():
        for key in ("opt_g", "opt_g_n1000"):
            if key in case:
                label = f"subgraph {key} {name}"
                yield attempt(label, partial(check_whole, label, whole.parent, case, key))


def check_kernel(label: str, folder: Path, name: str, case: Any) -> Outcome:
    """Counts of each start: points exactly, matches within 1 where distances tie."""
    dense = read_json(existing(folder / case["dense_graphs"]))[name]
    gt, pred = graph_of(dense["gt_dense"]), graph_of(dense["pred_dense"])
    p, rows = case["params"], case["per_start"]
    given = [row["start"] for row in rows], [row["side"] == "gt" for row in rows]
    lengths = p["dist_limit"], p["dist_matching"]
    # "matched" counts pairs, before the slip at number 0 drops one
    found = citraro.counts_from_starts(gt, pred, *given, *lengths, zero=-1)
    there = np.array([[row[k] for k in ("matched", "n_pred", "matched", "n_gt")] for row in rows])
    gap = np.abs(there - found)
    got = {
        "n_pred that differ": float(np.count_nonzero(gap[:, 1])),
        "n_gt that differ": float(np.count_nonzero(gap[:, 3])),
        "largest difference of matched": float(gap[:, 0].max(initial=0.0)),
    }
    if "matched_without_id0" in rows[0]:
        slipped = citraro.counts_from_starts(gt, pred, *given, *lengths)[:, 0]
        there = np.array([row["matched_without_id0"] for row in rows])
        got["largest difference of matched_without_id0"] = float(np.abs(there - slipped).max())
    limits = {key: 1.0 if "matched" in key else 0.0 for key in got}
    return compare(f"{label}, {len(rows)} starts", dict.fromkeys(got, 0.0), got, limits)


def check_whole(label: str, folder: Path, case: Any, key: str) -> Outcome:
    """The whole metric: the mean over seeds, within 3 standard deviations + 0.10 (few draws)."""
    gt, pred = (read_graph(folder / case[side]) for side in ("gt", "pred"))
    p, stats = case[key]["params"], case[key].get("stats")
    metric = (
        f"subgraph:citraro2020,n_starts={p['N']},spacing={p['spacing']},radius={p['dist_limit']},"
        f"match_dist={p['dist_matching']}"
    )
    if stats == {} or not gt.length or not pred.length:  # the original raises: the empty rule
        return compare(label, dict.fromkeys(PARTS, 0.0), rm.get(metric)(gt, pred).parts, 0.0)
    parts = [rm.get(f"{metric},seed={seed}")(gt, pred).parts for seed in range(N_SEEDS)]
    got = {name: float(np.mean([part[name] for part in parts])) for name in PARTS}
    mean, spread = expected_of(case[key])
    return compare(label, mean, got, {name: 3 * spread[name] + 0.10 for name in PARTS})


def expected_of(case: Any) -> tuple[dict[str, float], dict[str, float]]:
    """Mean and standard deviation by part; of one run alone the deviation is 0."""
    stats = case.get("stats")
    if stats:
        return (
            {name: stats[name]["mean"] for name in PARTS},
            {name: stats[name]["std"] for name in PARTS},
        )
    (only,) = case["by_seed"].values()
    return {name: only[name] for name in PARTS}, dict.fromkeys(PARTS, 0.0)
