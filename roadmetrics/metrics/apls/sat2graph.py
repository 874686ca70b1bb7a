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

from ...graph import FloatArray, RoadGraph
from ...region import in_region
from ...routes import route_blocks
from ...routing import Candidates, LongArray, Places, build_network, incidence
from ...snap import check_spacing
from .counts import OneWay

DEGREE = 111111.0  # metres, main.go:61
TOP, LEFT = 41.0, -71.0  # main.go:68, convert.py
STEP, LONGEST = 2.0, 3.0  # metres: edges longer than 3 are cut into int(d / 2) + 1 (main.go:215)
CELL = 2.0  # metres: one control point a cell (main.go:307)
THINNING_HOPS = 4  # main.go:312
N_ORDERS, ORDER_SEED = 8, 0  # ours: orders of claiming that are averaged
N_NEIGHBOURS = 10  # main.go:373


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
    rows = []
    for a, b in graph.edges.tolist():
        d = float(_distance(corner[a], corner[b]))
        n = int(d / STEP) + 1 if d > LONGEST else 1
        t = np.arange(n + 1)[:, None] / n
        line = corner[a] * (1 - t) + corner[b] * t
        line[0], line[-1] = corner[a], corner[b]
        rows.append(np.stack([line[:-1], line[1:]], axis=1))
    ends = np.concatenate(rows) if rows else np.zeros((0, 2, 2))  # [S, 2, 2]
    flat = ends.reshape(-1, 2)
    _, first, inverse = np.unique(np.round(flat, 7), axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")  # ids in order of first mention
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    place = flat[first[order]]
    pairs = rank[inverse.reshape(-1)].reshape(-1, 2)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    hop = np.floor(_distance(place[pairs[:, 0]], place[pairs[:, 1]]) * 100.0)
    dense = RoadGraph(place[:, ::-1], pairs, "m", weights=hop)
    ptr, edges = incidence(dense)
    owner = np.repeat(np.arange(len(place)), np.diff(ptr))
    return Dense(dense, place, ptr, dense.edges[edges].sum(axis=1) - owner)


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
    """For each control point the vertex of ``other`` that it takes, or -1; each taken once.

    The ten nearest in degrees are tried; the first that is free and nearer than ``snap_dist``
    is taken, with all vertices within ``hops`` of it.
    """
    if not len(points) or not len(other.place):
        return np.full(len(points), -1, dtype=np.int64)
    k = min(N_NEIGHBOURS, len(other.place))
    _, near = cKDTree(other.place).query(dense.place[points], k=np.arange(1, k + 1))
    gap = _distance(other.place[near], dense.place[points][:, None, :])
    matched: LongArray = _match(near, gap < snap_dist, other.ptr, other.neighbour, hops)
    return matched


def score_one_way(
    dense: Dense, other: Dense, box: Box, snap_dist: float, hops: int, min_path_length: float
) -> OneWay:
    """apls_one_way over unordered pairs."""
    points = control_points(dense, other, box)
    draw = np.random.default_rng(ORDER_SEED)
    sums = np.zeros(2)
    for _ in range(N_ORDERS):
        order = draw.permutation(points)
        matched = match_points(dense, order, other, snap_dist, hops)
        sums += _errors_of_match(dense, other, order, matched, min_path_length)
    error, routes = (sums / N_ORDERS).tolist()
    return OneWay(error, routes, len(points), len(dense.place))


def _errors_of_match(
    dense: Dense, other: Dense, points: LongArray, matched: LongArray, min_path_length: float
) -> tuple[float, float]:
    """(sum of errors, number of pairs); every pair with an unmatched end is an error of 1."""
    is_matched = matched >= 0
    n, n_matched = len(points), int(is_matched.sum())
    unmatched = n * (n - 1) / 2 - n_matched * (n_matched - 1) / 2
    if not n_matched:
        return unmatched, unmatched
    error, routes = _route_errors(
        dense, other, points[is_matched], matched[is_matched], min_path_length
    )
    return unmatched + error, unmatched + routes


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
    networks, places = [], []
    for d, vertices in ((dense, points), (other, matched)):
        is_stop = np.zeros(len(d.place), dtype=bool)
        is_stop[vertices] = True
        weights = d.graph.weights
        assert weights is not None
        network = build_network(d.graph, is_stop, weights)
        number = np.full(len(d.place), -1)
        number[network.stop_vertex] = np.arange(len(network.stop_vertex))
        stop = number[vertices]
        networks.append(network)
        places.append(Places(network.stop_place.chain[stop], network.stop_place.offset[stop]))
    ptr = np.arange(len(points) + 1, dtype=np.int64)
    error, routes = 0.0, 0
    for block in route_blocks(networks[0], places[0], networks[1], Candidates(ptr, *places[1])):
        found = np.where(np.isfinite(block.likest), block.likest, 0.0)
        d1, d2 = block.own / 100.0, found / 100.0
        is_route = np.isfinite(d1) & (d1 > min_path_length)
        share = np.minimum(np.abs(d1[is_route] - d2[is_route]) / d1[is_route], 1.0)
        error += float(share.sum())
        routes += int(is_route.sum())
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
