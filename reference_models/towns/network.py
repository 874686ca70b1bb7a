"""The streets of a town: a jittered grid, with what makes a town of it.

Collectors, missing streets (so T-junctions), dead ends and lanes inside blocks, roundabouts, and at
most one overpass: a collector that crosses others without joining them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from math import sqrt

from .chance import Chance
from .plan import Block, Kind, Plan, Round, Spot, Street, Use, between
from .style import Style

Node = tuple[int, int]
Side = tuple[Node, Node]
LANE = 6.0  # metres wide
RING_ROAD = 7.0
RING = ((1.0, 0.0), (0.8660254037844386, 0.5), (0.5, 0.8660254037844386))  # 0, 30, 60 degrees


@dataclass
class _Grid:
    """Crossings and the sides between them; a side is the spots where others join it."""

    nodes: dict[Node, Spot]
    n: Node  # columns and rows
    big_columns: set[int]
    big_rows: set[int]
    sides: dict[Side, list[Spot]] = field(default_factory=dict)
    kept: set[Side] = field(default_factory=set)  # may not be left out
    ramps: set[Node] = field(default_factory=set)  # where an overpass comes down

    def is_big(self, side: Side) -> bool:
        (i, j), (i2, _) = side
        return i in self.big_columns if i == i2 else j in self.big_rows

    def around(self, node: Node) -> list[Side]:
        i, j = node
        near = [((i - 1, j), node), (node, (i + 1, j)), ((i, j - 1), node), (node, (i, j + 1))]
        return [side for side in near if side in self.sides]


def town_plan(style: Style, reach: float, chance: Chance) -> Plan:
    """A town that covers -reach to reach, both ways."""
    grid = _grid(style, reach, chance)
    plan = Plan()
    _overpass(grid, plan, style, chance)
    _leave_out(grid, style, chance)
    _blocks(grid, plan, style, chance)
    for node in grid.nodes:
        if _is_roundabout_place(grid, node) and chance.is_so(style.roundabouts):
            _roundabout(grid, plan, node, chance.number(10.0, 13.0))
    for (a, b), spots in grid.sides.items():
        kind: Kind = "collector" if grid.is_big((a, b)) else "street"
        width = style.collector if kind == "collector" else style.street
        plan.streets += [Street(pair, kind, width) for pair in pairwise(spots)]
    return plan


def lines(spacing: tuple[float, float], reach: float, chance: Chance) -> list[float]:
    """Places of parallel lines from before -reach to beyond reach."""
    places = [-reach - spacing[1] * chance.number()]
    while places[-1] < reach:
        places.append(places[-1] + chance.number(*spacing))
    return places


def _grid(style: Style, reach: float, chance: Chance) -> _Grid:
    xs = lines(style.long_block, reach, chance)
    ys = lines(style.short_block, reach, chance)
    jitter = chance.between(-style.jitter, style.jitter, 2 * len(xs) * len(ys)).tolist()
    nodes = {
        (i, j): Spot(x + jitter.pop(), y + jitter.pop())
        for i, x in enumerate(xs) for j, y in enumerate(ys)
    }  # fmt: skip
    grid = _Grid(
        nodes, (len(xs), len(ys)), _big(len(xs), style, chance), _big(len(ys), style, chance)
    )
    for i, j in nodes:
        for other in ((i + 1, j), (i, j + 1)):
            if other in nodes:
                grid.sides[(i, j), other] = [nodes[i, j], nodes[other]]
    return grid


def _big(n: int, style: Style, chance: Chance) -> set[int]:
    """Which of n parallel streets are collectors; never two side by side."""
    big: set[int] = set()
    for i, value in enumerate(chance.unit(n)):
        if value < style.collectors and i - 1 not in big:
            big.add(i)
    return big


def _overpass(grid: _Grid, plan: Plan, style: Style, chance: Chance) -> None:
    """Lift a street over the crossing nearest to the middle, from its neighbour to the next."""
    if not chance.is_so(style.overpasses):
        return
    inner = [(i, j) for i, j in grid.nodes if 0 < i < grid.n[0] - 1 and 0 < j < grid.n[1] - 1]
    if not inner:
        return
    i, j = min(inner, key=lambda node: grid.nodes[node].x ** 2 + grid.nodes[node].y ** 2)
    is_row = chance.is_so(0.5)
    over = [(i - 1, j), (i, j), (i + 1, j)] if is_row else [(i, j - 1), (i, j), (i, j + 1)]
    under = [(i, j - 1), (i, j), (i, j + 1)] if is_row else [(i - 1, j), (i, j), (i + 1, j)]
    for side in pairwise(over):
        del grid.sides[side]
    grid.kept |= set(pairwise(under))
    grid.ramps |= {over[0], over[2]}
    (grid.big_rows if is_row else grid.big_columns).add(j if is_row else i)
    spots = (grid.nodes[over[0]], grid.nodes[over[2]])
    plan.streets.append(Street(spots, "collector", style.collector, level=1))


def _leave_out(grid: _Grid, style: Style, chance: Chance) -> None:
    """Drop streets, but no collector, and none where a crossing would become an end."""
    for side, value in zip(list(grid.sides), chance.unit(len(grid.sides)), strict=True):
        is_free = not grid.is_big(side) and side not in grid.kept
        if is_free and value < style.missing and all(len(grid.around(n)) > 2 for n in side):
            del grid.sides[side]


def _blocks(grid: _Grid, plan: Plan, style: Style, chance: Chance) -> None:
    for i, j in list(grid.nodes):
        ring = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)]
        if not all(node in grid.nodes for node in ring):
            continue
        a, b, c, d = (grid.nodes[node] for node in ring)
        use: Use = "houses"
        if chance.is_so(style.parks):
            uses: tuple[Use, ...] = ("park", "field", "paved")
            use = uses[chance.pick(3)]
        plan.blocks.append(Block((a, b, c, d), use))
        if use == "houses" and chance.is_so(style.lanes):
            _lane(grid, plan, (i, j), chance)


def _lane(grid: _Grid, plan: Plan, node: Node, chance: Chance) -> None:
    """A dead end, or a lane across, between the long sides of the block at a node."""
    i, j = node
    low: Side = ((i, j), (i + 1, j))
    high: Side = ((i, j + 1), (i + 1, j + 1))
    if chance.is_so(0.5):
        low, high = high, low
    share, other = chance.number(0.36, 0.64), chance.number(0.36, 0.64)
    is_dead_end = chance.is_so(0.6) or not _is_whole(grid, high)
    if not _is_whole(grid, low):
        return
    start = between(grid.sides[low][0], grid.sides[low][1], share)
    end = between(grid.nodes[high[0]], grid.nodes[high[1]], share if is_dead_end else other)
    grid.sides[low].insert(1, start)
    if is_dead_end:
        end = between(start, end, chance.number(0.42, 0.58))
        plan.rounds.append(Round(end, 6.5, is_road=True))
    else:
        grid.sides[high].insert(1, end)
    plan.streets.append(Street((start, end), "lane", LANE))


def _is_whole(grid: _Grid, side: Side) -> bool:
    """Whether the side is there, and nothing joins it yet."""
    return len(grid.sides.get(side, ())) == 2


def _is_roundabout_place(grid: _Grid, node: Node) -> bool:
    around = grid.around(node)
    if node in grid.ramps:
        return False
    return len(around) >= 3 and any(grid.is_big(side) for side in around)


def _roundabout(grid: _Grid, plan: Plan, node: Node, radius: float) -> None:
    """Put a ring in place of a crossing; its streets end on the nearest of twelve points."""
    centre = grid.nodes[node]
    ring = [
        Spot(centre.x + radius * x, centre.y + radius * y, (centre.x, centre.y))
        for x, y in _dozen()
    ]
    used: set[int] = set()
    for side in grid.around(node):
        spots = grid.sides[side]
        at, other = (0, spots[1]) if side[0] == node else (len(spots) - 1, spots[-2])
        k = _nearest(other.x - centre.x, other.y - centre.y)
        spots[at] = ring[k]
        used.add(k)
    stops = sorted(used)
    for a, b in zip(stops, [*stops[1:], stops[0] + 12], strict=True):
        spots_of_arc = tuple(ring[k % 12] for k in range(a, b + 1))
        plan.streets.append(Street(spots_of_arc, "lane", RING_ROAD))
    plan.rounds.append(Round(centre, radius - RING_ROAD / 2, is_road=False))


def _dozen() -> Iterator[tuple[float, float]]:
    """The twelve directions of a clock, by quarters."""
    c, s = 1, 0
    for _ in range(4):
        for x, y in RING:
            yield c * x - s * y, s * x + c * y
        c, s = -s, c


def _nearest(x: float, y: float) -> int:
    """Which of the twelve directions is nearest to that of (x, y)."""
    size = sqrt(x * x + y * y)
    fits = [(x * u + y * v) / size for u, v in _dozen()]
    return fits.index(max(fits))
