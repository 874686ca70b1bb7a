"""APLS by its own procedure as a term: distances between key points follow every edge."""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import numpy as np
from numba import njit

from ..elimination import hierarchy_of
from ..graph import FloatArray, RoadGraph
from ..index import resolution
from ..metric import Metric
from ..metrics.apls import APLS, Combine, Procedure
from ..routing import LongArray, Network, Places, network_of
from ..snap import MAX_CONTROL, control_points, snap
from .apls_points import drawn_spots
from .distances import forget, restore, shorten
from .empties import decided, drawn_length, empty_rule, harmonic, is_decided
from .grid import Grid, grid_of
from .near_edges import Pool, nearest_spots, new_pool, push_near, with_room
from .roads import Roads
from .routes_between import Spots, drawn_routes, fill_own, known_routes
from .terms import FullGround, FullTerm, Ground, Term

MOST_POINTS = 2500  # key points, control points or stops: their squares are held in memory
COMBINE = {Combine.HARMONIC: 0, Combine.ARITHMETIC: 1, Combine.GT_ONLY: 2}


class Truth(NamedTuple):
    """The ground truth's side."""

    table: FloatArray  # [K, K] distances between its stops
    points: FloatArray  # [n, 2] its control points
    own: FloatArray  # [n, n] routes between them; inf where there is none
    n_routes: int
    grid: Grid
    rule: FloatArray  # [3] see `empties`
    snap_dist: float
    spacing: float
    no_route: float
    combine: int
    same: float


class KeyPoints(NamedTuple):
    """Where each key point lies on the ground truth."""

    ptr: LongArray  # [N + 1]
    chain: LongArray
    offset: FloatArray
    tie: float
    same: float


class APLSGround(Ground):
    """The ground truth's control points, their routes, and an index of its edges."""

    way = "incremental"
    what = "distances between key points follow each edge; routes are compared in compiled code"

    def __init__(self, metric: Metric, gt: RoadGraph) -> None:
        assert isinstance(metric, APLS)
        super().__init__(metric, gt)
        self.snap_dist = metric.snap_dist
        network = network_of(gt)
        places, points = control_points(gt, metric.spacing)
        k = len(network.stop_vertex)
        hierarchy = hierarchy_of(network)
        table = hierarchy.distances(np.arange(k))[hierarchy.rank]
        own = np.full((len(points), len(points)), np.inf)
        fill_own(table, spots_of(network, places), own)
        is_route = np.isfinite(own) & (own > 0)
        self.truth = Truth(
            table, points, own, int(np.count_nonzero(np.triu(is_route, 1))),
            grid_of(gt, metric.snap_dist), empty_rule(metric, gt), metric.snap_dist,
            metric.spacing, metric.no_route, COMBINE[metric.combine_by], 4 * resolution(gt),
        )  # fmt: skip

    @classmethod
    def fits(cls, metric: Metric, gt: RoadGraph) -> bool:
        """Every route of the definition itself, with tables that fit memory."""
        if not isinstance(metric, APLS):
            return False
        if metric.procedure is not Procedure.EXACT or metric.sources:
            return False
        if metric.spacing and gt.length / metric.spacing > MOST_POINTS:
            return False
        n_stops = len(network_of(gt).stop_vertex)
        return n_stops <= MOST_POINTS and len(control_points(gt, metric.spacing)[1]) <= MOST_POINTS

    def begin(self, roads: Roads) -> Term:
        """The key points snapped to the ground truth."""
        n = len(roads.xy)
        if n > MOST_POINTS:
            return FullTerm(FullGround(self.metric, self.gt))
        near = snap(self.gt, roads.xy, self.snap_dist)
        size = resolution(roads.graph())
        pool = new_pool(2 * n + 8, len(self.truth.points) + 8 * n)
        return APLSTerm(self.truth, KeyPoints(*near, size, 4 * size), np.empty((n, n)), pool)


def spots_of(network: Network, places: Places) -> Spots:
    """Places on a network of stops and chains."""
    chain, offset = places
    ends, length = network.chain_stops[chain], network.chain_length[chain]
    return Spots(
        np.arange(len(chain) + 1), ends[:, 0].copy(), ends[:, 1].copy(), offset,
        length - offset, chain.astype(np.int64),
    )  # fmt: skip


class APLSTerm(Term):
    """Distances between all key points, and the control points near each edge."""

    def __init__(self, truth: Truth, keys: KeyPoints, dist: FloatArray, pool: Pool) -> None:
        self.truth, self.keys, self.dist, self.pool = truth, keys, dist, pool
        self.changes: list[Any] = []  # what each edge on the stack changed in dist

    def reserve(self) -> None:
        """Make room for one more edge."""
        self.pool = with_room(self.pool, len(self.truth.points))

    def record(self, roads: Roads) -> tuple[Any, ...]:
        """What the kernels take."""
        return self.truth, self.keys, roads.drawn, self.dist, self.pool

    def pushed(self, records: Any, k: int) -> None:
        """A batch drew an edge and did not note what changed: `pop` starts anew."""
        self.changes.append(None)

    def push(self, roads: Roads, u: int, v: int) -> float:
        """The value once (u, v) is drawn."""
        self.reserve()
        value, cell, old = _push(self.truth, self.keys, roads.drawn, self.dist, self.pool, u, v)
        self.changes.append((cell, old))
        return float(value)

    def pop(self, roads: Roads, u: int, v: int) -> None:
        """As before (u, v) was drawn."""
        change = self.changes.pop()
        if change is None:
            self.rebuild(roads)
            return
        self.pool.size[0] -= 1
        restore(self.dist, *change)

    def rebuild(self, roads: Roads) -> float:
        """All edges of the stack, one after the other."""
        forget(self.dist)
        self.pool.size[0] = 0
        self.changes = []
        for u, v in roads.stack:
            self.reserve()
            self.changes.append(_extend(self.truth, roads.drawn.xy, self.dist, self.pool, u, v))
        return float(_value(self.truth, self.keys, roads.drawn, self.dist, self.pool))

    def copy(self) -> Self:
        """What follows the edges is copied."""
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin.dist, twin.changes = self.dist.copy(), self.changes.copy()
        twin.pool = Pool._make(array.copy() for array in self.pool)
        return twin


@njit(cache=True, nogil=True)
def _extend(truth, xy, dist, pool, u, v):  # type: ignore[no-untyped-def]
    push_near(pool, truth.points, truth.snap_dist, xy, u, v)
    return shorten(dist, u, v, np.hypot(xy[v, 0] - xy[u, 0], xy[v, 1] - xy[u, 1]))


@njit(cache=True, nogil=True)
def _push(truth, keys, drawn, dist, pool, u, v):  # type: ignore[no-untyped-def]
    cell, old = _extend(truth, drawn.xy, dist, pool, u, v)
    return _value(truth, keys, drawn, dist, pool), cell, old


@njit(cache=True, nogil=True, error_model="numpy")
def _value(truth, keys, drawn, dist, pool):  # type: ignore[no-untyped-def]
    """The metric's value; NaN where the metric itself would refuse."""
    length = drawn_length(drawn)
    if truth.spacing > 0 and (truth.rule[0] + length) / truth.spacing > 0.99 * MAX_CONTROL:
        return np.nan
    if is_decided(truth.rule, length):
        return decided(truth.rule, length)
    forth = truth.no_route
    if truth.n_routes > 0:
        spots = nearest_spots(pool, len(truth.points), keys.tie, drawn.xy)
        error = known_routes(truth.own, truth.n_routes, dist, spots, truth.same)
        forth = min(max(1.0 - error / truth.n_routes, 0.0), 1.0)
    if truth.combine == 2:
        return forth
    back = truth.no_route
    own, snapped = drawn_spots(drawn, keys, truth.grid, truth.spacing)
    error, n_routes = drawn_routes(dist, own, truth.table, snapped, keys.same)
    if n_routes > 0:
        back = min(max(1.0 - error / n_routes, 0.0), 1.0)
    return harmonic(forth, back) if truth.combine == 0 else (forth + back) / 2


@njit(cache=True, nogil=True)
def _push_many(records, members, us, vs, low, high, values):  # type: ignore[no-untyped-def]
    for k in range(low, high):
        b = members[k]
        if us[b] >= 0:
            truth, keys, drawn, dist, pool = records[k]
            _extend(truth, drawn.xy, dist, pool, us[b], vs[b])
            values[b] = _value(truth, keys, drawn, dist, pool)


APLSTerm.push_many = staticmethod(_push_many)
