"""Bounded walks: which sample points of a network lie near a start, along its roads.

Sample points are fixed once per network: the centres of equal parts of each chain, so that no order
of vertices or edges moves them. A walk by path goes up to a length along the roads from all places
near its start; a walk by ball goes wherever roads lead without leaving a disc.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from .graph import FloatArray, RoadGraph
from .index import SLACK, SegmentIndex, resolution
from .routing import LongArray, Network, Places, incidence, network_of, pop, push
from .snap import check_spacing, points_at


class Samples(NamedTuple):
    """Points along a network, chain by chain."""

    ptr: LongArray  # [C + 1] first point of each chain
    offset: FloatArray  # [n] along its chain
    xy: FloatArray  # [n, 2]


class Spans(NamedTuple):
    """For each of n starts, the intervals of chains within a radius of it."""

    ptr: LongArray  # [n + 1]
    chain: LongArray  # [K]
    low: FloatArray  # [K] offset along the chain
    high: FloatArray  # [K]


def sample_roads(graph: RoadGraph, spacing: float) -> Samples:
    """The centres of max(1, round(L / spacing)) equal parts of each chain of length L > 0.

    Raises RoadMetricsError where that would be too many points.

    >>> sample_roads(RoadGraph([(0, 0), (30, 0)], [(0, 1)]), 10).xy[:, 0].tolist()
    [5.0, 15.0, 25.0]
    >>> len(sample_roads(RoadGraph([], []), 10).xy)
    0
    """
    check_spacing(graph.length, spacing)
    network = network_of(graph)
    length = network.chain_length
    # half a part more or less, whatever the rounding: floor, not round to even
    parts = np.maximum(np.floor(length / spacing + 0.5 + 1e-9), 1).astype(np.int64)
    parts[length == 0] = 0
    ptr = np.zeros(len(parts) + 1, dtype=np.int64)
    np.cumsum(parts, out=ptr[1:])
    chain = np.repeat(np.arange(len(parts)), parts)
    rank = np.arange(len(chain)) - ptr[chain]
    offset = length[chain] * (2 * rank + 1) / (2 * parts[chain])
    return Samples(ptr, offset, points_at(graph, network, Places(chain, offset)))


def spans_within(graph: RoadGraph, starts: FloatArray, radius: float) -> Spans:
    """Where each start [n, 2] touches a graph: all road within ``radius`` of it (inclusive)."""
    network, index = network_of(graph), SegmentIndex.of(graph)
    start, edge, _, _ = index.around(starts, radius)
    a, b = index.start[edge], index.end[edge]
    low, high = _inside_disc(starts[start], a, b, radius * SLACK + index.tie)
    keep = high >= low
    start, edge, low, high = start[keep], edge[keep], low[keep], high[keep]
    ends = network.edge_offset[edge, None] + network.edge_span[edge, None] * np.stack(
        [low, high], axis=1
    )
    ptr = np.zeros(len(starts) + 1, dtype=np.int64)
    np.cumsum(np.bincount(start, minlength=len(starts)), out=ptr[1:])
    return Spans(ptr, network.edge_chain[edge], ends.min(axis=1), ends.max(axis=1))


def _inside_disc(
    centre: FloatArray, start: FloatArray, end: FloatArray, radius: float
) -> tuple[FloatArray, FloatArray]:
    """Part of segment i within ``radius`` of centre i, as parameters; low > high where none is."""
    d, e = end - start, centre - start
    squared = np.einsum("ij,ij->i", d, d)
    safe = np.where(squared > 0, squared, 1.0)
    middle = np.einsum("ij,ij->i", d, e) / safe
    cross = d[:, 0] * e[:, 1] - d[:, 1] * e[:, 0]
    # distance of the centre from the line, not a discriminant: no cancellation
    half = np.sqrt(np.maximum(radius * radius - cross * cross / safe, 0.0) / safe)
    low, high = np.clip(middle - half, 0.0, 1.0), np.clip(middle + half, 0.0, 1.0)
    is_point = squared == 0
    return np.where(is_point, 0.0, low), np.where(is_point, 0.0, high)


class PathWalk(NamedTuple):
    """What `walk_path` needs of one network and its starts."""

    span_ptr: LongArray  # [n + 1] intervals where the walk of each start begins
    span_chain: LongArray
    low: FloatArray
    high: FloatArray
    sample_ptr: LongArray  # [C + 1]
    offset: FloatArray  # [n]
    ptr: LongArray  # [K + 1] arcs of each stop
    arc_stop: LongArray  # [A]
    arc_chain: LongArray  # [A]
    stops: LongArray  # [C, 2]
    length: FloatArray  # [C]
    slack: float


def path_walk(
    graph: RoadGraph, samples: Samples, starts: FloatArray, match_dist: float
) -> PathWalk:
    """Walks along roads from all places within ``match_dist`` of each start [n, 2]."""
    network = network_of(graph)
    tail = np.argsort(network.chain_stops.ravel(), kind="stable")  # the order of arc_stop
    return PathWalk(
        *spans_within(graph, starts, match_dist), samples.ptr, samples.offset,
        network.ptr, network.arc_stop, (tail // 2).astype(np.int64),
        network.chain_stops, network.chain_length, resolution(graph),
    )  # fmt: skip


def path_room(walk: PathWalk) -> tuple[npt.NDArray[np.generic], ...]:
    """What walks along one network work in: dist [K], is_chain [C], chains, stops, and a heap.

    dist is inf and is_chain False before and after a walk. A walk takes each arc once at most.
    """
    n, n_chains = len(walk.ptr) - 1, len(walk.length)
    heap = len(walk.arc_stop) + 2 * int(np.diff(walk.span_ptr).max(initial=0))
    return (
        np.full(n, np.inf), np.zeros(n_chains, dtype=bool), np.empty(n_chains, dtype=np.int64),
        np.empty(n, dtype=np.int64), np.empty(heap), np.empty(heap, dtype=np.int64),
    )  # fmt: skip


@njit(cache=True, nogil=True)
def walk_path(w, s, radius, room, found):  # type: ignore[no-untyped-def]
    """Number of samples within ``radius`` by road of start ``s``; their ids in ``found``."""
    limit = radius * (1 + 1e-9) + w.slack
    n_chains, n_stops = _spread(w, s, limit, room)
    dist, is_chain, chains, stops = room[0], room[1], room[2], room[3]
    n = 0
    for j in range(n_chains):
        c = chains[j]
        is_chain[c] = False
        for i in range(w.sample_ptr[c], w.sample_ptr[c + 1]):
            t = w.offset[i]
            near = min(dist[w.stops[c, 0]] + t, dist[w.stops[c, 1]] + w.length[c] - t)
            if near > limit:
                for k in range(w.span_ptr[s], w.span_ptr[s + 1]):
                    if w.span_chain[k] == c:
                        near = min(near, max(w.low[k] - t, t - w.high[k]))
            if near <= limit:
                found[n] = i
                n += 1
    for j in range(n_stops):
        dist[stops[j]] = np.inf
    return n


@njit(cache=True, nogil=True)
def _spread(w, s, limit, room):  # type: ignore[no-untyped-def]
    """Note the chains that the walk of a start enters and the stops that it reaches; how many."""
    dist, is_chain, chains, keys, nodes = room[0], room[1], room[2], room[4], room[5]
    n_chains = n_stops = size = np.int64(0)
    for k in range(w.span_ptr[s], w.span_ptr[s + 1]):
        c = w.span_chain[k]
        if not is_chain[c]:
            is_chain[c], chains[n_chains] = True, c
            n_chains += 1
        for side in range(2):
            reached, stop = w.low[k] if side == 0 else w.length[c] - w.high[k], w.stops[c, side]
            if reached <= limit and reached < dist[stop]:
                n_stops, size = _reach(room, n_stops, size, reached, stop)
    while size > 0:
        key, node = keys[0], nodes[0]
        size = pop(keys, nodes, size)
        if key > dist[node]:
            continue
        for a in range(w.ptr[node], w.ptr[node + 1]):
            c = w.arc_chain[a]
            if not is_chain[c]:
                is_chain[c], chains[n_chains] = True, c
                n_chains += 1
            reached, stop = key + w.length[c], w.arc_stop[a]
            if reached <= limit and reached < dist[stop]:
                n_stops, size = _reach(room, n_stops, size, reached, stop)
    return n_chains, n_stops


@njit(cache=True, nogil=True)
def _reach(room, n_stops, size, reached, stop):  # type: ignore[no-untyped-def]
    """New number of stops and size of the heap once ``stop`` is known to lie at ``reached``."""
    dist, stops, keys, nodes = room[0], room[3], room[4], room[5]
    if dist[stop] == np.inf:
        stops[n_stops] = stop
        n_stops += 1
    dist[stop] = reached
    return n_stops, push(keys, nodes, size, reached, stop)


class BallWalk(NamedTuple):
    """What `walk_ball` needs of one network and its starts."""

    start_ptr: LongArray  # [n + 1]
    start_edge: LongArray  # [K] edges where walks begin
    centre: FloatArray  # [n, 2]
    edges: LongArray  # [M, 2]
    vertices: FloatArray  # [N, 2]
    ptr: LongArray  # [N + 1] edges at each vertex
    incident: LongArray
    sample_ptr: LongArray  # [M + 1] samples of each edge
    sample: LongArray
    sample_xy: FloatArray  # [n, 2]
    slack: float


def ball_walk(graph: RoadGraph, samples: Samples, starts: FloatArray, snap_dist: float) -> BallWalk:
    """Walks inside a disc around each start [n, 2], from the nearest places within ``snap_dist``.

    Places within 1e-9 of the nearest are all starts, so that no order of edges decides.
    """
    near = SegmentIndex.of(graph).nearest(starts, snap_dist)
    start_ptr = np.zeros(len(starts) + 1, dtype=np.int64)
    np.cumsum(np.bincount(near.point, minlength=len(starts)), out=start_ptr[1:])
    edge_of = _edge_of_samples(network_of(graph), samples)
    sample_ptr = np.zeros(len(graph.edges) + 1, dtype=np.int64)
    np.cumsum(np.bincount(edge_of, minlength=len(graph.edges)), out=sample_ptr[1:])
    ptr, incident = incidence(graph)
    return BallWalk(
        start_ptr, near.edge, starts, graph.edges.astype(np.int64), graph.vertices.copy(),
        ptr, incident, sample_ptr, np.argsort(edge_of, kind="stable").astype(np.int64),
        samples.xy, resolution(graph),
    )  # fmt: skip


def _edge_of_samples(network: Network, samples: Samples) -> LongArray:
    """[n] the edge that each sample lies on."""
    first = np.minimum(network.edge_offset, network.edge_offset + network.edge_span)
    order = np.lexsort((first, network.edge_chain))  # edges along their chains
    n_edges = np.bincount(network.edge_chain, minlength=len(network.chain_length))
    of_chain = np.repeat(np.arange(len(n_edges)), np.diff(samples.ptr))
    # chains laid end to end, each 2 long, make one search
    scale = np.maximum(network.chain_length, 1e-300)
    line = 2.0 * network.edge_chain[order] + first[order] / scale[network.edge_chain[order]]
    key = 2.0 * of_chain + samples.offset / scale[of_chain]
    at = np.searchsorted(line, key, side="right") - 1
    last = np.cumsum(n_edges) - 1
    at = np.clip(at, last[of_chain] - n_edges[of_chain] + 1, last[of_chain])
    result: LongArray = order[at].astype(np.int64)
    return result


@njit(cache=True, nogil=True)
def walk_ball(w, s, radius, vertex_seen, edge_seen, edges, found):  # type: ignore[no-untyped-def]
    """Number of samples joined to start ``s`` inside the disc around it; ids in ``found``.

    vertex_seen [N] and edge_seen [M] come in and go out as False; ``edges`` [M] is room.
    """
    limit = radius * (1 + 1e-9) + w.slack
    n = 0
    for j in range(_joined_edges(w, s, limit, vertex_seen, edge_seen, edges)):
        edge = edges[j]
        edge_seen[edge] = False
        vertex_seen[w.edges[edge, 0]] = vertex_seen[w.edges[edge, 1]] = False
        for k in range(w.sample_ptr[edge], w.sample_ptr[edge + 1]):
            i = w.sample[k]
            if _is_inside(w.sample_xy, i, w.centre, s, limit):
                found[n] = i
                n += 1
    return n


@njit(cache=True, nogil=True)
def _joined_edges(w, s, limit, vertex_seen, edge_seen, edges):  # type: ignore[no-untyped-def]
    """Note the edges that a walk enters, of its start and of each vertex inside; how many."""
    n = done = 0
    for k in range(w.start_ptr[s], w.start_ptr[s + 1]):
        if not edge_seen[w.start_edge[k]]:
            edge_seen[w.start_edge[k]], edges[n] = True, w.start_edge[k]
            n += 1
    while done < n:
        for side in range(2):
            v = w.edges[edges[done], side]
            if vertex_seen[v] or not _is_inside(w.vertices, v, w.centre, s, limit):
                continue
            vertex_seen[v] = True
            for k in range(w.ptr[v], w.ptr[v + 1]):
                if not edge_seen[w.incident[k]]:
                    edge_seen[w.incident[k]], edges[n] = True, w.incident[k]
                    n += 1
        done += 1
    return n


@njit(cache=True, nogil=True)
def _is_inside(points, i, centres, s, limit):  # type: ignore[no-untyped-def]
    return np.hypot(points[i, 0] - centres[s, 0], points[i, 1] - centres[s, 1]) <= limit
