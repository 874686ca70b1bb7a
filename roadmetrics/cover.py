"""Which parts of one network lie near another: exact intervals, no polygons, no pixels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from .graph import BoolArray, FloatArray, RoadGraph
from .index import SLACK, TIE, SegmentIndex
from .sorting import order_of

ROUNDING = 1e-12  # share of an edge
FEW = 1 << 20  # pairs of edges whose boxes are compared one by one: quicker than a tree


def covered_share(graph: RoadGraph, other: RoadGraph, slack: float) -> FloatArray:
    """[M] share of each edge of ``graph`` that lies within ``slack`` of ``other``, exactly.

    The part of a line within a distance of a segment is one interval, because the distance to a
    convex set is convex along a line; the share is the length of the union of the intervals.
    """
    if not len(graph.edges) or not len(other.edges):
        return np.zeros(len(graph.edges))
    ends, other_ends = graph.vertices[graph.edges], other.vertices[other.edges]
    near = SegmentIndex.of(other).pairs_within(ends[:, 0], ends[:, 1], slack)
    share: FloatArray = _union_of_intervals(ends.copy(), other_ends.copy(), *near, float(slack))
    return share


def covered_pieces(
    graph: RoadGraph, other: RoadGraph, slack: float
) -> tuple[npt.NDArray[np.int64], FloatArray, BoolArray]:
    """The edges of ``graph`` cut where they enter or leave the ``slack`` of ``other``.

    Returns the edge of each piece [K], ascending, its ends [K, 2, 2], and whether it is covered
    [K]. Edges without length have no piece.

    >>> road, half = (RoadGraph([(0, 0), (x, 0)], [(0, 1)]) for x in (10, 4))
    >>> covered_pieces(road, half, 1.0)[1].tolist()
    [[[0.0, 0.0], [5.0, 0.0]], [[5.0, 0.0], [10.0, 0.0]]]
    >>> covered_pieces(RoadGraph([], []), half, 1.0)[1].shape
    (0, 2, 2)
    """
    ends = graph.vertices[graph.edges]
    other_ends = other.vertices[other.edges]
    if len(ends) * len(other_ends) <= FEW:
        near = _boxes_within(ends, other_ends, slack)
    else:
        near = SegmentIndex.of(other).pairs_within(ends[:, 0], ends[:, 1], slack)
    edge, low, high, is_covered = _cut(ends.copy(), other_ends.copy(), *near, float(slack))
    start, step = ends[edge, 0], ends[edge, 1] - ends[edge, 0]
    first = start + low[:, None] * step
    last = np.where(high[:, None] == 1.0, ends[edge, 1], start + high[:, None] * step)
    return edge, np.stack([first, last], axis=1), is_covered


def _boxes_within(
    ends: FloatArray, other_ends: FloatArray, slack: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """(edge, other edge), sorted: all that are within ``slack``, and more.

    Edges are [M, 2, 2] and [N, 2, 2].
    """
    low, high = _box(ends, slack * SLACK + TIE)
    other_low, other_high = _box(other_ends, 0.0)
    left, right, other_left, other_right = (
        np.ascontiguousarray(corner[:, 0]) for corner in (low, high, other_low, other_high)
    )
    meet = left[:, None] <= other_right  # [M, N]
    meet &= right[:, None] >= other_left
    edge, other = np.divmod(np.flatnonzero(meet), max(len(other_ends), 1))
    keep = (low[edge, 1] <= other_high[other, 1]) & (high[edge, 1] >= other_low[other, 1])
    return edge[keep], other[keep]


def _box(ends: FloatArray, reach: float) -> tuple[FloatArray, FloatArray]:
    """Lower and upper corners [M, 2] of the boxes around edges, with ``reach`` around them."""
    a, b = ends[:, 0], ends[:, 1]
    return np.minimum(a, b) - reach, np.maximum(a, b) + reach


@njit(cache=True, nogil=True)
def _capsule_interval(ax, ay, dx, dy, px, py, qx, qy, r):  # type: ignore[no-untyped-def]
    """(low, high) of t in [0, 1] where a + t d is within r of segment pq; low > high if nowhere."""
    low, high = 2.0, -1.0
    a2 = dx * dx + dy * dy
    for cx, cy in ((px, py), (qx, qy)):  # the discs at both ends
        ex, ey = ax - cx, ay - cy
        half_b = ex * dx + ey * dy
        # distance of the centre from the line, not a discriminant: no cancellation
        cross = ex * dy - ey * dx
        gap2 = r * r - cross * cross / a2
        if gap2 >= 0.0:
            root = np.sqrt(gap2 / a2)
            low = min(low, -half_b / a2 - root)
            high = max(high, -half_b / a2 + root)
    ux, uy = qx - px, qy - py
    length = np.hypot(ux, uy)
    if length > 0.0:  # the rectangle between the discs
        ux, uy = ux / length, uy / length
        s0, s1 = (ax - px) * ux + (ay - py) * uy, dx * ux + dy * uy  # along
        h0, h1 = (ay - py) * ux - (ax - px) * uy, dy * ux - dx * uy  # across
        inner_low, inner_high = 0.0, 1.0
        for c0, c1, bottom, top in ((s0, s1, 0.0, length), (h0, h1, -r, r)):
            if c1 == 0.0:
                if c0 < bottom or c0 > top:
                    inner_high = -1.0
            else:
                t0, t1 = (bottom - c0) / c1, (top - c0) / c1
                inner_low = max(inner_low, min(t0, t1))
                inner_high = min(inner_high, max(t0, t1))
        if inner_low <= inner_high:
            low, high = min(low, inner_low), max(high, inner_high)
    return max(low, 0.0), min(high, 1.0)


@njit(cache=True, nogil=True)
def _gap(reached, low):  # type: ignore[no-untyped-def]
    """Share of the edge between two intervals; what rounding opens is none."""
    return low - reached if low - reached > ROUNDING else 0.0


@njit(cache=True, nogil=True)
def _union_of_intervals(ends, other_ends, query, edge, r):  # type: ignore[no-untyped-def]
    """[M] measure of the union of intervals; ``query`` ascends."""
    share = np.zeros(len(ends))
    first = 0
    while first < len(query):
        i = query[first]
        last = first
        while last < len(query) and query[last] == i:
            last += 1
        ax, ay = ends[i, 0, 0], ends[i, 0, 1]
        dx, dy = ends[i, 1, 0] - ax, ends[i, 1, 1] - ay
        if dx != 0.0 or dy != 0.0:
            lows, highs = np.empty(last - first), np.empty(last - first)
            for k in range(first, last):
                o = other_ends[edge[k]]
                lows[k - first], highs[k - first] = _capsule_interval(
                    ax, ay, dx, dy, o[0, 0], o[0, 1], o[1, 0], o[1, 1], r
                )
            order = order_of(lows)
            reached = 0.0
            missed = 0.0
            for k in order:
                if highs[k] > max(reached, lows[k]):
                    missed += _gap(reached, lows[k])
                    reached = highs[k]
            share[i] = max(1.0 - missed - _gap(reached, 1.0), 0.0)
        first = last
    return share


@njit(cache=True, nogil=True)
def _cut(ends, other_ends, query, edge, r):  # type: ignore[no-untyped-def]
    """(edge, low, high, is covered) of the pieces of all edges; ``query`` ascends."""
    room = 2 * len(query) + len(ends)
    owner, is_covered = np.empty(room, np.int64), np.empty(room, np.bool_)
    low, high = np.empty(room), np.empty(room)
    n = first = 0
    for i in range(len(ends)):
        last = first
        while last < len(query) and query[last] == i:
            last += 1
        ax, ay = ends[i, 0, 0], ends[i, 0, 1]
        dx, dy = ends[i, 1, 0] - ax, ends[i, 1, 1] - ay
        lows, highs = np.empty(last - first), np.empty(last - first)
        if dx != 0.0 or dy != 0.0:
            for k in range(first, last):
                o = other_ends[edge[k]]
                lows[k - first], highs[k - first] = _capsule_interval(
                    ax, ay, dx, dy, o[0, 0], o[0, 1], o[1, 0], o[1, 1], r
                )
            reached = 0.0
            for k in order_of(lows):
                if highs[k] <= max(reached, lows[k]):
                    continue
                if lows[k] > reached:  # a gap before it
                    owner[n], low[n], high[n], is_covered[n] = i, reached, lows[k], False
                    n += 1
                    reached = lows[k]
                is_joined = n > 0 and owner[n - 1] == i and is_covered[n - 1]
                if is_joined:
                    high[n - 1] = highs[k]
                else:
                    owner[n], low[n], high[n], is_covered[n] = i, reached, highs[k], True
                    n += 1
                reached = highs[k]
            if reached < 1.0:
                owner[n], low[n], high[n], is_covered[n] = i, reached, 1.0, False
                n += 1
        first = last
    return owner[:n], low[:n], high[:n], is_covered[:n]
