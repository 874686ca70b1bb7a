"""Routes between places of one network and what becomes of them on another, in kernels.

A place is given by two nodes of its network, how far it lies from each, and the line that joins
them: places of one line also reach each other along it. A node itself is both of its own nodes, on
a line of its own, -1 - node. Inner loops are plain and without branches: a compiler makes several
routes at a time of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from ..graph import FloatArray
from ..metrics.apls.exact import SAME
from ..routing import LongArray

MIN_LINE = -(2**40)  # below it: lines of places that are none


class Spots(NamedTuple):
    """Places of n points, none or several each; place k lies ``at[k]`` along its line."""

    ptr: LongArray  # [n + 1]
    first: LongArray  # [K] node
    second: LongArray  # [K]
    to_first: FloatArray  # [K]
    to_second: FloatArray  # [K]
    line: LongArray  # [K]


@njit(cache=True, nogil=True)
def fill_row(dist, a, b, to_a, to_b, row):  # type: ignore[no-untyped-def]
    """Distances from a place, so far from its nodes a and b, to all nodes in ``row``."""
    one, two = dist[a], dist[b]
    if a == b and to_a == 0.0:
        for v in range(len(row)):
            row[v] = one[v]
        return
    for v in range(len(row)):
        x, y = one[v] + to_a, two[v] + to_b
        row[v] = x if x < y else y


@njit(cache=True, nogil=True)
def reach(row, spots, i, j):  # type: ignore[no-untyped-def]
    """Distance from place i, whose row this is, to place j."""
    x = row[spots.first[j]] + spots.to_first[j]
    y = row[spots.second[j]] + spots.to_second[j]
    found = x if x < y else y
    if spots.line[j] == spots.line[i]:
        found = min(found, abs(spots.to_first[j] - spots.to_first[i]))
    return found


@njit(cache=True, nogil=True)
def heads_of(spots, points):  # type: ignore[no-untyped-def]
    """The first place of each of these points; where it has none one that nothing reaches."""
    n = len(points)
    first, second, line = np.zeros(n, np.int64), np.zeros(n, np.int64), np.empty(n, np.int64)
    to_first, to_second = np.full(n, np.inf), np.full(n, np.inf)
    for q in range(n):
        k = spots.ptr[points[q]]
        line[q] = MIN_LINE - q
        if k < spots.ptr[points[q] + 1]:
            first[q], second[q], line[q] = spots.first[k], spots.second[k], spots.line[k]
            to_first[q], to_second[q] = spots.to_first[k], spots.to_second[k]
    return first, second, to_first, to_second, line


@njit(cache=True, nogil=True)
def fill_found(row, first, second, to_first, to_second, line, p, found):  # type: ignore[no-untyped-def]
    """Fill found[q], q > p, with the distances from place p, whose row this is.

    The arrays are those of `Spots`, taken apart: handing on a tuple costs as much as the loop.
    """
    own_line, own_to = line[p], to_first[p]
    for q in range(p + 1, len(found)):
        x, y = row[first[q]] + to_first[q], row[second[q]] + to_second[q]
        x = x if x < y else y
        z = abs(to_first[q] - own_to)
        z = z if line[q] == own_line else x
        found[q] = x if x < z else z


@njit(cache=True, nogil=True, error_model="numpy")
def add_penalties(lengths, found, p, same, error, routes):  # type: ignore[no-untyped-def]
    """Add those of the routes from p to each q > p; as `apls.exact`."""
    for q in range(p + 1, len(found)):
        length = lengths[q]
        gap = abs(found[q] - length)
        share = gap / length
        share = share if share < 1.0 else 1.0
        share = 0.0 if gap <= SAME * length + same else share
        is_route = (length > 0.0) & (length < np.inf)
        error[q] += share if is_route else 0.0
        routes[q] += 1.0 if is_route else 0.0


@njit(cache=True, nogil=True)
def _likest(rows, spots, i, j, own):  # type: ignore[no-untyped-def]
    """Of the distances between any place of point i and any of point j the one nearest to own."""
    best = np.inf
    for k in range(spots.ptr[i], spots.ptr[i + 1]):
        row = rows[k - spots.ptr[i]]
        for h in range(spots.ptr[j], spots.ptr[j + 1]):
            found = reach(row, spots, k, h)
            if abs(found - own) < abs(best - own):
                best = found
    return best


@njit(cache=True, nogil=True)
def _improve(rows, spots, points, several, p, lengths, found):  # type: ignore[no-untyped-def]
    """Correct found[q], q > p, where either end has several places."""
    i = points[p]
    if spots.ptr[i + 1] - spots.ptr[i] > 1:
        for q in range(p + 1, len(points)):
            found[q] = _likest(rows, spots, i, points[q], lengths[q])
        return
    for q in several:
        if q > p:
            found[q] = _likest(rows, spots, i, points[q], lengths[q])


@njit(cache=True, nogil=True)
def _several(spots, points):  # type: ignore[no-untyped-def]
    """Positions of the points with several places, and the greatest number that one has."""
    position, n, most = np.empty(len(points), np.int64), 0, 1
    for q in range(len(points)):
        size = spots.ptr[points[q] + 1] - spots.ptr[points[q]]
        if size > 1:
            position[n] = q
            n += 1
            most = max(most, size)
    return position[:n], most


@njit(cache=True, nogil=True)
def _fill_rows(dist, spots, i, rows):  # type: ignore[no-untyped-def]
    """Rows of the places of a point; one of inf where it has none."""
    low, high = spots.ptr[i], spots.ptr[i + 1]
    for k in range(low, high):
        a, b = spots.first[k], spots.second[k]
        fill_row(dist, a, b, spots.to_first[k], spots.to_second[k], rows[k - low])
    if low == high:
        for v in range(len(dist)):
            rows[0, v] = np.inf


@njit(cache=True, nogil=True)
def fill_own(dist, spots, own):  # type: ignore[no-untyped-def]
    """Fill own [n, n] with the distances between points of one place each."""
    row = np.empty(len(dist))
    for i in range(len(own)):
        fill_row(dist, spots.first[i], spots.second[i], spots.to_first[i], spots.to_second[i], row)
        for j in range(len(own)):
            own[i, j] = reach(row, spots, i, j) if i != j else 0.0


@njit(cache=True, nogil=True)
def known_routes(own, n_routes, dist, spots, same):  # type: ignore[no-untyped-def]
    """Error of all routes of which the lengths own [n, n] are known, on the network of spots."""
    snapped, n = np.empty(len(own), np.int64), 0
    for i in range(len(own)):
        if spots.ptr[i + 1] > spots.ptr[i]:
            snapped[n] = i
            n += 1
    points = snapped[:n]
    several, most = _several(spots, points)
    first, second, to_first, to_second, line = heads_of(spots, points)
    rows = np.empty((most, len(dist)))
    lengths, found, error, routes = np.empty(n), np.empty(n), np.zeros(n), np.zeros(n)
    for p in range(n):
        known = own[points[p]]
        for q in range(p + 1, n):
            lengths[q] = known[points[q]]
        _fill_rows(dist, spots, points[p], rows)
        fill_found(rows[0], first, second, to_first, to_second, line, p, found)
        if len(several):
            _improve(rows, spots, points, several, p, lengths, found)
        add_penalties(lengths, found, p, same, error, routes)
    total, n_both = _sums(error, routes)
    return (n_routes - n_both) + total


@njit(cache=True, nogil=True)
def drawn_routes(own_dist, own_spots, dist, spots, same):  # type: ignore[no-untyped-def]
    """(error, number) of the routes between points of one place each, on the network of spots."""
    n = len(own_spots.first)
    points = np.arange(n)
    several, most = _several(spots, points)
    first, second, to_first, to_second, line = heads_of(spots, points)
    _, first0, second0, to_first0, to_second0, line0 = own_spots
    rows, row = np.empty((most, len(dist))), np.empty(len(own_dist))
    lengths, found, error, routes = np.empty(n), np.empty(n), np.zeros(n), np.zeros(n)
    for p in range(n):
        fill_row(own_dist, first0[p], second0[p], to_first0[p], to_second0[p], row)
        fill_found(row, first0, second0, to_first0, to_second0, line0, p, lengths)
        _fill_rows(dist, spots, p, rows)
        fill_found(rows[0], first, second, to_first, to_second, line, p, found)
        if len(several):
            _improve(rows, spots, points, several, p, lengths, found)
        add_penalties(lengths, found, p, same, error, routes)
    return _sums(error, routes)


@njit(cache=True, nogil=True)
def _sums(error, routes):  # type: ignore[no-untyped-def]
    total, number = 0.0, 0.0
    for q in range(len(error)):
        total += error[q]
        number += routes[q]
    return total, number
