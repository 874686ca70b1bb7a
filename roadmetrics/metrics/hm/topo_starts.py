"""Where TOPO's walks start: evenly along gt, and on the edges of pred that run alongside.

Source: songtaohe/Sat2Graph@7ca4a34, metrics/topo/topo.py, TOPOGenerateStartingPoints and
TOPOGeneratePairs.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from ...graph import FloatArray
from ...routing import LongArray
from .degrees import Degrees, Starts, distance_of, first_met, unit_of

MARGIN = 0.07  # topo.py:100 mergin
START_TURN = 0.04  # topo.py:325, 1 - |cos|: 16 degrees


def seeds_of(graph: Degrees, density: float, region: tuple[float, float, float, float]) -> Starts:
    """Starts along every chain, max(1, int(L / density)) of them, none near the region's border."""
    lat, lon, first, second, to_first, to_second = _seeds(
        graph, first_met(graph), density, np.array(region)
    )
    return Starts(lat, lon, first, second, to_first, to_second)


def pairs_of(
    pred: Degrees, seeds: Starts, gt: Degrees, threshold: float
) -> tuple[LongArray, LongArray]:
    """(seed, arc of pred) for each seed with an edge of pred near it in its direction.

    Of arcs that are exactly as near the one wins that libspatialindex finds first, as there.
    """
    from rtree.index import Index

    tree, far = Index(), 2 * threshold
    ends = np.stack([pred.tail, pred.head])
    low = np.stack([pred.lat[ends].min(axis=0), pred.lon[ends].min(axis=0)], axis=1)
    high = np.stack([pred.lat[ends].max(axis=0), pred.lon[ends].max(axis=0)], axis=1)
    for k, box in enumerate(np.concatenate([low, high], axis=1).tolist()):
        tree.insert(k, box)
    here = np.stack([seeds.lat, seeds.lon], axis=1)
    boxes = np.concatenate([here - far, here + far], axis=1).tolist() if len(ends[0]) else []
    near = [(i, arc) for i, box in enumerate(boxes) for arc in tree.intersection(box)]
    seed, arc = np.array(near, dtype=np.int64).reshape(-1, 2).T.copy()
    best: LongArray = _nearest_arcs(pred, seeds, gt, threshold, seed, arc)
    paired = np.flatnonzero(best >= 0)
    return paired, best[paired]


def on_arcs(pred: Degrees, seeds: Starts, seed: LongArray, arc: LongArray) -> Starts:
    """Where the walks in pred begin: at the seeds' own places, on pred's arcs."""
    lat, lon = seeds.lat[seed], seeds.lon[seed]
    first, second = pred.tail[arc], pred.head[arc]
    to_first, to_second = (
        np.sqrt(
            (pred.lat[v] - lat) * (pred.lat[v] - lat)
            + ((pred.lon[v] - lon) * _cosine(pred.lat[v]))
            * ((pred.lon[v] - lon) * _cosine(pred.lat[v]))
        )
        for v in (first, second)
    )
    return Starts(lat, lon, first, second, to_first, to_second)


def _cosine(latitudes: FloatArray) -> FloatArray:
    return np.array([math.cos(math.radians(x)) for x in latitudes.tolist()], dtype=np.float64)


@njit(cache=True, nogil=True)
def _seeds(graph, order, density, region):  # type: ignore[no-untyped-def]
    """Columns of Starts; chains in the order in which their first vertices are met."""
    found = [(0.0, 0.0, 0.0, 0.0) for _ in range(0)]
    ends = [(np.int64(0), np.int64(0)) for _ in range(0)]
    is_inner = np.zeros(len(graph.lat), np.bool_)
    for v in order:
        if graph.ptr[v + 1] - graph.ptr[v] == 2:
            continue
        for k in range(graph.ptr[v], graph.ptr[v + 1]):
            if is_inner[graph.head[k]]:
                continue
            chain, at = _chain(graph, k, is_inner)
            _along_chain(graph, chain, at, density, region, found, ends)
    table, vertices = np.empty((4, len(found))), np.empty((2, len(found)), np.int64)
    for i in range(len(found)):
        table[0, i], table[1, i], table[2, i], table[3, i] = found[i]
        vertices[0, i], vertices[1, i] = ends[i]
    return table[0], table[1], vertices[0], vertices[1], table[2], table[3]


@njit(cache=True, nogil=True)
def _along_chain(graph, chain, at, density, region, found, ends):  # type: ignore[no-untyped-def]
    """Add the starts on one chain: none where it is shorter than half the distance between two."""
    total = at[-1]
    n = max(int(total / density), 1) if total >= density / 2 else 0
    for x in range(n):
        place = float(x + 1) / float(n + 1) * total
        for j in range(len(chain) - 1):
            size = at[j + 1] - at[j]
            if size == 0.0 or place < at[j] or place > at[j + 1]:
                continue
            a, p, q = (place - at[j]) / size, chain[j], chain[j + 1]
            lat = (1 - a) * graph.lat[p] + a * graph.lat[q]
            lon = (1 - a) * graph.lon[p] + a * graph.lon[q]
            if _is_inside(lat, lon, region):
                found.append((lat, lon, place - at[j], at[j + 1] - place))
                ends.append((p, q))


@njit(cache=True, nogil=True)
def _is_inside(lat, lon, region):  # type: ignore[no-untyped-def]
    """Whether a place is farther than the margin from every side of the region."""
    rows, columns = MARGIN * (region[2] - region[0]), MARGIN * (region[3] - region[1])
    if not (lat - region[0] > rows and region[2] - lat > rows):
        return False
    return lon - region[1] > columns and region[3] - lon > columns


@njit(cache=True, nogil=True)
def _chain(graph, arc, is_inner):  # type: ignore[no-untyped-def]
    """(vertices, distance so far) from the tail of an arc to the next vertex of degree not 2."""
    chain, at = [graph.tail[arc]], [0.0]
    while True:
        p, q = chain[-1], graph.head[arc]
        at.append(at[-1] + distance_of(graph.lat[p], graph.lon[p], graph.lat[q], graph.lon[q]))
        chain.append(q)
        k = graph.ptr[q]
        if graph.ptr[q + 1] - k != 2:
            return chain, at
        is_inner[q] = True
        arc = k + 1 if graph.head[k] == p else k


@njit(cache=True, nogil=True)
def _nearest_arcs(pred, seeds, gt, threshold, seed, arc):  # type: ignore[no-untyped-def]
    """[n] nearest arc of pred that runs along each seed's edge; -1 where none is near enough."""
    best = np.full(len(seeds.lat), -1, np.int64)
    distance = np.full(len(seeds.lat), 10000.0)
    for k in range(len(seed)):
        i, p, q = seed[k], pred.tail[arc[k]], pred.head[arc[k]]
        gap = _to_segment(pred, p, q, seeds.lat[i], seeds.lon[i])
        if not (gap < threshold and gap < distance[i]):
            continue
        s, t = seeds.first[i], seeds.second[i]
        n1, e1 = unit_of(pred.lat[q] - pred.lat[p], pred.lon[q] - pred.lon[p])
        n2, e2 = unit_of(gt.lat[t] - gt.lat[s], gt.lon[t] - gt.lon[s])
        if 1.0 - abs(n1 * n2 + e1 * e2) < START_TURN:
            best[i], distance[i] = arc[k], gap
    return best


@njit(cache=True, nogil=True)
def _to_segment(graph, p, q, lat, lon):  # type: ignore[no-untyped-def]
    """Distance of a place from the edge pq, in degrees; nan where the edge has no length."""
    scale = math.cos(math.radians(graph.lat[p]))
    x2, y2 = graph.lat[q] - graph.lat[p], (graph.lon[q] - graph.lon[p]) * scale
    x3, y3 = lat - graph.lat[p], (lon - graph.lon[p]) * scale
    length = np.sqrt(x2 * x2 + y2 * y2)
    if length == 0.0:
        return np.nan
    along = (x2 * x3 + y2 * y3) / length
    if along > length:
        a, b = x3 - x2, y3 - y2
    elif along < 0:
        a, b = x3, y3
    else:
        alpha = along / length
        a, b = x3 - alpha * x2, y3 - alpha * y2
    return np.sqrt(a * a + b * b)
