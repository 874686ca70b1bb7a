"""Places on what is left of a network that a point may be matched to.

A candidate is a row (vertex or -1, edge, offset, low, high, squared distance): low and high bound
the free piece of the edge that it lies on.
"""

from __future__ import annotations

import numpy as np
from numba import njit

MAX_CANDIDATES = 16  # of one point, the nearest: only a graph in the wrong unit has more


@njit(cache=True, nogil=True)
def find_candidates(  # type: ignore[no-untyped-def]
    xy, first, last, near_ptr, near_edge, net, head, used, link, reach, stamp
):
    """Locally nearest free places of the points first .. last - 1: ptr, rows, where they lie."""
    start = np.zeros(last - first + 1, np.int64)
    rows, size = np.empty((4 * len(start), 6)), 0
    for p in range(first, last):
        begin = size
        for k in range(near_ptr[p], near_ptr[p + 1]):
            e = near_edge[k]
            low, item = 0.0, head[e]
            while item >= 0:
                if size + 1 >= len(rows):
                    rows = np.concatenate((rows, np.empty_like(rows)))
                size = _on_piece(p, xy[p], net, e, low, used[item, 0], reach, stamp, rows, size)
                low, item = used[item, 1], link[item]
            if size + 1 >= len(rows):
                rows = np.concatenate((rows, np.empty_like(rows)))
            size = _on_piece(p, xy[p], net, e, low, net[2][e], reach, stamp, rows, size)
        size = _keep_nearest(rows, begin, size, stamp, p)
        start[p - first + 1] = size
    return start, rows[:size].copy(), _spots(rows[:size], net)


@njit(cache=True, nogil=True)
def _on_piece(p, point, net, e, low, high, reach, stamp, rows, size):  # type: ignore[no-untyped-def]
    """Add the nearest place of a free piece of an edge, if it is near; returns the new size.

    ``stamp`` [2, N] notes, by point, vertices beyond which a road comes nearer (0), and those that
    are candidates already (1).
    """
    vertices, edges, lengths, tie = net[0], net[1], net[2], net[5]
    if high - low <= tie:
        return size
    (a, b), length = edges[e], lengths[e]
    ux, uy = (vertices[b] - vertices[a]) / length
    dx, dy = point - vertices[a]
    t = min(max(dx * ux + dy * uy, low), high)
    gap = np.hypot(dx - t * ux, dy - t * uy)
    at = -1
    if low <= tie:
        if t <= tie:
            at = a
        else:
            stamp[0, a] = p
    if high >= length - tie:
        if t >= length - tie:
            at = b
        else:
            stamp[0, b] = p
    if gap >= reach or (at >= 0 and stamp[1, at] == p):
        return size
    if at >= 0:
        stamp[1, at] = p
    rows[size, 0], rows[size, 1], rows[size, 2] = at, e, t
    rows[size, 3], rows[size, 4], rows[size, 5] = low, high, gap * gap
    return size + 1


@njit(cache=True, nogil=True)
def _keep_nearest(rows, begin, size, stamp, p):  # type: ignore[no-untyped-def]
    """Drop vertices beyond which a road comes nearer, and all but the nearest MAX_CANDIDATES."""
    kept = begin
    for k in range(begin, size):
        at = int(rows[k, 0])
        if at < 0 or stamp[0, at] != p:
            rows[kept] = rows[k]
            kept += 1
    if kept - begin > MAX_CANDIDATES:
        order = np.argsort(rows[begin:kept, 5], kind="mergesort")[:MAX_CANDIDATES]
        rows[begin : begin + MAX_CANDIDATES] = rows[begin:kept][order]
        kept = begin + MAX_CANDIDATES
    return kept


@njit(cache=True, nogil=True)
def _spots(rows, net):  # type: ignore[no-untyped-def]
    """[K, 2] where candidates lie."""
    vertices, edges, lengths = net[0], net[1], net[2]
    spots = np.empty((len(rows), 2))
    for k in range(len(rows)):
        at, e = int(rows[k, 0]), int(rows[k, 1])
        if at >= 0:
            spots[k] = vertices[at]
        else:
            t = rows[k, 2] / lengths[e]
            spots[k] = vertices[edges[e, 0]] * (1.0 - t) + vertices[edges[e, 1]] * t
    return spots
