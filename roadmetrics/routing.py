"""Shortest routes: a graph contracted to its chains, and distances between places on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
from numba import njit

from .graph import BoolArray, FloatArray, RoadGraph

LongArray = npt.NDArray[np.int64]

MIN_TURN = 1e-6  # sine of the angle below which a vertex of an isolated cycle is no corner


class Places(NamedTuple):
    """Points on a network: chain, and offset along it from the chain's first stop."""

    chain: LongArray  # [n]
    offset: FloatArray  # [n]


class Candidates(NamedTuple):
    """For each of n query points its places on another network, none where it is too far."""

    ptr: LongArray  # [n + 1]
    chain: LongArray  # [K]
    offset: FloatArray  # [K]


@dataclass(frozen=True, eq=False)
class Network:
    """Chains of edges between stops; K stops, C chains, P vertices along all chains.

    Stops are the vertices whose degree is not 2 and any that are asked for; a cycle without one
    gets one. A chain keeps the direction of its first edge in the graph's edge order.
    """

    stop_vertex: LongArray  # [K]
    chain_stops: LongArray  # [C, 2]
    chain_length: FloatArray  # [C]
    chain_ptr: LongArray  # [C + 1] into the two below
    chain_vertex: LongArray  # [P]
    chain_offset: FloatArray  # [P]
    edge_chain: LongArray  # [M]
    edge_offset: FloatArray  # [M] offset of the edge's first vertex
    edge_span: FloatArray  # [M] offset of its second vertex minus that of its first
    stop_place: Places  # [K] one place of each stop; chain -1 where no edge meets it
    ptr: LongArray  # [K + 1] arcs of each stop
    arc_stop: LongArray  # [A]
    arc_length: FloatArray  # [A]

    def places(self, edge: LongArray, along: FloatArray) -> Places:
        """Places of points given as edge and parameter; the ends of a chain become its stops."""
        chain = self.edge_chain[edge]
        offset = self.edge_offset[edge] + along * self.edge_span[edge]
        length = self.chain_length[chain]
        end = np.where(offset <= 1e-9, 0, np.where(offset >= length - 1e-9, 1, -1))
        stop = self.chain_stops[chain, np.maximum(end, 0)]
        is_stop = end >= 0
        return Places(
            np.where(is_stop, self.stop_place.chain[stop], chain),
            np.where(is_stop, self.stop_place.offset[stop], offset),
        )

    def arrays(self) -> tuple[npt.NDArray[np.generic], ...]:
        """What the routing kernels take, in their order."""
        return self.ptr, self.arc_stop, self.arc_length, self.chain_stops, self.chain_length


_memo: WeakKeyDictionary[RoadGraph, Network] = WeakKeyDictionary()


def network_of(graph: RoadGraph) -> Network:
    """The network by geometric lengths whose isolated cycles stop at their corners, built once."""
    found = _memo.get(graph)
    if found is None:
        found = _memo[graph] = build_network(graph, corners_of_cycles(graph), graph.edge_lengths)
    return found


def build_network(graph: RoadGraph, is_stop: BoolArray, lengths: FloatArray) -> Network:
    """Contract a graph; ``is_stop`` [N] asks for stops beyond those of degree other than 2."""
    n = len(graph.vertices)
    ptr, incident = incidence(graph)
    stops = is_stop | (graph.degrees != 2)
    order, chain_ptr, vertices = _trace(graph.edges.copy(), ptr, incident, stops)
    lengths = lengths.astype(np.float64)
    chain_ptr_edges = chain_ptr - np.arange(len(chain_ptr))  # a chain has one edge fewer
    offsets = _offsets(lengths[order], chain_ptr_edges)
    stop_vertex = np.flatnonzero(stops)
    stop_of = np.full(n, -1)
    stop_of[stop_vertex] = np.arange(len(stop_vertex))
    first, last = chain_ptr[:-1], chain_ptr[1:] - 1
    chain_stops = np.stack([stop_of[vertices[first]], stop_of[vertices[last]]], axis=1)
    chain_length = offsets[last]
    edge_chain, edge_offset, edge_span = _edge_places(graph, order, chain_ptr, vertices, offsets)
    stop_place = _stop_places(chain_stops, chain_length, len(stop_vertex))
    return Network(
        stop_vertex, chain_stops, chain_length, chain_ptr, vertices, offsets,
        edge_chain, edge_offset, edge_span, stop_place,
        *arcs_of(chain_stops, chain_length, len(stop_vertex)),
    )  # fmt: skip


def incidence(graph: RoadGraph) -> tuple[LongArray, LongArray]:
    """Edges at each vertex as (ptr [N + 1], edge [2M]), in the graph's edge order."""
    ends = graph.edges.ravel()
    order = np.argsort(ends, kind="stable")
    ptr = np.zeros(len(graph.vertices) + 1, dtype=np.int64)
    np.cumsum(graph.degrees, out=ptr[1:])
    return ptr, (order // 2).astype(np.int64)


def on_lone_cycle(graph: RoadGraph) -> BoolArray:
    """[N] vertices of components in which every vertex has two edges."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    n = len(graph.vertices)
    if not n:
        return np.zeros(0, dtype=bool)
    a, b = graph.edges.T
    links = coo_matrix((np.ones(len(a), dtype=np.int8), (a, b)), shape=(n, n))
    _, component = connected_components(links, directed=False)
    has_stop = np.zeros(n, dtype=bool)
    has_stop[component[graph.degrees != 2]] = True
    result: BoolArray = ~has_stop[component]
    return result


def corners_of_cycles(graph: RoadGraph) -> BoolArray:
    """[N] vertices of cycles without a junction where the road turns.

    They are the stops of such a cycle: a choice that no subdivision or rotation changes.
    """
    n = len(graph.vertices)
    on_cycle = np.flatnonzero(on_lone_cycle(graph))
    ptr, incident = incidence(graph)
    both = incident[ptr[on_cycle][:, None] + np.arange(2)]  # [n, 2] edges at each
    others = graph.edges[both].sum(axis=2) - on_cycle[:, None]  # the far ends
    u, v = (graph.vertices[others[:, k]] - graph.vertices[on_cycle] for k in (0, 1))
    cross = np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])
    size = np.hypot(*u.T) * np.hypot(*v.T)
    is_corner = np.zeros(n, dtype=bool)
    is_corner[on_cycle] = (cross > MIN_TURN * size) | (np.einsum("ij,ij->i", u, v) > 0)
    return is_corner


def distances_from(network: Network, place: tuple[int, float], places: Places) -> FloatArray:
    """[n] route length from one place to each of ``places``; inf where there is no route."""
    dist, result = np.empty(len(network.ptr) - 1), np.empty(len(places.chain))
    _place_distances(network.arrays(), int(place[0]), float(place[1]), *places, 0, dist, result)
    return result


def _stop_places(chain_stops: LongArray, chain_length: FloatArray, n_stops: int) -> Places:
    chain = np.full(n_stops, -1, dtype=np.int64)
    offset = np.zeros(n_stops)
    for end in (1, 0):  # the first chain that starts at a stop wins
        stop = chain_stops[::-1, end]
        chain[stop] = np.arange(len(chain_stops))[::-1]
        offset[stop] = (chain_length if end else np.zeros(len(chain_length)))[::-1]
    return Places(chain, offset)


def arcs_of(
    chain_stops: LongArray, chain_length: FloatArray, n_stops: int
) -> tuple[LongArray, LongArray, FloatArray]:
    """Arcs of each stop as (ptr [K + 1], stop [A], length [A]), two a chain."""
    tail = chain_stops.ravel()
    head = chain_stops[:, ::-1].ravel()
    order = np.argsort(tail, kind="stable")
    ptr = np.zeros(n_stops + 1, dtype=np.int64)
    np.cumsum(np.bincount(tail, minlength=n_stops), out=ptr[1:])
    return ptr, head[order].astype(np.int64), np.repeat(chain_length, 2)[order]


def _edge_places(
    graph: RoadGraph,
    order: LongArray,
    chain_ptr: LongArray,
    vertices: LongArray,
    offsets: FloatArray,
) -> tuple[LongArray, FloatArray, FloatArray]:
    m = len(graph.edges)
    is_last = np.zeros(len(vertices), dtype=bool)
    is_last[chain_ptr[1:] - 1] = True
    before = np.flatnonzero(~is_last)  # [M] position of each ordered edge's earlier vertex
    chain_of_vertex = np.repeat(np.arange(len(chain_ptr) - 1), np.diff(chain_ptr))
    forward = graph.edges[order, 0] == vertices[before]
    chain, offset, span = np.empty(m, dtype=np.int64), np.empty(m), np.empty(m)
    low, high = offsets[before], offsets[before + 1]
    chain[order] = chain_of_vertex[before]
    offset[order] = np.where(forward, low, high)
    span[order] = np.where(forward, high - low, low - high)
    return chain, offset, span


@njit(cache=True, nogil=True)
def _trace(edges, ptr, incident, is_stop):  # type: ignore[no-untyped-def]
    """Edges in chain order, and the vertices of each chain. Sets is_stop on cycles without one."""
    m = len(edges)
    order, vertices = np.empty(m, np.int64), np.empty(2 * m, np.int64)
    chain_ptr = np.zeros(m + 1, np.int64)
    seen = np.zeros(m, np.bool_)
    n_edges = n_vertices = n_chains = 0
    for e in range(m):
        if seen[e]:
            continue
        edge, vertex = e, edges[e, 0]
        if is_stop[edges[e, 1]] and not is_stop[vertex]:
            vertex = edges[e, 1]
        while not is_stop[vertex]:  # walk back to where the chain begins
            k = ptr[vertex]
            edge = incident[k] if incident[k] != edge else incident[k + 1]
            vertex = edges[edge, 0] + edges[edge, 1] - vertex
            if edge == e:
                is_stop[vertex] = True
        vertices[n_vertices] = vertex
        n_vertices += 1
        while True:
            seen[edge] = True
            order[n_edges] = edge
            n_edges += 1
            vertex = edges[edge, 0] + edges[edge, 1] - vertex
            vertices[n_vertices] = vertex
            n_vertices += 1
            if is_stop[vertex]:
                break
            k = ptr[vertex]
            edge = incident[k] if incident[k] != edge else incident[k + 1]
        n_chains += 1
        chain_ptr[n_chains] = n_vertices
    return order, chain_ptr[: n_chains + 1], vertices[:n_vertices].copy()


@njit(cache=True, nogil=True)
def _offsets(lengths, edge_ptr):  # type: ignore[no-untyped-def]
    """[P] running length along each chain, from 0 at its first vertex."""
    result = np.zeros(len(lengths) + len(edge_ptr) - 1)
    k = 0
    for c in range(len(edge_ptr) - 1):
        total = 0.0
        k += 1
        for e in range(edge_ptr[c], edge_ptr[c + 1]):
            total += lengths[e]
            result[k] = total
            k += 1
    return result


@njit(cache=True, nogil=True)
def dijkstra(ptr, arc_stop, arc_length, stops, starts, dist):  # type: ignore[no-untyped-def]
    """Fill dist [K] with the distance from the nearest of ``stops``, which begin at ``starts``."""
    for stop in range(len(dist)):
        dist[stop] = np.inf
    capacity = len(arc_stop) + len(stops) + 1
    keys, nodes = np.empty(capacity), np.empty(capacity, np.int64)
    size = np.int64(0)  # of a bare 0 push and pop would be compiled once more
    for k in range(len(stops)):
        if starts[k] < dist[stops[k]]:
            dist[stops[k]] = starts[k]
            size = push(keys, nodes, size, starts[k], stops[k])
    while size > 0:
        key, node = keys[0], nodes[0]
        size = pop(keys, nodes, size)
        if key > dist[node]:
            continue
        for a in range(ptr[node], ptr[node + 1]):
            reached = key + arc_length[a]
            if reached < dist[arc_stop[a]]:
                dist[arc_stop[a]] = reached
                size = push(keys, nodes, size, reached, arc_stop[a])


@njit(cache=True, nogil=True)
def push(keys, nodes, size, key, node):  # type: ignore[no-untyped-def]
    i = size
    while i > 0 and keys[(i - 1) // 2] > key:
        keys[i], nodes[i] = keys[(i - 1) // 2], nodes[(i - 1) // 2]
        i = (i - 1) // 2
    keys[i], nodes[i] = key, node
    return size + 1


@njit(cache=True, nogil=True)
def pop(keys, nodes, size):  # type: ignore[no-untyped-def]
    size -= 1
    key, node = keys[size], nodes[size]
    i = 0
    while 2 * i + 1 < size:
        child = 2 * i + 1
        if child + 1 < size and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= key:
            break
        keys[i], nodes[i] = keys[child], nodes[child]
        i = child
    keys[i], nodes[i] = key, node
    return size


@njit(cache=True, nogil=True)
def _place_distances(arrays, chain, offset, to_chain, to_offset, first, dist, result):  # type: ignore[no-untyped-def]
    """Fill result [n] from ``first`` on with route lengths from place (chain, offset) to places.

    dist [K] takes those to the stops.
    """
    ptr, arc_stop, arc_length, chain_stops, chain_length = arrays
    starts = np.empty(2)
    starts[0], starts[1] = offset, chain_length[chain] - offset
    dijkstra(ptr, arc_stop, arc_length, chain_stops[chain], starts, dist)
    for j in range(first, len(to_chain)):
        c, t = to_chain[j], to_offset[j]
        best = min(dist[chain_stops[c, 0]] + t, dist[chain_stops[c, 1]] + chain_length[c] - t)
        if c == chain:
            best = min(best, abs(t - offset))
        result[j] = best
