"""Distances from many stops at once: an elimination order of the network, and sweeps over it.

A stop is eliminated by linking its neighbours past it, the one of fewest links first; its links at
that time lead upward in the order. Every shortest route climbs and then descends, so one sweep up
and one down the order give the distances from a block of stops to all others, exactly, whatever
the (non-negative) lengths. Memory is linear in the network and the block.

References
----------
Dibbelt, Strasser and Wagner 2016, Customizable Contraction Hierarchies, doi:10.1145/2886843
Delling, Goldberg, Nowatzyk and Werneck 2011, PHAST (the sweep), doi:10.1016/j.jpdc.2012.02.007
"""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numba import njit

from .graph import FloatArray
from .routing import LongArray, Network, pop, push


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """Links upward in the order of elimination; U of them."""

    rank: LongArray  # [K] place of each stop in the order
    ptr: LongArray  # [K + 1] links of each rank
    above: LongArray  # [U] rank that a link leads to
    length: FloatArray  # [U]

    def distances(self, stops: LongArray) -> FloatArray:
        """[K, S] from each of ``stops`` [S] to the stop of each rank; inf where none leads."""
        table = np.full((len(self.rank), len(stops)), np.inf)
        table[self.rank[stops], np.arange(len(stops))] = 0.0
        _sweep(self.ptr, self.above, self.length, table)
        return table


_memo: WeakKeyDictionary[Network, Hierarchy] = WeakKeyDictionary()


def hierarchy_of(network: Network) -> Hierarchy:
    """The elimination order of a network, built once."""
    found = _memo.get(network)
    if found is None:
        arcs = network.ptr, network.arc_stop, network.arc_length
        found = _memo[network] = eliminated(*arcs)
    return found


def eliminated(ptr: LongArray, arc_stop: LongArray, arc_length: FloatArray) -> Hierarchy:
    """The elimination order of K stops, given the arcs of each (ptr [K + 1])."""
    order, links, above, length = _eliminate(ptr, arc_stop, arc_length)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    n_links = links[-1]
    return Hierarchy(rank, links, rank[above[:n_links]], length[:n_links])


@njit(cache=True, nogil=True)
def _eliminate(ptr, arc_stop, arc_length):  # type: ignore[no-untyped-def]
    """Order [K], and for each stop in it the links (stop, length) it has when its turn comes.

    Links of a stop lie in a slab of the pool, which moves to the end with twice the room when full.
    """
    n = len(ptr) - 1
    start, room, size, pool, pool_length, used = _slabs(ptr, arc_stop, arc_length)
    keys, nodes, waiting = np.empty(n + 16), np.empty(n + 16, np.int64), np.int64(0)
    for v in range(n):
        waiting = push(keys, nodes, waiting, float(size[v]), v)
    order, out_ptr, done = np.empty(n, np.int64), np.zeros(n + 1, np.int64), 0
    above, length = np.empty(4 * n + 16, np.int64), np.empty(4 * n + 16)
    at = np.full(n, -1, np.int64)  # where in the pool a link lies, while a slab is looked at
    is_done = np.zeros(n, np.bool_)
    while done < n:
        key, v = keys[0], nodes[0]
        waiting = pop(keys, nodes, waiting)
        if is_done[v] or key != size[v]:
            continue  # its number of links has changed since
        is_done[v] = True
        first, last, n_links = start[v], start[v] + size[v], out_ptr[done]
        while n_links + size[v] > len(above):
            above, length = _grown(above), _grown(length)
        _copy(pool, pool_length, first, last, above, length, n_links)
        order[done] = v
        done += 1
        out_ptr[done] = n_links + size[v]
        for k in range(first, last):
            u = pool[k]
            if size[u] + last - first > room[u]:
                wanted = 2 * (size[u] + last - first)
                while used + wanted > len(pool):
                    pool, pool_length = _grown(pool), _grown(pool_length)
                _move(u, used, wanted, start, room, size, pool, pool_length)
                used += wanted
            _link(u, v, first, last, pool_length[k], start, size, pool, pool_length, at)
            if waiting == len(keys):
                keys, nodes = _grown(keys), _grown(nodes)
            waiting = push(keys, nodes, waiting, float(size[u]), u)
    return order, out_ptr, above, length


@njit(cache=True, nogil=True)
def _slabs(ptr, arc_stop, arc_length):  # type: ignore[no-untyped-def]
    """The pool with a slab of links a stop: no loops, of parallel arcs the shortest."""
    n = len(ptr) - 1
    start, room, size = np.empty(n, np.int64), np.empty(n, np.int64), np.zeros(n, np.int64)
    used = 0
    for v in range(n):
        start[v], room[v] = used, ptr[v + 1] - ptr[v] + 4
        used += room[v]
    pool, pool_length = np.empty(2 * used + 64, np.int64), np.empty(2 * used + 64)
    at = np.full(n, -1, np.int64)
    for v in range(n):
        at[v] = v  # a loop is no link
        for a in range(ptr[v], ptr[v + 1]):
            u = arc_stop[a]
            if at[u] < 0:
                at[u] = start[v] + size[v]
                pool[at[u]], pool_length[at[u]] = u, arc_length[a]
                size[v] += 1
            elif u != v:
                pool_length[at[u]] = min(pool_length[at[u]], arc_length[a])
        at[v] = -1
        for k in range(start[v], start[v] + size[v]):
            at[pool[k]] = -1
    return start, room, size, pool, pool_length, used


@njit(cache=True, nogil=True)
def _move(u, to, wanted, start, room, size, pool, pool_length):  # type: ignore[no-untyped-def]
    _copy(pool, pool_length, start[u], start[u] + size[u], pool, pool_length, to)
    start[u], room[u] = to, wanted


@njit(cache=True, nogil=True)
def _link(u, v, first, last, to_v, start, size, pool, pool_length, at):  # type: ignore[no-untyped-def]
    """Link u to the others of v's links, first .. last - 1, past v, and take v out of its slab."""
    for m in range(start[u], start[u] + size[u]):
        at[pool[m]] = m
    for k in range(first, last):
        other, reach = pool[k], to_v + pool_length[k]
        if other == u:
            continue
        if at[other] >= 0:
            pool_length[at[other]] = min(pool_length[at[other]], reach)
        else:
            m = start[u] + size[u]
            pool[m], pool_length[m] = other, reach
            size[u] += 1
    hole, end = at[v], start[u] + size[u] - 1
    for m in range(start[u], end + 1):
        at[pool[m]] = -1
    pool[hole], pool_length[hole] = pool[end], pool_length[end]
    size[u] -= 1


@njit(cache=True, nogil=True)
def _copy(stops, lengths, first, last, to_stops, to_lengths, to):  # type: ignore[no-untyped-def]
    """Links first .. last - 1, from ``to`` on; slices would take seconds to compile."""
    for k in range(first, last):
        to_stops[to + k - first], to_lengths[to + k - first] = stops[k], lengths[k]


@njit(cache=True, nogil=True)
def _grown(values):  # type: ignore[no-untyped-def]
    result = np.empty(2 * len(values), values.dtype)
    for k in range(len(values)):
        result[k] = values[k]
    return result


@njit(cache=True, nogil=True)
def _sweep(ptr, above, length, table):  # type: ignore[no-untyped-def]
    """Distances to every rank in ``table`` [K, S], which holds 0 at each column's own stop."""
    n, width = table.shape
    is_reached = np.zeros(n, np.bool_)
    for v in range(n):
        for s in range(width):
            if table[v, s] == 0.0:
                is_reached[v] = True
        if not is_reached[v]:
            continue
        for a in range(ptr[v], ptr[v + 1]):
            u, step = above[a], length[a]
            is_reached[u] = True
            for s in range(width):
                reach = table[v, s] + step
                table[u, s] = reach if reach < table[u, s] else table[u, s]
    for v in range(n - 1, -1, -1):
        for a in range(ptr[v], ptr[v + 1]):
            u, step = above[a], length[a]
            for s in range(width):
                reach = table[u, s] + step
                table[v, s] = reach if reach < table[v, s] else table[v, s]
