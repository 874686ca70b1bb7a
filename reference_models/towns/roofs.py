"""Painting houses: walls where they show, and roofs lit from where the sun is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .arrays import FloatArray, IntArray
from .canvas import Canvas, picked, topmost
from .lots import Boxes, Lots, normal
from .pixels import Cells, cross, quads, snapped


class Standing(NamedTuple):
    """Pixels of houses as seen, and of their shadows on flat land."""

    roofs: Cells
    walls: IntArray
    shadow: IntArray


def stand(canvas: Canvas, lots: Lots) -> tuple[Standing, Lots]:
    """Where the houses are seen; the houses come back in order of painting, the hidden first."""
    order = np.argsort(-(lots.houses.middle @ canvas.lean), kind="stable")
    if not canvas.lean.any():
        order = np.argsort(lots.height, kind="stable")
    houses = lots.houses.of(order)
    lots = Lots(
        lots.yards, lots.drives, lots.pools, houses, lots.height[order], lots.is_flat[order],
        lots.tint[order],
    )  # fmt: skip
    rise = snapped(lots.height[:, None] * canvas.lean)
    corners = houses.corners
    shadow = quads(corners, canvas.size, snapped(lots.height[:, None] * canvas.sun)).at
    roofs = quads(corners + rise[:, None], canvas.size)
    walls = quads(corners, canvas.size, rise).at if canvas.lean.any() else roofs.at[:0]
    return Standing(roofs, walls, shadow), lots


def paint_houses(canvas: Canvas, standing: Standing, lots: Lots) -> None:
    """Walls first, then roofs over them."""
    wall = np.array(canvas.palette.walk, dtype=np.float32) * np.float32(0.78)
    canvas.blend(standing.walls, wall, light=canvas.grain[standing.walls] * 9)
    cells = standing.roofs
    last = topmost(cells.at, canvas.size * canvas.size)
    at, k = cells.at[last], cells.k[last]
    rise = snapped(lots.height[:, None] * canvas.lean)
    away = np.stack([cells.x[last], cells.y[last]], axis=1) - lots.houses.middle[k] - rise[k]
    colours = picked(canvas.palette.roofs, lots.tint)
    light = _roof(canvas, lots, k, away) + canvas.grain[at] * 6 + canvas.rough[at] * 4
    canvas.blend(at, colours, k=k, light=light)


def _roof(canvas: Canvas, lots: Lots, k: IntArray, away: FloatArray) -> FloatArray:
    """[P] light on roof pixels: gabled, hipped (every third) or flat."""
    boxes = _ridged(lots.houses)
    axis, half = boxes.axis[k], boxes.half[k]
    along, aside = (axis * away).sum(axis=1), cross(axis, away)
    to_end, to_side = half[:, 0] - np.abs(along), half[:, 1] - np.abs(aside)
    is_hip = (lots.tint % 3 == 0)[k] & (to_end < to_side)
    faces = np.where(
        is_hip[:, None], axis * np.sign(along)[:, None], normal(axis) * np.sign(aside)[:, None]
    )
    sun = canvas.sun / np.sqrt((canvas.sun * canvas.sun).sum())
    light = -(faces @ sun) * 25
    metre = canvas.step
    ridge = np.where(~is_hip & (np.abs(aside) < 0.3 * metre), 10.0, 0.0)
    eaves = np.where(np.minimum(to_end, to_side) < 0.35 * metre, -12.0, 0.0)
    tiles = (np.floor(np.minimum(to_end, to_side) / (0.9 * metre)) % 2) * 3.0
    pitched = light + ridge + eaves + tiles
    is_flat = lots.is_flat[k]
    return np.where(is_flat, _flat(canvas, along, aside, to_end, to_side), pitched)


def _flat(
    canvas: Canvas, along: FloatArray, aside: FloatArray, to_end: FloatArray, to_side: FloatArray
) -> FloatArray:
    """A parapet, and machines on the roof in a loose grid."""
    rim = np.minimum(to_end, to_side) / canvas.step
    x, y = along / canvas.step / 5.5, aside / canvas.step / 4.5
    cell = np.floor(x) * 7 + np.floor(y) * 13
    inside = (np.abs(x - np.floor(x) - 0.5) < 0.17) & (np.abs(y - np.floor(y) - 0.5) < 0.2)
    machine = np.where(inside & (cell % 5 < 2) & (rim > 1.8), 26.0, 0.0)
    parapet = np.where(rim < 0.5, 16.0, np.where(rim < 1.0, -14.0, 0.0))
    return machine + parapet


def _ridged(houses: Boxes) -> Boxes:
    """The same boxes with the longer side first: the ridge runs along it."""
    is_turned = (houses.half[:, 1] > houses.half[:, 0])[:, None]
    return Boxes(
        houses.middle,
        np.where(is_turned, normal(houses.axis), houses.axis),
        np.where(is_turned, houses.half[:, ::-1], houses.half),
    )
