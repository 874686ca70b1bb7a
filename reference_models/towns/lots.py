"""Houses along the streets, with drives, sheds and pools; large buildings on paved blocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import BoolArray, FloatArray, IntArray
from .chance import Chance
from .pixels import cross, snapped
from .plan import KINDS, Block
from .roads import Roads
from .style import Style
from .surface import touched
from .survey import Survey

CORNER = 9.0  # metres from a street's end to its first lot
VERGE = 2.4  # from kerb to lot
CLEAR = 1.8  # from a house to any road
SIGNS = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], dtype=np.float64)
PROBES = np.array([(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)], dtype=np.float64)


@dataclass(frozen=True)
class Boxes:
    """Turned rectangles."""

    middle: FloatArray  # [B, 2] in 1/64 pixel
    axis: FloatArray  # [B, 2] unit vector along the first side
    half: FloatArray  # [B, 2] half the sides, in 1/64 pixel

    @property
    def corners(self) -> FloatArray:
        """[B, 4, 2] whole numbers of 1/64 pixel."""
        return snapped(self.points(SIGNS))

    def points(self, shares: FloatArray) -> FloatArray:
        """[B, K, 2] places given in halves of the sides."""
        along = self.axis[:, None] * (self.half[:, :1] * shares[:, 0])[..., None]
        aside = normal(self.axis)[:, None] * (self.half[:, 1:] * shares[:, 1])[..., None]
        points: FloatArray = self.middle[:, None] + along + aside
        return points

    def of(self, which: BoolArray | IntArray) -> Boxes:
        """Some of them."""
        return Boxes(self.middle[which], self.axis[which], self.half[which])


@dataclass(frozen=True)
class Lots:
    """Everything on the land but trees; a height in metres belongs to each house."""

    yards: Boxes
    drives: Boxes
    pools: Boxes
    houses: Boxes
    height: FloatArray  # [B]
    is_flat: BoolArray  # [B]
    tint: IntArray  # [B] drawn for the colour; a wing has its house's


def normal(axis: FloatArray) -> FloatArray:
    """[K, 2] a quarter turn of vectors."""
    return np.stack([-axis[..., 1], axis[..., 0]], axis=-1)


def joined(*parts: Boxes) -> Boxes:
    """All of several lists."""
    return Boxes(
        *(np.concatenate([getattr(p, f) for p in parts]) for f in ("middle", "axis", "half"))
    )


def settle(
    roads: Roads, blocks: list[Block], corners: FloatArray, style: Style, survey: Survey,
    chance: Chance,
) -> Lots:  # fmt: skip
    """Build on the blocks for houses, and on the paved ones; ``corners`` [blocks, 4, 2]."""
    step = survey.step
    foot, out = _frontage(roads, style, step, chance)
    n = len(foot)
    sides = snapped(chance.between(*style.house, 2 * n).reshape(n, 2) / 2 * step)
    back = (VERGE + chance.between(1.6, 6.5, n)) * step  # from the kerb to the front
    axis = -normal(out)
    houses = Boxes(snapped(foot + out * (back + sides[:, 1])[:, None]), axis, sides)
    free = ~touched(houses.points(PROBES).reshape(-1, 2), roads, CLEAR * step)
    fits = free.reshape(n, len(PROBES)).all(axis=1) & (chance.unit(n) < 0.93)
    if style.name != "canals":
        others = np.array([block.use != "houses" for block in blocks], dtype=bool)
        fits &= ~_inside(houses.middle, corners[others]).any(axis=1)
    large = _large(blocks, corners, chance)
    fits = _apart(houses, fits, large)
    houses, foot, out, back = houses.of(fits), foot[fits], out[fits], back[fits]
    depth = back + 2 * houses.half[:, 1]
    sheds, pools = _behind(houses, out, roads, step, chance)
    wings, of = _wings(houses, out, roads, step, chance)
    k, m, n_large = len(houses.middle), len(sheds.middle), len(large.middle)
    flat = chance.unit(k) < style.flat_roofs
    tall = chance.between(3.5, 7.5, k) * np.where(flat & (chance.unit(k) < 0.5), 2.0, 1.0)
    tint = chance.below(1 << 16, k + m + n_large)
    return Lots(
        _yards(foot, houses, out, depth, step),
        _drives(foot, houses, out, back, step),
        pools,
        joined(houses, wings, sheds, large),
        np.concatenate([tall, tall[of] * 0.9, np.full(m, 2.5), chance.between(6, 14, n_large)]),
        np.concatenate([flat, flat[of], np.zeros(m, dtype=bool), np.ones(n_large, dtype=bool)]),
        np.concatenate([tint[:k], tint[:k][of], tint[k:]]),
    )


def _wings(
    houses: Boxes, out: FloatArray, roads: Roads, step: float, chance: Chance
) -> tuple[Boxes, IntArray]:
    """A wing behind some houses, which are L-shaped then, and whose it is."""
    n = len(houses.middle)
    side = np.where(chance.unit(n) < 0.5, -0.52, 0.52)
    half = houses.half * (0.46, 0.8)
    middle = houses.middle + out * houses.half[:, 1:] * 0.9
    middle += houses.axis * (side * houses.half[:, 0])[:, None]
    wings = Boxes(snapped(middle), houses.axis, snapped(half))
    of = np.flatnonzero((chance.unit(n) < 0.5) & ~touched(middle, roads, 7 * step))
    return wings.of(of), of


def _frontage(
    roads: Roads, style: Style, step: float, chance: Chance
) -> tuple[FloatArray, FloatArray]:
    """Places on kerbs [L, 2] where lots may be, and unit vectors [L, 2] into the lots."""
    is_lined = (roads.street >= 0) & (roads.level == 0) & (roads.kind != KINDS.index("ditch"))
    roads = roads.of(is_lined)
    streets, first = np.unique(roads.street, return_index=True)
    streets, whole = np.repeat(streets, 2), np.repeat(roads.whole[first], 2)  # both sides
    width = chance.between(*style.lot, len(streets)) * step
    count = np.maximum((whole - 2 * CORNER * step) / width, 0).astype(np.int64)
    k = np.repeat(np.arange(len(streets)), count)
    turn = np.arange(len(k)) - np.repeat(np.cumsum(count) - count, count)
    at = CORNER * step + (turn + 0.5 + chance.between(-0.06, 0.06, len(k))) * width[k]
    far = 1e8  # above any length, so that streets do not mix
    piece = np.searchsorted(roads.street * far + roads.before, streets[k] * far + at) - 1
    length = roads.length[piece]
    past = at - roads.before[piece]
    there = (piece >= 0) & (roads.street[piece] == streets[k]) & (past <= length)
    piece, past, k = piece[there], past[there], k[there]
    axis = (roads.end[piece] - roads.start[piece]) / length[there, None]
    out = normal(axis) * np.where(k % 2, 1.0, -1.0)[:, None]
    foot = roads.start[piece] + axis * past[:, None] + out * roads.half[piece, None]
    return foot, out


def _large(blocks: list[Block], corners: FloatArray, chance: Chance) -> Boxes:
    """A large building on each paved block."""
    paved = corners[[block.use == "paved" for block in blocks]]
    n = len(paved)
    middle = snapped(paved.mean(axis=1))
    side, other = paved[:, 1] - paved[:, 0], paved[:, 3] - paved[:, 0]
    length = np.sqrt((side * side).sum(axis=1))
    depth = np.sqrt((other * other).sum(axis=1))
    half = np.stack(
        [length * chance.between(0.16, 0.26, n), depth * chance.between(0.1, 0.17, n)], 1
    )
    return Boxes(middle, side / np.maximum(length, 1.0)[:, None], snapped(half))


def _behind(
    houses: Boxes, out: FloatArray, roads: Roads, step: float, chance: Chance
) -> tuple[Boxes, Boxes]:
    """Sheds and pools in the gardens."""
    n = len(houses.middle)
    gap = houses.half[:, 1] + chance.between(4.5, 7.0, n) * step
    aside = chance.between(-0.8, 0.8, n) * houses.half[:, 0]
    middle = snapped(houses.middle + out * gap[:, None] + houses.axis * aside[:, None])
    half = snapped(chance.between(1.3, 2.3, 2 * n).reshape(n, 2) * step)
    small = Boxes(middle, houses.axis, half)
    fate = chance.unit(n)
    free = _apart(small, ~touched(middle, roads, 4 * step), houses)
    return small.of(free & (fate < 0.4)), small.of(free & (fate > 0.86))


def _yards(
    foot: FloatArray, houses: Boxes, out: FloatArray, depth: FloatArray, step: float
) -> Boxes:
    half = np.stack([houses.half[:, 0] + 3.6 * step, (depth + 9 * step - VERGE * step) / 2], axis=1)
    middle = foot + out * (VERGE * step + half[:, 1])[:, None]
    return Boxes(snapped(middle), houses.axis, snapped(half))


def _drives(
    foot: FloatArray, houses: Boxes, out: FloatArray, back: FloatArray, step: float
) -> Boxes:
    half = np.stack([np.full(len(foot), 1.6 * step), back / 2 + 0.3 * step], axis=1)
    aside = houses.half[:, :1] - 2.2 * step
    middle = foot + out * half[:, 1:] + houses.axis * aside
    return Boxes(snapped(middle), houses.axis, snapped(half))


def _inside(points: FloatArray, quads: FloatArray) -> BoolArray:
    """[P, Q] whether points lie in convex quadrilaterals [Q, 4, 2]."""
    side = np.roll(quads, -1, axis=1) - quads
    turn = cross(side, points[:, None, None] - quads)  # [P, Q, 4]
    all_of = np.logical_and.reduce
    within: BoolArray = all_of(turn >= 0, axis=2) | all_of(turn <= 0, axis=2)
    return within


def _apart(boxes: Boxes, fits: BoolArray, others: Boxes) -> BoolArray:
    """Which of those that fit stay, if the first come stay, and keep off the others."""
    reach = np.sqrt((boxes.half * boxes.half).sum(axis=1)) * 0.92
    away = np.sqrt((others.half * others.half).sum(axis=1)) * 0.92
    clear = fits & ~_close(boxes.middle, reach, others.middle, away).any(axis=1)
    near = _close(boxes.middle, reach, boxes.middle, reach)
    kept: BoolArray = np.zeros(len(fits), dtype=bool)
    for i in np.flatnonzero(clear):
        kept[i] = not np.any(near[i] & kept)
    return kept


def _close(a: FloatArray, reach_a: FloatArray, b: FloatArray, reach_b: FloatArray) -> BoolArray:
    """[A, B] whether circles meet."""
    dx, dy = (a[:, None] - b).transpose(2, 0, 1)
    reach = reach_a[:, None] + reach_b
    close: BoolArray = dx * dx + dy * dy < reach * reach
    return close
