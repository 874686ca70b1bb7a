"""Correctness, completeness and quality on vectors as a term.

An edge drawn covers one interval of each edge of the ground truth near it; they are kept while it
is. Its own share within the slack does not depend on other edges drawn.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import numpy as np
from numba import njit

from ..cover import _capsule_interval, _gap
from ..graph import FloatArray, RoadGraph
from ..index import SLACK, TIE
from ..metric import Metric
from ..metrics.ccq import CCQ, Domain, Quality
from ..routing import LongArray
from ..sorting import order_of
from .empties import decided, drawn_length, empty_rule, is_decided
from .roads import Roads
from .terms import Ground, Term


class Truth(NamedTuple):
    """The ground truth's edges."""

    ends: FloatArray  # [M, 2, 2]
    length: FloatArray  # [M]
    rule: FloatArray  # [3] see `empties`
    slack: float
    is_wiedemann: bool


class Cover(NamedTuple):
    """What each edge on the stack covers: rows (edge of the ground truth, interval of it)."""

    ptr: LongArray  # [edges + 1] rows of each edge drawn
    size: LongArray  # [1] edges
    matched: FloatArray  # [edges] length of each edge drawn that is within the slack
    edge: LongArray  # [rows]
    low: FloatArray  # [rows]
    high: FloatArray  # [rows]


class CCQGround(Ground):
    """The edges of the ground truth."""

    way = "incremental"
    what = "what each edge covers is kept; a step joins the intervals in compiled code"

    def __init__(self, metric: Metric, gt: RoadGraph) -> None:
        assert isinstance(metric, CCQ)
        super().__init__(metric, gt)
        self.truth = Truth(
            gt.vertices[gt.edges], gt.edge_lengths.copy(), empty_rule(metric, gt), metric.slack,
            metric.quality is Quality.WIEDEMANN,
        )  # fmt: skip

    @classmethod
    def fits(cls, metric: Metric, gt: RoadGraph) -> bool:
        """True lengths of vectors."""
        return isinstance(metric, CCQ) and metric.domain is Domain.VECTOR

    def begin(self, roads: Roads) -> Term:
        """Nothing depends on the key points."""
        return CCQTerm(self.truth, _new_cover(2 * len(roads.xy) + 8, 8 * len(roads.xy) + 64))


class CCQTerm(Term):
    """What each edge covers."""

    def __init__(self, truth: Truth, cover: Cover) -> None:
        self.truth, self.cover = truth, cover

    def push(self, roads: Roads, u: int, v: int) -> float:
        """The value once (u, v) is drawn."""
        self.reserve()
        return float(_push(self.truth, roads.drawn, self.cover, u, v))

    def pop(self, roads: Roads, u: int, v: int) -> None:
        """As before (u, v) was drawn."""
        self.cover.size[0] -= 1

    def rebuild(self, roads: Roads) -> float:
        """All edges of the stack, one after the other."""
        self.cover.size[0] = 0
        for u, v in roads.stack:
            self.reserve()
            _extend(self.truth, roads.drawn.xy, self.cover, u, v)
        return float(_value(self.truth, roads.drawn, self.cover))

    def record(self, roads: Roads) -> tuple[Any, ...]:
        """What the kernels take."""
        return self.truth, roads.drawn, self.cover

    def copy(self) -> Self:
        """What follows the edges is copied."""
        twin = object.__new__(type(self))
        twin.truth = self.truth
        twin.cover = Cover._make(array.copy() for array in self.cover)
        return twin

    def reserve(self) -> None:
        """Make room for one more edge."""
        n_edges, n_more = int(self.cover.size[0]), len(self.truth.length)
        n_rows = int(self.cover.ptr[n_edges])
        if n_edges < len(self.cover.matched) and n_rows + n_more <= len(self.cover.edge):
            return
        larger = _new_cover(2 * n_edges + 8, 2 * (n_rows + n_more) + 8)
        for old, new in zip(self.cover, larger, strict=True):
            new[: len(old)] = old[: len(new)]
        self.cover = larger


def _new_cover(n_edges: int, n_rows: int) -> Cover:
    return Cover(
        np.zeros(n_edges + 1, np.int64), np.zeros(1, np.int64), np.zeros(n_edges),
        np.zeros(n_rows, np.int64), np.zeros(n_rows), np.zeros(n_rows),
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _push(truth, drawn, cover, u, v):  # type: ignore[no-untyped-def]
    _extend(truth, drawn.xy, cover, u, v)
    return _value(truth, drawn, cover)


@njit(cache=True, nogil=True)
def _extend(truth, xy, cover, u, v):  # type: ignore[no-untyped-def]
    """Put what edge (u, v) covers on top."""
    m = cover.size[0]
    k, n = cover.ptr[m], 0
    ends = truth.ends
    sx, sy, ex, ey = xy[u, 0], xy[u, 1], xy[v, 0], xy[v, 1]
    dx, dy = ex - sx, ey - sy
    wide = truth.slack * SLACK + TIE + 1e-9 * (abs(sx) + abs(sy) + abs(ex) + abs(ey))
    x0, x1, y0, y1 = min(sx, ex) - wide, max(sx, ex) + wide, min(sy, ey) - wide, max(sy, ey) + wide
    lows, highs = np.empty(len(ends)), np.empty(len(ends))
    for e in range(len(ends)):
        px, py, qx, qy = ends[e, 0, 0], ends[e, 0, 1], ends[e, 1, 0], ends[e, 1, 1]
        if max(px, qx) < x0 or min(px, qx) > x1 or max(py, qy) < y0 or min(py, qy) > y1:
            continue
        if dx != 0.0 or dy != 0.0:
            lows[n], highs[n] = _capsule_interval(sx, sy, dx, dy, px, py, qx, qy, truth.slack)
            n += highs[n] >= lows[n]
        if px != qx or py != qy:
            low, high = _capsule_interval(
                px, py, qx - px, qy - py, sx, sy, ex, ey, truth.slack
            )  # fmt: skip
            if high >= low:
                cover.edge[k], cover.low[k], cover.high[k] = e, low, high
                k += 1
    cover.matched[m] = covered(lows[:n], highs[:n]) * np.hypot(dx, dy)
    cover.ptr[m + 1] = k
    cover.size[0] = m + 1


@njit(cache=True, nogil=True)
def covered(lows, highs):  # type: ignore[no-untyped-def]
    """Share of an edge in the union of intervals; as `cover.covered_share`."""
    reached = missed = 0.0
    for k in order_of(lows):
        if highs[k] > max(reached, lows[k]):
            missed += _gap(reached, lows[k])
            reached = highs[k]
    return max(1.0 - missed - _gap(reached, 1.0), 0.0) if len(lows) else 0.0


@njit(cache=True, nogil=True)
def _value(truth, drawn, cover):  # type: ignore[no-untyped-def]
    length = drawn_length(drawn)
    if is_decided(truth.rule, length):
        return decided(truth.rule, length)
    matched_pred = 0.0
    for e in range(cover.size[0]):
        matched_pred += cover.matched[e]
    matched_gt = _matched_gt(truth, cover)
    if truth.is_wiedemann:
        return matched_pred / (length + truth.rule[0] - matched_gt)
    cr, cp = matched_pred / length, matched_gt / truth.rule[0]
    both = cr + cp - cr * cp
    return cr * cp / both if both != 0.0 else 0.0


@njit(cache=True, nogil=True)
def _matched_gt(truth, cover):  # type: ignore[no-untyped-def]
    """Length of the ground truth within the slack of the edges drawn."""
    m, n_rows = len(truth.length), cover.ptr[cover.size[0]]
    ptr = np.zeros(m + 1, np.int64)
    for k in range(n_rows):
        ptr[cover.edge[k] + 1] += 1
    for e in range(m):
        ptr[e + 1] += ptr[e]
    at = ptr[:m].copy()
    lows, highs = np.empty(n_rows), np.empty(n_rows)
    for k in range(n_rows):
        e = cover.edge[k]
        lows[at[e]], highs[at[e]] = cover.low[k], cover.high[k]
        at[e] += 1
    total = 0.0
    for e in range(m):
        if ptr[e + 1] > ptr[e]:
            total += (
                covered(lows[ptr[e] : ptr[e + 1]], highs[ptr[e] : ptr[e + 1]]) * truth.length[e]
            )
    return total


@njit(cache=True, nogil=True)
def _push_many(records, members, us, vs, low, high, values):  # type: ignore[no-untyped-def]
    for k in range(low, high):
        b = members[k]
        if us[b] >= 0:
            truth, drawn, cover = records[k]
            values[b] = _push(truth, drawn, cover, us[b], vs[b])


CCQTerm.push_many = staticmethod(_push_many)
