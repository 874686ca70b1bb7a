"""Which pixels a shape covers, exactly: the centre of a pixel is inside or it is not.

Coordinates are whole numbers of 1/64 pixel, kept in float64. Products of them stay below 2^53, so
the tests are exact, with or without fused multiplication, and no machine rounds otherwise.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .arrays import BoolArray, FloatArray, IntArray

SUB = 64  # steps to a pixel


class Cells(NamedTuple):
    """Pixels of many shapes in one list: shape ``k`` may cover the pixel ``at``."""

    k: IntArray  # [P] which shape
    at: IntArray  # [P] row * width + column
    x: FloatArray  # [P] centre, in 1/64 pixel
    y: FloatArray  # [P]

    def where(self, inside: BoolArray) -> Cells:
        """Those of the list that are inside."""
        return Cells(self.k[inside], self.at[inside], self.x[inside], self.y[inside])


def snapped(value: npt.ArrayLike) -> FloatArray:
    """The nearest whole numbers, halves up.

    >>> snapped([0.4, -0.5]).tolist(), snapped([]).tolist()
    ([0.0, 0.0], [])
    """
    return np.floor(np.asarray(value, dtype=np.float64) + 0.5) + 0.0


def cells(low: FloatArray, high: FloatArray, size: int) -> Cells:
    """Pixels of a tile of ``size`` in boxes [K, 2] from ``low`` to ``high``, box by box."""
    first = np.clip(np.ceil(low / SUB), 0, size).astype(np.int64)
    last = np.clip(np.floor(high / SUB), -1, size - 1).astype(np.int64)
    wide, tall = np.maximum(last - first + 1, 0).T
    shape = np.repeat(np.arange(len(tall)), tall)  # [R] of each row of each box
    row = np.arange(len(shape)) - np.repeat(np.cumsum(tall) - tall - first[:, 1], tall)
    length = wide[shape]
    count = np.arange(int(length.sum()))
    column = count + np.repeat(first[shape, 0] - (np.cumsum(length) - length), length)
    at = column + np.repeat(row * size, length)
    y = np.repeat(row * float(SUB), length)
    return Cells(np.repeat(shape, length), at, column * float(SUB), y)


def discs(centre: FloatArray, radius: FloatArray, size: int) -> Cells:
    """Pixels of discs: centres [K, 2], radii [K]."""
    box = cells(centre - radius[:, None], centre + radius[:, None], size)
    x, y = box.x - centre[:, 0][box.k], box.y - centre[:, 1][box.k]
    return box.where(x * x + y * y <= (radius * radius)[box.k])


def quads(corners: FloatArray, size: int, sweep: FloatArray | None = None) -> Cells:
    """Pixels of convex quadrilaterals [K, 4, 2], each swept along its vector [K, 2] if given.

    The sweep of a convex shape along v is an intersection of half planes: those of its sides, moved
    where v leaves through them, and two parallel to v.
    """
    move = np.zeros((len(corners), 2)) if sweep is None else sweep
    corners = _clockwise(corners)
    low, high = corners.min(axis=1), corners.max(axis=1)
    box = cells(low + np.minimum(move, 0), high + np.maximum(move, 0), size)
    inside = np.ones(len(box.k), dtype=bool)
    for i in range(4):
        start, side = corners[:, i], corners[:, (i + 1) % 4] - corners[:, i]
        least = np.minimum(cross(side, move), 0) + cross(side, start)
        inside &= _turn(box, side) >= least[box.k]
    if sweep is not None:
        reach = cross(move[:, None], corners)  # [K, 4]
        turn = _turn(box, move)
        inside &= (turn >= reach.min(axis=1)[box.k]) & (turn <= reach.max(axis=1)[box.k])
    return box.where(inside)


def cross(a: FloatArray, b: FloatArray) -> FloatArray:
    """Cross products of vectors in the last axis."""
    product: FloatArray = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return product


def _turn(box: Cells, side: FloatArray) -> FloatArray:
    """[P] cross product of a side with the pixel."""
    turn: FloatArray = side[:, 0][box.k] * box.y - side[:, 1][box.k] * box.x
    return turn


def _clockwise(corners: FloatArray) -> FloatArray:
    """The corners in the turn in which the inside has positive cross products."""
    turn = cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    return np.where((turn >= 0)[:, None, None], corners, corners[:, ::-1])
