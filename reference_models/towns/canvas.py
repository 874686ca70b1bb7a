"""The picture while it is painted, and what all painters of it know."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .arrays import BoolArray, FloatArray, IntArray, Picture
from .noise import Texture
from .style import Colour, Palette


@dataclass
class Canvas:
    """Pixels in one list; lengths are in 1/64 pixel."""

    size: int
    step: float  # 1/64 pixels to a metre
    palette: Palette
    sun: FloatArray  # [2] shadow of a metre of height
    lean: FloatArray  # [2] shift of a metre of height, seen obliquely
    rough: Texture  # [H * W]
    grain: Texture  # [H * W]
    rgb: Picture  # [3, H * W]: a channel in one piece is the quickest to paint

    def blend(
        self,
        at: IntArray,
        colours: npt.ArrayLike,
        share: npt.ArrayLike = 1.0,
        *,
        k: IntArray | None = None,
        light: npt.ArrayLike = 0.0,
    ) -> None:
        """Paint pixels ``at`` [P], covering this share [P] of each.

        All get one colour, or ``k`` [P] says which of ``colours`` [K, 3]; ``light`` [P] is added.
        """
        table = np.asarray(colours, dtype=np.float32)
        part, bright = np.asarray(share, dtype=np.float32), np.asarray(light, dtype=np.float32)
        for channel, plane in enumerate(self.rgb):
            new = (table[channel] if k is None else table[:, channel][k]) + bright
            old = plane[at]
            plane[at] = old + (new - old) * part

    def shift(self, at: IntArray, x: int, y: int) -> IntArray:
        """Pixels moved by whole steps; those that leave the tile are dropped."""
        row, column = np.divmod(at, self.size)
        row, column = row + y, column + x
        inside = (row >= 0) & (row < self.size) & (column >= 0) & (column < self.size)
        moved: IntArray = row[inside] * self.size + column[inside]
        return moved


def topmost(at: IntArray, n: int) -> IntArray:
    """Of a list of pixels the last entry for each pixel."""
    which = np.full(n, -1, dtype=np.int64)
    which[at] = np.arange(len(at))
    return which[which >= 0]


def picked(colours: tuple[Colour, ...], tint: IntArray) -> npt.NDArray[np.float32]:
    """[K, 3] a colour for each drawn number below 65,536, each a little lighter or darker."""
    table = np.array(colours, dtype=np.float32)
    light = ((tint // 16) % 16 - 8).astype(np.float32)[:, None]
    return table[tint % len(table)] + light


def marked(n: int, *lists: IntArray) -> BoolArray:
    """[n] whether a pixel is in one of the lists."""
    mask = np.zeros(n, dtype=bool)
    for at in lists:
        mask[at] = True
    return mask
