"""Short routes between candidates on what is left of a network, and what they use up.

``net`` is (vertices, edges, lengths, ptr, incident, tie); ``head`` [M] is -1 where nothing of an
edge is used. Candidates are rows of the table of `candidates`, given by their numbers.

``room`` is (dist [N], came [N], keys, nodes, touched [N + 2], met [N]): what a search finds, its
heap, the vertices that it met, and 1 for those that any search met. dist is inf where no search has
been. A search passes each incidence once at most, so that two more than there are of them are room
enough for the heap.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ...routing import pop, push
from .candidates import longer


@njit(cache=True, nogil=True, forceinline=True)
def search(rows, s, limit, net, head, room):  # type: ignore[no-untyped-def]
    """Lengths of free routes from candidate ``s`` to the vertices within ``limit``.

    Fills dist, and came with the edge by which each vertex was reached (-1: from the candidate);
    returns how many vertices `forget` is to set to inf again.
    """
    edges, lengths, ptr, incident, tie = net[1], net[2], net[3], net[4], net[5]
    dist, came, keys, nodes, touched, _ = room
    n_touched = size = np.int64(0)
    for side in range(2):
        vertex, reached = _end(rows, s, side, edges, lengths, tie)
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
        for k in range(ptr[node], ptr[node + 1]):
            e = incident[k]
            other, reached = edges[e, 0] + edges[e, 1] - node, key + lengths[e]
            is_free = head[e] < 0 or lengths[e] <= tie
            if is_free and reached <= limit and reached < dist[other]:
                touched[n_touched] = other
                n_touched += dist[other] == np.inf
                dist[other], came[other] = reached, e
                size = push(keys, nodes, size, reached, other)
    return n_touched


@njit(cache=True, nogil=True, forceinline=True)
def forget(room, n_touched):  # type: ignore[no-untyped-def]
    """Make ready for the next search."""
    for k in range(n_touched):
        room[0][room[4][k]] = np.inf
        room[5][room[4][k]] = 1


@njit(cache=True, nogil=True, forceinline=True)
def _end(rows, s, side, edges, lengths, tie):  # type: ignore[no-untyped-def]
    """One of two vertices next to a candidate and the length to it; -1 for none."""
    e = int(rows[s, 1])
    if rows[s, 0] >= 0:
        return (int(rows[s, 0]) if side == 0 else -1), 0.0
    if side == 0:
        return (edges[e, 0] if rows[s, 3] <= tie else -1), rows[s, 2]
    return (edges[e, 1] if rows[s, 4] >= lengths[e] - tie else -1), lengths[e] - rows[s, 2]


@njit(cache=True, nogil=True, forceinline=True)
def route(rows, s, t, net, dist):  # type: ignore[no-untyped-def]
    """Length of the route to candidate ``t`` after a search from ``s``, and its last vertex.

    The vertex is -1 where the route stays on one edge.
    """
    best, vertex = np.inf, -1
    is_same_edge = rows[s, 0] < 0 and rows[t, 0] < 0 and rows[s, 1] == rows[t, 1]
    if is_same_edge and rows[s, 3] == rows[t, 3]:
        best = abs(rows[s, 2] - rows[t, 2])
    for side in range(2):
        end, length = _end(rows, t, side, net[1], net[2], net[5])
        if end >= 0 and dist[end] + length < best:
            best, vertex = dist[end] + length, end
    return best, vertex


@njit(cache=True, nogil=True)
def record(rows, s, t, net, room, taken, n):  # type: ignore[no-untyped-def]
    """Add the parts (edge, low, high) of the route from candidate ``s`` to ``t`` to ``taken``.

    Returns ``taken``, grown, and the new number of parts in it.
    """
    edges, lengths, came = net[1], net[2], room[1]
    vertex = route(rows, s, t, net, room[0])[1]
    if vertex < 0:
        low, high = min(rows[s, 2], rows[t, 2]), max(rows[s, 2], rows[t, 2])
        return _noted(taken, n, int(rows[s, 1]), low, high), n + 1
    for c in (t, s):  # what is between the candidate and the end of its edge
        if rows[c, 0] < 0:
            e = int(rows[c, 1])
            is_first = edges[e, 0] == vertex
            low, high = (0.0, rows[c, 2]) if is_first else (rows[c, 2], lengths[e])
            taken = _noted(taken, n, e, low, high)
            n += 1
        while came[vertex] >= 0:
            e = came[vertex]
            taken = _noted(taken, n, e, 0.0, lengths[e])
            n += 1
            vertex = edges[e, 0] + edges[e, 1] - vertex
    return taken, n


@njit(cache=True, nogil=True)
def _noted(taken, n, edge, low, high):  # type: ignore[no-untyped-def]
    if n == len(taken):
        taken = longer(taken)
    taken[n, 0], taken[n, 1], taken[n, 2] = edge, low, high
    return taken


@njit(cache=True, nogil=True, forceinline=True)
def use(head, used, n_used, e, low, high, tie):  # type: ignore[no-untyped-def]
    """Add an interval to an edge's sorted list, united with those it touches.

    Rows of ``used`` are (low, high, next or -1); returns how many there are.
    """
    if high - low <= tie:
        return n_used
    last, item = -1, head[e]
    while item >= 0 and used[item, 1] < low - tie:
        last, item = item, int(used[item, 2])
    while item >= 0 and used[item, 0] <= high + tie:
        low, high = min(low, used[item, 0]), max(high, used[item, 1])
        item = int(used[item, 2])
    used[n_used, 0], used[n_used, 1], used[n_used, 2] = low, high, item
    if last < 0:
        head[e] = n_used
    else:
        used[last, 2] = n_used
    return n_used + 1
