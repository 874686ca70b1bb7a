"""Painting trees, and the shadows that they cast."""

from __future__ import annotations

import numpy as np

from .arrays import IntArray
from .canvas import Canvas, picked, topmost
from .pixels import SUB, Cells, snapped
from .trees import LOBES, Trees


def shadows(canvas: Canvas, trees: Trees, crown: Cells) -> IntArray:
    """Pixels of crowns moved along the sun, from where they stand."""
    lean = snapped(trees.height[:, None] * 0.7 * canvas.lean)
    cast = snapped((trees.height[:, None] * 0.62 * canvas.sun - lean) / SUB).astype(np.int64)
    tree = crown.k // len(LOBES)
    x = (crown.x / SUB).astype(np.int64) + cast[tree, 0]
    y = (crown.y / SUB).astype(np.int64) + cast[tree, 1]
    inside = (x >= 0) & (x < canvas.size) & (y >= 0) & (y < canvas.size)
    moved: IntArray = y[inside] * canvas.size + x[inside]
    return moved


def paint_trees(canvas: Canvas, trees: Trees, crown: Cells) -> None:
    """Crowns, the tallest last: each lobe a dome, lit from one side, with leaves."""
    order = np.argsort(np.argsort(trees.height, kind="stable"), kind="stable").astype(np.int32)
    turn = np.argsort(order[crown.k // len(LOBES)].astype(np.int16), kind="stable")
    last = turn[topmost(crown.at[turn], canvas.size * canvas.size)]
    at, k = crown.at[last], crown.k[last]
    tree = k // len(LOBES)
    centre, radius = trees.lobes()
    centre += np.repeat(snapped(trees.height[:, None] * 0.7 * canvas.lean), len(LOBES), axis=0)
    x = (crown.x[last] - centre[k, 0]) / radius[k]
    y = (crown.y[last] - centre[k, 1]) / radius[k]
    sun = -canvas.sun / np.sqrt((canvas.sun * canvas.sun).sum())
    facing = x * sun[0] + y * sun[1]  # -1 to 1 over a lobe
    dome = 1 - (x * x + y * y)
    light = facing * 17 + dome * 12 - 9 + np.where(k % len(LOBES) == 0, 6, 0)
    leaves = canvas.grain[at] * 11 + canvas.rough[at] * 5
    colours = picked(canvas.palette.crowns, trees.tint)
    canvas.blend(at, colours, k=tree, light=light + leaves)
