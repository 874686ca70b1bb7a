"""metrics_delin's OPT-J, step by step, with an index where it measures every road.

Source: lcit/metrics_delin@30f1ad9, junction_based/junction_new_metric.py and utils.py. Followed
although they look like slips: nodes of gt choose in the order of the file, nodes of pred that were
not chosen may choose nodes of gt that were, and an empty prediction counts nothing at all. Ours:
fewer than five candidates are all looked at, where the original raises.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from ...graph import FloatArray, RoadGraph
from ...index import SLACK, SegmentIndex
from .counts import LongArray, Pairs, control_nodes, united

N_NEAREST = 5  # junction_new_metric.py:23
TINY = 1e-12  # utils.py closest_points_on_segments


class Candidates(NamedTuple):
    """Places that may be chosen on one graph."""

    xy: FloatArray  # [K, 2]
    order: LongArray  # [K]
    node: LongArray  # [K] vertex, -1 where it was put into an edge


def compare(
    gt: RoadGraph, pred: RoadGraph, snap_dist: float, alpha: float, existing_dist: float
) -> Pairs:
    """Both passes: gt's nodes choose on pred, then pred's nodes that were not chosen on gt."""
    if not len(gt.edges) or not len(pred.edges):
        return _pairs(gt, control_nodes(gt)[:0], _no_candidates(), np.zeros(0, dtype=np.int64))
    numbers = (snap_dist, alpha, existing_dist)
    gt_nodes, pred_nodes = control_nodes(gt), control_nodes(pred)
    on_pred, chosen = _choose(gt, gt_nodes, pred, *numbers)
    rest = pred_nodes[~np.isin(pred_nodes, on_pred.node[chosen[chosen >= 0]])]
    on_gt, answer = _choose(pred, rest, gt, *numbers)
    forth, back = _pairs(gt, gt_nodes, on_pred, chosen), _pairs(pred, rest, on_gt, answer)
    found: Pairs = united(Pairs, forth, back.turned())
    return found


def _choose(
    graph: RoadGraph,
    nodes: LongArray,
    other: RoadGraph,
    snap_dist: float,
    alpha: float,
    existing_dist: float,
) -> tuple[Candidates, LongArray]:
    """matching_with_snapping: candidates on ``other``, and each node's choice (-1: none)."""
    points = graph.vertices[nodes]
    candidates = _snapped(points, other, snap_dist, existing_dist)
    choice = np.full(len(nodes), -1, dtype=np.int64)
    if not len(nodes) or not len(candidates.xy):
        return candidates, choice
    gap, index = _nearest(points, candidates.xy, snap_dist)
    orders = np.append(candidates.order, 0)[index]  # a candidate that is missing is never near
    cost = gap + alpha * np.abs(graph.degrees[nodes].astype(np.int64)[:, None] - orders)
    taken: set[int] = set()
    for i in range(len(nodes)):
        free = [
            (float(cost[i, k]), k)
            for k in range(cost.shape[1])
            if gap[i, k] <= snap_dist and int(index[i, k]) not in taken
        ]
        if free:
            choice[i] = index[i, min(free)[1]]
            taken.add(int(choice[i]))
    return candidates, choice


def _nearest(
    points: FloatArray, places: FloatArray, snap_dist: float
) -> tuple[FloatArray, LongArray]:
    """[n, 5] distances and indices of the nearest places, nearest first; inf where there is none.

    Equal distances: the earlier place, where the original takes its tree's order.
    """
    k = min(N_NEAREST, len(places))
    limit = snap_dist * SLACK + TINY
    _, index = cKDTree(places).query(points, k=k, distance_upper_bound=limit)
    index = index.reshape(len(points), k)
    far = index == len(places)
    step = points[:, None] - places[np.where(far, 0, index)]
    gap = np.where(far, np.inf, np.sqrt(np.sum(step * step, axis=2)))
    order = np.lexsort((index, gap), axis=1)
    return np.take_along_axis(gap, order, 1), np.take_along_axis(index, order, 1)


def _snapped(
    points: FloatArray, graph: RoadGraph, snap_dist: float, existing_dist: float
) -> Candidates:
    """snap_points_to_graph: control nodes, vertices that points fall on, and new nodes."""
    point, edge, along, foot = _closest(points, graph, snap_dist)
    ends = graph.edges[edge].astype(np.int64)  # [P, 2]
    gap = np.linalg.norm(graph.vertices[ends] - points[point][:, None], axis=2) < existing_dist
    at = np.where(along <= 0, 0, np.where(along >= 1, 1, np.where(gap[:, 0], 0, 1)))
    is_vertex = (along <= 0) | (along >= 1) | gap.any(axis=1)
    is_candidate = (graph.degrees == 1) | (graph.degrees > 2)
    is_candidate[ends[is_vertex, at[is_vertex]]] = True
    old = np.flatnonzero(is_candidate)
    new = _in_order_of_edges(foot[~is_vertex], edge[~is_vertex], graph)
    return Candidates(
        np.concatenate([graph.vertices[old], new]),
        np.concatenate([graph.degrees[old], np.full(len(new), 2)]).astype(np.int64),
        np.concatenate([old, np.full(len(new), -1)]),
    )


def _closest(
    points: FloatArray, graph: RoadGraph, snap_dist: float
) -> tuple[LongArray, LongArray, FloatArray, FloatArray]:
    """(point, edge, parameter, foot) on the closest edge nearer than snap_dist, by its formula."""
    near = SegmentIndex.of(graph).nearest(points, snap_dist)
    start, end = (graph.vertices[graph.edges[near.edge, k]] for k in (0, 1))
    step = end - start
    along = np.sum((points[near.point] - start) * step, axis=1)
    along = along / (np.sum(step * step, axis=1) + TINY)
    foot = start + along[:, None] * step
    foot = np.where(along[:, None] <= 0, start, np.where(along[:, None] >= 1, end, foot))
    gap = np.linalg.norm(foot - points[near.point], axis=1)
    rank = _edge_ranks(graph)
    order = np.lexsort((rank[near.edge], gap, near.point))
    point, first = np.unique(near.point[order], return_index=True)
    best = order[first]
    kept = gap[best] < snap_dist
    return point[kept], near.edge[best][kept], along[best][kept], foot[best][kept]


def _in_order_of_edges(foot: FloatArray, edge: LongArray, graph: RoadGraph) -> FloatArray:
    """New nodes as they enter the graph: edge by edge as first met, along each edge."""
    _, first, group = np.unique(edge, return_index=True, return_inverse=True)
    step = foot - graph.vertices[graph.edges[edge, 0]]
    order = np.lexsort((np.sum(step * step, axis=1), first[group]))
    return foot[order].reshape(-1, 2)


def _edge_ranks(graph: RoadGraph) -> LongArray:
    """[M] position of each edge in networkx's order: by first end, then age."""
    rank = np.empty(len(graph.edges), dtype=np.int64)
    rank[np.argsort(graph.edges[:, 0], kind="stable")] = np.arange(len(rank))
    return rank


def _pairs(graph: RoadGraph, nodes: LongArray, found: Candidates, choice: LongArray) -> Pairs:
    """Nodes of ``graph`` (as gt) with what each chose on the other."""
    has = choice >= 0
    xy = graph.vertices[nodes]
    other_xy, order, node = xy.copy(), np.zeros(len(nodes), np.int64), np.full(len(nodes), -1)
    other_xy[has] = found.xy[choice[has]]
    order[has], node[has] = found.order[choice[has]], found.node[choice[has]]
    return Pairs(xy, other_xy, graph.degrees[nodes].astype(np.int64), order, nodes, node)


def _no_candidates() -> Candidates:
    none = np.zeros(0, dtype=np.int64)
    return Candidates(np.zeros((0, 2)), none, none)
