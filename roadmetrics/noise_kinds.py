"""Eight kinds of damage, one at a time, each with a strength that grows: see `noise`.

Lengths are in the unit of the graph, as those of the metrics are. The same seed draws the same
places at every strength, so that a stronger damage contains the weaker one. Sizes and strengths are
our own choice, made so that metrics move; nothing is measured.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from .damage import direction_of, roads_of, without
from .graph import FloatArray, RoadGraph

GAP, ASIDE, CUT_BACK, SLIT = 20.0, 2.0, 10.0, 0.1
FALSE_LENGTHS = (30.0, 120.0)
SHARES = (0.1, 0.25, 0.5, 1.0)
FEW = (0.05, 0.1, 0.2, 0.4)

Draw = Callable[[RoadGraph, float, np.random.Generator], RoadGraph]


@dataclass(frozen=True)
class Kind:
    """A damage: what it does, what its strength counts, and the strengths that are studied.

    ``measure``: "share" for shares, "length" for lengths in the unit of the graph.
    """

    name: str
    what: str
    measure: str
    strengths: tuple[float, ...]
    draw: Draw

    def apply(self, graph: RoadGraph, strength: float, seed: int) -> RoadGraph:
        """A damaged copy; strength 0, or a graph without roads, gives the graph itself."""
        if strength == 0 or not len(graph.edges):
            return graph
        return self.draw(graph, strength, np.random.Generator(np.random.PCG64(seed)))


def _gaps(graph: RoadGraph, share: float, rng: np.random.Generator) -> RoadGraph:
    return _cut(graph, share, GAP, rng)


def _split(graph: RoadGraph, share: float, rng: np.random.Generator) -> RoadGraph:
    return _cut(graph, share, SLIT, rng)


def _cut(graph: RoadGraph, share: float, gap: float, rng: np.random.Generator) -> RoadGraph:
    roads = roads_of(graph)
    chosen, place = rng.random(len(roads.lines)), rng.random(len(roads.lines))
    lines: list[FloatArray] = []
    for k, line in enumerate(roads.lines):
        length = float(roads.lengths[k])
        half = min(gap, length / 2) / 2
        middle = half + place[k] * (length - 2 * half)
        is_cut = chosen[k] < share and half > 0
        removed = [(middle - half, middle + half)] if is_cut else []
        lines += without(line, length, removed)
    return _rebuilt(graph, lines)


def _missing(graph: RoadGraph, share: float, rng: np.random.Generator) -> RoadGraph:
    lines = roads_of(graph).lines
    chosen = rng.random(len(lines))
    return _rebuilt(graph, [line for k, line in enumerate(lines) if chosen[k] >= share])


def _false(graph: RoadGraph, share: float, rng: np.random.Generator) -> RoadGraph:
    lines = roads_of(graph).lines
    return _rebuilt(graph, [*lines, *_spurs(lines, share * graph.length, rng)])


def _spurs(lines: list[FloatArray], most: float, rng: np.random.Generator) -> Iterator[FloatArray]:
    """Straight roads that leave a vertex sideways, until they are ``most`` long in all."""
    drawn = 0.0
    while drawn < most:
        line = lines[int(rng.integers(len(lines)))]
        j = int(rng.integers(len(line) - 1))
        reach, side = rng.uniform(*FALSE_LENGTHS), rng.choice([-1.0, 1.0])
        lean = rng.uniform(-0.5, 0.5)
        reach = min(reach, most - drawn)
        along = direction_of(line[j], line[j + 1])
        step = side * np.array([-along[1], along[0]]) + lean * along
        yield np.stack([line[j], line[j] + reach * step / np.hypot(*step)])
        drawn += reach


def _doubling(graph: RoadGraph, share: float, rng: np.random.Generator) -> RoadGraph:
    lines = roads_of(graph).lines
    chosen, side = rng.random(len(lines)), rng.choice([-1.0, 1.0], len(lines))
    copies = []
    for k in np.flatnonzero(chosen < share):
        along = direction_of(lines[k][0], lines[k][len(lines[k]) // 2])
        copies.append(lines[k] + ASIDE * side[k] * np.array([-along[1], along[0]]))
    return _rebuilt(graph, [*lines, *copies])


def _jitter(graph: RoadGraph, size: float, rng: np.random.Generator) -> RoadGraph:
    return _moved(graph, size * rng.normal(size=(len(graph.vertices), 2)))


def _shift(graph: RoadGraph, size: float, rng: np.random.Generator) -> RoadGraph:
    angle = rng.uniform(0, 2 * math.pi)
    return _moved(graph, size * np.array([[math.cos(angle), math.sin(angle)]]))


def _missed_junctions(graph: RoadGraph, share: float, rng: np.random.Generator) -> RoadGraph:
    chosen = (rng.random(len(graph.vertices)) < share) & (graph.degrees > 2)
    torn = {tuple(xy) for xy in graph.vertices[chosen].tolist()}
    roads = roads_of(graph)
    lines: list[FloatArray] = []
    for line, total in zip(roads.lines, roads.lengths.tolist(), strict=True):
        cut = min(CUT_BACK, 0.4 * total)
        removed = [(0.0, cut)] if tuple(line[0].tolist()) in torn else []
        removed += [(total - cut, total)] if tuple(line[-1].tolist()) in torn else []
        lines += without(line, total, removed)
    return _rebuilt(graph, lines)


KINDS: tuple[Kind, ...] = (
    Kind("gaps", f"roads with a gap of {GAP:g} units", "share", SHARES, _gaps),
    Kind("missing roads", "roads left out", "share", FEW, _missing),
    Kind("false roads", "dead ends invented, share of true length", "share", FEW, _false),
    Kind("doubling", f"roads drawn again {ASIDE:g} units aside", "share", SHARES, _doubling),
    Kind("jitter", "standard deviation of every vertex", "length", (0.5, 1.0, 2.0, 4.0, 8.0),
         _jitter),
    Kind("shift", "the whole network moved", "length", (1.0, 2.0, 4.0, 8.0, 16.0), _shift),
    Kind("missed junctions", f"junctions whose arms end {CUT_BACK:g} units before", "share", SHARES,
         _missed_junctions),
    Kind("split roads", f"roads cut in two, {SLIT:g} units apart", "share", SHARES, _split),
)  # fmt: skip


def _rebuilt(graph: RoadGraph, lines: list[FloatArray]) -> RoadGraph:
    return RoadGraph.from_lines(
        [line.tolist() for line in lines], graph.unit, crs=graph.crs,
        metres_per_pixel=graph.metres_per_pixel, extent=graph.extent,
    )  # fmt: skip


def _moved(graph: RoadGraph, step: FloatArray) -> RoadGraph:
    return RoadGraph(
        graph.vertices + step, graph.edges, graph.unit, crs=graph.crs,
        metres_per_pixel=graph.metres_per_pixel, extent=graph.extent,
    )  # fmt: skip
