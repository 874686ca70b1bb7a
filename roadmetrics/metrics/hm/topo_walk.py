"""TOPO's walks, and how their holes and marbles match.

Source: songtaohe/Sat2Graph@7ca4a34, metrics/topo, graph.py TOPOWalk and topo.py TOPOWithPairs.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from ...match import maximum_matching
from ...sorting import first_from, order_of
from .degrees import distance_of, unit_of

TURN = 0.29  # topo.py:793, 1 - |cos|: 45 degrees
COPY = 0.00001  # graph.py TOPOWalk, where the second of two holes lies


@njit(cache=True, nogil=True)
def evaluate(gt, pred, own, begin, step, reach, threshold):  # type: ignore[no-untyped-def]
    """(precision [n], recall [n]) of the walks from each pair of starts; -1 where one is empty."""
    n = len(own.lat)
    precision, recall = np.full(n, -1.0), np.full(n, -1.0)
    a_dist, a_covered = np.full(len(gt.lat), np.inf), np.full(len(gt.head), np.nan)
    b_dist, b_covered = np.full(len(pred.lat), np.inf), np.full(len(pred.head), np.nan)
    begins = np.empty(max(len(gt.head), len(pred.head)), np.int64)
    a_length, b_length = _arc_lengths(gt), _arc_lengths(pred)
    for i in range(n):
        marbles = walk(pred, b_length, begin, i, step, reach, b_dist, b_covered, begins)
        holes = walk(gt, a_length, own, i, step, reach, a_dist, a_covered, begins)
        if len(marbles) == 0 or len(holes) == 0:
            continue
        n_precise, n_found = _n_matched(marbles, holes, threshold)
        precision[i], recall[i] = n_precise / len(marbles), n_found / len(holes)
    return precision, recall


@njit(cache=True, nogil=True)
def _n_matched(marbles, holes, threshold):  # type: ignore[no-untyped-def]
    """Most pairs of a marble and a hole [.., 4] that are near and point the same way.

    Two numbers: with a copy of each hole beside it, for precision, and without, for recall.
    """
    n, m = len(marbles), len(holes)
    hole = _sorted_holes(holes)
    ptr, both_ptr = np.zeros(n + 1, np.int64), np.zeros(n + 1, np.int64)
    column, both = np.empty(8 * n, np.int64), np.empty(16 * n, np.int64)
    near = np.empty(2 * m, np.int64)
    for i in range(n):
        n_near, n_own = _near(marbles[i], hole, threshold, near)
        low, both_low = ptr[i], both_ptr[i]
        while low + n_own > len(column):
            column = _grown(column)
        while both_low + n_near > len(both):
            both = _grown(both)
        for k in range(n_near):
            both[both_low + k] = near[k]
            if near[k] < m:
                column[low] = near[k]
                low += 1
        ptr[i + 1], both_ptr[i + 1] = low, both_low + n_near
    return _most(both_ptr, both, n, 2 * m), _most(ptr, column, n, m)


@njit(cache=True, nogil=True)
def _most(ptr, column, n, m):  # type: ignore[no-untyped-def]
    return maximum_matching(ptr, column, np.full(n, -1, np.int64), np.full(m, -1, np.int64))


@njit(cache=True, nogil=True)
def _near(marble, hole, threshold, near):  # type: ignore[no-untyped-def]
    """Fill ``near`` with holes that a marble may fall into, copies after them from m on.

    Returns how many, and how many of them are no copies. Distances are those of distance_of.
    """
    lat, lon, north, east = hole
    m0, m1, m2, m3 = marble
    n1, e1 = unit_of(m2, m3)
    shrink = math.cos(math.radians(m0))
    reach = threshold * (1 + 1e-9) + 1e-12
    n, n_own, m = 0, 0, len(lat)
    for k in range(first_from(lat, m0 - reach - COPY), m):
        if lat[k] > m0 + reach:
            break
        a, b = m0 - lat[k], (m1 - lon[k]) * shrink
        c, d = m0 - (lat[k] + COPY), (m1 - (lon[k] + COPY)) * shrink
        is_near, is_copy_near = (
            np.sqrt(a * a + b * b) < threshold,
            np.sqrt(c * c + d * d) < threshold,
        )
        if not is_near and not is_copy_near:
            continue
        if m2 != m3 and north[k] != np.inf and not 1.0 - abs(n1 * north[k] + e1 * east[k]) < TURN:
            continue
        if is_near:
            near[n] = k
            n, n_own = n + 1, n_own + 1
        if is_copy_near:
            near[n] = m + k
            n += 1
    return n, n_own


@njit(cache=True, nogil=True)
def _grown(values):  # type: ignore[no-untyped-def]
    result = np.empty(2 * len(values) + 16, values.dtype)
    for k in range(len(values)):
        result[k] = values[k]
    return result


@njit(cache=True, nogil=True)
def _sorted_holes(holes):  # type: ignore[no-untyped-def]
    """Latitude, longitude, direction (north, east), by latitude; inf: no direction to compare."""
    n, order = len(holes), order_of(holes[:, 0])
    lat, lon, north, east = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    for k in range(n):
        lat[k], lon[k], dlat, dlon = holes[order[k]]
        north[k], east[k] = unit_of(dlat, dlon) if dlat != dlon else (np.inf, np.inf)
    return lat, lon, north, east


@njit(cache=True, nogil=True)
def _arc_lengths(graph):  # type: ignore[no-untyped-def]
    """[2M] length of each arc, as distance_of gives it from its head."""
    result = np.empty(len(graph.head))
    for k in range(len(result)):
        v, w = graph.tail[k], graph.head[k]
        result[k] = distance_of(graph.lat[w], graph.lon[w], graph.lat[v], graph.lon[v])
    return result


@njit(cache=True, nogil=True)
def walk(graph, lengths, starts, i, step, reach, dist, covered, begins):  # type: ignore[no-untyped-def]
    """[K, 4] places and directions of the holes or marbles of start i (TOPOWalk).

    dist [N] comes in and goes out as inf, covered [2M] as nan: how far along an arc they lie;
    begins [2M] is scratch.
    """
    s, t = starts.first[i], starts.second[i]
    found = _along_start(graph, starts, i, step, reach)
    n_own = len(found)
    met, arcs = [np.int64(0) for _ in range(0)], [np.int64(0) for _ in range(0)]
    queue = [(s, np.int64(-1), starts.to_first[i]), (t, np.int64(-1), starts.to_second[i])]
    at = 0
    while at < len(queue):
        v, before, gone = queue[at]
        at += 1
        old = 1.0 if dist[v] == np.inf else dist[v]
        if dist[v] <= gone or gone > reach:
            continue
        if dist[v] == np.inf:
            met.append(v)
        dist[v] = gone
        for k in range(graph.ptr[v], graph.ptr[v + 1]):
            w = graph.head[k]
            if w in (before, s, t):
                continue
            length = lengths[k]
            if not old + length < reach:
                if np.isnan(covered[k]):
                    arcs.append(np.int64(k))
                    begins[k] = len(found)
                _along_arc(graph, k, length, gone, step, reach, covered, n_own, begins[k], found)
            queue.append((w, v, gone + length))
    dist[np.array(met)] = np.inf
    covered[np.array(arcs)] = np.nan
    result = np.empty((len(found), 4))
    for j in range(len(found)):
        result[j, 0], result[j, 1], result[j, 2], result[j, 3] = found[j]
    return result


@njit(cache=True, nogil=True)
def _along_start(graph, starts, i, step, reach):  # type: ignore[no-untyped-def]
    """Places on the edge of the start, from its second end on."""
    s, t = starts.first[i], starts.second[i]
    lat1, lon1, lat2, lon2 = graph.lat[s], graph.lon[s], graph.lat[t], graph.lon[t]
    length = distance_of(lat2, lon2, lat1, lon1)
    found = [(0.0, 0.0, 0.0, 0.0) for _ in range(0)]
    alpha = 0.0
    while True:
        lat, lon = lat1 * alpha + lat2 * (1 - alpha), lon1 * alpha + lon2 * (1 - alpha)
        gone1 = starts.to_first[i] - distance_of(lat, lon, lat1, lon1)
        gone2 = starts.to_second[i] - distance_of(lat, lon, lat2, lon2)
        if gone1 < reach or gone2 < reach:
            found.append((lat, lon, lat2 - lat1, lon2 - lon1))
        if length == 0.0:
            return found
        alpha += step / length
        if alpha > 1.0:
            return found


@njit(cache=True, nogil=True)
def _along_arc(graph, k, length, gone, step, reach, covered, n_own, first, found):  # type: ignore[no-untyped-def]
    """Places on an arc, at multiples of the step since the start; those of a visit before stay."""
    v, w = graph.tail[k], graph.head[k]
    lat1, lon1, lat2, lon2 = graph.lat[v], graph.lon[v], graph.lat[w], graph.lon[w]
    low = 0.0 if np.isnan(covered[k]) else covered[k]
    back = covered[graph.back[k]]
    high = length if np.isnan(back) else length - back
    here = step * math.ceil(gone / step) - gone
    while here < length:
        alpha = here / length
        if gone + length * alpha > reach:
            break
        if length * alpha < low:
            here += step
            continue
        if length * alpha > high:
            break
        lat, lon = lat2 * alpha + lat1 * (1 - alpha), lon2 * alpha + lon1 * (1 - alpha)
        place = (lat, lon, lat2 - lat1, lon2 - lon1)
        is_new = True
        if here == 0.0:  # a straight road: the place on the edge before is the same
            for j in range(n_own):
                is_new &= found[j] != place
        if not np.isnan(covered[k]):  # a second visit may find a place again
            for j in range(first, len(found)):
                is_new &= found[j] != place
        if is_new:
            found.append(place)
        here += step
    covered[k] = here - step
