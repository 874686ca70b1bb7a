"""The default: every node is compared once, the cheapest options first, both sides alike.

A node of gt may be compared with a node of pred within ``snap_dist``, or with its foot: the nearest
place on a road of pred, where two arms meet. A node of pred likewise. An option costs its distance
and ``alpha`` for each arm by which the two orders differ; a foot is always nearer than a node, so
it costs as if it were ``snap_dist`` away, and a node of the same difference comes first. No order
of vertices or edges decides: equal costs are taken pairs first, then by orders, then by place.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from ...graph import FloatArray, RoadGraph
from ...index import SLACK, SegmentIndex
from .counts import LongArray, Pairs, control_nodes, united

FOOT_ORDER = 2  # a road that passes has two arms


class Options(NamedTuple):
    """Comparisons that could be made; K of them. Node -1: a foot."""

    gt_node: LongArray  # [K]
    pred_node: LongArray  # [K]
    gt_xy: FloatArray  # [K, 2]
    pred_xy: FloatArray  # [K, 2]
    gt_order: LongArray  # [K]
    pred_order: LongArray  # [K]

    def turned(self) -> Options:
        """The two sides exchanged."""
        a, b, a_xy, b_xy, a_order, b_order = self
        return Options(b, a, b_xy, a_xy, b_order, a_order)

    def ranked(self, snap_dist: float, alpha: float) -> LongArray:
        """Positions in the order in which options are taken."""
        is_foot = (self.gt_node < 0) | (self.pred_node < 0)
        gap = np.where(is_foot, snap_dist, np.hypot(*(self.gt_xy - self.pred_xy).T))
        cost = gap + alpha * np.abs(self.gt_order - self.pred_order)
        middle = self.gt_xy + self.pred_xy
        most = np.maximum(self.gt_order, self.pred_order)
        keys = (middle[:, 1], middle[:, 0], -most, is_foot, cost)
        return np.lexsort(keys).astype(np.int64)


def compare(
    gt: RoadGraph, pred: RoadGraph, snap_dist: float, alpha: float, existing_dist: float
) -> Pairs:
    """Every node of both graphs in exactly one comparison."""
    gt_nodes, pred_nodes = control_nodes(gt), control_nodes(pred)
    on_pred = _feet(gt, gt_nodes, pred, pred_nodes, snap_dist, existing_dist)
    on_gt = _feet(pred, pred_nodes, gt, gt_nodes, snap_dist, existing_dist)
    options = united(
        Options, _node_pairs(gt, gt_nodes, pred, pred_nodes, snap_dist), on_pred, on_gt.turned()
    )
    ranked = options.ranked(snap_dist, alpha)
    taken, free_gt, free_pred = _take(options, ranked, gt_nodes, pred_nodes)
    compared = Options(*(np.asarray(column[taken]) for column in options))
    return _with_rest(compared, gt, free_gt, pred, free_pred)


def _take(
    options: Options, ranked: LongArray, gt_nodes: LongArray, pred_nodes: LongArray
) -> tuple[LongArray, LongArray, LongArray]:
    """Options taken in order, each node once; and the nodes of either side that are left."""
    free_gt, free_pred = set(gt_nodes.tolist()) | {-1}, set(pred_nodes.tolist()) | {-1}
    taken = []
    nodes = zip(options.gt_node[ranked].tolist(), options.pred_node[ranked].tolist(), strict=True)
    for k, (a, b) in zip(ranked.tolist(), nodes, strict=True):
        if a in free_gt and b in free_pred:
            taken.append(k)
            free_gt -= {a} - {-1}
            free_pred -= {b} - {-1}
    lost, invented = (np.array(sorted(f - {-1}), dtype=np.int64) for f in (free_gt, free_pred))
    return np.array(taken, dtype=np.int64), lost, invented


def _node_pairs(
    gt: RoadGraph, gt_nodes: LongArray, pred: RoadGraph, pred_nodes: LongArray, snap_dist: float
) -> Options:
    a, b = gt.vertices[gt_nodes], pred.vertices[pred_nodes]
    if not len(a) or not len(b):
        return _options(gt, gt_nodes[:0], pred, pred_nodes[:0])
    near = cKDTree(a).sparse_distance_matrix(cKDTree(b), snap_dist * SLACK, output_type="ndarray")
    return _options(gt, gt_nodes[near["i"]], pred, pred_nodes[near["j"]])


def _options(gt: RoadGraph, gt_nodes: LongArray, pred: RoadGraph, pred_nodes: LongArray) -> Options:
    return Options(
        gt_nodes,
        pred_nodes,
        gt.vertices[gt_nodes],
        pred.vertices[pred_nodes],
        gt.degrees[gt_nodes].astype(np.int64),
        pred.degrees[pred_nodes].astype(np.int64),
    )


def _feet(
    graph: RoadGraph,
    nodes: LongArray,
    other: RoadGraph,
    other_nodes: LongArray,
    snap_dist: float,
    existing_dist: float,
) -> Options:
    """Nodes with their feet on the other graph, as options of (graph, other).

    A foot within ``existing_dist`` of a control node is that node, not a road that passes. Of
    equally near places one that passes is enough, and all that pass are alike.
    """
    index = SegmentIndex.of(other)
    near = index.nearest(graph.vertices[nodes], snap_dist)
    start, end = index.start[near.edge], index.end[near.edge]
    place = start + near.along[:, None] * (end - start)
    passes = np.ones(len(place), dtype=bool)
    if len(other_nodes) and len(place):
        gap, _ = cKDTree(other.vertices[other_nodes]).query(place)
        passes = gap > existing_dist
    found = np.flatnonzero(passes)
    point, first = np.unique(near.point[found], return_index=True)
    own = nodes[point]
    n = len(own)
    return Options(
        own,
        np.full(n, -1),
        graph.vertices[own],
        place[found[first]].reshape(-1, 2),
        graph.degrees[own].astype(np.int64),
        np.full(n, FOOT_ORDER),
    )


def _with_rest(
    taken: Options, gt: RoadGraph, free_gt: LongArray, pred: RoadGraph, free_pred: LongArray
) -> Pairs:
    """The comparisons made, and the nodes that were compared with nothing."""
    lost, invented = len(free_gt), len(free_pred)
    gt_xy, pred_xy = gt.vertices[free_gt], pred.vertices[free_pred]
    none = np.full(lost, -1), np.full(invented, -1)
    zero = np.zeros(lost, dtype=np.int64), np.zeros(invented, dtype=np.int64)
    return Pairs(
        np.concatenate([taken.gt_xy, gt_xy, pred_xy]),
        np.concatenate([taken.pred_xy, gt_xy, pred_xy]),
        np.concatenate([taken.gt_order, gt.degrees[free_gt], zero[1]]),
        np.concatenate([taken.pred_order, zero[0], pred.degrees[free_pred]]),
        np.concatenate([taken.gt_node, free_gt, none[1]]),
        np.concatenate([taken.pred_node, none[0], free_pred]),
    )
