"""Control points of the roads drawn, and where each lies on the ground truth, in kernels."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..snap import SHORT
from .chains import chains_of
from .grid import find_places
from .routes_between import Spots


@njit(cache=True, nogil=True)
def n_parts(length, is_loop, spacing):  # type: ignore[no-untyped-def]
    """How many equal parts a chain is cut into; as `snap.n_parts`."""
    if spacing == 0.0:
        return 2 if is_loop else 1
    if length < SHORT * spacing * (1 - 1e-9) and not is_loop:
        return 1
    return max(np.int64(np.ceil(length / spacing - 1e-9)), 2)


@njit(cache=True, nogil=True)
def drawn_spots(drawn, keys, grid, spacing):  # type: ignore[no-untyped-def]
    """Control points as places on the roads drawn, and their nearest places on the ground truth."""
    chains = chains_of(drawn)
    n = _count(drawn, chains, spacing)
    first, second, line = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    to_first, to_second = np.zeros(n), np.zeros(n)
    ptr, chain, offset = np.zeros(n + 1, np.int64), np.empty(n + 8, np.int64), np.empty(n + 8)
    i = n_found = 0
    for v in range(len(drawn.degree)):
        if drawn.degree[v] == 0 or not chains.is_stop[v]:
            continue
        first[i], second[i], line[i] = v, v, -1 - v
        for k in range(keys.ptr[v], keys.ptr[v + 1]):
            chain, offset = _with_room(chain, offset, n_found)
            chain[n_found], offset[n_found] = keys.chain[k], keys.offset[k]
            n_found += 1
        i += 1
        ptr[i] = n_found
    m = len(grid.start)
    edges, along, gaps = np.empty(m, np.int64), np.empty(m), np.empty(m)
    near_chain, near_offset = np.empty(m, np.int64), np.empty(m)
    for c in range(len(chains.ptr) - 1):
        low, high = chains.ptr[c], chains.ptr[c + 1] - 1
        length, at = chains.offset[high], low
        parts = n_parts(length, chains.vertex[low] == chains.vertex[high], spacing)
        for rank in range(1, parts):
            t = length * rank / parts
            while at < high - 1 and chains.offset[at + 1] <= t:
                at += 1
            a, b = chains.vertex[at], chains.vertex[at + 1]
            first[i], second[i], line[i] = a, b, at
            to_first[i], to_second[i] = t - chains.offset[at], chains.offset[at + 1] - t
            x, y = _between(drawn.xy, a, b, to_first[i], chains.offset[at + 1] - chains.offset[at])
            n_near = find_places(grid, x, y, edges, along, gaps, near_chain, near_offset)
            for k in range(n_near):
                chain, offset = _with_room(chain, offset, n_found)
                chain[n_found], offset[n_found] = near_chain[k], near_offset[k]
                n_found += 1
            i += 1
            ptr[i] = n_found
    own = Spots(ptr, first, second, to_first, to_second, line)
    return own, _on_chains(grid, ptr, chain[:n_found], offset[:n_found])


@njit(cache=True, nogil=True)
def _count(drawn, chains, spacing):  # type: ignore[no-untyped-def]
    n = 0
    for v in range(len(drawn.degree)):
        n += drawn.degree[v] > 0 and chains.is_stop[v]
    for c in range(len(chains.ptr) - 1):
        low, high = chains.ptr[c], chains.ptr[c + 1] - 1
        is_loop = chains.vertex[low] == chains.vertex[high]
        n += n_parts(chains.offset[high], is_loop, spacing) - 1
    return n


@njit(cache=True, nogil=True, error_model="numpy")
def _between(xy, a, b, to_a, length):  # type: ignore[no-untyped-def]
    t = min(max(to_a / (length if length > 0 else 1.0), 0.0), 1.0)
    return xy[a, 0] + t * (xy[b, 0] - xy[a, 0]), xy[a, 1] + t * (xy[b, 1] - xy[a, 1])


@njit(cache=True, nogil=True)
def _with_room(chain, offset, n):  # type: ignore[no-untyped-def]
    """The arrays, or larger ones, with room for one more."""
    if n < len(chain):
        return chain, offset
    more_chain, more_offset = np.empty(2 * n + 8, np.int64), np.empty(2 * n + 8)
    for k in range(n):
        more_chain[k], more_offset[k] = chain[k], offset[k]
    return more_chain, more_offset


@njit(cache=True, nogil=True)
def _on_chains(grid, ptr, chain, offset):  # type: ignore[no-untyped-def]
    n = len(chain)
    first, second, to_second = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n)
    for k in range(n):
        first[k], second[k] = grid.chain_stops[chain[k], 0], grid.chain_stops[chain[k], 1]
        to_second[k] = grid.chain_length[chain[k]] - offset[k]
    return Spots(ptr, first, second, offset, to_second, chain)
