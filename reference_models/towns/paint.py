"""The order in which a scene is painted, and the masks that fall out of it."""

from __future__ import annotations

from math import radians, tan
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from . import asphalt, canopy, cars, land, roofs
from .arrays import BoolArray, IntArray
from .canvas import Canvas, marked
from .chance import Chance
from .noise import softened, texture
from .occlusion import Planted, bare, plant, together
from .options import Options
from .pixels import SUB, Cells, snapped
from .roads import Roads
from .scene import Scene, Streams
from .surface import Surface
from .survey import direction
from .trees import Trees, in_gardens

DECK = 6  # metres, the height of an overpass
RAMP = 26.0  # metres to get up there
SHADE = (0.5, 0.53, 0.6)  # what shadow leaves of red, green and blue
BRIGHT = 1.1


class Painted(NamedTuple):
    """Picture and masks; masks are [H * W]."""

    image: npt.NDArray[np.uint8]  # [H, W, 3]
    vegetation: BoolArray
    shadow: BoolArray
    built: BoolArray
    planted: Planted
    palette: int


def paint(scene: Scene, options: Options, streams: Streams) -> Painted:
    """Paint land, roads, cars, overpass, shadows, houses and trees, in this order."""
    canvas, palette = _canvas(scene, options, streams)
    _paint_ground(canvas, scene, streams["paint"])
    standing, lots = roofs.stand(canvas, scene.lots)
    shaded = [standing.shadow, *_paint_cars(canvas, scene, options, streams["cars"])]
    under = _paint_deck(canvas, scene, streams) if scene.deck is not None else []
    planted, trees, crown = _trees(canvas, scene, options, streams)
    n = canvas.size * canvas.size
    shadow = marked(n, *shaded, canopy.shadows(canvas, trees, crown))
    _shade(canvas, shadow)
    roofs.paint_houses(canvas, standing, lots)
    canopy.paint_trees(canvas, trees, crown)
    built = marked(n, standing.roofs.at, standing.walls)
    vegetation = marked(n, crown.at)
    shadow = (shadow | marked(n, *under)) & ~built & ~vegetation
    return Painted(_developed(canvas), vegetation, shadow, built, planted, palette)


def _canvas(scene: Scene, options: Options, streams: Streams) -> tuple[Canvas, int]:
    """An empty picture under a sun, and which of the style's palettes it has."""
    light, noise = streams["light"], streams["noise"]
    size, step = options.size, scene.survey.step
    palettes = options.look.palettes
    which = light.pick(len(palettes))
    c, s = _any_direction(light)
    length = light.number(0.45, 1.0) * step
    u, v = _any_direction(light)
    tangent = round(tan(radians(options.oblique)) * 1024) / 1024  # however tan is rounded
    canvas = Canvas(
        size=size, step=step, palette=palettes[which],
        sun=np.array([c * length, s * length]),
        lean=np.array([u * tangent * step, v * tangent * step]),
        rough=texture(size, 6, 0.62, noise).ravel(),
        grain=(noise.octets(size, size) * np.float32(1 / 128)).ravel(),
        rgb=np.empty((3, size * size), dtype=np.float32),
    )  # fmt: skip
    return canvas, which


def _any_direction(chance: Chance) -> tuple[float, float]:
    c, s = direction(chance.number(-1.0, 1.0))
    return (c, s) if chance.is_so(0.5) else (-c, -s)


def _paint_ground(canvas: Canvas, scene: Scene, chance: Chance) -> None:
    lying = scene.network.roads.at_level(0)
    land.paint_land(canvas, scene.plan.blocks, scene.corners, scene.lots, chance)
    if scene.is_water:
        land.paint_banks(canvas, scene.ground)
        asphalt.paint_water(canvas, scene.ground, lying)
        return
    land.paint_walks(canvas, scene.ground)
    island = np.flatnonzero(scene.ground.is_road & ~scene.is_road)
    grass = canvas.rgb[:, island].copy()
    asphalt.paint_roads(canvas, scene.ground, lying, chance)
    canvas.rgb[:, island] = grass


def _paint_cars(canvas: Canvas, scene: Scene, options: Options, chance: Chance) -> list[IntArray]:
    """Cars on the ground; the pixels that they shade."""
    paved = scene.corners[[block.use == "paved" for block in scene.plan.blocks]]
    parts = [cars.on_land(scene.lots, paved, canvas.step, chance)]
    if not scene.is_water:
        parts.append(cars.on_roads(scene.network.roads.at_level(0), canvas.step, chance))
    return [cars.paint_cars(canvas, part) for part in parts]


def _paint_deck(canvas: Canvas, scene: Scene, streams: Streams) -> list[IntArray]:
    """The overpass over its own shadow; the pixels that it and its cars shade."""
    if scene.deck is None:
        return []
    up = scene.network.roads.at_level(1)
    under = _deck_shadow(canvas, scene.deck, up)
    _shade(canvas, marked(canvas.size * canvas.size, under))
    asphalt.paint_roads(canvas, scene.deck, up, streams["paint"])
    asphalt.paint_parapets(canvas, scene.deck, up)
    shaded = cars.paint_cars(canvas, cars.on_roads(up, canvas.step, streams["cars"]))
    _shade(canvas, marked(canvas.size * canvas.size, shaded))
    return [under, shaded]


def _deck_shadow(canvas: Canvas, deck: Surface, up: Roads) -> IntArray:
    """Pixels beside an overpass in its shadow, which grows where it climbs."""
    to_end = np.minimum(deck.along, up.whole[deck.piece] - deck.along) / canvas.step
    height = np.clip(to_end / RAMP, 0, 1) * DECK
    inside = deck.is_road[deck.near]
    parts = []
    for metres in range(1, DECK + 1):
        x, y = snapped(canvas.sun * metres / SUB).astype(np.int64)
        parts.append(canvas.shift(deck.near[inside & (height >= metres)], int(x), int(y)))
    at = np.concatenate(parts)
    return at[~deck.is_road[at]]


def _trees(
    canvas: Canvas, scene: Scene, options: Options, streams: Streams
) -> tuple[Planted, Trees, Cells]:
    """The trees along the streets that stand; all trees, and their crowns."""
    roads, style, size = scene.network.roads, options.look, options.size
    houses = scene.lots.houses
    reach = np.sqrt((houses.half * houses.half).sum(axis=1)) * 0.8
    circles = np.concatenate([houses.middle, reach[:, None]], axis=1)
    n = int((size * options.metres_per_pixel) ** 2 * style.garden_trees)
    yard = in_gardens(n, roads, circles, style, size, canvas.step, streams["gardens"])
    yard, over = bare(yard, scene.is_road, size, canvas.lean)
    planted = plant(
        roads, scene.is_road, options.difficulty, style, size, canvas.step, canvas.lean,
        streams["streets"],
    )  # fmt: skip
    return planted, *together([yard, planted.trees], [over, planted.crowns])


def _shade(canvas: Canvas, mask: BoolArray) -> None:
    at = np.flatnonzero(mask)
    for plane, left in zip(canvas.rgb, SHADE, strict=True):
        plane[at] *= np.float32(left)


def _developed(canvas: Canvas) -> npt.NDArray[np.uint8]:
    """[H, W, 3] octets: the lens' blur, contrast and cast of the palette, the sensor's noise."""
    size, palette = canvas.size, canvas.palette
    noise = canvas.grain.reshape(size, size) * np.float32(3)
    middle, gain = np.float32(118), np.float32(palette.contrast)
    image = np.empty((size, size, 3), dtype=np.uint8)
    for channel, plane in enumerate(canvas.rgb):
        soft = softened(plane.reshape(size, size), 0.36) + noise
        soft = (soft * np.float32(BRIGHT) - middle) * gain + (middle + palette.cast[channel])
        image[:, :, channel] = np.clip(soft, 0, 255, out=soft)
    return image
