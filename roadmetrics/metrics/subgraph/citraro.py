"""metrics_delin's OPT-G, step by step.

Source: lcit/metrics_delin@30f1ad9, graph_based/holes_marbles_new_metric.py and common.py. Followed
although they look like slips: starts are drawn far from roads (the sampler's test is inverted,
utils.py:432), and a matched vertex of the prediction whose number is 0 does not count. Ours: every
draw is seeded, where the original's coin, orders and simplification are not.
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
from ...graph import BoolArray, FloatArray, RoadGraph
from ...match import greedy_matching
from ...snap import check_spacing

LongArray = npt.NDArray[np.int64]


def counts_from_starts(
    gt: RoadGraph,
    pred: RoadGraph,
    starts: npt.ArrayLike,
    is_on_gt: npt.ArrayLike,
    radius: float,
    match_dist: float,
    *,
    zero: int = 0,
) -> FloatArray:
    """[n, 4] matched, marbles, matched, holes of each start, on graphs that are dense already.

    ``starts`` [n] are vertices of gt where ``is_on_gt`` [n], else of pred. ``zero`` is the vertex
    of pred whose match the original drops (number 0 there); -1 for none. The matching takes free
    pairs nearer than ``match_dist`` by ascending distance.

    >>> road = RoadGraph([(0, 0), (10, 0), (20, 0)], [(0, 1), (1, 2)])
    >>> counts_from_starts(road, road, [1], [True], 300, 25).tolist()
    [[2.0, 3.0, 2.0, 3.0]]
    >>> counts_from_starts(road, road, [], [], 300, 25).shape
    (0, 4)
    """
    vertices = np.asarray(starts, dtype=np.int64).reshape(-1)
    sides = np.asarray(is_on_gt, dtype=bool).reshape(-1)
    return _counts(hop_graph(gt), hop_graph(pred), vertices, sides, radius, match_dist, zero)


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
    """[n_starts, 4] as `counts_from_starts`, of starts drawn on either graph by a fair coin.

    None on a graph that has no edge, where the original raises: with it go the draws that the coin
    gave it, and all points of the other one are errors.
    """
    check_spacing(gt.length + pred.length, spacing)
    rng, stream = np.random.default_rng(seed), np.random.RandomState(seed)
    thin_gt, _ = simplified(gt, simplify, rng)
    thin_pred, kept = simplified(pred, simplify, rng)
    a, b = oversample(thin_gt, spacing), oversample(thin_pred, spacing)
    is_on_gt = rng.random(n_starts) < 0.5
    is_on_gt = is_on_gt[np.where(is_on_gt, len(gt.edges), len(pred.edges)) > 0]
    samplers = {
        side: Sampler(a if side else b, match_dist, stream, gives_up=True)
        for side in set(is_on_gt.tolist())
    }
    starts = np.array([samplers[side].draw() for side in is_on_gt.tolist()], dtype=np.int64)
    zero = 0 if len(kept) and kept[0] == 0 else -1
    return _counts(a, b, starts, is_on_gt, radius, match_dist, zero)


def _counts(
    gt: HopGraph,
    pred: HopGraph,
    starts: LongArray,
    is_on_gt: BoolArray,
    radius: float,
    match_dist: float,
    zero: int,
) -> FloatArray:
    counts = np.zeros((len(starts), 4))
    a, b = ((g.xy, g.ptr, g.neighbour) for g in (gt, pred))
    _count_starts(a, b, starts, is_on_gt, float(radius), float(match_dist), zero, counts)
    return counts


@njit(cache=True, nogil=True)
def _count_starts(gt, pred, starts, is_on_gt, radius, match_dist, zero, counts):  # type: ignore[no-untyped-def]
    """Fill counts [n, 4]."""
    size = max(len(gt[0]), len(pred[0]))
    is_seen = np.zeros(size, np.bool_)
    stack, at = np.empty(size, np.int64), np.empty(size, np.int64)
    own, other = np.empty(size, np.int64), np.empty(size, np.int64)
    for k in range(len(starts)):
        here, there = (gt, pred) if is_on_gt[k] else (pred, gt)
        xy, other_xy = here[0], there[0]
        n = walk_away(xy, here[1], here[2], starts[k], radius, is_seen, stack, at, own)
        v, distance = nearest_vertex(other_xy, xy[starts[k], 0], xy[starts[k], 1])
        m = 0
        if v >= 0 and distance <= match_dist:
            m = walk_away(other_xy, there[1], there[2], v, radius, is_seen, stack, at, other)
        if is_on_gt[k]:
            holes, marbles = own[:n], other[:m]
        else:
            holes, marbles = other[:m], own[:n]
        matched = _match(gt[0], pred[0], holes, marbles, match_dist, zero)
        counts[k, 0], counts[k, 1] = matched, len(marbles)
        counts[k, 2], counts[k, 3] = matched, len(holes)


@njit(cache=True, nogil=True)
def _match(xy, pred_xy, holes, marbles, match_dist, zero):  # type: ignore[no-untyped-def]
    """Number of pairs that the greedy matching takes, without the marble ``zero``."""
    rows, columns = [np.int64(0) for _ in range(0)], [np.int64(0) for _ in range(0)]
    distances = [0.0 for _ in range(0)]
    for i in range(len(holes)):
        for j in range(len(marbles)):
            dx = xy[holes[i], 0] - pred_xy[marbles[j], 0]
            dy = xy[holes[i], 1] - pred_xy[marbles[j], 1]
            distance = np.sqrt(dx * dx + dy * dy)
            if distance < match_dist:
                rows.append(np.int64(i))
                columns.append(np.int64(j))
                distances.append(distance)
    if len(rows) == 0:
        return 0
    column_mate = np.full(len(marbles), -1, np.int64)
    matched = greedy_matching(
        np.array(rows), np.array(columns), np.array(distances),
        np.full(len(holes), -1, np.int64), column_mate,
    )  # fmt: skip
    for j in range(len(marbles)):
        if marbles[j] == zero and column_mate[j] >= 0:
            matched -= 1
    return matched
