"""The sub-graph metric as a term: all of it again at each step, in one call of compiled code.

A sub-graph reaches 300 pixels, so that an edge changes most of them. What is dear in the metric,
two walks and a matching a start, is shared instead: walks of 64 starts spread together (`balls`),
and the matchings of all starts begin with one (`matchings`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from ..graph import FloatArray, RoadGraph
from ..index import SLACK, resolution
from ..metric import Metric
from ..metrics.subgraph import Procedure, Subgraph
from ..routing import incidence, network_of
from ..snap import MAX_CONTROL
from ..walk import _edge_of_samples, sample_roads
from .balls import Streets, count_bits, n_words, walk_balls
from .empties import decided, drawn_length, empty_rule, harmonic, is_decided
from .lines import lines_of
from .matchings import sum_of_matchings
from .near import Grid, grid_of, near_segments, reach_of, turned
from .roads import Roads
from .samples import points_along
from .terms import Ground, Stateless


class Numbers(NamedTuple):
    """The metric's."""

    spacing: float
    start_spacing: float
    radius: float
    match_dist: float


class SubgraphSide(NamedTuple):
    """What a step needs of the metric and the ground truth."""

    streets: Streets
    sample_grid: Grid
    starts: FloatArray  # [S, 2] on the ground truth
    start_grid: Grid
    found: npt.NDArray[np.uint64]  # [n, words] the ground truth's samples that its starts meet
    numbers: Numbers
    rule: FloatArray  # [3] see `empties`


class SubgraphGround(Ground):
    """Sub-graphs with nothing drawn."""

    way = "compiled"
    what = "all sub-graphs again at each step; walks of 64 starts and their matchings share work"

    def __init__(self, metric: Metric, gt: RoadGraph) -> None:
        assert isinstance(metric, Subgraph)
        super().__init__(metric, gt)
        samples = sample_roads(gt, metric.spacing)
        starts = sample_roads(gt, metric.start_spacing).xy
        numbers = Numbers(metric.spacing, metric.start_spacing, metric.radius, metric.match_dist)
        edges = gt.edges.astype(np.int64)
        start, end = gt.vertices[edges[:, 0]], gt.vertices[edges[:, 1]]
        streets = Streets(
            gt.vertices.copy(), edges, start, end, *incidence(gt),
            samples.xy, _edge_of_samples(network_of(gt), samples), resolution(gt),
        )  # fmt: skip
        start_grid = grid_of(starts, metric.match_dist)
        found = np.zeros((len(samples.xy), n_words(len(starts))), dtype=np.uint64)
        near = near_segments(start_grid, starts, start, end, reach_of(metric.match_dist))
        near = turned(near, len(starts))
        walk_balls(starts, near, metric.match_dist, metric.radius, streets, found, 0)
        self.side = SubgraphSide(
            streets, grid_of(samples.xy, metric.match_dist), starts, start_grid, found, numbers,
            empty_rule(metric, gt),
        )  # fmt: skip

    @classmethod
    def fits(cls, metric: Metric, gt: RoadGraph) -> bool:
        """Procedure exact, any numbers; the published program draws with numpy's generators."""
        return isinstance(metric, Subgraph) and metric.procedure is Procedure.EXACT

    def begin(self, roads: Roads) -> SubgraphTerm:
        """What depends on the key points is their rounding alone."""
        return SubgraphTerm(self.side, resolution(RoadGraph(roads.xy, [])))


class SubgraphTerm(Stateless):
    """The sub-graph metric for the key points of one episode."""

    def __init__(self, side: SubgraphSide, tie: float) -> None:
        self.side, self.tie = side, tie

    def rebuild(self, roads: Roads) -> float:
        """The metric's value."""
        return float(subgraph_value(self.side, roads.drawn, self.tie))

    def record(self, roads: Roads) -> tuple[Any, ...]:
        """What the kernels take."""
        return self.side, roads.drawn, self.tie


@njit(cache=True, nogil=True)
def subgraph_value(side, drawn, tie):  # type: ignore[no-untyped-def]
    """The metric's value; NaN where it has something to say about the spacing."""
    length, numbers = drawn_length(drawn), side.numbers
    if is_decided(side.rule, length):
        return decided(side.rule, length)
    if length / min(numbers.spacing, numbers.start_spacing) > MAX_CONTROL:
        return np.nan
    lines = lines_of(drawn)
    samples = points_along(lines, numbers.spacing)
    starts = points_along(lines, numbers.start_spacing).xy
    streets = Streets(
        lines.vertices, lines.edges, lines.start, lines.end, lines.ptr, lines.incident,
        samples.xy, samples.edge, tie,
    )  # fmt: skip
    holes, marbles = _meetings(side, streets, starts)
    back = near_segments(
        side.sample_grid, side.streets.xy, samples.xy, samples.xy, numbers.match_dist * SLACK
    )
    near = turned(back, len(side.streets.xy))
    matched = sum_of_matchings(near, back, holes, marbles)
    n_holes, n_marbles = _n_bits(holes), _n_bits(marbles)
    return harmonic(
        matched / n_marbles if n_marbles > 0 else 0.0, matched / n_holes if n_holes > 0 else 0.0
    )


@njit(cache=True, nogil=True)
def _meetings(side, streets, starts):  # type: ignore[no-untyped-def]
    """Samples of either network that each start's walks meet, gt's starts first: two bit tables."""
    match_dist, radius = side.numbers.match_dist, side.numbers.radius
    reach = reach_of(match_dist)
    first = side.found.shape[1]
    width = first + n_words(len(starts))
    holes = np.zeros((len(side.streets.xy), width), np.uint64)
    marbles = np.zeros((len(streets.xy), width), np.uint64)
    for i in range(len(holes)):
        for w in range(first):
            holes[i, w] = side.found[i, w]
    own = side.starts
    near = near_segments(side.start_grid, own, streets.start, streets.end, reach)
    walk_balls(own, turned(near, len(own)), match_dist, radius, streets, marbles, 0)
    grid = grid_of(starts, reach)
    near = near_segments(grid, starts, streets.start, streets.end, reach)
    walk_balls(starts, turned(near, len(starts)), match_dist, radius, streets, marbles, first)
    near = near_segments(grid, starts, side.streets.start, side.streets.end, reach)
    walk_balls(starts, turned(near, len(starts)), match_dist, radius, side.streets, holes, first)
    return holes, marbles


@njit(cache=True, nogil=True)
def _n_bits(table):  # type: ignore[no-untyped-def]
    total = 0
    for i in range(table.shape[0]):
        for w in range(table.shape[1]):
            total += count_bits(table[i, w])
    return total


@njit(cache=True, nogil=True)
def _push_many(records, members, us, vs, low, high, values):  # type: ignore[no-untyped-def]
    for k in range(low, high):
        b = members[k]
        if us[b] >= 0:
            side, drawn, tie = records[k]
            values[b] = subgraph_value(side, drawn, tie)


SubgraphTerm.push_many = staticmethod(_push_many)
