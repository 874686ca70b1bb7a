"""Places on what is left of a network that a point may be matched to.

A candidate is a row (vertex or -1, edge, offset, low, high, squared distance, x, y): low and high
bound the free piece of the edge that it lies on.
"""

from __future__ import annotations

import numpy as np
from numba import njit

MAX_CANDIDATES = 16  # of one point, the nearest: only a graph in the wrong unit has more
COLUMNS = 8


@njit(cache=True, nogil=True)
def find_candidates(  # type: ignore[no-untyped-def]
    xy, first, last, near_ptr, near_edge, net, head, used, reach, stamp, rows
):
    """Locally nearest free places of the points first .. last - 1: ptr, and ``rows``, grown."""
    start = np.zeros(last - first + 1, np.int64)
    size = np.int64(0)  # of a bare 0 the kernels below would be compiled once more
    for p in range(first, last):
        begin = size
        for k in range(near_ptr[p], near_ptr[p + 1]):
            e = near_edge[k]
            low, item = 0.0, head[e]
            while True:  # the free pieces of the edge: before, between and after the used ones
                if size == len(rows):
                    rows = longer(rows)
                high = used[item, 0] if item >= 0 else net[2][e]
                size = _on_piece(p, xy, net, e, low, high, reach, stamp, rows, size)
                if item < 0:
                    break
                low, item = used[item, 1], int(used[item, 2])
        size = _keep_nearest(rows, begin, size, stamp, p)
        start[p - first + 1] = size
    return start, rows


@njit(cache=True, nogil=True)
def longer(table):  # type: ignore[no-untyped-def]
    """A table [2n, k] that begins with the rows of ``table`` [n, k]."""
    result = np.empty((2 * table.shape[0], table.shape[1]))
    for i in range(table.shape[0]):
        for j in range(table.shape[1]):
            result[i, j] = table[i, j]
    return result


@njit(cache=True, nogil=True, forceinline=True)
def _on_piece(p, xy, net, e, low, high, reach, stamp, rows, size):  # type: ignore[no-untyped-def]
    """Add the nearest place of a free piece of an edge, if it is near; returns the new size.

    ``stamp`` [2, N] notes, by point, vertices beyond which a road comes nearer (0), and those that
    are candidates already (1).
    """
    vertices, edges, lengths, tie = net[0], net[1], net[2], net[5]
    if high - low <= tie:
        return size
    a, b, length = edges[e, 0], edges[e, 1], lengths[e]
    ax, ay, bx, by = vertices[a, 0], vertices[a, 1], vertices[b, 0], vertices[b, 1]
    ux, uy = (bx - ax) / length, (by - ay) / length
    dx, dy = xy[p, 0] - ax, xy[p, 1] - ay
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
    share = t / length
    x, y = ax * (1.0 - share) + bx * share, ay * (1.0 - share) + by * share
    if at >= 0:
        stamp[1, at] = p
        x, y = vertices[at, 0], vertices[at, 1]
    rows[size, 0], rows[size, 1], rows[size, 2] = at, e, t
    rows[size, 3], rows[size, 4], rows[size, 5] = low, high, gap * gap
    rows[size, 6], rows[size, 7] = x, y
    return size + 1


@njit(cache=True, nogil=True, forceinline=True)
def _keep_nearest(rows, begin, size, stamp, p):  # type: ignore[no-untyped-def]
    """Drop vertices beyond which a road comes nearer, and all but the nearest MAX_CANDIDATES."""
    kept = begin
    for k in range(begin, size):
        at = int(rows[k, 0])
        if at < 0 or stamp[0, at] != p:
            for j in range(COLUMNS):
                rows[kept, j] = rows[k, j]
            kept += 1
    if kept - begin <= MAX_CANDIDATES:
        return kept
    for i in range(begin, begin + MAX_CANDIDATES):
        nearest = i
        for k in range(i + 1, kept):
            if rows[k, 5] < rows[nearest, 5]:
                nearest = k
        for k in range(nearest, i, -1):  # the others keep their order
            for j in range(COLUMNS):
                rows[k, j], rows[k - 1, j] = rows[k - 1, j], rows[k, j]
    return begin + MAX_CANDIDATES
