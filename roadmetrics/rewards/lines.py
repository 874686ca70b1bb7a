"""The roads drawn so far as terms that cut roads need them: edges, what meets where, and chains."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from ..graph import FloatArray
from ..routing import LongArray, _offsets, _trace
from .chains import _mark_corners, edges_at


class Lines(NamedTuple):
    """Edges between N vertices and their C chains; P vertices along all chains."""

    vertices: FloatArray  # [N, 2]
    edges: LongArray  # [M, 2]
    lengths: FloatArray  # [M]
    start: FloatArray  # [M, 2]
    end: FloatArray  # [M, 2]
    ptr: LongArray  # [N + 1] edges at each vertex
    incident: LongArray  # [2M]
    order: LongArray  # [M] edges in chain order
    chain_ptr: LongArray  # [C + 1] into the two below
    chain_vertex: LongArray  # [P]
    chain_offset: FloatArray  # [P]


@njit(cache=True, nogil=True)
def lines_of(drawn):  # type: ignore[no-untyped-def]
    """The same chains, in the same order and direction, as `routing.network_of` has."""
    n, m = len(drawn.degree), drawn.n_edges[0]
    vertices, edges = drawn.xy.copy(), drawn.edges[:m].copy()
    lengths, start, end = np.empty(m), np.empty((m, 2)), np.empty((m, 2))
    is_stop = np.empty(n, np.bool_)
    for v in range(n):
        is_stop[v] = drawn.degree[v] != 2
    for e in range(m):
        lengths[e] = drawn.length[e]
        for k in range(2):
            start[e, k], end[e, k] = vertices[edges[e, 0], k], vertices[edges[e, 1], k]
    ptr, incident = edges_at(edges, drawn.degree)
    _mark_corners(drawn.xy, edges, ptr, incident, is_stop)
    order, chain_ptr, chain_vertex = _trace(edges, ptr, incident, is_stop)
    ordered, edge_ptr = np.empty(m), np.empty(len(chain_ptr), np.int64)
    for k in range(m):
        ordered[k] = lengths[order[k]]
    for c in range(len(chain_ptr)):
        edge_ptr[c] = chain_ptr[c] - c  # a chain has one edge fewer than vertices
    return Lines(
        vertices, edges, lengths, start, end, ptr, incident, order, chain_ptr, chain_vertex,
        _offsets(ordered, edge_ptr),
    )  # fmt: skip
