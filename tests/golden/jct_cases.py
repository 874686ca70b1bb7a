"""jct_hm/expected_jct.json: RoadTracer's junction_metric.go, its maps walked in ascending order."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from case import Outcome, attempt, compare, existing, read_json

import roadmetrics as rm
from roadmetrics.metrics.jct import JCT
from roadmetrics.metrics.jct.counts import Clusters, Judged

FILE = "expected_jct.json"
PARTS = {
    "recall_F_correct": "recall",
    "precision_1_minus_mean_f_error": "precision",
    "f1": "f1",
    "F_error_paper": "f_error",
}
LOOSE = 0.005  # s2g_*: Go's own values move with the order of edges


def run(folder: Path) -> Iterator[Outcome]:
    """Every case of the file."""
    for name, case in (read_json(folder / "jct_hm" / FILE) or {}).items():
        label = f"jct {name}"
        yield attempt(label, partial(check, label, folder / "jct_hm", name, case))


def check(label: str, folder: Path, name: str, case: Any) -> Outcome:
    """One pair of graphs: numbers, and clusters and matches where the file lists them."""
    gt, pred = (read_tile(folder, name, side) for side in ("gt", "pred"))
    metric = metric_of(case["params"]) if "params" in case else rm.get("jct:roadtracer,border=0")
    region = case.get("params", {}).get("region")
    gt, pred = (dataclasses.replace(g, extent=region and tuple(region)) for g in (gt, pred))
    score = metric(gt, pred)
    expected = case["expected_canonical"]
    if "error" in expected or not gt.length or not pred.length:  # the empty rule decides
        parts = metric.perfect if gt.length == pred.length else metric.failed
        return compare(label, parts, score.parts, 0.0)
    if name.startswith("s2g"):
        return compare(label, {"f1": expected["f1"]}, score.parts, LOOSE)
    judged = metric._judge(gt, pred)
    return compare(
        label,
        *numbers(expected, score),
        1e-9,
        exact={k: (expected[k], v) for k, v in counted(judged).items()} | listed(case, judged),
    )


def read_tile(folder: Path, name: str, side: str) -> rm.RoadGraph:
    """One side of a case, edges in the order of the file."""
    graph = read_json(existing(folder / "cases" / f"{name}.json"))[side]
    vertices = np.array(graph["nodes"], dtype=float).reshape(-1, 2)
    return rm.RoadGraph(vertices, np.array(graph["edges"], dtype=int).reshape(-1, 2))


def metric_of(params: Any) -> JCT:
    """The preset with a case's scale and border, its lengths as they were before the scale."""
    scale = params["scale_units_per_metre"]
    metric = JCT.from_preset("roadtracer")
    metric = dataclasses.replace(metric, scale=scale, border=params["border_tolerance"])
    there = [params[k] for k in ("cluster_radius", "angle_distance", "match_radius")]
    here = [metric.cluster_radius, metric.angle_dist, metric.match_dist]
    if not np.allclose(np.array(here) * scale, there, rtol=1e-12):
        raise ValueError(f"the case has lengths {there}")
    return metric


def numbers(expected: Any, score: rm.Score) -> tuple[dict[str, float], dict[str, float]]:
    """Expected and found: the sums, and the ratios that the original's counts define."""
    sums = {"n_correct": score.counts.correct, "n_error": score.counts.error}
    found = sums | {there: score.parts[here] for there, here in PARTS.items()}
    return {k: expected[k] for k in found if expected[k] is not None}, found


def counted(judged: Judged) -> dict[str, int]:
    """Numbers of junctions under the original's names."""
    matched, n_gt = len(judged.matches.gt), int(judged.gt_counts.sum())
    n_pred = int(judged.pred_counts.sum())
    return {
        "n_truth": n_gt,
        "n_inferred": n_pred,
        "matched": matched,
        "missed": n_gt - matched,
        "extra": n_pred - matched,
        "clusters_truth_all": len(judged.gt.xy),
        "clusters_inferred_all": len(judged.pred.xy),
    }


def listed(case: Any, judged: Judged) -> dict[str, tuple[Any, Any]]:
    """Clusters and matches as the file lists them and as found, rounded to 1e-9."""
    sides = {"truth_clusters": judged.gt, "inferred_clusters": judged.pred}
    pairs = {k: (told(case[k]), shown(side)) for k, side in sides.items() if k in case}
    key = "pairs_truthxy_inferredxy_fcorrect"
    if key in case:
        m = judged.matches
        rows = np.column_stack([judged.gt.xy[m.gt], judged.pred.xy[m.pred], m.f_correct])
        expected = np.array(case[key], dtype=float).reshape(-1, 5)
        is_same = rows.shape == expected.shape and np.allclose(rows, expected, rtol=0, atol=1e-9)
        pairs[key] = (True, bool(is_same))
    return pairs


def told(clusters: Any) -> list[Any]:
    """Place, vertices and angles of each cluster in the file."""
    return [
        [*_rounded(c["point"]), c["nodes"], _rounded(c["out_angles"] or [])] for c in clusters or []
    ]


def shown(clusters: Clusters) -> list[Any]:
    """Place, vertices and angles of each cluster found."""
    angles = np.arctan2(clusters.arms[:, 1], clusters.arms[:, 0])
    return [
        [
            *_rounded(clusters.xy[k]),
            clusters.members[slice(*clusters.member_ptr[k : k + 2])].tolist(),
            _rounded(angles[slice(*clusters.arm_ptr[k : k + 2])]),
        ]
        for k in range(len(clusters.xy))
    ]


def _rounded(values: Any) -> list[float]:
    return [round(float(value), 8) + 0.0 for value in values]
