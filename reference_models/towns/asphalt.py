"""Painting roads and water."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .arrays import BoolArray
from .canvas import Canvas
from .chance import Chance
from .plan import KINDS
from .roads import Roads
from .surface import Surface

Lengths = npt.NDArray[np.float32]
PAINT = (222, 220, 212)
YELLOW = (214, 184, 96)
WEED = (92, 108, 66)


def paint_roads(canvas: Canvas, lying: Surface, roads: Roads, chance: Chance) -> None:
    """Asphalt, its wear and patches, and lines."""
    on = lying.edge[lying.near] < canvas.step * 0.4
    at, piece = lying.near[on], lying.piece[on]
    along = (lying.along[on] / canvas.step).astype(np.float32)  # metres from here
    aside = np.abs(lying.aside[on] / canvas.step).astype(np.float32)
    half = (roads.half[piece] / canvas.step).astype(np.float32)
    to_end = np.minimum(along, (roads.whole[piece] / canvas.step).astype(np.float32) - along)
    age = chance.between(-9, 9, 997).astype(np.float32)[roads.street[piece] % 997]
    wear = _near(aside, half * np.float32(0.5), 0.9) * 4 - _near(aside, half, 0.7) * 9
    patches = np.where(canvas.rough[at] > 0.75, -7, 0)
    light = age + wear + patches + canvas.rough[at] * 5 + canvas.grain[at] * 4
    edge = lying.edge[at] / np.float32(64)  # pixels
    canvas.blend(at, canvas.palette.asphalt, np.clip(np.float32(0.5) - edge, 0, 1), light=light)
    is_big = roads.kind[piece] == KINDS.index("collector")
    _lines(canvas, at, along, aside, half, to_end, is_big)


def _lines(
    canvas: Canvas, at: npt.NDArray[np.int64], along: Lengths, aside: Lengths, half: Lengths,
    to_end: Lengths, is_big: BoolArray,
) -> None:  # fmt: skip
    """Middle lines, lane lines, stop lines and zebra crossings, thin as they are at this scale."""
    thin = 0.16 + 0.35 * 64 / canvas.step  # metres, of half a line as a pixel shows it
    strength = min(0.85, 0.36 * canvas.step / 64)
    clear = half + np.float32(4.5)
    is_open = to_end > clear + 4
    dash = (along - np.floor(along / 9) * 9) < 3.4
    middle = _near(aside, half * 0, thin) * (is_open & is_big)
    canvas.blend(at, YELLOW, middle * strength)
    lanes = _near(aside, half * np.float32(0.5), thin) * (is_open & is_big & dash & (half > 6))
    small = _near(aside, half * 0, thin) * (is_open & ~is_big & dash & (half > 3.2) & (to_end > 14))
    border = _near(aside, half - np.float32(0.6), thin) * (is_open & is_big)
    stop = _near(to_end, clear + np.float32(3.6), 0.5) * (is_big & (aside < half - 0.4))
    zebra = (
        (np.abs(to_end - clear - 1) < 1.4) & is_big & (aside - np.floor(aside / 1.3) * 1.3 < 0.7)
    )
    paint = np.maximum.reduce(
        [lanes, small * 0.7, border * 0.7, stop, zebra * (aside < half - 0.3)]
    )
    canvas.blend(at, PAINT, paint * min(0.85, strength * 1.25))


def _near(value: Lengths, place: Lengths, width: float) -> Lengths:
    """1 at the place, falling to 0 at this distance."""
    near: Lengths = np.clip(1 - np.abs(value - place) / np.float32(width), 0, 1)
    return near


def paint_parapets(canvas: Canvas, deck: Surface, up: Roads) -> None:
    """Along an overpass, but not at its ends, where other streets come in."""
    edge = deck.edge[deck.near] / np.float32(canvas.step)
    to_end = np.minimum(deck.along, up.whole[deck.piece] - deck.along) / canvas.step
    share = np.clip(1 - np.abs(edge - 0.25) / 0.8, 0, 1) * np.clip((to_end - 8) / 6, 0, 1)
    canvas.blend(deck.near, np.array(canvas.palette.walk, dtype=np.float32) + 12, share * 0.8)


def paint_water(canvas: Canvas, lying: Surface, roads: Roads) -> None:
    """Canals: dark, with weed, lighter where shallow."""
    at = lying.near[lying.edge[lying.near] < 32]
    edge = lying.edge[at] / np.float32(64)
    deep = np.clip(-edge * np.float32(64 / canvas.step) / 2.5, 0, 1)
    light = canvas.rough[at] * 7 + canvas.grain[at] * 4
    cover = np.clip(np.float32(0.5) - edge, 0, 1) * 0.92
    canvas.blend(at, WEED, cover, light=light)
    canvas.blend(at, canvas.palette.asphalt, cover * (0.45 + 0.55 * deep), light=light)
