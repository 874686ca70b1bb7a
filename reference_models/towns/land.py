"""Painting what is not road: grass, fields, paved blocks, yards, drives, pools."""

from __future__ import annotations

import numpy as np

from .arrays import FloatArray, IntArray
from .canvas import Canvas, picked, topmost
from .chance import Chance
from .lots import Lots
from .pixels import cross, quads
from .plan import Block
from .surface import Surface

POOL = (92, 168, 190)


def paint_land(
    canvas: Canvas, blocks: list[Block], corners: FloatArray, lots: Lots, chance: Chance
) -> None:
    """Everything under roads, houses and trees; ``corners`` [blocks, 4, 2]."""
    palette = canvas.palette
    ground, lawn = (np.array(c, dtype=np.float32) for c in (palette.ground, palette.lawns[0]))
    share = np.clip(np.float32(0.5) + np.float32(0.7) * canvas.rough, 0, 1)
    for channel, plane in enumerate(canvas.rgb):
        plane[:] = ground[channel] + share * (lawn - ground)[channel]
    _blocks(canvas, blocks, corners, chance)
    _yards(canvas, lots, chance)
    strength = np.float32(13 * palette.roughness)
    canvas.rgb += canvas.rough * strength + canvas.grain * np.float32(7)
    drives = quads(lots.drives.corners, canvas.size)
    canvas.blend(drives.at, palette.walk, 0.8)
    pools = quads(lots.pools.corners, canvas.size)
    canvas.blend(pools.at, POOL, 0.9)


def _yards(canvas: Canvas, lots: Lots, chance: Chance) -> None:
    colours = picked(canvas.palette.lawns, chance.below(1 << 16, len(lots.yards.middle)))
    yards = quads(lots.yards.corners, canvas.size)
    last = topmost(yards.at, canvas.size * canvas.size)
    canvas.blend(yards.at[last], colours, 0.75, k=yards.k[last])


def _blocks(canvas: Canvas, blocks: list[Block], corners: FloatArray, chance: Chance) -> None:
    """Fields with rows, parks, and paved blocks with stalls."""
    tint = chance.below(1 << 16, len(blocks))
    palette = canvas.palette
    table = {"park": palette.lawns, "field": palette.fields}
    for use, colours in table.items():
        which = np.array([i for i, block in enumerate(blocks) if block.use == use], dtype=np.int64)
        cells = quads(corners[which], canvas.size)
        k = which[cells.k]
        rows = _rows(canvas, corners, tint, cells.x, cells.y, k) if use == "field" else 0.0
        canvas.blend(cells.at, picked(colours, tint), 0.9, k=k, light=rows)
    paved = corners[[block.use == "paved" for block in blocks]]
    cells = quads(paved, canvas.size)
    grey = np.array(palette.asphalt, dtype=np.float32) + 8
    canvas.blend(cells.at, grey, 0.95)
    canvas.blend(*_stalls(canvas, paved))


def _rows(
    canvas: Canvas,
    corners: FloatArray,
    tint: IntArray,
    x: FloatArray,
    y: FloatArray,
    k: IntArray,
) -> FloatArray:
    """Light and dark rows along the longer side of each field."""
    side, other = corners[:, 1] - corners[:, 0], corners[:, 3] - corners[:, 0]
    is_other = (other * other).sum(axis=1) > (side * side).sum(axis=1)
    side = np.where(is_other[:, None], other, side)
    side = side / np.maximum(np.sqrt((side * side).sum(axis=1)), 1.0)[:, None]
    beside = side[k, 0] * (y - corners[k, 0, 1]) - side[k, 1] * (x - corners[k, 0, 0])
    period = (2.4 + tint % 5 * 0.7)[k] * canvas.step
    phase = beside / period
    wave = np.abs(phase - np.floor(phase) - 0.5) * 4 - 1  # -1 to 1
    broad = beside / (period * 9)
    broad = np.abs(broad - np.floor(broad) - 0.5) * 4 - 1
    rows: FloatArray = wave * (tint % 7 + 2.0)[k] + broad * 3
    return rows


def _stalls(canvas: Canvas, paved: FloatArray) -> tuple[IntArray, FloatArray, FloatArray]:
    """Lines between parked cars, in a frame inside each paved block."""
    middle = paved.mean(axis=1, keepdims=True)
    cells = quads(np.floor(middle + (paved - middle) * 0.74), canvas.size)
    side = paved[:, 1] - paved[:, 0]
    length = np.maximum(np.sqrt((side * side).sum(axis=1)), 1.0)
    axis = (side / length[:, None])[cells.k] / canvas.step  # metres
    away = np.stack([cells.x, cells.y], axis=1) - paved[cells.k, 0]
    along, aside = (axis * away).sum(axis=1), cross(axis, away)
    is_row = aside - np.floor(aside / 17) * 17 < 10
    share = np.where(is_row & (along - np.floor(along / 2.7) * 2.7 < 0.5), 0.45, 0.0)
    return cells.at, np.full(3, 225.0), share


def paint_walks(canvas: Canvas, ground: Surface) -> None:
    """Pavements along streets, behind a strip of grass."""
    edge = ground.edge[ground.near] / np.float32(canvas.step)  # metres from the kerb
    share = np.clip(1.2 - np.abs(edge - np.float32(1.5)) / np.float32(0.7), 0, 1)
    colour = np.array(canvas.palette.walk, dtype=np.float32)
    canvas.blend(ground.near, colour, share * 0.85, light=canvas.grain[ground.near] * 5)


def paint_banks(canvas: Canvas, water: Surface) -> None:
    """Grass and spoil along canals."""
    edge = water.edge[water.near] / np.float32(canvas.step)
    share = np.clip(1 - edge / np.float32(3.2), 0, 1)
    canvas.blend(water.near, np.array(canvas.palette.crowns[-1], np.float32) + 34, share * 0.75)
