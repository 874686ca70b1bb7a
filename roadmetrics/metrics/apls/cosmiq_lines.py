"""Points put into a graph of polylines one after the other, as CosmiQ's insert_point_into_G does.

Polylines are measured with GEOS's arithmetic, operation by operation (Distance::pointToSegment,
LengthIndexOfPoint, LengthLocationMap), since what falls on a node or between two depends on it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from ...graph import FloatArray
from ...routing import LongArray

COINCIDENT = 0.05  # apls.py:505 buff


class LineGraph(NamedTuple):
    """Nodes in slots that keep their order, each with a label; edges are polylines.

    Edges are searched in networkx's order: by the smaller slot of their ends, then by age.
    """

    xy: FloatArray  # [N, 2] by slot
    label: LongArray  # [N]
    ends: LongArray  # [E, 2] slots
    first: LongArray  # [E] where in the pool a polyline begins; -1: taken out
    size: LongArray  # [E] its vertices
    length: FloatArray  # [E] its length, or what the source gives
    box: FloatArray  # [E, 4] x0, y0, x1, y1
    pool: FloatArray  # [P, 2]

    def slots(self) -> dict[int, int]:
        """Slot by label; a label that was taken over has none."""
        return {label: slot for slot, label in enumerate(self.label.tolist())}


class Points(NamedTuple):
    """What is put in, in this order."""

    xy: FloatArray  # [n, 2]
    label: LongArray  # [n]
    near: npt.NDArray[np.int64]  # [n, 20] labels, one of them must end an edge; [0, 0]: any edge


@njit(cache=True, nogil=True)
def insert_points(graph, points, snap_dist, is_stealing):  # type: ignore[no-untyped-def]
    """Fields of a graph with every point on its nearest edge, or left out where that is too far."""
    n, n_nodes, n_edges = len(points.label), len(graph.label), len(graph.first)
    xy, label = _room2(graph.xy, n), _room1(graph.label, n)
    ends, first, size = (
        _room2(graph.ends, 2 * n),
        _room1(graph.first, 2 * n),
        _room1(graph.size, 2 * n),
    )
    length, box = _room1(graph.length, 2 * n), _room2(graph.box, 2 * n)
    pool, used = _room2(graph.pool, 0), len(graph.pool)
    for i in range(n):
        x, y = points.xy[i]
        names = points.near[i] if len(points.near) else label[:0]
        edge = _nearest(x, y, label, ends, first, size, box, pool, n_edges, names, snap_dist)
        if edge < 0:
            continue
        begin, end = first[edge], first[edge] + size[edge]
        at = project(pool, begin, end, x, y)
        px, py = interpolate(pool, begin, end, at)
        is_whole, vertex, is_at_vertex = _cut(pool, begin, end, at)
        slot = _coincident(px, py, xy, ends[edge]) if is_whole else np.int64(-1)
        if slot >= 0 and is_stealing:
            label[slot] = points.label[i]
            continue
        xy[n_nodes, 0], xy[n_nodes, 1], label[n_nodes] = px, py, points.label[i]
        n_nodes += 1
        while used + end - begin + 2 > len(pool):
            pool = _room2(pool, len(pool) + 16)
        edges = ends, first, size, pool
        if slot >= 0:
            used = _stub(edges, n_edges, slot, n_nodes - 1, xy, used)
            n_new = 1
        elif is_whole or vertex < 0:  # the original adds the node and gives up
            n_new = 0
        else:
            used = _halves(edges, n_edges, edge, vertex, is_at_vertex, n_nodes - 1, xy, used)
            n_new = 2
        for _ in range(n_new):
            _measure(n_edges, first, size, length, box, pool)
            n_edges += 1
    return (
        xy[:n_nodes], label[:n_nodes], ends[:n_edges], first[:n_edges], size[:n_edges],
        length[:n_edges], box[:n_edges], pool,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _stub(edges, new, slot, node, xy, used):  # type: ignore[no-untyped-def]
    """An edge from a node to the slot that it shares the place of."""
    ends, first, size, pool = edges
    pool[used, 0], pool[used, 1] = xy[node, 0], xy[node, 1]
    pool[used + 1, 0], pool[used + 1, 1] = xy[slot, 0], xy[slot, 1]
    ends[new, 0], ends[new, 1] = slot, node
    first[new], size[new] = used, 2
    return used + 2


@njit(cache=True, nogil=True)
def _halves(edges, new, edge, vertex, is_at_vertex, node, xy, used):  # type: ignore[no-untyped-def]
    """Both halves of an edge, the first for the end that lies nearer to its line's beginning."""
    ends, first, size, pool = edges
    begin, end = first[edge], first[edge] + size[edge]
    (a, b), (x, y) = ends[edge], pool[begin]
    to_a, to_b = math.hypot(xy[a, 0] - x, xy[a, 1] - y), math.hypot(xy[b, 0] - x, xy[b, 1] - y)
    head, tail = (new, new + 1) if to_a <= to_b else (new + 1, new)
    first[head] = used
    used = _copied(pool, begin, vertex, used)
    pool[used, 0], pool[used, 1] = xy[node, 0], xy[node, 1]
    if is_at_vertex:
        pool[used, 0], pool[used, 1] = pool[vertex, 0], pool[vertex, 1]
    first[tail] = used  # they share the place where they meet
    size[head] = used + 1 - first[head]
    used = _copied(pool, vertex + 1 if is_at_vertex else vertex, end, used + 1)
    size[tail] = used - first[tail]
    first[edge] = -1
    ends[new, 0], ends[new, 1], ends[new + 1, 0], ends[new + 1, 1] = a, node, b, node
    return used


@njit(cache=True, nogil=True)
def _nearest(x, y, label, ends, first, size, box, pool, n_edges, names, snap_dist):  # type: ignore[no-untyped-def]
    """The nearest edge in reach, of equals that of the smallest slot, then the oldest; or -1."""
    reach = snap_dist * (1 + 1e-9)
    best, best_slot, least = np.int64(-1), np.int64(0), np.inf
    for e in range(n_edges):
        if not (box[e, 0] <= x + reach and box[e, 2] >= x - reach):
            continue
        if not (box[e, 1] <= y + reach and box[e, 3] >= y - reach) or first[e] < 0:
            continue
        if len(names):
            is_named = False
            for name in names:
                is_named |= name in (label[ends[e, 0]], label[ends[e, 1]])
            if not is_named:
                continue
        distance = np.inf
        for k in range(first[e], first[e] + size[e] - 1):
            distance = min(distance, _to_segment(pool, k, x, y))
        slot = min(ends[e, 0], ends[e, 1])
        if distance < least or (distance == least and slot < best_slot):
            best, best_slot, least = np.int64(e), slot, distance
    return np.int64(-1) if least > snap_dist else best


@njit(cache=True, nogil=True)
def _to_segment(pool, k, x, y):  # type: ignore[no-untyped-def]
    ax, ay, bx, by = pool[k, 0], pool[k, 1], pool[k + 1, 0], pool[k + 1, 1]
    dx, dy = bx - ax, by - ay
    square = dx * dx + dy * dy
    r = ((x - ax) * dx + (y - ay) * dy) / square if square > 0.0 else 0.0
    if r <= 0.0:
        return math.sqrt((x - ax) * (x - ax) + (y - ay) * (y - ay))
    if r >= 1.0:
        return math.sqrt((x - bx) * (x - bx) + (y - by) * (y - by))
    s = ((ay - y) * dx - (ax - x) * dy) / square
    return abs(s) * math.sqrt(square)


@njit(cache=True, nogil=True)
def project(pool, begin, end, x, y):  # type: ignore[no-untyped-def]
    """How far along a polyline the place nearest to (x, y) lies."""
    least, result, along = np.inf, -1.0, 0.0
    for k in range(begin, end - 1):
        dx, dy = pool[k + 1, 0] - pool[k, 0], pool[k + 1, 1] - pool[k, 1]
        length = math.sqrt(dx * dx + dy * dy)
        here = along + length
        if x == pool[k, 0] and y == pool[k, 1]:
            here = along
        elif not (x == pool[k + 1, 0] and y == pool[k + 1, 1]) and length > 0.0:
            r = ((x - pool[k, 0]) * dx + (y - pool[k, 1]) * dy) / (dx * dx + dy * dy)
            if r <= 0.0:
                here = along
            elif r <= 1.0:
                here = along + r * length
        distance = _to_segment(pool, k, x, y)
        if distance < least and here > -1.0:
            least, result = distance, here
        along += length
    return result


@njit(cache=True, nogil=True)
def interpolate(pool, begin, end, at):  # type: ignore[no-untyped-def]
    """The place that far along a polyline."""
    if at <= 0.0:
        return pool[begin, 0], pool[begin, 1]
    along = 0.0
    for k in range(begin, end - 1):
        x, y = pool[k, 0], pool[k, 1]
        dx, dy = pool[k + 1, 0] - x, pool[k + 1, 1] - y
        length = math.sqrt(dx * dx + dy * dy)
        if along + length > at:
            share = (at - along) / length
            if share <= 0.0:
                return x, y
            return dx * share + x, dy * share + y
        along += length
    return pool[end - 1, 0], pool[end - 1, 1]


@njit(cache=True, nogil=True)
def length_of(pool, begin, end):  # type: ignore[no-untyped-def]
    """Length of a polyline."""
    total = 0.0
    for k in range(begin, end - 1):
        dx, dy = pool[k + 1, 0] - pool[k, 0], pool[k + 1, 1] - pool[k, 1]
        total += math.sqrt(dx * dx + dy * dy)
    return total


@njit(cache=True, nogil=True)
def _cut(pool, begin, end, at):  # type: ignore[no-untyped-def]
    """(whether ``at`` is an end, the first vertex not before it or -1, whether it is that vertex).

    A closed line's last vertex projects to its start, so that there may be none (apls.py:217-262).
    """
    if at <= 0.0 or at >= length_of(pool, begin, end):
        return True, begin, False
    for k in range(begin, end):
        position = project(pool, begin, end, pool[k, 0], pool[k, 1])
        if position >= at:
            return False, k, position == at
    return False, -1, False


@njit(cache=True, nogil=True)
def _coincident(x, y, xy, ends):  # type: ignore[no-untyped-def]
    """The end of an edge that lies there; or -1."""
    for slot in ends:
        if abs(x - xy[slot, 0]) <= COINCIDENT and abs(y - xy[slot, 1]) <= COINCIDENT:
            return slot
    return np.int64(-1)


@njit(cache=True, nogil=True)
def _measure(e, first, size, length, box, pool):  # type: ignore[no-untyped-def]
    """Fill in length and box of a new edge."""
    begin, end = first[e], first[e] + size[e]
    length[e] = length_of(pool, begin, end)
    box[e, 0], box[e, 1], box[e, 2], box[e, 3] = np.inf, np.inf, -np.inf, -np.inf
    for k in range(begin, end):
        box[e, 0], box[e, 2] = min(box[e, 0], pool[k, 0]), max(box[e, 2], pool[k, 0])
        box[e, 1], box[e, 3] = min(box[e, 1], pool[k, 1]), max(box[e, 3], pool[k, 1])


@njit(cache=True, nogil=True)
def _copied(pool, begin, end, to):  # type: ignore[no-untyped-def]
    for k in range(begin, end):
        pool[to, 0], pool[to, 1] = pool[k, 0], pool[k, 1]
        to += 1
    return to


@njit(cache=True, nogil=True)
def _room1(values, more):  # type: ignore[no-untyped-def]
    result = np.empty(len(values) + more, values.dtype)
    for k in range(len(values)):
        result[k] = values[k]
    return result


@njit(cache=True, nogil=True)
def _room2(values, more):  # type: ignore[no-untyped-def]
    result = np.empty((len(values) + more, values.shape[1]), values.dtype)
    for k in range(len(values)):
        for c in range(values.shape[1]):
            result[k, c] = values[k, c]
    return result
