"""All that stands on a tile before it is painted."""

from __future__ import annotations

from dataclasses import dataclass

from .arrays import BoolArray, FloatArray
from .canals import canal_plan
from .chance import Chance
from .lots import Lots, settle
from .network import town_plan
from .options import Options
from .pixels import discs, snapped
from .plan import Plan
from .roads import Network, lay
from .surface import Surface, surface
from .survey import Survey

MARGIN = 50.0  # metres of town around a tile
NAMES = ("plan", "survey", "light", "noise", "lots", "gardens", "streets", "paint", "cars")

Streams = dict[str, Chance]


@dataclass(frozen=True)
class Scene:
    """All that stands on a tile before it is painted."""

    plan: Plan
    survey: Survey
    network: Network
    ground: Surface
    deck: Surface | None
    is_road: BoolArray  # [H * W]
    corners: FloatArray  # [blocks, 4, 2]
    lots: Lots
    is_water: bool


def streams_of(seed: int, index: int) -> Streams:
    """A stream of random numbers for each part of a tile, so that none disturbs another."""
    return {name: Chance(seed, index, i) for i, name in enumerate(NAMES)}


def set_scene(options: Options, streams: Streams) -> Scene:
    """Lay the streets, and build along them."""
    style, size, gsd = options.look, options.size, options.metres_per_pixel
    reach = 0.7072 * size * gsd + MARGIN
    make = canal_plan if style.name == "canals" else town_plan
    plan = make(style, reach, streams["plan"])
    survey = Survey(style, size, gsd, reach, streams["survey"])
    network = lay(plan, survey, size, gsd)
    roads, beyond = network.roads, 3.0 * survey.step
    ground = surface(roads.at_level(0), size, beyond)
    is_road = ground.is_road.copy()
    islands = [one for one in plan.rounds if not one.is_road]
    if islands:
        centre = survey.placed([island.centre for island in islands])
        radius = snapped([island.radius * survey.step for island in islands])
        is_road[discs(centre, radius, size).at] = False
    deck = surface(roads.at_level(1), size, beyond) if roads.level.any() else None
    if deck is not None:
        is_road |= deck.is_road
    corners = survey.placed([spot for block in plan.blocks for spot in block.corners])
    corners = corners.reshape(-1, 4, 2)
    lots = settle(roads, plan.blocks, corners, style, survey, streams["lots"])
    return Scene(
        plan, survey, network, ground, deck, is_road, corners, lots, style.name == "canals"
    )
