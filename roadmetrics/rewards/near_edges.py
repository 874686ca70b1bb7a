"""Which fixed points lie near each edge drawn, and where along it: a pool that grows and shrinks.

Rows are put on top for the edge that comes and taken off with it. From the pool follow, at each
step, the nearest places of every point, whatever the order of the edges.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from ..graph import FloatArray
from ..index import SLACK
from ..routing import LongArray
from .grid import along_and_gap
from .routes_between import Spots


class Pool(NamedTuple):
    """Rows of the edges on the stack, one edge after the other."""

    ptr: LongArray  # [edges + 1] rows of each edge
    size: LongArray  # [1] edges
    ends: LongArray  # [edges, 2]
    point: LongArray  # [rows]
    edge: LongArray  # [rows] position on the stack
    along: FloatArray  # [rows]
    gap: FloatArray  # [rows]


def new_pool(n_edges: int, n_rows: int) -> Pool:
    """An empty pool with so much room."""
    return Pool(
        np.zeros(n_edges + 1, np.int64), np.zeros(1, np.int64), np.zeros((n_edges, 2), np.int64),
        np.zeros(n_rows, np.int64), np.zeros(n_rows, np.int64), np.zeros(n_rows), np.zeros(n_rows),
    )  # fmt: skip


def with_room(pool: Pool, n_points: int) -> Pool:
    """The pool, or a larger one, with room for the rows of one more edge."""
    n_edges = int(pool.size[0])
    n_rows = int(pool.ptr[n_edges])
    if n_edges < len(pool.ends) and n_rows + n_points <= len(pool.point):
        return pool
    larger = new_pool(2 * n_edges + 8, 2 * (n_rows + n_points) + 8)
    for old, new in zip(pool, larger, strict=True):
        new[: len(old)] = old[: len(new)]
    return larger


@njit(cache=True, nogil=True)
def push_near(pool, points, radius, xy, u, v):  # type: ignore[no-untyped-def]
    """Put the points [n, 2] within ``radius`` of edge (u, v) on top."""
    m = pool.size[0]
    k = pool.ptr[m]
    sx, sy, ex, ey = xy[u, 0], xy[u, 1], xy[v, 0], xy[v, 1]
    limit = radius * SLACK
    wide = limit + 1e-9 * (abs(sx) + abs(sy) + abs(ex) + abs(ey))  # whatever the rounding
    x0, x1, y0, y1 = min(sx, ex) - wide, max(sx, ex) + wide, min(sy, ey) - wide, max(sy, ey) + wide
    for p in range(len(points)):
        x, y = points[p, 0], points[p, 1]
        if x < x0 or x > x1 or y < y0 or y > y1:
            continue
        along, gap = along_and_gap(x, y, sx, sy, ex, ey)
        if gap <= limit:
            pool.point[k], pool.edge[k], pool.along[k], pool.gap[k] = p, m, along, gap
            k += 1
    pool.ends[m, 0], pool.ends[m, 1] = u, v
    pool.ptr[m + 1] = k
    pool.size[0] = m + 1


@njit(cache=True, nogil=True)
def nearest_gaps(pool, n):  # type: ignore[no-untyped-def]
    """[n] distance of each point from the nearest edge; inf where none is near."""
    nearest = np.full(n, np.inf)
    for k in range(pool.ptr[pool.size[0]]):
        nearest[pool.point[k]] = min(nearest[pool.point[k]], pool.gap[k])
    return nearest


@njit(cache=True, nogil=True)
def nearest_spots(pool, n, tie, xy):  # type: ignore[no-untyped-def]
    """The nearest places of each of n points, those within ``tie`` of the nearest too."""
    n_rows = pool.ptr[pool.size[0]]
    nearest = nearest_gaps(pool, n)
    ptr = np.zeros(n + 1, np.int64)
    for k in range(n_rows):
        p = pool.point[k]
        ptr[p + 1] += pool.gap[k] <= nearest[p] + tie
    for p in range(n):
        ptr[p + 1] += ptr[p]
    at = ptr[:-1].copy()
    room = ptr[n]
    first, second, line = (
        np.empty(room, np.int64),
        np.empty(room, np.int64),
        np.empty(room, np.int64),
    )
    to_first, to_second = np.empty(room), np.empty(room)
    for k in range(n_rows):
        p = pool.point[k]
        if pool.gap[k] > nearest[p] + tie:
            continue
        e = pool.edge[k]
        u, v = pool.ends[e, 0], pool.ends[e, 1]
        length = np.hypot(xy[v, 0] - xy[u, 0], xy[v, 1] - xy[u, 1])
        t = pool.along[k] * length
        rest = length - t
        if t <= 1e-9 or rest <= 1e-9:  # the key point itself, once for all of its edges
            v = u if t <= 1e-9 else v
            u, t, rest, e = v, 0.0, 0.0, -1 - v
        h, is_new = ptr[p], True
        while h < at[p] and is_new:
            is_new = e >= 0 or line[h] != e
            h += 1
        if is_new:
            first[h], second[h], to_first[h], to_second[h], line[h] = u, v, t, rest, e
            at[p] += 1
    # close the gaps that places found twice leave
    k = 0
    for p in range(n):
        low, high = ptr[p], at[p]
        ptr[p] = k
        for h in range(low, high):
            first[k], second[k], line[k] = first[h], second[h], line[h]
            to_first[k], to_second[k] = to_first[h], to_second[h]
            k += 1
    ptr[n] = k
    return Spots(ptr, first[:k], second[:k], to_first[:k], to_second[:k], line[:k])
