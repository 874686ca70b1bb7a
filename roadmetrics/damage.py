"""Seeded damage that looks like what road extractors do: for the sample, noise studies, boards.

Eight kinds, all growing with one strength: roads missed (dead ends and short ones more often), gaps
as under trees, arms that stop short of their junction, false links of near dead ends, false spurs,
pieces drawn twice, and a smooth displacement of everything. Rates and sizes are our own judgement
of published overlays, not measured; they are the constants below.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from .errors import RoadMetricsError
from .graph import FloatArray, RoadGraph
from .routing import network_of

Lines = list[FloatArray]  # each [k, 2]
MAX_STRENGTH = 10.0

# chances at strength 1, and sizes in metres
DROPPED, DEAD_END_FACTOR, SHORT = 0.10, 2.5, 60.0
GAP_EVERY, GAP_CHANCE, GAP_LENGTHS = 90.0, 0.11, (8.0, 35.0)
BROKEN_ARM_CHANCE, BROKEN_ARM_LENGTHS = 0.06, (2.5, 9.0)
LINK_WITHIN, LINK_CHANCE = 60.0, 0.40
SPUR_EVERY, SPUR_CHANCE, SPUR_LENGTHS = 120.0, 0.40, (15.0, 70.0)
DOUBLE_CHANCE, DOUBLE_LENGTH, DOUBLE_OFFSET = 0.10, 120.0, 3.5
SHIFT, WAVELENGTHS, N_WAVES = 2.0, (40.0, 400.0), 24


@dataclass(frozen=True)
class Roads:
    """Chains between junctions and their dead ends, lengths in metres times ``k``."""

    lines: Lines
    is_dead_end: FloatArray  # [C, 2] 1.0 where that end of the chain is one
    lengths: FloatArray  # [C]
    k: float  # units of the graph per metre


def damage(graph: RoadGraph, strength: float, seed: int = 0) -> RoadGraph:
    """A damaged copy: strength 0 changes nothing, 1 is a poor extraction.

    The same seed draws the same places at every strength, so that what a weaker damage removes or
    adds a stronger one does, too. Sizes are metres; a graph in pixels takes them by its
    ``metres_per_pixel``, or as pixels where it knows none.

    Raises RoadMetricsError for a strength outside 0 to 10.

    >>> street = RoadGraph([(0, 0), (500, 0), (1000, 0)], [(0, 1), (1, 2)], "m")
    >>> damage(street, 0.0) is street
    True
    >>> damage(street, 1.0).length == damage(street, 1.0).length != street.length
    True
    >>> damage(RoadGraph([], []), 1.0)
    RoadGraph(0 vertices, 0 edges, 0.0 px)
    """
    if not 0 <= strength <= MAX_STRENGTH:
        raise RoadMetricsError(f"strength must be 0 to {MAX_STRENGTH:g}, not {strength}")
    if strength == 0 or not len(graph.edges):
        return graph
    roads = roads_of(graph)
    streams = [np.random.Generator(np.random.PCG64([seed, i])) for i in range(7)]
    lines = [
        *_remaining(roads, strength, streams[0], streams[1], streams[2]),
        *_links(roads, strength, streams[3]),
        *_spurs(roads, strength, streams[4]),
        *_doubles(roads, strength, streams[5]),
    ]
    shift = _Waves.drawn(streams[6], roads.k, strength)
    return RoadGraph.from_lines(
        [shift.move(line).tolist() for line in lines],
        graph.unit,
        crs=graph.crs,
        metres_per_pixel=graph.metres_per_pixel,
        extent=graph.extent,
    )


def roads_of(graph: RoadGraph) -> Roads:
    """The chains of a graph, and the number of its units in a metre."""
    network = network_of(graph)
    chains = np.split(network.chain_vertex, network.chain_ptr[1:-1])
    ends = np.array([(chain[0], chain[-1]) for chain in chains])
    is_px = graph.unit == "px"
    return Roads(
        [graph.vertices[chain] for chain in chains],
        (graph.degrees[ends] == 1).astype(np.float64),
        network.chain_length,
        1 / graph.metres_per_pixel if is_px and graph.metres_per_pixel else 1.0,
    )


def _remaining(
    roads: Roads,
    strength: float,
    drops: np.random.Generator,
    gaps: np.random.Generator,
    arms: np.random.Generator,
) -> Iterator[FloatArray]:
    """What is left of each chain: nothing, or its parts between gaps and broken arms."""
    chance = DROPPED * (1 + SHORT * roads.k / (SHORT * roads.k + roads.lengths))
    chance *= np.where(roads.is_dead_end.any(axis=1), DEAD_END_FACTOR, 1.0)
    is_dropped = drops.random(len(roads.lines)) < strength * chance
    for i, line in enumerate(roads.lines):
        length = float(roads.lengths[i])
        removed = [
            *_gaps(length, roads.k, strength, gaps),
            *_broken_arms(length, roads.is_dead_end[i], roads.k, strength, arms),
        ]
        if not is_dropped[i]:
            yield from without(line, length, removed)


def _gaps(
    length: float, k: float, strength: float, rng: np.random.Generator
) -> Iterator[tuple[float, float]]:
    for _ in range(math.ceil(length / (GAP_EVERY * k))):
        middle, half = rng.random() * length, rng.uniform(*GAP_LENGTHS) * k / 2
        if rng.random() < strength * GAP_CHANCE:
            yield middle - half, middle + half


def _broken_arms(
    length: float, is_dead_end: FloatArray, k: float, strength: float, rng: np.random.Generator
) -> Iterator[tuple[float, float]]:
    for end in (0, 1):
        cut = rng.uniform(*BROKEN_ARM_LENGTHS) * k
        is_broken = rng.random() < strength * BROKEN_ARM_CHANCE
        if is_broken and not is_dead_end[end]:
            yield (0.0, cut) if end == 0 else (length - cut, length)


def _links(roads: Roads, strength: float, rng: np.random.Generator) -> Iterator[FloatArray]:
    """Straight false roads from dead ends to the nearest vertex of another chain."""
    owner = np.repeat(np.arange(len(roads.lines)), [len(line) for line in roads.lines])
    points = np.concatenate(roads.lines)
    tree = cKDTree(points)
    for i, end in np.argwhere(roads.is_dead_end > 0):
        start = roads.lines[i][-end]  # end 0: first, end 1: last
        near = np.array(tree.query_ball_point(start, LINK_WITHIN * roads.k, return_sorted=True))
        near = near[owner[near] != i]
        is_linked = rng.random() < strength * LINK_CHANCE
        if is_linked and len(near):
            gap = np.hypot(*(points[near] - start).T)
            yield np.stack([start, points[near[np.argmin(gap)]]])


def _spurs(roads: Roads, strength: float, rng: np.random.Generator) -> Iterator[FloatArray]:
    """Short false roads that leave a vertex sideways."""
    for line, length in zip(roads.lines, roads.lengths, strict=True):
        for _ in range(math.ceil(length / (SPUR_EVERY * roads.k))):
            j = int(rng.integers(len(line) - 1))
            reach, side = rng.uniform(*SPUR_LENGTHS) * roads.k, rng.choice([-1.0, 1.0])
            lean = rng.uniform(-0.5, 0.5)
            share = min(1.0, length / (SPUR_EVERY * roads.k))
            if rng.random() < strength * SPUR_CHANCE * share:
                along = direction_of(line[j], line[j + 1])
                across = np.array([-along[1], along[0]]) * side
                yield np.stack([line[j], line[j] + reach * (across + lean * along)])


def _doubles(roads: Roads, strength: float, rng: np.random.Generator) -> Iterator[FloatArray]:
    """A piece of a chain a second time, beside it."""
    for line, length in zip(roads.lines, roads.lengths, strict=True):
        piece = min(float(length), DOUBLE_LENGTH * roads.k) * rng.uniform(0.4, 1.0)
        low, side = rng.random() * (length - piece), rng.choice([-1.0, 1.0])
        if rng.random() < strength * DOUBLE_CHANCE:
            part = part_of(line, low, low + piece)
            along = direction_of(part[0], part[-1])
            across = np.array([-along[1], along[0]]) * side * DOUBLE_OFFSET * roads.k
            yield part + across


@dataclass(frozen=True)
class _Waves:
    """A smooth displacement: a sum of plane waves, so that what is joined stays joined."""

    wave: FloatArray  # [W, 2] radians per unit
    phase: FloatArray  # [W]
    amplitude: FloatArray  # [W, 2]

    @classmethod
    def drawn(cls, rng: np.random.Generator, k: float, strength: float) -> _Waves:
        """Waves whose displacement has a standard deviation of SHIFT * strength metres."""
        angle = rng.uniform(0, 2 * math.pi, N_WAVES)
        low, high = np.log(WAVELENGTHS)
        number = 2 * math.pi / (np.exp(rng.uniform(low, high, N_WAVES)) * k)
        amplitude = rng.normal(size=(N_WAVES, 2)) * SHIFT * strength * k / math.sqrt(N_WAVES)
        direction = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        return cls(direction * number[:, None], rng.uniform(0, 2 * math.pi, N_WAVES), amplitude)

    def move(self, points: FloatArray) -> FloatArray:
        """[k, 2] displaced; equal points stay equal."""
        # summed wave by wave: a matrix product may round a point differently by its row
        shift = np.zeros_like(points)
        for (kx, ky), phase, amplitude in zip(self.wave, self.phase, self.amplitude, strict=True):
            shift += np.cos(points[:, :1] * kx + points[:, 1:] * ky + phase) * amplitude
        return points + shift


def direction_of(start: FloatArray, end: FloatArray) -> FloatArray:
    """Unit vector from start to end; along x where they are one point."""
    step: FloatArray = end - start
    length = float(np.hypot(*step))
    return step / length if length else np.array([1.0, 0.0])


def without(
    line: FloatArray, length: float, removed: list[tuple[float, float]]
) -> Iterator[FloatArray]:
    """The parts of a line outside intervals of its length."""
    reached = 0.0
    for low, high in sorted(removed):
        if low > reached:
            yield part_of(line, reached, low)
        reached = max(reached, high)
    if reached == 0.0:
        yield line
    elif reached < length:
        yield part_of(line, reached, length)


def part_of(line: FloatArray, low: float, high: float) -> FloatArray:
    """The line between two distances along it; its own vertices are kept exactly."""
    offset = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    inside = (offset > low) & (offset < high)
    cuts = [np.array([np.interp(at, offset, line[:, axis]) for axis in (0, 1)])
            for at in (low, high)]  # fmt: skip
    first = line[:1] if low <= 0 else cuts[0][None]
    last = line[-1:] if high >= offset[-1] else cuts[1][None]
    return np.concatenate([first, line[inside], last])
