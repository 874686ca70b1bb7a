"""The junction metric as metrics_delin computes it, as a term: two passes, in the order of nodes.

A node may choose among the five nearest places only. Which five these are a library decides where
more are equally near: then the term does not, and the scorer asks the metric.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from ..graph import BoolArray, FloatArray, RoadGraph
from ..index import SLACK, resolution
from ..metric import Metric
from ..metrics.junction import Junction
from ..metrics.junction.citraro import N_NEAREST, TINY, _closest, _edge_ranks
from ..metrics.junction.counts import control_nodes
from ..metrics.junction.metric import Procedure
from ..routing import LongArray
from ..sorting import order_of
from .empties import decided, drawn_length, empty_rule, harmonic, is_decided
from .near_edges import Pool, nearest_gaps, new_pool, push_near
from .pool_term import PoolTerm
from .roads import Roads
from .terms import Ground, Term

FOOT = 2  # roads that meet at a place on an edge
TIE_SHARE = 1e-12  # distances that differ by less a library may order either way


class Truth(NamedTuple):
    """The ground truth's vertices."""

    xy: FloatArray  # [n, 2] of its nodes
    order: LongArray  # [n] how many roads meet
    vertices: FloatArray  # [V, 2]
    degree: LongArray  # [V]
    rule: FloatArray  # [3] see `empties`
    snap_dist: float
    alpha: float
    existing_dist: float


class Feet(NamedTuple):
    """The closest place of each point on the edges of a graph, if one is near."""

    has: BoolArray  # [n]
    edge: LongArray  # [n] first vertex of the edge times V, plus the second: ascends as edges do
    vertex: LongArray  # [n] the vertex that the place is; -1: none
    xy: FloatArray  # [n, 2]
    start: FloatArray  # [n, 2] first vertex of the edge


class Places(NamedTuple):
    """What nodes may choose."""

    xy: FloatArray  # [K, 2]
    order: LongArray  # [K]
    node: LongArray  # [K] vertex; -1: on an edge


class PublishedGround(Ground):
    """The nodes of the ground truth."""

    way = "incremental"
    what = "nodes near each edge are kept; both passes run in compiled code"

    def __init__(self, metric: Metric, gt: RoadGraph) -> None:
        assert isinstance(metric, Junction)
        super().__init__(metric, gt)
        nodes = control_nodes(gt)
        degree = gt.degrees.astype(np.int64)
        self.truth = Truth(
            gt.vertices[nodes], degree[nodes], gt.vertices.copy(), degree, empty_rule(metric, gt),
            metric.snap_dist, metric.alpha, metric.existing_dist,
        )  # fmt: skip

    @classmethod
    def fits(cls, metric: Metric, gt: RoadGraph) -> bool:
        """The published procedure."""
        return isinstance(metric, Junction) and metric.procedure is Procedure.CITRARO

    def begin(self, roads: Roads) -> Term:
        """Where each key point falls on the ground truth."""
        truth, gt, n = self.truth, self.gt, len(roads.xy)
        point, edge, along, foot = _closest(roads.xy, gt, truth.snap_dist)
        ends = gt.edges[edge].astype(np.int64)
        feet = Feet(
            np.zeros(n, bool), np.zeros(n, np.int64), np.full(n, -1), np.zeros((n, 2)),
            np.zeros((n, 2)),
        )  # fmt: skip
        feet.has[point], feet.edge[point] = True, _edge_ranks(gt)[edge]
        feet.xy[point], feet.start[point] = foot, gt.vertices[ends[:, 0]]
        for k, p in enumerate(point.tolist()):
            x, y = roads.xy[p]
            feet.vertex[p] = _vertex(
                gt.vertices, int(ends[k, 0]), int(ends[k, 1]), float(along[k]), float(x), float(y),
                truth.existing_dist,
            )  # fmt: skip
        tie = resolution(roads.graph())
        return PublishedTerm(truth, feet, tie, new_pool(2 * n + 8, 16 * n + 64))


class PublishedTerm(PoolTerm):
    """The ground truth's nodes near each edge."""

    def __init__(self, truth: Truth, feet: Feet, tie: float, pool: Pool) -> None:
        self.truth, self.feet, self.tie, self.pool = truth, feet, tie, pool

    def record(self, roads: Roads) -> tuple[Any, ...]:
        """What the kernels take."""
        return self.truth, self.feet, self.tie, roads.drawn, self.pool

    def push(self, roads: Roads, u: int, v: int) -> float:
        """The value once (u, v) is drawn."""
        self.reserve()
        return float(_push(self.truth, self.feet, self.tie, roads.drawn, self.pool, u, v))

    def value(self, roads: Roads) -> float:
        """The metric's value."""
        return float(_value(self.truth, self.feet, self.tie, roads.drawn, self.pool))


@njit(cache=True, nogil=True)
def _push(truth, feet, tie, drawn, pool, u, v):  # type: ignore[no-untyped-def]
    push_near(pool, truth.xy, truth.snap_dist, drawn.xy, u, v)
    return _value(truth, feet, tie, drawn, pool)


@njit(cache=True, nogil=True)
def _push_many(records, members, us, vs, low, high, values):  # type: ignore[no-untyped-def]
    for k in range(low, high):
        b = members[k]
        if us[b] >= 0:
            truth, feet, tie, drawn, pool = records[k]
            values[b] = _push(truth, feet, tie, drawn, pool, us[b], vs[b])


PublishedTerm.push_many = staticmethod(_push_many)


@njit(cache=True, nogil=True)
def _value(truth, feet, tie, drawn, pool):  # type: ignore[no-untyped-def]
    """The metric's value; NaN where more than five places are equally near."""
    length = drawn_length(drawn)
    if is_decided(truth.rule, length):
        return decided(truth.rule, length)
    own_feet = _feet_drawn(truth, tie, drawn, pool)
    n, degree = len(truth.xy), drawn.degree
    points = np.arange(n)
    places = _places(drawn.xy, degree, own_feet, points)
    chosen, is_sure = _choose(truth, truth.xy, truth.order, places)
    tp = pp = ap = 0
    is_taken = np.zeros(len(degree), np.bool_)
    for i in range(n):
        ap += truth.order[i]
        if chosen[i] >= 0:
            order = places.order[chosen[i]]
            tp += min(truth.order[i], order)
            pp += order
            if places.node[chosen[i]] >= 0:
                is_taken[places.node[chosen[i]]] = True
    rest, n_rest = np.empty(len(degree), np.int64), 0
    for v in range(len(degree)):
        if (degree[v] == 1 or degree[v] > 2) and not is_taken[v]:
            rest[n_rest] = v
            n_rest += 1
    rest = rest[:n_rest]
    places = _places(truth.vertices, truth.degree, feet, rest)
    answers, is_sure_back = _choose(truth, drawn.xy[rest], degree[rest], places)
    for k in range(n_rest):
        order = degree[rest[k]]
        pp += order
        if answers[k] >= 0:
            tp += min(order, places.order[answers[k]])
            ap += places.order[answers[k]]
    if not (is_sure and is_sure_back):
        return np.nan
    return harmonic(tp / pp if pp > 0 else 0.0, tp / ap if ap > 0 else 0.0)


@njit(cache=True, nogil=True)
def _vertex(xy, a, b, along, x, y, existing_dist):  # type: ignore[no-untyped-def]
    """The vertex that a place on an edge is, of a point at x, y; -1: none."""
    if along <= 0:
        return a
    if along >= 1:
        return b
    dx, dy = xy[a, 0] - x, xy[a, 1] - y
    if np.sqrt(dx * dx + dy * dy) < existing_dist:
        return a
    dx, dy = xy[b, 0] - x, xy[b, 1] - y
    return b if np.sqrt(dx * dx + dy * dy) < existing_dist else -1


@njit(cache=True, nogil=True)
def _feet_drawn(truth, tie, drawn, pool):  # type: ignore[no-untyped-def]
    """Feet of the ground truth's nodes on the roads drawn; as `citraro._closest`."""
    n, xy = len(truth.xy), drawn.xy
    nearest = nearest_gaps(pool, n)
    best = np.full(n, np.inf)
    has, edge, vertex = np.zeros(n, np.bool_), np.zeros(n, np.int64), np.full(n, -1)
    foot, start = np.zeros((n, 2)), np.zeros((n, 2))
    for k in range(pool.ptr[pool.size[0]]):
        p = pool.point[k]
        if pool.gap[k] > nearest[p] + tie:
            continue
        u, v = pool.ends[pool.edge[k], 0], pool.ends[pool.edge[k], 1]
        x, y = truth.xy[p, 0], truth.xy[p, 1]
        dx, dy = xy[v, 0] - xy[u, 0], xy[v, 1] - xy[u, 1]
        along = ((x - xy[u, 0]) * dx + (y - xy[u, 1]) * dy) / (dx * dx + dy * dy + TINY)
        fx, fy = xy[u, 0] + along * dx, xy[u, 1] + along * dy
        if along <= 0:
            fx, fy = xy[u, 0], xy[u, 1]
        elif along >= 1:
            fx, fy = xy[v, 0], xy[v, 1]
        gap = np.sqrt((fx - x) * (fx - x) + (fy - y) * (fy - y))
        name = u * len(xy) + v
        if gap < best[p] or (gap == best[p] and name < edge[p]):
            best[p], edge[p], has[p] = gap, name, gap < truth.snap_dist
            foot[p, 0], foot[p, 1], start[p, 0], start[p, 1] = fx, fy, xy[u, 0], xy[u, 1]
            vertex[p] = _vertex(xy, u, v, along, x, y, truth.existing_dist)
    return Feet(has, edge, vertex, foot, start)


@njit(cache=True, nogil=True)
def _places(xy, degree, feet, points):  # type: ignore[no-untyped-def]
    """Nodes of a graph, vertices that points fall on, and new places; as `citraro._snapped`."""
    is_place = np.empty(len(degree), np.bool_)
    for v in range(len(degree)):
        is_place[v] = degree[v] == 1 or degree[v] > 2
    new, n_new = np.empty(len(points), np.int64), 0
    for p in points:
        if feet.has[p] and feet.vertex[p] >= 0:
            is_place[feet.vertex[p]] = True
        elif feet.has[p]:
            new[n_new] = p
            n_new += 1
    n = 0
    for v in range(len(degree)):
        n += is_place[v]
    place, order, node = (
        np.empty((n + n_new, 2)),
        np.empty(n + n_new, np.int64),
        np.full(n + n_new, -1),
    )
    n = 0
    for v in range(len(degree)):
        if is_place[v]:
            place[n, 0], place[n, 1], order[n], node[n] = xy[v, 0], xy[v, 1], degree[v], v
            n += 1
    for k in _as_met(feet, new[:n_new]):
        place[n, 0], place[n, 1], order[n] = feet.xy[new[k], 0], feet.xy[new[k], 1], FOOT
        n += 1
    return Places(place, order, node)


@njit(cache=True, nogil=True)
def _as_met(feet, new):  # type: ignore[no-untyped-def]
    """Positions in order of the edge, as first met, then along it."""
    n = len(new)
    first, along = np.empty(n, np.int64), np.empty(n)
    for k in range(n):
        p = new[k]
        dx, dy = feet.xy[p, 0] - feet.start[p, 0], feet.xy[p, 1] - feet.start[p, 1]
        along[k], first[k] = dx * dx + dy * dy, k
        for j in range(k):
            if feet.edge[new[j]] == feet.edge[p]:
                first[k] = first[j]
                break
    order = np.arange(n)
    for r in range(1, n):
        moving, i = order[r], r
        while i > 0:
            other = order[i - 1]
            if first[other] < first[moving] or (
                first[other] == first[moving] and along[other] <= along[moving]
            ):
                break
            order[i] = other
            i -= 1
        order[i] = moving
    return order


@njit(cache=True, nogil=True)
def _choose(truth, points, degree, places):  # type: ignore[no-untyped-def]
    """(choice of each point or -1, whether the five nearest were clear); as `citraro._choose`."""
    n, n_places = len(points), len(places.order)
    limit = truth.snap_dist * SLACK + TINY
    choice, is_taken, is_sure = np.full(n, -1), np.zeros(n_places, np.bool_), True
    gap, index = np.empty(n_places), np.empty(n_places, np.int64)
    for i in range(n):
        n_near = 0
        for k in range(n_places):
            dx, dy = points[i, 0] - places.xy[k, 0], points[i, 1] - places.xy[k, 1]
            if abs(dx) <= limit and abs(dy) <= limit:
                distance = np.sqrt(dx * dx + dy * dy)
                if distance < limit:
                    gap[n_near], index[n_near] = distance, k
                    n_near += 1
        order = order_of(gap[:n_near])
        if (
            n_near > N_NEAREST
            and gap[order[N_NEAREST]] - gap[order[N_NEAREST - 1]]
            <= TIE_SHARE * (gap[order[N_NEAREST]])
        ):
            is_sure = False
        least = np.inf
        for k in order[: min(n_near, N_NEAREST)]:
            cost = gap[k] + truth.alpha * abs(degree[i] - places.order[index[k]])
            if gap[k] <= truth.snap_dist and not is_taken[index[k]] and cost < least:
                least, choice[i] = cost, index[k]
        if choice[i] >= 0:
            is_taken[choice[i]] = True
    return choice, is_sure
