"""apls/golden.json: APLS by four programs, TLTS by two."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from case import Outcome, attempt, compare, read_graph, read_json, read_lines, skipped, within

import roadmetrics as rm

PARTS = {"gt_onto_prop": "gt_to_pred", "prop_onto_gt": "pred_to_gt", "apls": "apls"}


def run(folder: Path) -> Iterator[Outcome]:
    """Every case of apls/golden.json."""
    golden = read_json(folder / "apls" / "golden.json")
    if golden is None:
        return
    graphs = folder / "apls" / "graphs"
    for case in golden["cases"]:
        kind = case["preset"]
        check = CHECKS.get(kind)
        metric = "tlts" if kind in ("tlts_citraro2020", "sp_cosmiq") else "apls"
        name = f"{metric} {case['id']}"
        if check is None:
            yield skipped(name, f"unknown preset {kind}")
        elif metric not in rm.METRICS:
            yield skipped(name, f"{metric} is not registered yet")
        else:
            yield attempt(name, partial(check, name, case, graphs))


def _pair(case: dict[str, Any], graphs: Path, **options: Any) -> tuple[rm.RoadGraph, rm.RoadGraph]:
    gt, pred = (read_graph(graphs / f"{case[side]}.json", **options) for side in ("gt", "pred"))
    return gt, pred


def check_java(name: str, case: dict[str, Any], graphs: Path) -> Outcome:
    """TopCoder's scorer: coordinates and parameters in pixels of 0.31 m."""
    p, expected = case["params"], case["expected"]
    metric = rm.get(
        f"apls:spacenet,snap_dist={p['max_snap_distance']!r},spacing={p['path_delta']!r},"
        f"merge_dist=0.1"
    )
    lines = [read_lines(graphs / f"{case[s]}.json", p["input_scale"]) for s in ("gt", "pred")]
    score = metric(*lines)
    counts = score.counts.as_dict()
    names = {
        "n_control_gt": "n_control_gt", "n_control_prop": "n_control_pred",
        "n_nodes_gt_simplified": "n_nodes_gt", "n_nodes_prop_simplified": "n_nodes_pred",
    }  # fmt: skip
    exact = {k: (expected[k], counts[ours]) for k, ours in names.items() if k in expected}
    return _compare_parts(name, expected, score, 1e-9, exact)


def check_cosmiq(name: str, case: dict[str, Any], graphs: Path) -> Outcome:
    """CosmiQ's Python with the case's parameters."""
    p, expected = case["params"], case["expected"]
    preset = "apls:cosmiq-sample" if p["is_curved_eps"] == 1000 else "apls:cosmiq"
    metric = rm.get(
        f"{preset},spacing={p['linestring_delta']},curvature={p['is_curved_eps']},"
        f"snap_dist={p['max_snap_dist']},min_path_length={p['min_path_length']},"
        f"coincident={'steal' if p['allow_renaming'] else 'share'},"
        f"lengths={'given' if p.get('length_source') == 'attr' else 'geometry'}"
    )
    score = metric(*_pair(case, graphs))
    return _compare_parts(name, expected, score, 1e-6, _control_counts(expected, score))


def check_cosmiq_large(name: str, case: dict[str, Any], graphs: Path) -> Outcome:
    """CosmiQ's Python for large graphs, replaying Python's random.sample."""
    p, expected = case["params"], case["expected"]
    metric = rm.get(
        f"apls:cosmiq-large,max_nodes={p['max_nodes']},snap_dist={p['max_snap_dist']},"
        f"min_path_length={p['min_path_length']},seed={p['seed']}"
    )
    score = metric(*_pair(case, graphs))
    return _compare_parts(name, expected, score, 1e-6, _control_counts(expected, score))


def check_sat2graph(name: str, case: dict[str, Any], graphs: Path) -> Outcome:
    """Sat2Graph's Go program; a range, because it iterates maps at random."""
    p, expected = case["params"], case["expected"]
    preset = "sat2graph" if p["region_size"] == 2048 else "sat2graph-352"
    metric = rm.get(
        f"apls:{preset},region={p['region_size']},margin={p['margin']},gate={p['interval_1']},"
        f"interval={p['interval_2']},min_path_length={p['min_distance_filter']},"
        f"hops={p['prop_step']},snap_dist={p['snap']}"
    )
    gt, pred = _pair(case, graphs, is_row_column=True)
    score = metric(gt, pred)
    if not expected:  # the original gives NaN: the empty rule, or no route
        value = 1.0 if not gt.length and not pred.length else 0.0
        return compare(name, {"apls": value}, score.parts, 0.0)
    parts = {"gt_to_prop": "gt_to_pred", "prop_to_gt": "pred_to_gt", "apls": "apls"}
    if str(case["determinism"]).startswith("identical"):
        means = {ours: expected[theirs]["mean"] for theirs, ours in parts.items()}
        return compare(name, means, score.parts, 1e-6)
    low, high = {}, {}
    for theirs, ours in parts.items():
        least, most = expected[theirs]["min"], expected[theirs]["max"]
        width = max(most - least, 1e-3)
        low[ours], high[ours] = least - width, most + width
    return within(name, low, high, score.parts)


def check_tlts(name: str, case: dict[str, Any], graphs: Path) -> Outcome:
    """metrics_delin's TLTS, replaying numpy's legacy stream."""
    p, expected = case["params"], case["expected"]
    metric = rm.get(
        f"tlts:citraro2020,snap_dist={p['max_node_dist']},tolerance={p['perc_length']},"
        f"n_routes={p['n_paths']},seed={p['seed']}"
    )
    score = metric(*_pair(case, graphs))
    if expected is None:  # the original raises on an empty ground truth
        return compare(name, {"correct": 0.0}, score.parts, 0.0)
    return compare(name, expected, score.parts, 1e-12)


def check_sp(name: str, case: dict[str, Any], graphs: Path) -> Outcome:
    """CosmiQ's shortest-path metric, replaying numpy's legacy stream."""
    p, expected = case["params"], case["expected"]
    metric = rm.get(
        f"tlts:cosmiq-sp,snap_dist={p['query_radius']},tolerance={p['length_buffer']},"
        f"n_routes={p['n_routes']},seed={p['seed']}"
    )
    score = metric(*_pair(case, graphs))
    counted = {"n_counted": (expected["n_counted"], score.counts.as_dict()["n_routes"])}
    got = {"sp": score.parts["correct"]}
    return compare(name, {"sp": expected["sp"]}, got, 1e-12, exact=counted)


CHECKS = {
    "spacenet_java": check_java,
    "spacenet_python": check_cosmiq,
    "spacenet_python_large": check_cosmiq_large,
    "sat2graph_2048": check_sat2graph,
    "sat2graph_spacenet352": check_sat2graph,
    "tlts_citraro2020": check_tlts,
    "sp_cosmiq": check_sp,
}


def _control_counts(expected: dict[str, Any], score: Any) -> dict[str, tuple[float, float]]:
    counts = score.counts.as_dict()
    names = {"n_control_gt": "n_control_gt", "n_control_prop": "n_control_pred"}
    return {k: (expected[k], counts[ours]) for k, ours in names.items() if k in expected}


def _compare_parts(
    name: str, expected: dict[str, Any], score: Any, tolerance: float, exact: Any
) -> Outcome:
    wanted = {ours: expected[theirs] for theirs, ours in PARTS.items()}
    return compare(name, wanted, score.parts, tolerance, exact=exact)
