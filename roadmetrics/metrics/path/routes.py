"""Short routes between candidates on what is left of a network, and what they use up.

``net`` is (vertices, edges, lengths, ptr, incident, tie); ``head`` [M] is -1 where nothing of an
edge is used. Candidates are the rows of `candidates`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ...routing import pop, push


@njit(cache=True, nogil=True)
def search(row, limit, net, head, dist, came):  # type: ignore[no-untyped-def]
    """Lengths of free routes from a candidate to the vertices within ``limit``.

    Fills dist [N], inf before, and the edge by which each was reached (-1: from the candidate);
    returns the vertices to set to inf again.
    """
    _, edges, lengths, ptr, incident, tie = net
    keys, nodes = np.empty(64), np.empty(64, np.int64)
    touched, n_touched = np.empty(64, np.int64), 0
    size = 0
    for vertex, reached in _ends(row, edges, lengths, tie):
        if vertex >= 0 and reached <= limit and reached < dist[vertex]:
            dist[vertex], came[vertex] = reached, -1
            touched[n_touched] = vertex
            n_touched += 1
            size = push(keys, nodes, size, reached, vertex)
    while size > 0:
        key, node = keys[0], nodes[0]
        size = pop(keys, nodes, size)
        if key > dist[node]:
            continue
        if size + ptr[node + 1] - ptr[node] > len(keys):
            keys, nodes = _longer(keys, ptr[-1]), _longer(nodes, ptr[-1])
        if n_touched + ptr[node + 1] - ptr[node] > len(touched):
            touched = _longer(touched, ptr[-1])
        for k in range(ptr[node], ptr[node + 1]):
            e = incident[k]
            other, reached = edges[e, 0] + edges[e, 1] - node, key + lengths[e]
            is_free = head[e] < 0 or lengths[e] <= tie
            if is_free and reached <= limit and reached < dist[other]:
                touched[n_touched] = other
                n_touched += dist[other] == np.inf
                dist[other], came[other] = reached, e
                size = push(keys, nodes, size, reached, other)
    return touched[:n_touched]


@njit(cache=True, nogil=True)
def _longer(array, extra):  # type: ignore[no-untyped-def]
    return np.concatenate((array, np.empty(len(array) + extra, array.dtype)))


@njit(cache=True, nogil=True)
def _ends(row, edges, lengths, tie):  # type: ignore[no-untyped-def]
    """The vertices next to a candidate with the lengths to them; -1 for none."""
    e = int(row[1])
    if row[0] >= 0:
        return ((np.int64(row[0]), 0.0), (np.int64(-1), 0.0))
    first = edges[e, 0] if row[3] <= tie else np.int64(-1)
    last = edges[e, 1] if row[4] >= lengths[e] - tie else np.int64(-1)
    return ((first, row[2]), (last, lengths[e] - row[2]))


@njit(cache=True, nogil=True)
def route(row, to, net, dist):  # type: ignore[no-untyped-def]
    """Length of the route to candidate ``to`` after a search from ``row``, and its last vertex.

    The vertex is -1 where the route stays on one edge.
    """
    best, vertex = np.inf, np.int64(-1)
    if row[0] < 0 and to[0] < 0 and row[1] == to[1] and row[3] == to[3]:
        best = abs(row[2] - to[2])
    for end, length in _ends(to, net[1], net[2], net[5]):
        if end >= 0 and dist[end] + length < best:
            best, vertex = dist[end] + length, end
    return best, vertex


@njit(cache=True, nogil=True)
def record(row, to, net, dist, came, taken):  # type: ignore[no-untyped-def]
    """Add the parts (edge, low, high) of the route between two candidates to ``taken``."""
    edges, lengths = net[1], net[2]
    vertex = route(row, to, net, dist)[1]
    if vertex < 0:
        taken.append((to[1], min(row[2], to[2]), max(row[2], to[2])))
        return
    _record_end(to, vertex, edges, lengths, taken)
    while came[vertex] >= 0:
        e = came[vertex]
        taken.append((float(e), 0.0, lengths[e]))
        vertex = edges[e, 0] + edges[e, 1] - vertex
    _record_end(row, vertex, edges, lengths, taken)


@njit(cache=True, nogil=True)
def _record_end(row, vertex, edges, lengths, taken):  # type: ignore[no-untyped-def]
    """The part of an edge between a candidate and a vertex at the edge's end."""
    if row[0] >= 0:
        return
    e = int(row[1])
    if edges[e, 0] == vertex:
        taken.append((row[1], 0.0, row[2]))
    else:
        taken.append((row[1], row[2], lengths[e]))


@njit(cache=True, nogil=True)
def use(head, used, link, n_used, e, low, high, tie):  # type: ignore[no-untyped-def]
    """Add an interval to an edge's sorted list, united with those it touches."""
    if high - low <= tie:
        return n_used
    last, item = -1, head[e]
    while item >= 0 and used[item, 1] < low - tie:
        last, item = item, link[item]
    while item >= 0 and used[item, 0] <= high + tie:
        low, high = min(low, used[item, 0]), max(high, used[item, 1])
        item = link[item]
    used[n_used, 0], used[n_used, 1] = low, high
    link[n_used] = item
    if last < 0:
        head[e] = n_used
    else:
        link[last] = n_used
    return n_used + 1
