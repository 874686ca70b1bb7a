"""Where the road is: pixels inside streets, and for those near one how it lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .arrays import BoolArray, FloatArray, IntArray
from .pixels import cells
from .roads import Roads

FAR = np.float32(1e9)
AT_ONCE = 48  # pieces: their pixels fit a processor's cache
MOST_PAIRS = 50_000  # of a point and a piece of road, at a time


@dataclass(frozen=True)
class Surface:
    """Pixels near the streets of one level; lengths in 1/64 pixel."""

    is_road: BoolArray  # [H * W]
    edge: npt.NDArray[np.float32]  # [H * W] to the nearest kerb, below 0 on the road; FAR beyond
    near: IntArray  # [N] pixels that are not far
    piece: IntArray  # [N] of which piece of road
    along: FloatArray  # [N] from the street's start
    aside: FloatArray  # [N] from its middle line, signed


def surface(roads: Roads, size: int, beyond: float) -> Surface:
    """Lay out pieces, and ``beyond`` their kerbs."""
    parts = [
        _close(roads, slice(i, i + AT_ONCE), size, beyond)
        for i in range(0, max(len(roads.start), 1), AT_ONCE)
    ]
    k, at, along, aside, apart, inside = (np.concatenate(part) for part in zip(*parts, strict=True))
    is_road = np.zeros(size * size, dtype=bool)
    is_road[at[inside]] = True
    edge = (np.sqrt(apart) - roads.half[k]).astype(np.float32)
    least, best = _least(at, edge, size)
    length = np.maximum(roads.length[k[best]], 1.0)
    return Surface(
        is_road, least, at[best], k[best],
        roads.before[k[best]] + along[best] / length, aside[best] / length,
    )  # fmt: skip


def _close(
    roads: Roads, some: slice, size: int, beyond: float
) -> tuple[IntArray, IntArray, FloatArray, FloatArray, FloatArray, BoolArray]:
    """Pieces and the pixels near them: where along and beside, squared distance, whether inside.

    ``along`` and ``aside`` are times the piece's length.
    """
    half, first, last = roads.half[some], roads.start[some], roads.end[some]
    reach = half + beyond
    low, high = np.minimum(first, last), np.maximum(first, last)
    box = cells(low - reach[:, None], high + reach[:, None], size)
    side = last - first
    squared = (side * side).sum(axis=1)
    dx, dy = side[:, 0][box.k], side[:, 1][box.k]
    px, py = box.x - first[:, 0][box.k], box.y - first[:, 1][box.k]
    along = px * dx + py * dy
    apart = _squared_distance(px, py, dx, dy, along, squared[box.k])
    close = np.flatnonzero(apart <= (reach * reach)[box.k])
    k, along, apart = box.k[close], along[close], apart[close]
    aside = dx[close] * py[close] - dy[close] * px[close]
    is_between = (along > 0) & (along < squared[k])
    area = (half * half)[k]
    inside = np.where(is_between, aside * aside <= area * squared[k], apart <= area)
    return k + some.start, box.at[close], along, aside, apart, inside


def _least(
    at: IntArray, edge: npt.NDArray[np.float32], size: int
) -> tuple[npt.NDArray[np.float32], IntArray]:
    """The least edge of each pixel, and which entry of the list has it (the last, if several)."""
    least = np.full(size * size, FAR, dtype=np.float32)
    np.minimum.at(least, at, edge)
    which = np.full(size * size, -1, dtype=np.int64)
    ties = np.flatnonzero(edge == least[at])
    which[at[ties]] = ties
    return least, which[which >= 0]


def touched(points: FloatArray, roads: Roads, beyond: float) -> BoolArray:
    """[K] whether points [K, 2] lie on a road, or within ``beyond`` of one."""
    rows = max(1, MOST_PAIRS // max(1, len(roads.start)))
    near = np.zeros(len(points), dtype=bool)
    for i in range(0, len(points), rows):
        near[i : i + rows] = _touched(points[i : i + rows], roads, beyond)
    return near


def _touched(points: FloatArray, roads: Roads, beyond: float) -> BoolArray:
    side = roads.end - roads.start
    squared = (side * side).sum(axis=1)
    px, py = (points[:, None] - roads.start).transpose(2, 0, 1)  # [K, S] each
    along = px * side[:, 0] + py * side[:, 1]
    apart = _squared_distance(px, py, side[:, 0], side[:, 1], along, squared)
    reach = roads.half + beyond
    near: BoolArray = np.logical_or.reduce(apart <= reach * reach, axis=1)
    return near


def _squared_distance(
    px: FloatArray, py: FloatArray, dx: FloatArray, dy: FloatArray, along: FloatArray,
    squared: FloatArray,
) -> FloatArray:  # fmt: skip
    """From a point to a piece that starts at 0, 0 and goes to dx, dy."""
    t = np.clip(along / np.maximum(squared, 1.0), 0.0, 1.0)
    gx, gy = px - t * dx, py - t * dy
    return gx * gx + gy * gy
