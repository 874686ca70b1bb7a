"""The chains of the roads drawn so far, by the rules of `roadmetrics.routing`, in kernels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from ..graph import BoolArray, FloatArray
from ..routing import MIN_TURN, LongArray, _offsets, _trace


class Chains(NamedTuple):
    """Chains of edges between stops; C chains, P vertices along all of them.

    The same chains, in the same order and direction, as `routing.network_of` has.
    """

    ptr: LongArray  # [C + 1] into the two below
    vertex: LongArray  # [P]
    offset: FloatArray  # [P]
    is_stop: BoolArray  # [N]


@njit(cache=True, nogil=True)
def chains_of(drawn):  # type: ignore[no-untyped-def]
    """Chains of the roads; vertices without a road count as stops."""
    n, m = len(drawn.degree), drawn.n_edges[0]
    edges, degree = drawn.edges[:m], drawn.degree
    ptr, incident = edges_at(edges, degree)
    is_stop = np.empty(n, np.bool_)
    for v in range(n):
        is_stop[v] = degree[v] != 2
    _mark_corners(drawn.xy, edges, ptr, incident, is_stop)
    order, chain_ptr, vertex = _trace(edges, ptr, incident, is_stop)
    lengths, edge_ptr = np.empty(m), np.empty(len(chain_ptr), np.int64)
    for k in range(m):
        lengths[k] = drawn.length[order[k]]
    for c in range(len(chain_ptr)):
        edge_ptr[c] = chain_ptr[c] - c  # a chain has one edge fewer than vertices
    return Chains(chain_ptr, vertex, _offsets(lengths, edge_ptr), is_stop)


@njit(cache=True, nogil=True)
def edges_at(edges, degree):  # type: ignore[no-untyped-def]
    """(ptr [N + 1], edge [2M]): the edges at each vertex, ascending."""
    n = len(degree)
    ptr, at = np.zeros(n + 1, np.int64), np.empty(n, np.int64)
    for v in range(n):
        ptr[v + 1], at[v] = ptr[v] + degree[v], ptr[v]
    incident = np.empty(2 * len(edges), np.int64)
    for e in range(len(edges)):
        for side in range(2):
            v = edges[e, side]
            incident[at[v]] = e
            at[v] += 1
    return ptr, incident


@njit(cache=True, nogil=True)
def _mark_corners(xy, edges, ptr, incident, is_stop):  # type: ignore[no-untyped-def]
    """Make the corners of cycles without a stop stops; as `routing.corners_of_cycles`."""
    n = len(is_stop)
    seen = np.zeros(n, np.bool_)
    for stop in range(n):
        if not is_stop[stop]:
            continue
        for k in range(ptr[stop], ptr[stop + 1]):
            _walk(edges, ptr, incident, is_stop, seen, stop, incident[k])
    on_cycle = np.empty(n, np.bool_)
    for v in range(n):
        on_cycle[v] = not is_stop[v] and not seen[v]
    for v in range(n):
        if not on_cycle[v]:
            continue
        one, two = incident[ptr[v]], incident[ptr[v] + 1]
        a, b = edges[one, 0] + edges[one, 1] - v, edges[two, 0] + edges[two, 1] - v
        ux, uy = xy[a, 0] - xy[v, 0], xy[a, 1] - xy[v, 1]
        wx, wy = xy[b, 0] - xy[v, 0], xy[b, 1] - xy[v, 1]
        size = np.hypot(ux, uy) * np.hypot(wx, wy)
        is_stop[v] = abs(ux * wy - uy * wx) > MIN_TURN * size or ux * wx + uy * wy > 0


@njit(cache=True, nogil=True)
def _walk(edges, ptr, incident, is_stop, seen, vertex, edge):  # type: ignore[no-untyped-def]
    """See the vertices from a stop along an edge to the next stop, unless it was walked before."""
    while True:
        vertex = edges[edge, 0] + edges[edge, 1] - vertex
        if is_stop[vertex] or seen[vertex]:
            return
        seen[vertex] = True
        k = ptr[vertex]
        edge = incident[k] if incident[k] != edge else incident[k + 1]
