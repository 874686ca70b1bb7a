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
    for i in range(n):
        marbles = walk(pred, begin, i, step, reach, b_dist, b_covered, begins)
        holes = walk(gt, own, i, step, reach, a_dist, a_covered, begins)
        if len(marbles) == 0 or len(holes) == 0:
            continue
        copies = holes.copy()
        copies[:, 0] += COPY
        copies[:, 1] += COPY
        both = np.concatenate((holes, copies))
        precision[i] = _n_matched(marbles, both, threshold) / len(marbles)
        recall[i] = _n_matched(marbles, holes, threshold) / len(holes)
    return precision, recall


@njit(cache=True, nogil=True)
def _n_matched(marbles, holes, threshold):  # type: ignore[no-untyped-def]
    """Most pairs of a marble and a hole [.., 4] that are near and point the same way."""
    by_lat = order_of(holes[:, 0])
    lat = holes[by_lat, 0]
    ptr = np.zeros(len(marbles) + 1, np.int64)
    column = [np.int64(0) for _ in range(0)]
    for i in range(len(marbles)):
        m = marbles[i]
        n1, e1 = unit_of(m[2], m[3])
        low = first_from(lat, m[0] - 2 * threshold)
        for k in range(low, len(lat)):
            if lat[k] > m[0] + 2 * threshold:
                break
            h = holes[by_lat[k]]
            if not distance_of(m[0], m[1], h[0], h[1]) < threshold:
                continue
            turn = 0.0
            if m[2] != m[3] and h[2] != h[3]:
                n2, e2 = unit_of(h[2], h[3])
                turn = 1.0 - abs(n1 * n2 + e1 * e2)
            if turn < TURN:
                column.append(by_lat[k])
        ptr[i + 1] = len(column)
    if len(column) == 0:
        return 0
    return maximum_matching(
        ptr,
        np.array(column),
        np.full(len(marbles), -1, np.int64),
        np.full(len(holes), -1, np.int64),
    )


@njit(cache=True, nogil=True)
def walk(graph, starts, i, step, reach, dist, covered, begins):  # type: ignore[no-untyped-def]
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
            length = distance_of(graph.lat[w], graph.lon[w], graph.lat[v], graph.lon[v])
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
