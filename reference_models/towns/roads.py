"""A plan's streets as pieces on the tile's pixels, and as the tile's road graph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, sqrt

import numpy as np

from roadmetrics import RoadGraph
from roadmetrics.geometry import clip_segments

from .arrays import BoolArray, FloatArray, IntArray
from .pixels import SUB, snapped
from .plan import KINDS, Plan, Round, Spot, Street, between
from .survey import Survey

PIECE = 12.0  # metres; a street bends from piece to piece
AROUND = 24.0  # metres beyond the tile that houses and trees there may need
LEAST_HALF = 48.0  # of a width, in 1/64 pixel: thinner lines would have gaps


@dataclass(frozen=True)
class Roads:
    """Straight pieces, in 1/64 pixel. A disc of road is a piece without length."""

    start: FloatArray  # [S, 2]
    end: FloatArray  # [S, 2]
    half: FloatArray  # [S] half the width
    level: IntArray  # [S] 1 on an overpass
    kind: IntArray  # [S] index in KINDS
    street: IntArray  # [S] of which street; -1 for a disc
    before: FloatArray  # [S] length of the street before this piece
    whole: FloatArray  # [S] length of the street

    @property
    def length(self) -> FloatArray:
        """[S] length of each piece."""
        return lengths(self.start, self.end)

    def of(self, which: BoolArray) -> Roads:
        """Some of the pieces."""
        return Roads(*(getattr(self, name)[which] for name in Roads.__dataclass_fields__))

    def at_level(self, level: int) -> Roads:
        """The pieces on the ground, 0, or on overpasses, 1."""
        return self.of(self.level == level)


@dataclass(frozen=True)
class Network:
    """The same streets, twice."""

    roads: Roads
    graph: RoadGraph  # in pixels, clipped to the tile
    level: IntArray  # [M] of each edge of the graph


def lay(plan: Plan, survey: Survey, size: int, metres_per_pixel: float) -> Network:
    """Place a plan on a tile."""
    lines = [_fine(street) for street in plan.streets]
    placed = survey.placed([spot for line in lines for spot in line])
    stops = np.cumsum([len(line) for line in lines])
    first = np.setdiff1d(np.arange(len(placed) - 1), stops - 1)  # [S] where each piece starts
    street = np.searchsorted(stops, first, side="right")
    near = _near(placed[first], placed[first + 1], size, AROUND * survey.step)
    roads = _pieces(plan, survey, placed, first, street)
    discs = [one for one in plan.rounds if one.is_road]
    ids = _vertex_ids(plan.streets, lines)
    graph, kept = _graph(placed, ids, first[near], size, metres_per_pixel)
    level = roads.level[near][kept]
    return Network(_with_discs(roads.of(near), discs, survey), graph, level)


def lengths(start: FloatArray, end: FloatArray) -> FloatArray:
    """[S] distances."""
    dx, dy = (end - start).T
    length: FloatArray = np.sqrt(dx * dx + dy * dy)
    return length


def _fine(street: Street) -> list[Spot]:
    """The street's spots, with others between them where they are far apart."""
    fine = [street.spots[0]]
    for a, b in pairwise(street.spots):
        fine.extend(between(a, b, share) for share in _shares(a, b))
        fine.append(b)
    return fine


def _shares(a: Spot, b: Spot) -> Iterator[float]:
    dx, dy = b.x - a.x, b.y - a.y
    n = ceil(sqrt(dx * dx + dy * dy) / PIECE)
    return (i / n for i in range(1, n))


def _near(start: FloatArray, end: FloatArray, size: int, around: float) -> BoolArray:
    """[S] pieces whose box meets the tile's, widened."""
    low, high = np.minimum(start, end), np.maximum(start, end)
    meets = (high >= -around) & (low <= size * SUB + around)
    return meets[:, 0] & meets[:, 1]


def _pieces(
    plan: Plan, survey: Survey, placed: FloatArray, first: IntArray, street: IntArray
) -> Roads:
    start, end = placed[first], placed[first + 1]
    length = lengths(start, end)
    total: FloatArray = np.cumsum(length)
    opens = np.searchsorted(street, np.arange(len(plan.streets)))  # [streets] its first piece
    closes = np.append(opens[1:], len(street)) - 1
    before = total - length
    half = snapped([street.width / 2 * survey.step for street in plan.streets])
    return Roads(
        start, end, np.maximum(half, LEAST_HALF)[street],
        np.array([one.level for one in plan.streets], dtype=np.int64)[street],
        np.array([KINDS.index(one.kind) for one in plan.streets], dtype=np.int64)[street],
        street, before - before[opens][street], (total[closes] - before[opens])[street],
    )  # fmt: skip


def _with_discs(roads: Roads, discs: list[Round], survey: Survey) -> Roads:
    centre = survey.placed([disc.centre for disc in discs])
    none = np.zeros(len(discs), dtype=np.int64)
    more = Roads(
        centre, centre, snapped([disc.radius * survey.step for disc in discs]), none,
        none + KINDS.index("lane"), none - 1, np.zeros(len(discs)), np.zeros(len(discs)),
    )  # fmt: skip
    pairs = ((getattr(roads, name), getattr(more, name)) for name in Roads.__dataclass_fields__)
    return Roads(*(np.concatenate(pair) for pair in pairs))


def _vertex_ids(streets: list[Street], lines: list[list[Spot]]) -> IntArray:
    """[points] a number for each point; the ends of streets that meet have the same."""
    ids: list[int] = []
    ends: dict[tuple[float, float], int] = {}
    for line in lines:
        first = len(ids)
        ids.extend(range(first, first + len(line)))
        for at in (0, len(line) - 1):
            ids[first + at] = ends.setdefault(line[at][:2], first + at)
    return np.array(ids, dtype=np.int64)


def _graph(
    placed: FloatArray, ids: IntArray, first: IntArray, size: int, metres_per_pixel: float
) -> tuple[RoadGraph, IntArray]:
    """The graph of the pieces at ``first`` inside the tile, and which of them are its edges."""
    extent = (-0.5, -0.5, size - 0.5, size - 0.5)
    start, end = placed[first] / SUB, placed[first + 1] / SUB
    low, high = clip_segments(start, end, extent)
    a = snapped((start + low[:, None] * (end - start)) * SUB)
    b = snapped((start + high[:, None] * (end - start)) * SUB)
    kept = np.flatnonzero((high > low) & (a != b).any(axis=1))
    low, high = low[kept], high[kept]
    cut = len(placed) + np.arange(2 * len(kept)).reshape(2, -1)  # new vertices at the border
    opens = np.where(low > 0, cut[0], ids[first[kept]])
    closes = np.where(high < 1, cut[1], ids[first[kept] + 1])
    edges = np.stack([opens, closes], axis=1)
    used, where = np.unique(edges, return_index=True)
    vertices = np.stack([a[kept], b[kept]], axis=1).reshape(-1, 2)[where] / SUB
    graph = RoadGraph(
        vertices, np.searchsorted(used, edges), "px",
        metres_per_pixel=metres_per_pixel, extent=extent,
    )  # fmt: skip
    return graph, kept
