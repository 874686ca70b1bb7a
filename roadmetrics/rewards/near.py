"""Which points lie near which segments, in kernels: the trees of `index` cost more than a step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from ..graph import FloatArray
from ..index import SLACK, TIE
from ..routing import LongArray

MAX_CELLS = 64  # of a grid, either way


class Grid(NamedTuple):
    """Points [n, 2] in square cells, row by row; a row's neighbouring cells are one range."""

    origin: FloatArray  # [3] x, y of the corner, and cells per unit of length
    shape: LongArray  # [2] cells along x and y
    ptr: LongArray  # [cells + 1]
    point: LongArray  # [n] ascending in each cell


class Pairs(NamedTuple):
    """For each row its columns, ascending, and how far the two are apart."""

    ptr: LongArray  # [rows + 1]
    column: LongArray  # [K]
    distance: FloatArray  # [K]


@njit(cache=True, nogil=True)
def grid_of(points, reach):  # type: ignore[no-untyped-def]
    """A grid for searches within ``reach``."""
    n = len(points)
    low_x = low_y = high_x = high_y = 0.0
    for i in range(n):
        x, y = points[i, 0], points[i, 1]
        if i == 0:
            low_x, low_y, high_x, high_y = x, y, x, y
        low_x, high_x = min(low_x, x), max(high_x, x)
        low_y, high_y = min(low_y, y), max(high_y, y)
    span = max(high_x - low_x, high_y - low_y)
    scale = 1.0 / max(reach, span / MAX_CELLS, 1e-9)
    shape = np.empty(2, np.int64)
    shape[0], shape[1] = int((high_x - low_x) * scale) + 1, int((high_y - low_y) * scale) + 1
    origin = np.empty(3)
    origin[0], origin[1], origin[2] = low_x, low_y, scale
    ptr, cell = np.zeros(shape[0] * shape[1] + 1, np.int64), np.empty(n, np.int64)
    for i in range(n):
        column = _cell(points[i, 0], low_x, scale, shape[0])
        cell[i] = column + shape[0] * _cell(points[i, 1], low_y, scale, shape[1])
        ptr[cell[i] + 1] += 1
    point = np.empty(n, np.int64)
    _place(ptr, cell, point)
    return Grid(origin, shape, ptr, point)


@njit(cache=True, nogil=True, forceinline=True)
def _cell(at, low, scale, n):  # type: ignore[no-untyped-def]
    """The cell, or the outermost one, that a coordinate falls in."""
    return int(min(max((at - low) * scale, 0.0), float(n - 1)))


@njit(cache=True, nogil=True)
def _place(ptr, key, item):  # type: ignore[no-untyped-def]
    """Numbers of items by key, ascending; ptr [k + 1] comes in with the count of key k at k + 1."""
    for k in range(1, len(ptr)):
        ptr[k] += ptr[k - 1]
    for i in range(len(key)):
        item[ptr[key[i]]] = i
        ptr[key[i]] += 1
    for k in range(len(ptr) - 1, 0, -1):
        ptr[k] = ptr[k - 1]
    ptr[0] = 0


@njit(cache=True, nogil=True)
def reach_of(radius):  # type: ignore[no-untyped-def]
    """How far `SegmentIndex` looks for edges within a radius."""
    return radius * SLACK + TIE


@njit(cache=True, nogil=True)
def near_segments(grid, points, start, end, reach):  # type: ignore[no-untyped-def]
    """Of segment i from start[i] to end[i] the points within ``reach``, inclusive: Pairs.

    Points are not sorted; `turned` gives the segments of each point, sorted.
    """
    x0, y0, scale = grid.origin[0], grid.origin[1], grid.origin[2]
    nx, ny = grid.shape[0], grid.shape[1]
    ptr = np.zeros(len(start) + 1, np.int64)
    column, distance = np.empty(4 * len(points) + 64, np.int64), np.empty(4 * len(points) + 64)
    n = 0
    for i in range(len(start)):
        ax, ay, bx, by = start[i, 0], start[i, 1], end[i, 0], end[i, 1]
        low_x, high_x = min(ax, bx) - reach, max(ax, bx) + reach
        low_y, high_y = min(ay, by) - reach, max(ay, by) + reach
        first, last = _cell(low_x, x0, scale, nx), _cell(high_x, x0, scale, nx)
        for row in range(_cell(low_y, y0, scale, ny), _cell(high_y, y0, scale, ny) + 1):
            for k in range(grid.ptr[row * nx + first], grid.ptr[row * nx + last + 1]):
                p = grid.point[k]
                x, y = points[p, 0], points[p, 1]
                if x < low_x or x > high_x or y < low_y or y > high_y:
                    continue
                gap = _gap(x, y, ax, ay, bx, by, reach)
                if gap <= reach:
                    if n == len(column):
                        column, distance = _longer(column), _longer(distance)
                    column[n], distance[n] = p, gap
                    n += 1
        ptr[i + 1] = n
    return Pairs(ptr, column, distance)


@njit(cache=True, nogil=True, forceinline=True)
def _gap(x, y, ax, ay, bx, by, reach):  # type: ignore[no-untyped-def]
    """Distance of a point from a segment, step by step as `geometry.project`; inf far beyond."""
    dx, dy = bx - ax, by - ay
    squared, t = dx * dx + dy * dy, 0.0
    if squared > 0.0:
        t = min(max(((x - ax) * dx + (y - ay) * dy) / squared, 0.0), 1.0)
    gap_x, gap_y = x - (ax + t * dx), y - (ay + t * dy)
    if gap_x * gap_x + gap_y * gap_y > 1.001 * reach * reach:
        return np.inf
    return np.hypot(gap_x, gap_y)


@njit(cache=True, nogil=True)
def turned(pairs, n):  # type: ignore[no-untyped-def]
    """Rows become columns, ``n`` columns rows; columns ascend in each."""
    total = pairs.ptr[-1]
    ptr, column, distance = np.zeros(n + 1, np.int64), np.empty(total, np.int64), np.empty(total)
    for k in range(total):
        ptr[pairs.column[k] + 1] += 1
    for i in range(n):
        ptr[i + 1] += ptr[i]
    for row in range(len(pairs.ptr) - 1):
        for k in range(pairs.ptr[row], pairs.ptr[row + 1]):
            at = ptr[pairs.column[k]]
            column[at], distance[at] = row, pairs.distance[k]
            ptr[pairs.column[k]] += 1
    for i in range(n, 0, -1):
        ptr[i] = ptr[i - 1]
    ptr[0] = 0
    return Pairs(ptr, column, distance)


@njit(cache=True, nogil=True)
def _longer(values):  # type: ignore[no-untyped-def]
    result = np.empty(2 * len(values), values.dtype)
    for k in range(len(values)):
        result[k] = values[k]
    return result
