"""metrics_delin's holes and marbles, step by step.

Source: lcit/metrics_delin@30f1ad9, graph_based/holes_marbles_metric.py and common.py. Followed
although they look like slips: starts are drawn far from roads (the sampler's test is inverted,
utils.py:432), and a match with the vertex of the prediction whose number is 0 does not count. Ours:
every draw is seeded, where the original's orders and simplification are not.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from ...dense import (
    HopGraph,
    Sampler,
    hop_graph,
    nearest_vertex,
    oversample,
    simplified,
    walk_away,
)
from ...graph import FloatArray, RoadGraph
from ...snap import check_spacing

LongArray = npt.NDArray[np.int64]


def counts_from_starts(
    gt: RoadGraph,
    pred: RoadGraph,
    starts: npt.ArrayLike,
    radius: float,
    match_dist: float,
    *,
    zero: int = 0,
) -> FloatArray:
    """[n, 4] matched marbles, marbles, matched holes, holes of each start, on dense graphs.

    ``starts`` [n] are vertices of gt. ``zero`` is the vertex of pred whose matches the original
    drops (number 0 there); -1 for none. A hole takes its nearest marble if that is nearer than
    ``match_dist``; several may take one.

    >>> road = RoadGraph([(0, 0), (10, 0), (20, 0)], [(0, 1), (1, 2)])
    >>> counts_from_starts(road, road, [1], 300, 25).tolist()
    [[2.0, 3.0, 2.0, 3.0]]
    >>> counts_from_starts(road, road, [], 300, 25).shape
    (0, 4)
    """
    vertices = np.asarray(starts, dtype=np.int64).reshape(-1)
    return _counts(hop_graph(gt), hop_graph(pred), vertices, radius, match_dist, zero)


def draw_counts(
    gt: RoadGraph,
    pred: RoadGraph,
    *,
    spacing: float,
    radius: float,
    match_dist: float,
    simplify: float,
    n_starts: int,
    seed: int,
) -> FloatArray:
    """[n_starts, 4] as `counts_from_starts`, of starts drawn on the ground truth.

    None where that has no edge. Without a prediction, where the original raises, all holes stay
    empty.
    """
    if not len(gt.edges):
        return np.zeros((0, 4))
    check_spacing(gt.length + pred.length, spacing)
    rng = np.random.default_rng(seed)
    thin_gt, _ = simplified(gt, simplify, rng)
    thin_pred, kept = simplified(pred, simplify, rng)
    a, b = oversample(thin_gt, spacing), oversample(thin_pred, spacing)
    sampler = Sampler(a, match_dist, np.random.RandomState(seed), gives_up=True)
    starts = np.array([sampler.draw() for _ in range(n_starts)], dtype=np.int64)
    zero = 0 if len(kept) and kept[0] == 0 else -1
    return _counts(a, b, starts, radius, match_dist, zero)


def _counts(
    gt: HopGraph, pred: HopGraph, starts: LongArray, radius: float, match_dist: float, zero: int
) -> FloatArray:
    counts = np.zeros((len(starts), 4))
    a, b = ((g.xy, g.ptr, g.neighbour) for g in (gt, pred))
    _count_starts(a, b, starts, float(radius), float(match_dist), zero, counts)
    return counts


@njit(cache=True, nogil=True)
def _count_starts(gt, pred, starts, radius, match_dist, zero, counts):  # type: ignore[no-untyped-def]
    """Fill counts [n, 4]."""
    xy, pred_xy = gt[0], pred[0]
    size = max(len(xy), len(pred_xy))
    is_seen, is_taken = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    stack, at = np.empty(size, np.int64), np.empty(size, np.int64)
    holes, marbles = np.empty(size, np.int64), np.empty(size, np.int64)
    for k in range(len(starts)):
        n = walk_away(xy, gt[1], gt[2], starts[k], radius, is_seen, stack, at, holes)
        v, distance = nearest_vertex(pred_xy, xy[starts[k], 0], xy[starts[k], 1])
        m = 0
        if v >= 0 and distance <= match_dist:
            m = walk_away(pred_xy, pred[1], pred[2], v, radius, is_seen, stack, at, marbles)
        n_filled = n_right = 0
        for i in range(n):
            best, nearest = np.inf, -1
            for j in range(m):
                dx = xy[holes[i], 0] - pred_xy[marbles[j], 0]
                dy = xy[holes[i], 1] - pred_xy[marbles[j], 1]
                gap = np.sqrt(dx * dx + dy * dy)
                if gap < best:
                    best, nearest = gap, marbles[j]
            if best < match_dist and nearest != zero:
                n_filled += 1
                n_right += not is_taken[nearest]
                is_taken[nearest] = True
        is_taken[marbles[:m]] = False
        counts[k, 0], counts[k, 1], counts[k, 2], counts[k, 3] = n_right, m, n_filled, n
