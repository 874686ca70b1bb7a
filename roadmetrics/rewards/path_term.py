"""The path metric as a term: all of it again at each step, in one call of compiled code.

What earlier roads used up decides what is left for later ones, so that an edge may change the
score of a road anywhere: nothing is kept from step to step but the ground truth's side.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from ..graph import FloatArray, RoadGraph
from ..index import resolution
from ..metric import Metric
from ..metrics.path import Path
from ..metrics.path.chains import chains_of
from ..metrics.path.explained import STRICT, _explain
from ..metrics.path.metric import Procedure
from ..routing import LongArray, incidence
from ..snap import MAX_CONTROL
from .empties import decided, drawn_length, empty_rule, harmonic, is_decided
from .lines import lines_of
from .near import Grid, grid_of, near_segments, reach_of, turned
from .pieces import Pieces, measured, order_of_chains, pieces_of
from .roads import Roads
from .terms import Ground, Stateless


class PathSide(NamedTuple):
    """What a step needs of the metric and the ground truth."""

    pieces: Pieces
    grid: Grid  # of the points of the pieces
    net: tuple[FloatArray, LongArray, FloatArray, LongArray, LongArray, float]
    start: FloatArray  # [M, 2]
    end: FloatArray  # [M, 2]
    snap_dist: float
    piece: float
    rule: FloatArray  # [3] see `empties`


class PathGround(Ground):
    """Paths by roads."""

    way = "compiled"
    what = "all roads are matched again at each step, the ground truth's cut once"

    def __init__(self, metric: Metric, gt: RoadGraph) -> None:
        super().__init__(metric, gt)
        assert isinstance(metric, Path)
        chains = chains_of(gt, metric.piece)
        pieces = measured(chains.xy, chains.ptr.astype(np.int64))
        ptr, incident = incidence(gt)
        vertices, edges = gt.vertices.copy(), gt.edges.astype(np.int64)
        net = (vertices, edges, gt.edge_lengths.copy(), ptr, incident, resolution(gt))
        self.side = PathSide(
            pieces, grid_of(pieces.xy, metric.snap_dist), net,
            vertices[edges[:, 0]], vertices[edges[:, 1]], metric.snap_dist, metric.piece,
            empty_rule(metric, gt),
        )  # fmt: skip

    @classmethod
    def fits(cls, metric: Metric, gt: RoadGraph) -> bool:
        """Procedure roads, any numbers; the published program draws with Python's generator."""
        return isinstance(metric, Path) and metric.procedure is Procedure.ROADS

    def begin(self, roads: Roads) -> PathTerm:
        """What depends on the key points is their rounding alone."""
        return PathTerm(self.side, resolution(RoadGraph(roads.xy, [])))


class PathTerm(Stateless):
    """The path metric for the key points of one episode."""

    def __init__(self, side: PathSide, tie: float) -> None:
        self.side, self.tie = side, tie

    def rebuild(self, roads: Roads) -> float:
        """The metric's value."""
        return float(path_value(self.side, roads.drawn, self.tie))

    def record(self, roads: Roads) -> tuple[Any, ...]:
        """What the kernels take."""
        return self.side, roads.drawn, self.tie


@njit(cache=True, nogil=True)
def path_value(side, drawn, tie):  # type: ignore[no-untyped-def]
    """The metric's value; NaN where it has something to say about the spacing."""
    length = drawn_length(drawn)
    if is_decided(side.rule, length):
        return decided(side.rule, length)
    if side.piece > 0.0 and length / side.piece > MAX_CONTROL:
        return np.nan
    lines = lines_of(drawn)
    pred = pieces_of(lines, side.piece)
    net = lines.vertices, lines.edges, lines.lengths, lines.ptr, lines.incident, tie
    reach = reach_of(side.snap_dist)
    near = near_segments(side.grid, side.pieces.xy, lines.start, lines.end, reach)
    recall = _share(side.pieces, turned(near, len(side.pieces.xy)), net, side.snap_dist)
    grid = grid_of(pred.xy, side.snap_dist)
    near = near_segments(grid, pred.xy, side.start, side.end, reach)
    precision = _share(pred, turned(near, len(pred.xy)), side.net, side.snap_dist)
    return harmonic(precision, recall)


@njit(cache=True, nogil=True)
def _share(pieces, near, net, snap_dist):  # type: ignore[no-untyped-def]
    """Mean score of the chains, by length, explained by ``net``; 0 of none."""
    n, n_vertices, n_edges, room = len(pieces.xy), len(net[0]), len(net[1]), len(net[4]) + 2
    credit, is_matched, place = np.zeros(n), np.zeros(n, np.int64), np.empty((n, 2))
    _explain(
        pieces.xy, pieces.steps, pieces.ptr, order_of_chains(pieces, near, snap_dist),
        near.ptr, near.column, net, snap_dist * STRICT,
        np.full(n_edges, -1, np.int64), np.full((2, n_vertices), -1, np.int64),
        (
            np.full(n_vertices, np.inf), np.empty(n_vertices, np.int64),
            np.empty(room), np.empty(room, np.int64), np.empty(n_vertices + 2, np.int64),
        ),
        credit, is_matched, place,
    )  # fmt: skip
    matched = total = 0.0
    for k in range(n):
        matched += pieces.steps[k] * credit[k]
        total += pieces.steps[k]
    return matched / total if total > 0.0 else 0.0


@njit(cache=True, nogil=True)
def _push_many(records, members, us, vs, low, high, values):  # type: ignore[no-untyped-def]
    for k in range(low, high):
        b = members[k]
        if us[b] >= 0:
            side, drawn, tie = records[k]
            values[b] = path_value(side, drawn, tie)


PathTerm.push_many = staticmethod(_push_many)
