"""The junction metric's own procedure as a term.

Which key points may be compared with which nodes of the ground truth, and which have a foot on it,
is known when an episode begins. A step looks for the feet of the ground truth's nodes on the roads
drawn, and takes the comparisons in their order. All feet of a node cost the same and take that node
alone, so that none of them needs a place in the order: a pair is too late for a node whose foot is
cheaper.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from scipy.spatial import cKDTree

from ..graph import BoolArray, FloatArray, RoadGraph
from ..index import SLACK, resolution
from ..metric import Metric
from ..metrics.junction import Junction
from ..metrics.junction.counts import control_nodes
from ..metrics.junction.matching import FOOT_ORDER, _feet
from ..metrics.junction.metric import Procedure
from ..routing import LongArray
from ..sorting import order_of
from .empties import decided, drawn_length, empty_rule, harmonic, is_decided
from .near_edges import Pool, nearest_gaps, new_pool, push_near
from .pool_term import PoolTerm
from .roads import Roads
from .terms import Ground, Term


class Truth(NamedTuple):
    """The ground truth's nodes."""

    xy: FloatArray  # [n, 2]
    order: LongArray  # [n] how many roads meet
    rule: FloatArray  # [3] see `empties`
    snap_dist: float
    alpha: float
    existing_dist: float


class KeyPoints(NamedTuple):
    """Pairs of a node and a key point within the snap distance, and the feet of key points."""

    node: LongArray  # [K]
    key: LongArray  # [K]
    gap: FloatArray  # [K]
    rank: LongArray  # [K] by the places of both: decides where cost and order do not
    has_foot: BoolArray  # [N]
    tie: float


class JunctionGround(Ground):
    """The nodes of the ground truth."""

    way = "incremental"
    what = "nodes near each edge are kept; a step compares nodes in compiled code"

    def __init__(self, metric: Metric, gt: RoadGraph) -> None:
        assert isinstance(metric, Junction)
        super().__init__(metric, gt)
        self.nodes = control_nodes(gt)
        self.truth = Truth(
            gt.vertices[self.nodes], gt.degrees[self.nodes].astype(np.int64),
            empty_rule(metric, gt), metric.snap_dist, metric.alpha, metric.existing_dist,
        )  # fmt: skip

    @classmethod
    def fits(cls, metric: Metric, gt: RoadGraph) -> bool:
        """The metric's own procedure."""
        return isinstance(metric, Junction) and metric.procedure is Procedure.CHEAPEST

    def begin(self, roads: Roads) -> Term:
        """Pairs and feet of the key points."""
        truth, xy = self.truth, roads.xy
        node, key = np.zeros((2, 0), dtype=np.int64)
        if len(truth.xy) and len(xy):
            near = cKDTree(truth.xy).sparse_distance_matrix(
                cKDTree(xy), truth.snap_dist * SLACK, output_type="ndarray"
            )
            node, key = near["i"].astype(np.int64), near["j"].astype(np.int64)
        a, b = truth.xy[node], xy[key]
        rank = np.empty(len(node), dtype=np.int64)
        rank[np.lexsort(((a + b)[:, 1], (a + b)[:, 0]))] = np.arange(len(node))
        drawn = roads.graph()
        feet = _feet(
            drawn, np.arange(len(xy)), self.gt, self.nodes, truth.snap_dist, truth.existing_dist
        )
        has_foot = np.zeros(len(xy), dtype=bool)
        has_foot[feet.gt_node] = True
        gap = np.hypot(*(a - b).T)
        keys = KeyPoints(node, key, gap, rank, has_foot, resolution(drawn))
        return JunctionTerm(truth, keys, new_pool(2 * len(xy) + 8, 16 * len(xy) + 64))


class JunctionTerm(PoolTerm):
    """The ground truth's nodes near each edge."""

    def __init__(self, truth: Truth, keys: KeyPoints, pool: Pool) -> None:
        self.truth, self.keys, self.pool = truth, keys, pool

    def record(self, roads: Roads) -> tuple[Any, ...]:
        """What the kernels take."""
        return self.truth, self.keys, roads.drawn, self.pool

    def push(self, roads: Roads, u: int, v: int) -> float:
        """The value once (u, v) is drawn."""
        self.reserve()
        return float(_push(self.truth, self.keys, roads.drawn, self.pool, u, v))

    def value(self, roads: Roads) -> float:
        """The metric's value."""
        return float(_value(self.truth, self.keys, roads.drawn, self.pool))


@njit(cache=True, nogil=True)
def _push(truth, keys, drawn, pool, u, v):  # type: ignore[no-untyped-def]
    push_near(pool, truth.xy, truth.snap_dist, drawn.xy, u, v)
    return _value(truth, keys, drawn, pool)


@njit(cache=True, nogil=True)
def _value(truth, keys, drawn, pool):  # type: ignore[no-untyped-def]
    length = drawn_length(drawn)
    if is_decided(truth.rule, length):
        return decided(truth.rule, length)
    has_foot = _nodes_with_feet(truth, keys.tie, drawn, pool)
    free_node, free_key = np.ones(len(truth.xy), np.bool_), np.ones(len(drawn.degree), np.bool_)
    tp = _compare_pairs(truth, keys, drawn.degree, has_foot, free_node, free_key)
    pp = ap = 0
    for i in range(len(truth.xy)):
        ap += truth.order[i]
        if has_foot[i] and free_node[i]:
            tp += min(truth.order[i], FOOT_ORDER)
            pp += FOOT_ORDER
    for k in range(len(drawn.degree)):
        order = drawn.degree[k]
        if order == 0 or order == 2:
            continue
        pp += order
        if keys.has_foot[k] and free_key[k]:
            tp += min(order, FOOT_ORDER)
            ap += FOOT_ORDER
    precision = tp / pp if pp > 0 else 1.0
    recall = tp / ap if ap > 0 else 1.0
    return harmonic(precision, recall)


@njit(cache=True, nogil=True)
def _nodes_with_feet(truth, tie, drawn, pool):  # type: ignore[no-untyped-def]
    """[n] whether a node's nearest place on the roads drawn is one where a road passes."""
    n, xy, degree = len(truth.xy), drawn.xy, drawn.degree
    nearest = nearest_gaps(pool, n)
    nodes, n_nodes = np.empty((len(degree), 2)), 0
    for k in range(len(degree)):
        if degree[k] == 1 or degree[k] > 2:
            nodes[n_nodes, 0], nodes[n_nodes, 1] = xy[k, 0], xy[k, 1]
            n_nodes += 1
    has_foot = np.zeros(n, np.bool_)
    for k in range(pool.ptr[pool.size[0]]):
        p = pool.point[k]
        if has_foot[p] or pool.gap[k] > nearest[p] + tie:
            continue
        u, v, t = pool.ends[pool.edge[k], 0], pool.ends[pool.edge[k], 1], pool.along[k]
        x, y = xy[u, 0] + t * (xy[v, 0] - xy[u, 0]), xy[u, 1] + t * (xy[v, 1] - xy[u, 1])
        passes = True
        for j in range(n_nodes):
            dx, dy = nodes[j, 0] - x, nodes[j, 1] - y
            passes &= np.sqrt(dx * dx + dy * dy) > truth.existing_dist
        has_foot[p] = passes
    return has_foot


@njit(cache=True, nogil=True)
def _compare_pairs(truth, keys, degree, has_foot, free_node, free_key):  # type: ignore[no-untyped-def]
    """Orders that agree in the pairs taken; clears what they and cheaper feet take from free."""
    active, cost, n = np.empty(len(keys.node), np.int64), np.empty(len(keys.node)), 0
    for k in range(len(keys.node)):
        i, order = keys.node[k], degree[keys.key[k]]
        if order == 0 or order == 2:
            continue
        price = keys.gap[k] + truth.alpha * abs(truth.order[i] - order)
        if has_foot[i] and _foot_cost(truth, truth.order[i]) < price:
            continue
        if keys.has_foot[keys.key[k]] and _foot_cost(truth, order) < price:
            continue
        active[n], cost[n] = k, price
        n += 1
    ranked = order_of(cost[:n])
    _order_equals(ranked, cost, active, truth.order, keys, degree)
    tp = 0
    for r in ranked:
        i, j = keys.node[active[r]], keys.key[active[r]]
        if free_node[i] and free_key[j]:
            free_node[i] = free_key[j] = False
            tp += min(truth.order[i], degree[j])
    return tp


@njit(cache=True, nogil=True)
def _foot_cost(truth, order):  # type: ignore[no-untyped-def]
    return truth.snap_dist + truth.alpha * abs(order - FOOT_ORDER)


@njit(cache=True, nogil=True)
def _order_equals(ranked, cost, active, order, keys, degree):  # type: ignore[no-untyped-def]
    """Put pairs of equal cost in order: more roads first, then by place."""
    for r in range(1, len(ranked)):
        moving = ranked[r]
        i = r
        while i > 0 and cost[ranked[i - 1]] == cost[moving]:
            a, b = active[ranked[i - 1]], active[moving]
            most_a = max(order[keys.node[a]], degree[keys.key[a]])
            most_b = max(order[keys.node[b]], degree[keys.key[b]])
            if most_a > most_b or (most_a == most_b and keys.rank[a] <= keys.rank[b]):
                break
            ranked[i] = ranked[i - 1]
            i -= 1
        ranked[i] = moving


@njit(cache=True, nogil=True)
def _push_many(records, members, us, vs, low, high, values):  # type: ignore[no-untyped-def]
    for k in range(low, high):
        b = members[k]
        if us[b] >= 0:
            truth, keys, drawn, pool = records[k]
            values[b] = _push(truth, keys, drawn, pool, us[b], vs[b])


JunctionTerm.push_many = staticmethod(_push_many)
