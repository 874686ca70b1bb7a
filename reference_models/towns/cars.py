"""Cars: parked at kerbs, on drives and paved blocks, and on their way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import FloatArray, IntArray
from .canvas import Canvas, topmost
from .chance import Chance
from .lots import Boxes, Lots, joined, normal
from .pixels import quads, snapped
from .roads import Roads

COLOURS = np.array([
    (228, 228, 226), (60, 62, 66), (150, 152, 156), (196, 196, 194), (126, 40, 38), (48, 66, 104),
    (96, 98, 100), (176, 168, 150),
], dtype=np.float32)  # fmt: skip
HALF = (2.2, 0.95)  # metres
GLASS = (44, 50, 58)


@dataclass(frozen=True)
class Cars:
    """Where cars stand, and the number drawn for their colour."""

    boxes: Boxes
    tint: IntArray


def on_roads(roads: Roads, step: float, chance: Chance) -> Cars:
    """A car for some of the pieces of streets, twice each: in a lane or at the kerb."""
    pieces = roads.of(roads.street >= 0)
    n = 2 * len(pieces.start)
    start, end = np.tile(pieces.start, (2, 1)), np.tile(pieces.end, (2, 1))
    half = np.tile(pieces.half, 2)
    side = end - start
    length = np.maximum(np.sqrt((side * side).sum(axis=1)), 1.0)
    axis = side / length[:, None]
    fate, share = chance.unit(n), chance.between(0.2, 0.8, n)
    aside = np.where(fate < 0.1, half * 0.45, half - 1.3 * step)
    aside *= np.where(chance.unit(n) < 0.5, -1.0, 1.0)
    middle = start + side * share[:, None] + normal(axis) * aside[:, None]
    stands = (fate < 0.2) & (length > 5 * step)
    return Cars(_boxes(middle, axis, step).of(stands), chance.below(1 << 16, n)[stands])


def on_land(lots: Lots, paved: FloatArray, step: float, chance: Chance) -> Cars:
    """Cars on drives, and in the stalls of paved blocks [B, 4, 2]."""
    drives = lots.drives
    n = len(drives.middle)
    there = chance.unit(n) < 0.4
    parked = _boxes(drives.middle, normal(drives.axis), step).of(there)
    shares = chance.unit(60 * len(paved)).reshape(-1, 60)
    spots = [_stalls(block, row, step) for block, row in zip(paved, shares, strict=True)]
    boxes = joined(parked, *spots)
    return Cars(boxes, chance.below(1 << 16, len(boxes.middle)))


def _stalls(block: FloatArray, fate: FloatArray, step: float) -> Boxes:
    """Two rows of cars near one side of a block."""
    side = block[1] - block[0]
    length = np.sqrt((side * side).sum())
    axis = side / max(length, 1.0)
    inward = normal(axis[None])[0]
    if ((block[3] - block[0]) * inward).sum() < 0:
        inward = -inward
    column, row = np.arange(60) % 30, np.arange(60) // 30
    along = length * 0.16 + (column * 2.7 + 1.6) * step
    middle = block[0] + axis * along[:, None] + inward * ((12 + row * 6.2) * step)[:, None]
    there = (fate < 0.55) & (along < length * 0.84)
    turned = np.tile(inward, (60, 1))
    return _boxes(middle, turned, step).of(there)


def _boxes(middle: FloatArray, axis: FloatArray, step: float) -> Boxes:
    return Boxes(snapped(middle), axis, np.tile(np.array(HALF) * step, (len(middle), 1)))


def paint_cars(canvas: Canvas, cars: Cars) -> IntArray:
    """Bodies and glass; the pixels that their shadows would reach."""
    cells = quads(cars.boxes.corners, canvas.size)
    last = topmost(cells.at, canvas.size * canvas.size)
    at = cells.at[last]
    canvas.blend(at, COLOURS, 0.95, k=(cars.tint % len(COLOURS))[cells.k[last]])
    half = cars.boxes.half
    for place, long in ((0.28, 0.13), (-0.62, 0.1)):
        middle = cars.boxes.middle + cars.boxes.axis * half[:, :1] * place
        glass = Boxes(middle, cars.boxes.axis, half * (long, 0.78))
        canvas.blend(quads(glass.corners, canvas.size).at, GLASS, 0.75)
    sweep = np.tile(snapped(canvas.sun * 1.4), (len(half), 1))
    shade = quads(cars.boxes.corners, canvas.size, sweep).at
    return shade[~np.isin(shade, at)] if len(shade) else shade
