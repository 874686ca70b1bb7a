"""Junctions of the roads drawn, taken together as the junction score's own procedure does."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..index import SLACK
from ..metrics.jct.strict import _claim, _sizes
from .chains import chains_of


@njit(cache=True, nogil=True)
def clusters_drawn(truth, frame, drawn):  # type: ignore[no-untyped-def]
    """Places of clusters, and their arms of length 1; as `strict.clusters_of`."""
    chains = chains_of(drawn)
    stop_vertex, stops, length = _stops(chains)
    n = len(stop_vertex)
    ptr, arc_stop, arc_length = _arcs(stops, length, n)
    xy, is_junction = np.empty((n, 2)), np.empty(n, np.bool_)
    junctions, n_junctions = np.empty(n, np.int64), 0
    for k in range(n):
        v = stop_vertex[k]
        xy[k, 0], xy[k, 1] = drawn.xy[v, 0], drawn.xy[v, 1]
        is_junction[k] = drawn.degree[v] >= 3
        if is_junction[k]:
            junctions[n_junctions] = k
            n_junctions += 1
    junctions = junctions[:n_junctions]
    net = ptr, arc_stop, arc_length, xy, is_junction, truth.radius
    heap = len(arc_stop) + 1
    room = np.full(n, np.inf), np.empty(n, np.int64), np.empty(heap), np.empty(heap, np.int64)
    size, spread = np.full(n_junctions, -1), np.zeros(n_junctions)
    _sizes(net, junctions, room, size, spread)
    if n_junctions > 0 and size[n_junctions - 1] < 0:
        return xy, ptr[:0], xy
    owner = np.full(n, -1)
    leaders = _claim(net, _ranked(junctions, xy, size, spread), room, owner)
    middles = _middles(xy, owner, leaders)
    arm_ptr, arms = _arms(truth, frame, drawn, chains, stops, length, owner, middles)
    return middles, arm_ptr, arms


@njit(cache=True, nogil=True)
def _stops(chains):  # type: ignore[no-untyped-def]
    """Vertex of each stop, stops at both ends of each chain [C, 2], and lengths of chains."""
    stop_of, n = np.empty(len(chains.is_stop), np.int64), 0
    for v in range(len(chains.is_stop)):
        stop_of[v] = n
        n += chains.is_stop[v]
    stop_vertex = np.empty(n, np.int64)
    for v in range(len(chains.is_stop)):
        if chains.is_stop[v]:
            stop_vertex[stop_of[v]] = v
    n_chains = len(chains.ptr) - 1
    stops, length = np.empty((n_chains, 2), np.int64), np.empty(n_chains)
    for c in range(n_chains):
        low, high = chains.ptr[c], chains.ptr[c + 1] - 1
        stops[c, 0], stops[c, 1] = stop_of[chains.vertex[low]], stop_of[chains.vertex[high]]
        length[c] = chains.offset[high]
    return stop_vertex, stops, length


@njit(cache=True, nogil=True)
def _arcs(stops, length, n):  # type: ignore[no-untyped-def]
    """(ptr [n + 1], stop, length) of the arcs of each stop, chain by chain; as `routing._arcs`."""
    ptr = np.zeros(n + 1, np.int64)
    for c in range(len(stops)):
        ptr[stops[c, 0] + 1] += 1
        ptr[stops[c, 1] + 1] += 1
    for k in range(n):
        ptr[k + 1] += ptr[k]
    at = ptr[:n].copy()
    arc_stop, arc_length = np.empty(2 * len(stops), np.int64), np.empty(2 * len(stops))
    for c in range(len(stops)):
        for side in range(2):
            k = at[stops[c, side]]
            at[stops[c, side]] += 1
            arc_stop[k], arc_length[k] = stops[c, 1 - side], length[c]
    return ptr, arc_stop, arc_length


@njit(cache=True, nogil=True)
def _ranked(junctions, xy, size, spread):  # type: ignore[no-untyped-def]
    """Junctions by size, largest first, then by spread, x, y and number."""
    order = np.arange(len(junctions))
    for r in range(1, len(order)):
        moving, i = order[r], r
        while i > 0 and _is_before(moving, order[i - 1], junctions, xy, size, spread):
            order[i] = order[i - 1]
            i -= 1
        order[i] = moving
    return junctions[order]


@njit(cache=True, nogil=True)
def _is_before(a, b, junctions, xy, size, spread):  # type: ignore[no-untyped-def]
    i, j = junctions[a], junctions[b]
    if size[a] != size[b]:
        return size[a] > size[b]
    if spread[a] != spread[b]:
        return spread[a] < spread[b]
    if xy[i, 0] != xy[j, 0]:
        return xy[i, 0] < xy[j, 0]
    return xy[i, 1] < xy[j, 1]


@njit(cache=True, nogil=True, error_model="numpy")
def _middles(xy, owner, leaders):  # type: ignore[no-untyped-def]
    """[K, 2] mean place of each cluster; as `strict._middles`."""
    total, size = np.zeros((len(leaders), 2)), np.zeros(len(leaders))
    for k in range(len(owner)):
        c = owner[k]
        if c >= 0:
            size[c] += 1
            for axis in range(2):
                total[c, axis] += xy[k, axis] - xy[leaders[c], axis]
    for c in range(len(leaders)):
        for axis in range(2):
            total[c, axis] = xy[leaders[c], axis] + total[c, axis] / size[c]
    return total


@njit(cache=True, nogil=True)
def _arms(truth, frame, drawn, chains, stops, length, owner, middles):  # type: ignore[no-untyped-def]
    """(ptr [K + 1], arms [A, 2] of length 1); as `strict._arm_places` and what follows it."""
    n = 2 * len(stops)
    cluster, arm, n_arms = np.empty(n, np.int64), np.empty((n, 2)), 0
    for side in range(2):
        for c in range(len(stops)):
            here, there = owner[stops[c, side]], owner[stops[c, 1 - side]]
            is_inner = here == there and length[c] <= 2 * truth.angle_dist * SLACK
            is_stub = there < 0 and length[c] * SLACK < truth.angle_dist
            if here < 0 or is_inner or is_stub:
                continue
            along = min(truth.angle_dist, length[c])
            x, y = _point_at(drawn.xy, chains, c, length[c] - along if side else along)
            x, y = x - middles[here, 0], y - middles[here, 1]
            size = np.hypot(x, y)
            if size > frame.resolution:
                cluster[n_arms], arm[n_arms, 0], arm[n_arms, 1] = here, x / size, y / size
                n_arms += 1
    ptr = np.zeros(len(middles) + 1, np.int64)
    for k in range(n_arms):
        ptr[cluster[k] + 1] += 1
    for c in range(len(middles)):
        ptr[c + 1] += ptr[c]
    at, arms = ptr[:-1].copy(), np.empty((n_arms, 2))
    for k in range(n_arms):
        i = at[cluster[k]]
        at[cluster[k]] += 1
        arms[i, 0], arms[i, 1] = arm[k, 0], arm[k, 1]
    return ptr, arms


@njit(cache=True, nogil=True, error_model="numpy")
def _point_at(xy, chains, c, offset):  # type: ignore[no-untyped-def]
    low, last = chains.ptr[c], chains.ptr[c + 1] - 1
    at = low
    while at < last - 1 and chains.offset[at + 1] <= offset:
        at += 1
    a, b = chains.vertex[at], chains.vertex[at + 1]
    span = chains.offset[at + 1] - chains.offset[at]
    t = min(max((offset - chains.offset[at]) / (span if span > 0 else 1.0), 0.0), 1.0)
    return xy[a, 0] + t * (xy[b, 0] - xy[a, 0]), xy[a, 1] + t * (xy[b, 1] - xy[a, 1])
