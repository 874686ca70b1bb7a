"""The path metric as a term: roads are matched again where an edge may have changed something.

What earlier roads used up decides what is left for later ones, so that an edge may change the
score of a road anywhere. `remembered` finds out where it did.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import numpy as np
from numba import njit

from ..graph import FloatArray, RoadGraph
from ..index import resolution
from ..metric import Metric
from ..metrics.path import Path
from ..metrics.path.chains import chains_of
from ..metrics.path.metric import Procedure
from ..routing import LongArray, incidence
from ..snap import MAX_CONTROL
from .empties import decided, drawn_length, empty_rule, harmonic, is_decided
from .lines import lines_of
from .near import Grid, grid_of, near_segments, reach_of, turned
from .pieces import Pieces, measured, pieces_of
from .remembered import Memo, nothing_known, share_explained
from .roads import Roads
from .terms import Ground, Term


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
    what = "the roads are cut again at each step, and matched again where an edge may change that"

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


Memos = tuple[Memo, Memo]  # the ground truth's chains, and those drawn
NOTHING: Memos = (nothing_known(), nothing_known())


class PathTerm(Term):
    """The path metric for the key points of one episode."""

    def __init__(self, side: PathSide, tie: float) -> None:
        self.side, self.tie = side, tie
        self.memos: list[Memos] = []  # for each edge on the stack

    def push(self, roads: Roads, u: int, v: int) -> float:
        """The value once an edge is drawn."""
        value, memos = path_value(self.side, roads.drawn, self.tie, self._last())
        self.memos.append(memos)
        return float(value)

    def pop(self, roads: Roads, u: int, v: int) -> None:
        """What was known before."""
        self.memos.pop()

    def rebuild(self, roads: Roads) -> float:
        """The metric's value; of the states on the way nothing is known."""
        value, memos = path_value(self.side, roads.drawn, self.tie, NOTHING)
        self.memos = [*([NOTHING] * (len(roads.stack) - 1)), memos][: len(roads.stack)]
        return float(value)

    def copy(self) -> Self:
        """Memos are shared."""
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin.memos = self.memos.copy()
        return twin

    def record(self, roads: Roads) -> tuple[Any, ...]:
        """What the kernels take."""
        return self.side, roads.drawn, self.tie, self._last()

    def pushed(self, records: Any, k: int) -> None:
        """A batch drew an edge."""
        self.memos.append(_memos_of(records, k))

    def _last(self) -> Memos:
        return self.memos[-1] if self.memos else NOTHING


@njit(cache=True, nogil=True)
def path_value(side, drawn, tie, memos):  # type: ignore[no-untyped-def]
    """The metric's value, NaN where it has something to say about the spacing; and new memos."""
    length = drawn_length(drawn)
    if is_decided(side.rule, length):
        return decided(side.rule, length), memos
    if side.piece > 0.0 and length / side.piece > MAX_CONTROL:
        return np.nan, memos
    lines = lines_of(drawn)
    pred = pieces_of(lines, side.piece)
    net = lines.vertices, lines.edges, lines.lengths, lines.ptr, lines.incident, tie
    reach = reach_of(side.snap_dist)
    near = near_segments(side.grid, side.pieces.xy, lines.start, lines.end, reach)
    near = turned(near, len(side.pieces.xy))
    recall, known = share_explained(side.pieces, near, net, side.snap_dist, memos[0])
    grid = grid_of(pred.xy, side.snap_dist)
    near = turned(near_segments(grid, pred.xy, side.start, side.end, reach), len(pred.xy))
    precision, drawn_known = share_explained(pred, near, side.net, side.snap_dist, memos[1])
    return harmonic(precision, recall), (known, drawn_known)


@njit(cache=True, nogil=True)
def _push_many(records, members, us, vs, low, high, values):  # type: ignore[no-untyped-def]
    for k in range(low, high):
        b = members[k]
        if us[b] >= 0:
            side, drawn, tie, memos = records[k]
            values[b], memos = path_value(side, drawn, tie, memos)
            records[k] = side, drawn, tie, memos


PathTerm.push_many = staticmethod(_push_many)


@njit(cache=True, nogil=True)
def _memos_of(records, k):  # type: ignore[no-untyped-def]
    return records[k][3]
