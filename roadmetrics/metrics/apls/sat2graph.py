"""Sat2Graph's Go APLS, step by step, with its chances averaged.

Source: songtaohe/Sat2Graph@7ca4a34, metrics/apls/main.go and convert.py. The original lets control
points claim vertices in the random order of a Go map, so that its own value changes from run to
run; here it is the mean over a few orders drawn once and for all. Followed although they look like
slips: control points of one graph are thinned by walking the *other* graph with its node ids
(main.go:312, 332), and a pair with an unmatched end is an error even where no route joins it
(main.go:502). Coordinates pass through the latitudes and longitudes of convert.py (1 px = 1 m).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.spatial import cKDTree

from ...elimination import Hierarchy, hierarchy_of
from ...graph import FloatArray, RoadGraph
from ...region import in_region
from ...routing import LongArray, build_network, incidence
from ...snap import check_spacing
from .counts import OneWay

DEGREE = 111111.0  # metres, main.go:61
TOP, LEFT = 41.0, -71.0  # main.go:68, convert.py
STEP, LONGEST = 2.0, 3.0  # metres: edges longer than 3 are cut into int(d / 2) + 1 (main.go:215)
CELL = 2.0  # metres: one control point a cell (main.go:307)
THINNING_HOPS = 4  # main.go:312
N_ORDERS, ORDER_SEED = 8, 0  # ours: orders of claiming that are averaged
N_NEIGHBOURS = 10  # main.go:373
BLOCK = 64  # points whose routes are swept together


@dataclass(frozen=True)
class Dense:
    """A graph cut into steps of at most 3 m; positions as latitude and longitude."""

    graph: RoadGraph  # vertices in degrees (longitude, latitude), weights in whole centimetres
    place: FloatArray  # [N, 2] latitude, longitude
    ptr: LongArray  # [N + 1] neighbours of each vertex
    neighbour: LongArray  # [2M]


@dataclass(frozen=True)
class Box:
    """Where control points may lie, and how they are thinned."""

    region: float  # metres
    margin: float  # metres
    gate: int  # chains of more vertices get control points between their ends
    interval: float  # vertices between them


def densify(graph: RoadGraph) -> Dense:
    """GraphDensify: vertices that agree to 1e-7 degrees are one."""
    check_spacing(graph.length, STEP)
    lat = TOP - graph.vertices[:, 1] / DEGREE
    lon = LEFT + graph.vertices[:, 0] / DEGREE / np.cos(np.radians(TOP))
    corner = np.stack([lat, lon], axis=1)
    flat = _cut(corner, graph.edges).reshape(-1, 2)
    first, inverse = _unique_rows(np.round(flat, 7))
    order = np.argsort(first, kind="stable")  # ids in order of first mention
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    place = flat[first[order]]
    pairs = rank[inverse].reshape(-1, 2)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    hop = np.floor(_distance(place[pairs[:, 0]], place[pairs[:, 1]]) * 100.0)
    dense = RoadGraph(place[:, ::-1], pairs, "m", weights=hop)
    ptr, edges = incidence(dense)
    owner = np.repeat(np.arange(len(place)), np.diff(ptr))
    return Dense(dense, place, ptr, dense.edges[edges].sum(axis=1) - owner)


def _cut(corner: FloatArray, edges: npt.NDArray[np.int32]) -> FloatArray:
    """[S, 2, 2] steps of at most 3 m from edges between corners, edge by edge."""
    a, b = corner[edges[:, 0]], corner[edges[:, 1]]
    d = _distance(a, b)
    n = np.where(d > LONGEST, (d / STEP).astype(np.int64) + 1, 1)
    edge = np.repeat(np.arange(len(n)), n)
    k = np.arange(len(edge)) - np.repeat(np.cumsum(n) - n, n)
    parts = n[edge][:, None]
    ends = np.empty((len(edge), 2, 2))
    for side in (0, 1):
        t = (k + side)[:, None] / parts
        ends[:, side] = a[edge] * (1 - t) + b[edge] * t
    ends[k == 0, 0] = a
    ends[k == n[edge] - 1, 1] = b
    return ends


def _unique_rows(rows: FloatArray) -> tuple[LongArray, LongArray]:
    """The first row of each kind, and the kind of each row [n]."""
    order = np.lexsort((rows[:, 1], rows[:, 0]))
    ordered = rows[order]
    is_new = np.ones(len(rows), dtype=bool)
    is_new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    kind = np.empty(len(rows), dtype=np.int64)
    kind[order] = np.cumsum(is_new) - 1
    return order[is_new], kind


def control_points(dense: Dense, other: Dense, box: Box) -> LongArray:
    """Vertices of ``dense`` that are control points, ascending."""
    inside = _in_box(dense.place, box)
    cell = np.trunc(dense.place * DEGREE / CELL).astype(np.int64)
    chosen = _choose(
        dense.ptr, dense.neighbour, inside, cell, other.ptr, other.neighbour,
        box.gate, box.interval,
    )  # fmt: skip
    return np.flatnonzero(chosen)


def match_points(
    dense: Dense, points: LongArray, other: Dense, snap_dist: float, hops: int
) -> LongArray:
    """[N_ORDERS, n] the vertex of ``other`` that each control point takes, or -1.

    The ten nearest in degrees are tried; the first that is free and nearer than ``snap_dist``
    is taken, with all vertices within ``hops`` of it. In each row they choose in another order.
    """
    matched = np.full((N_ORDERS, len(points)), -1, dtype=np.int64)
    if not len(points) or not len(other.place):
        return matched
    k = min(N_NEIGHBOURS, len(other.place))
    _, near = cKDTree(other.place).query(dense.place[points], k=np.arange(1, k + 1))
    is_close = _distance(other.place[near], dense.place[points][:, None, :]) < snap_dist
    draw = np.random.default_rng(ORDER_SEED)
    for row in matched:
        order = draw.permutation(len(points))
        row[order] = _match(near[order], is_close[order], other.ptr, other.neighbour, hops)
    return matched


def score_one_way(
    dense: Dense, other: Dense, box: Box, snap_dist: float, hops: int, min_path_length: float
) -> OneWay:
    """apls_one_way over unordered pairs; every pair with an unmatched end is an error of 1."""
    points = control_points(dense, other, box)
    matched = match_points(dense, points, other, snap_dist, hops)
    n, n_matched = len(points), (matched >= 0).sum(axis=1)
    unmatched = float((n * (n - 1) - n_matched * (n_matched - 1)).sum()) / 2
    error, routes = _route_errors(dense, other, points, matched, min_path_length)
    error, routes = (error + unmatched) / N_ORDERS, (routes + unmatched) / N_ORDERS
    return OneWay(error, routes, n, len(dense.place))


def score_both_ways(
    gt: RoadGraph, pred: RoadGraph, box: Box, snap_dist: float, hops: int, min_path_length: float
) -> tuple[OneWay, OneWay]:
    """Both directions."""
    a, b = (densify(graph) for graph in in_region(gt, pred, box.region))
    return (
        score_one_way(a, b, box, snap_dist, hops, min_path_length),
        score_one_way(b, a, box, snap_dist, hops, min_path_length),
    )


def _route_errors(
    dense: Dense, other: Dense, points: LongArray, matched: LongArray, min_path_length: float
) -> tuple[float, float]:
    """(sum of errors, number of pairs) over pairs of matched points in all orders."""
    is_matched = matched >= 0
    if not is_matched.any():
        return 0.0, 0.0
    (own, stops), (theirs, their_stops) = _stops(dense, points), _stops(other, matched[is_matched])
    target = np.full(matched.shape, -1)
    target[is_matched] = their_stops
    here, there = own.rank[stops], np.where(is_matched, theirs.rank[target], -1)
    error, routes = 0.0, 0.0
    for low in range(0, len(points), BLOCK):
        block = slice(low, low + BLOCK)
        sources, column = np.unique(target[:, block], return_inverse=True)  # -1: any column
        found = theirs.distances(np.maximum(sources, 0))
        sums = _pair_errors(
            own.distances(stops[block]), found, here, there, column.reshape(N_ORDERS, -1), low,
            float(min_path_length),
        )  # fmt: skip
        error, routes = error + sums[0], routes + sums[1]
    return error, routes


def _stops(dense: Dense, vertices: LongArray) -> tuple[Hierarchy, LongArray]:
    """The elimination order of a graph that stops at ``vertices``, and which stops they are."""
    is_stop = np.zeros(len(dense.place), dtype=bool)
    is_stop[vertices] = True
    assert dense.graph.weights is not None
    network = build_network(dense.graph, is_stop, dense.graph.weights)
    return hierarchy_of(network), np.searchsorted(network.stop_vertex, vertices)


@njit(cache=True, nogil=True)
def _pair_errors(lengths, found, here, there, column, low, min_path_length):  # type: ignore[no-untyped-def]
    """(errors, pairs) of points low .. low + B - 1 with all later ones, in all orders.

    lengths [K, B] and found [K', C] are centimetres to each rank; column [orders, B].
    """
    n_orders, width = column.shape
    error, routes = 0.0, 0
    for j in range(low + 1, len(here)):
        row = lengths[here[j]]
        for o in range(n_orders):
            if there[o, j] < 0:
                continue
            other = found[there[o, j]]
            for b in range(min(width, j - low)):
                d1 = row[b] / 100.0
                if there[o, low + b] < 0 or d1 == np.inf or not d1 > min_path_length:
                    continue
                d2 = other[column[o, b]] / 100.0
                d2 = d2 if d2 < np.inf else 0.0
                error += min(abs(d1 - d2) / d1, 1.0)
                routes += 1
    return error, float(routes)


def _distance(a: FloatArray, b: FloatArray) -> npt.NDArray[np.float64]:
    """GPSDistance: metres between (latitude, longitude) rows."""
    dlat = (a[..., 0] - b[..., 0]) * DEGREE
    dlon = (a[..., 1] - b[..., 1]) * DEGREE * np.cos(a[..., 0] / 360.0 * 2.0 * np.pi)
    result: npt.NDArray[np.float64] = np.sqrt(dlat * dlat + dlon * dlon)
    return result


def _in_box(place: FloatArray, box: Box) -> npt.NDArray[np.bool_]:
    """GPSInBound, whose pi is 3.1415926."""
    shrink = np.cos(TOP / 180.0 * 3.1415926)
    side, margin = box.region / DEGREE, box.margin / DEGREE
    lat, lon = place[:, 0], place[:, 1]
    result: npt.NDArray[np.bool_] = (
        (lat > TOP - side + margin) & (lat < TOP - margin)
        & (lon > LEFT + margin / shrink) & (lon < LEFT + side / shrink - margin / shrink)
    )  # fmt: skip
    return result


@njit(cache=True, nogil=True)
def _choose(  # type: ignore[no-untyped-def]
    ptr, neighbour, inside, cell, other_ptr, other_neighbour, gate, interval
):
    n = len(ptr) - 1
    chosen, covered = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    visited = np.zeros(n, np.bool_)
    taken = set([(np.int64(-(2**62)), np.int64(0))])  # cells; the first only gives the type
    buffer = np.empty(n + 2, np.int64)
    for node in range(n):
        degree = ptr[node + 1] - ptr[node]
        if degree == 2:
            continue
        for a in range(ptr[node], ptr[node + 1]):
            if visited[neighbour[a]]:
                continue
            chain = _walk_chain(ptr, neighbour, node, neighbour[a], buffer)
            parts = int(len(chain) / interval) + 1 if len(chain) > gate else 1
            for i in range(1, parts):
                at = chain[int(len(chain) * float(i) / float(parts))]
                if inside[at] and not covered[at] and (cell[at, 0], cell[at, 1]) not in taken:
                    taken.add((cell[at, 0], cell[at, 1]))
                    chosen[at] = True
                    _cover(covered, at, other_ptr, other_neighbour, THINNING_HOPS)
            visited[chain] = True
        is_free = inside[node] and (not covered[node] or degree == 1)
        if is_free and (cell[node, 0], cell[node, 1]) not in taken:
            taken.add((cell[node, 0], cell[node, 1]))
            chosen[node] = True
            _cover(covered, node, other_ptr, other_neighbour, THINNING_HOPS)
    return chosen


@njit(cache=True, nogil=True)
def _walk_chain(ptr, neighbour, first, second, buffer):  # type: ignore[no-untyped-def]
    """Vertices from first through second to the next vertex of degree other than 2."""
    buffer[0], buffer[1] = first, second
    size = 2
    while ptr[buffer[size - 1] + 1] - ptr[buffer[size - 1]] == 2:
        k = ptr[buffer[size - 1]]
        buffer[size] = neighbour[k] + neighbour[k + 1] - buffer[size - 2]
        size += 1
    return buffer[:size].copy()


@njit(cache=True, nogil=True)
def _cover(covered, start, ptr, neighbour, hops):  # type: ignore[no-untyped-def]
    """Cover all vertices within ``hops`` of start, as far as ids exist in both graphs."""
    if start < len(covered):
        covered[start] = True
    if start >= len(ptr) - 1:
        return
    ring = [start]
    seen = set([start])
    for _ in range(hops):
        following = [np.int64(0) for _ in range(0)]
        for v in ring:
            for a in range(ptr[v], ptr[v + 1]):
                w = neighbour[a]
                if w not in seen:
                    seen.add(w)
                    following.append(w)
                    if w < len(covered):
                        covered[w] = True
        ring = following
        if len(ring) == 0:
            break


@njit(cache=True, nogil=True)
def _match(near, is_close, ptr, neighbour, hops):  # type: ignore[no-untyped-def]
    matched = np.full(len(near), -1, np.int64)
    covered = np.zeros(len(ptr) - 1, np.bool_)
    for i in range(len(near)):
        for k in range(near.shape[1]):
            if not covered[near[i, k]] and is_close[i, k]:
                matched[i] = near[i, k]
                _cover(covered, near[i, k], ptr, neighbour, hops)
                break
    return matched
