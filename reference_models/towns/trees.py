"""Trees: crowns of lobes, some in gardens, and an endless list of others along the streets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import BoolArray, FloatArray, IntArray
from .chance import Chance
from .pixels import SUB, Cells, discs, snapped
from .roads import Roads
from .style import Style
from .surface import touched

BATCH = 128  # trees drawn at a time; a part of what a seed means
OLD = 0.12  # share of old trees along streets, whose crowns reach across
LOBES = np.array([  # x, y, radius in parts of the crown's radius; the first is its middle
    (0, 0, 0.72), (0.6, 0, 0.46), (0.26, 0.56, 0.42), (-0.32, 0.52, 0.48), (-0.62, -0.06, 0.4),
    (-0.24, -0.56, 0.46), (0.34, -0.5, 0.44),
])  # fmt: skip


@dataclass(frozen=True)
class Trees:
    """Trunks and crowns."""

    foot: FloatArray  # [T, 2] in 1/64 pixel
    radius: FloatArray  # [T] of the crown, in 1/64 pixel
    height: FloatArray  # [T] in metres
    turn: FloatArray  # [T, 2] cosine and sine, of the crown
    tint: IntArray  # [T] drawn for the colour

    @classmethod
    def none(cls) -> Trees:
        """No tree."""
        zero = np.zeros(0)
        return cls(zero.reshape(0, 2), zero, zero, zero.reshape(0, 2), zero.astype(np.int64))

    def __len__(self) -> int:
        return len(self.foot)

    def of(self, which: BoolArray | IntArray | slice) -> Trees:
        """Some of them."""
        return Trees(*(getattr(self, name)[which] for name in Trees.__dataclass_fields__))

    def lobes(self) -> tuple[FloatArray, FloatArray]:
        """Centres [T * 7, 2] and radii [T * 7] of the discs that the crowns are made of."""
        c, s = self.turn[:, :1], self.turn[:, 1:]
        x, y = LOBES[:, 0], LOBES[:, 1]
        offset = np.stack([c * x - s * y, s * x + c * y], axis=2) * self.radius[:, None, None]
        centre = snapped(self.foot[:, None] + offset)
        return centre.reshape(-1, 2), snapped(self.radius[:, None] * LOBES[:, 2]).reshape(-1)


def crowns(trees: Trees, size: int, lean: FloatArray) -> Cells:
    """Pixels of crowns, tree by tree; ``k`` is tree * 7 + lobe.

    ``lean`` [2]: 1/64 pixels by which a metre of height moves a thing, seen obliquely.
    """
    centre, radius = trees.lobes()
    moved = snapped(trees.height[:, None] * 0.7 * lean)  # a crown is not all at the top
    return discs(centre + np.repeat(moved, len(LOBES), axis=0), radius, size)


def joined(*parts: Trees) -> Trees:
    """The trees of several lists."""
    names = Trees.__dataclass_fields__
    return Trees(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def along_streets(roads: Roads, style: Style, step: float, chance: Chance) -> Trees:
    """The next trees of the list: beside a kerb, in no road; at most `BATCH`, perhaps none."""
    beside = roads.of(roads.street >= 0)
    reach = np.cumsum(np.maximum(np.floor(beside.length), 1).astype(np.int64))
    drawn, side = chance.unit(BATCH), chance.below(2, BATCH)
    trees = _grown(np.zeros((BATCH, 2)), style, step, chance, old=OLD)
    aside = chance.between(0.3, 2.0, BATCH) * step
    if not len(reach):
        return Trees.none()
    piece = np.searchsorted(reach, np.floor(drawn * reach[-1]), side="right")
    axis = (beside.end - beside.start)[piece] / np.maximum(beside.length, 1.0)[piece, None]
    past = drawn * reach[-1] - (reach[piece] - np.floor(beside.length[piece]))
    out = np.stack([-axis[:, 1], axis[:, 0]], axis=1) * np.where(side, 1.0, -1.0)[:, None]
    away = beside.half[piece] + aside
    foot = snapped(beside.start[piece] + axis * past[:, None] + out * away[:, None])
    trees = Trees(foot, trees.radius, trees.height, trees.turn, trees.tint)
    return trees.of(~touched(foot, roads, 0.0))


def in_gardens(
    n: int, roads: Roads, houses: FloatArray, style: Style, size: int, step: float, chance: Chance
) -> Trees:
    """Up to n trees anywhere but on a road or house; ``houses`` [B, 3]: x, y, radius."""
    around = 4 * step
    foot = snapped(chance.between(-around, size * SUB + around, 2 * n).reshape(n, 2))
    trees = _grown(foot, style, step, chance)
    dx, dy = (foot[:, None] - houses[:, :2]).transpose(2, 0, 1)
    reach = houses[:, 2] + 0.3 * trees.radius[:, None]
    is_on_house = (dx * dx + dy * dy < reach * reach).any(axis=1)
    return trees.of(~is_on_house & ~touched(foot, roads, 0.5 * step))


def _grown(foot: FloatArray, style: Style, step: float, chance: Chance, old: float = 0.0) -> Trees:
    n = len(foot)
    low, high = style.crown
    share = chance.unit(n)
    radius = low + (high - low) * share * (0.4 + 0.6 * share)  # small ones are more frequent
    radius *= np.where(chance.unit(n) < old, 1.6, 1.0)
    half = chance.between(-1, 1, n)
    square = half * half
    turn = np.stack([(1 - square) / (1 + square), 2 * half / (1 + square)], axis=1)
    height = radius * chance.between(1.3, 2.1, n) + 1.0
    return Trees(foot, snapped(radius * step), height, turn, chance.below(1 << 16, n))
