"""metrics_delin's TLTS, step by step, on numpy's legacy random stream.

Source: lcit/metrics_delin@30f1ad9, path_based/toolong_tooshort_metric.py and utils.py. Followed
although they look like slips: end points are drawn far from roads (the sampler's test is inverted,
utils.py:432), paths are those of fewest hops, and one route more than asked for is drawn. Ours: all
vertices may be drawn where the original takes 10,000 of a larger graph without a seed, and drawing
ends after REDRAWS fruitless pairs for each route asked for, where the original goes on for ever.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ...dense import Sampler, oversample
from ...graph import RoadGraph
from ...snap import check_spacing
from .counts import classify

REDRAWS = 100


def count_routes(
    gt: RoadGraph, pred: RoadGraph, snap_dist: float, tolerance: float, n_routes: int, seed: int
) -> dict[str, int]:
    """Routes by class; the empty rule decides the score where either graph has no edge."""
    if not len(gt.edges) or not len(pred.edges):
        n_lost = n_routes + 1 if gt.length > 0 else 0  # without prediction every route is lost
        return classify(np.ones(n_lost), np.full(n_lost, np.inf), tolerance)
    spacing = snap_dist // 3 or snap_dist / 3 or 1.0
    check_spacing(gt.length + pred.length, spacing)
    a, b = oversample(gt, spacing), oversample(pred, spacing)
    sampler = Sampler(a, snap_dist, np.random.RandomState(seed))
    pair_distance, pair_target = b.tree.query(a.xy)
    own, found = [], []
    for _ in range(REDRAWS * (n_routes + 1)):
        s, t = sampler.draw(), sampler.draw()
        if s == t:
            continue
        length = float(_hop_path_length(a.xy, a.ptr, a.neighbour, s, t))
        if not np.isfinite(length):
            continue
        is_matched = pair_distance[s] < snap_dist and pair_distance[t] < snap_dist
        ends = int(pair_target[s]), int(pair_target[t])
        own.append(length)
        found.append(
            float(_hop_path_length(b.xy, b.ptr, b.neighbour, *ends)) if is_matched else np.inf
        )
        if len(own) > n_routes:
            break
    return classify(np.array(own), np.array(found), tolerance)


@njit(cache=True, nogil=True)
def _hop_path_length(xy, ptr, neighbour, source, target):  # type: ignore[no-untyped-def]
    """Length of the path of fewest hops that a search from both ends meets first; inf if none.

    Which of several paths that is follows networkx's bidirectional search: the smaller fringe
    grows, a level at a time, neighbours in their order.
    """
    if source == target:
        return 0.0
    n = len(ptr) - 1
    before, after = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
    before[source], after[target] = source, target
    forward, backward = np.array([source]), np.array([target])
    meeting = -1
    while len(forward) and len(backward) and meeting < 0:
        if len(forward) <= len(backward):
            forward, meeting = _grow(ptr, neighbour, forward, before, after)
        else:
            backward, meeting = _grow(ptr, neighbour, backward, after, before)
    if meeting < 0:
        return np.inf
    return _walk_length(xy, before, meeting, source) + _walk_length(xy, after, meeting, target)


@njit(cache=True, nogil=True)
def _grow(ptr, neighbour, level, reached, other):  # type: ignore[no-untyped-def]
    """(next level, -1), or (.., the vertex where this search meets the other one)."""
    fringe = np.empty(len(reached), np.int64)
    size = 0
    for v in level:
        for k in range(ptr[v], ptr[v + 1]):
            w = neighbour[k]
            if reached[w] < 0:
                reached[w] = v
                fringe[size] = w
                size += 1
            if other[w] >= 0:
                return fringe[:size].copy(), w
    return fringe[:size].copy(), np.int64(-1)


@njit(cache=True, nogil=True)
def _walk_length(xy, links, start, end):  # type: ignore[no-untyped-def]
    """Length of the walk that follows links from start to end."""
    total, v = 0.0, start
    while v != end:
        w = links[v]
        total += np.hypot(xy[v, 0] - xy[w, 0], xy[v, 1] - xy[w, 1])
        v = w
    return total
