"""How much of a network's chains another network explains, each of its roads once.

For each point of a chain the locally nearest free places of the other network, nearer than
``snap_dist``, are candidates. Those of neighbouring points are joined where a free route between
them is no longer than twice the piece and ``snap_dist``. The likest sequence of candidates has the
least sum of squared distances, where a piece that is not joined costs its squared length times
INTERRUPTION (Citraro et al. 2020). The routes of what is joined are used up before the next chain
comes.

Chains come longest first, then nearest first, so that no numbering decides.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from ...graph import FloatArray, RoadGraph
from ...index import SegmentIndex, resolution
from ...routing import incidence
from .candidates import COLUMNS, find_candidates, longer
from .chains import Chains, LongArray
from .routes import forget, record, route, search, use

INTERRUPTION = 1e4  # path_connectivity_metric.py:299 disconnectionPenaltyFactor
STRICT = 1 - 1e-9  # path_connectivity_metric.py:53: nearer than th_snap, whatever the rounding


class Explained(NamedTuple):
    """What became of each point, and of the piece that ends at it; 0 at the first of a chain."""

    credit: FloatArray  # [P] joined run's share of its chain's length: sum(piece * credit) counts
    is_matched: LongArray  # [P] 0 or 1
    place: FloatArray  # [P, 2] where it was matched


def explained(chains: Chains, other: RoadGraph, snap_dist: float) -> Explained:
    """Match every chain to what is left of the other network."""
    n = len(chains.xy)
    result = Explained(np.zeros(n), np.zeros(n, dtype=np.int64), chains.xy.copy())
    if not n or not len(other.edges):
        return result
    near = SegmentIndex.of(other).around(chains.xy, snap_dist)
    near_ptr = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(near.point, minlength=n), out=near_ptr[1:])
    closest = np.full(n, snap_dist, dtype=np.float64)
    np.minimum.at(closest, near.point, near.distance)
    ptr, incident = incidence(other)
    net = (
        other.vertices.copy(), other.edges.astype(np.int64), other.edge_lengths.copy(),
        ptr, incident, resolution(other),
    )  # fmt: skip
    n_vertices, room = len(other.vertices), len(incident) + 2
    _explain(
        chains.xy, chains.steps, chains.ptr, _order(chains, closest), near_ptr, near.edge,
        net, snap_dist * STRICT,
        np.full(len(other.edges), -1),  # first used interval of each edge
        np.full((2, n_vertices), -1),
        (
            np.full(n_vertices, np.inf), np.empty(n_vertices, dtype=np.int64),
            np.empty(room), np.empty(room, dtype=np.int64),
            np.empty(n_vertices + 2, dtype=np.int64), np.zeros(n_vertices, dtype=np.int64),
        ),
        *result,
    )  # fmt: skip
    return result


def _order(chains: Chains, closest: FloatArray) -> LongArray:
    """Longest chains first, then those near the other network; rounded, so that copies tie."""
    total = np.concatenate([[0.0], np.cumsum(closest)])
    gap = (total[chains.ptr[1:]] - total[chains.ptr[:-1]]) / np.diff(chains.ptr)
    middle = (chains.xy[chains.ptr[:-1]] + chains.xy[chains.ptr[1:] - 1]).astype(np.float32)
    keys = (middle[:, 1], middle[:, 0], gap.astype(np.float32), -_rounded(chains.lengths()))
    return np.lexsort(keys).astype(np.int64)


def _rounded(lengths: FloatArray) -> FloatArray:
    """To seven digits or so: lengths that differ by the order of their sums are equal."""
    return lengths.astype(np.float32).astype(np.float64)


@njit(cache=True, nogil=True)
def _explain(  # type: ignore[no-untyped-def]
    xy, steps, ptr, order, near_ptr, near_edge, net, reach, head, stamp, room,
    credit, is_matched, place,
):  # fmt: skip
    """Fill credit, is_matched and place, chain by chain in ``order``."""
    used, n_used = np.empty((64, 3)), np.int64(0)
    rows, taken = np.empty((64, COLUMNS)), np.empty((64, 3))
    for c in order:
        rows, taken, n_taken = explain_chain(
            xy, steps, ptr[c], ptr[c + 1], near_ptr, near_edge, net, reach, head, used, stamp,
            room, rows, taken, credit, is_matched, place,
        )  # fmt: skip
        for k in range(n_taken):
            if n_used == len(used):
                used = longer(used)
            n_used = use(head, used, n_used, int(taken[k, 0]), taken[k, 1], taken[k, 2], net[5])


@njit(cache=True, nogil=True)
def explain_chain(  # type: ignore[no-untyped-def]
    xy, steps, first, last, near_ptr, near_edge, net, reach, head, used, stamp,
    room, rows, taken, credit, is_matched, place,
):  # fmt: skip
    """Match the chain of the points first .. last - 1; what it takes [n, 3], not used up yet.

    Returns the tables ``rows`` and ``taken``, grown, and n.
    """
    start, rows = find_candidates(
        xy, first, last, near_ptr, near_edge, net, head, used, reach, stamp, rows
    )
    back = _forward(steps, first, reach, start, rows, net, head, room)
    n_taken, begin = np.int64(0), last - first - 1
    while begin > 0:  # runs of joined pieces, from the end
        end = begin
        while begin > 0 and back[begin, 1] >= 0:
            begin -= 1
        if begin == end:
            begin -= 1
            continue
        _credit_run(steps, first, begin, end, last, back, rows, credit, is_matched, place)
        for i in range(begin + 1, end + 1):
            limit = 2.0 * (steps[first + i] + reach)
            n_touched = search(rows, back[i, 1], limit, net, head, room)
            taken, n_taken = record(rows, back[i, 1], back[i, 0], net, room, taken, n_taken)
            forget(room, n_touched)
    return rows, taken, n_taken


@njit(cache=True, nogil=True)
def _forward(steps, first, reach, start, rows, net, head, room):  # type: ignore[no-untyped-def]
    """The least costly sequence of states: [n, 2] candidate of each point, or -1 unmatched, and

    the candidate of the point before to which the piece joins it, or -1.
    """
    n = len(start) - 1
    cost, back = np.empty(start[n]), np.empty(start[n], np.int64)  # joined to; -1: not joined
    free = np.zeros(n)  # least cost of leaving point i unmatched
    best = np.empty(n, np.int64)  # the state of least cost at point i, -1 unmatched
    for i in range(n):
        enter = 0.0
        if i > 0:
            step = steps[first + i]
            enter = INTERRUPTION * step * step + _least(cost, start, free, best, i - 1)
        free[i] = enter
        for t in range(start[i], start[i + 1]):
            cost[t], back[t] = enter, -1
        if i > 0 and start[i + 1] > start[i]:
            limit = 2.0 * (steps[first + i] + reach)
            _join(limit, start, i, enter, cost, back, rows, net, head, room)
        for t in range(start[i], start[i + 1]):
            cost[t] += rows[t, 5]
    states = np.empty((n, 2), np.int64)
    _least(cost, start, free, best, n - 1)
    states[n - 1, 0], states[0, 1] = best[n - 1], -1
    for i in range(n - 1, 0, -1):
        state = states[i, 0]
        states[i, 1] = back[state] if state >= 0 else -1
        states[i - 1, 0] = states[i, 1] if states[i, 1] >= 0 else best[i - 1]
    return states


@njit(cache=True, nogil=True, forceinline=True)
def _least(cost, start, free, best, i):  # type: ignore[no-untyped-def]
    """Least cost of all states of point i, the first of equal ones; notes which it is."""
    least = free[i]
    best[i] = -1
    for s in range(start[i], start[i + 1]):
        if cost[s] < least:
            least, best[i] = cost[s], s
    return least


@njit(cache=True, nogil=True, forceinline=True)
def _join(limit, start, i, enter, cost, back, rows, net, head, room):  # type: ignore[no-untyped-def]
    """Lower the cost of the candidates of point i that a route joins to one of the point before."""
    for s in range(start[i - 1], start[i]):
        if cost[s] > enter:  # an interruption is cheaper
            continue
        n_touched = search(rows, s, limit, net, head, room)
        for t in range(start[i], start[i + 1]):
            gap = np.hypot(rows[t, 6] - rows[s, 6], rows[t, 7] - rows[s, 7])
            is_better = cost[s] < cost[t] or (cost[s] == cost[t] and back[t] < 0)
            if gap <= limit and is_better and route(rows, s, t, net, room[0])[0] <= limit:
                cost[t], back[t] = cost[s], s
        forget(room, n_touched)


@njit(cache=True, nogil=True)
def _credit_run(steps, first, begin, end, last, back, rows, credit, is_matched, place):  # type: ignore[no-untyped-def]
    """Credit the joined pieces begin + 1 .. end of a chain."""
    total = length = 0.0
    for i in range(first + 1, last):
        total += steps[i]
        if begin < i - first <= end:
            length += steps[i]
    for i in range(begin, end + 1):
        is_matched[first + i] = 1
        for k in range(2):
            place[first + i, k] = rows[back[i, 0], 6 + k]
        if i > begin:
            credit[first + i] = length / total
