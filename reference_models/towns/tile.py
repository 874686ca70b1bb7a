"""One synthetic tile: picture, masks and road graph, from a seed and a number."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from roadmetrics import RoadGraph
from roadmetrics.errors import RoadMetricsError

from .arrays import BoolArray, IntArray
from .options import Options
from .paint import paint
from .scene import set_scene, streams_of

REVISION = 1  # goes up when the same options give other masks or graphs
MASKS = ("road", "vegetation", "shadow", "building_over_road")


@dataclass(frozen=True)
class Tile:
    """What was made; masks are [H, W]."""

    image: npt.NDArray[np.uint8]  # [H, W, 3]
    road: BoolArray  # road or water, hidden or not
    vegetation: BoolArray  # crowns
    shadow: BoolArray  # land and road in shadow, as far as they are seen
    building_over_road: BoolArray  # road behind a house; none, seen from right above
    graph: RoadGraph  # in pixels, inside the tile
    level: IntArray  # [M] of the graph's edges; 1 on an overpass
    difficulty: float  # share of the road under crowns
    facts: dict[str, int] = field(default_factory=dict)


def make_tile(seed: int, index: int = 0, options: Options | None = None) -> Tile:
    """Tile number ``index`` of a seed; the same on every machine, whatever else is made.

    Streets, houses and garden trees depend on neither difficulty nor oblique angle.
    Raises RoadMetricsError for a seed or number below 0.

    >>> tile = make_tile(0, 3, Options(size=96, difficulty=0.2))
    >>> tile.image.shape, tile.difficulty >= 0.2
    ((96, 96, 3), True)
    >>> make_tile(0, 3, Options(size=96, difficulty=0)).difficulty
    0.0
    """
    options = options or Options()
    if seed < 0 or index < 0:
        raise RoadMetricsError(f"a seed and a tile's number must not be negative: {seed}, {index}")
    streams = streams_of(seed, index)
    scene = set_scene(options, streams)
    seen = paint(scene, options, streams)
    masks = (scene.is_road, seen.vegetation, seen.shadow, seen.built & scene.is_road)
    road, vegetation, shadow, hidden = (m.reshape(options.size, options.size) for m in masks)
    facts = {
        "palette": seen.palette,
        "trees_planted": len(seen.planted.trees),
        "houses": len(scene.lots.height),
    }
    network = scene.network
    return Tile(
        seen.image, road, vegetation, shadow, hidden, network.graph, network.level,
        seen.planted.covered, facts,
    )  # fmt: skip
