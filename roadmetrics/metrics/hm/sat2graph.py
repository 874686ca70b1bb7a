"""Sat2Graph's TOPO, step by step.

Source: songtaohe/Sat2Graph@7ca4a34, metrics/topo (main.py, topo.py, graph.py), as kept in
htcr/sam_road@04b67c5, whose copies are the same but for printing. It works in degrees at 41 N, one
metre being 1/111111 degree, and so do we: rounding decides at multiples of the step. Rows are the
first coordinate there, y here. Followed although they look like slips: a chain of one edge is
seeded from both of its ends; the starting edge gets marbles beyond the radius; each hole is
doubled, 1.1 m apart, where precision is counted; directions are not compared where dx equals dy; a
cycle without a junction is never seeded. Ours: the region is that of the tile, where sam_road's
grows from tile to tile, and a tile without seeds gives 0, not an error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from ...errors import RoadMetricsError
from ...graph import FloatArray, RoadGraph
from ...region import in_region
from ...routing import LongArray
from ...snap import check_spacing
from ...sorting import order_of
from .degrees import DEGREE, SLACK_ROWS, TOP, distance_of, in_degrees, region_of, to_degrees
from .topo_starts import on_arcs, pairs_of, seeds_of
from .topo_walk import evaluate

RIVAL, RIVAL_SEARCH, RIVAL_TINY = 0.00020, 0.00030, 0.000001  # topo.py TOPO121
GOOD = 0.9  # topo.py TOPO121: so precise a start stays beside a better one
NOWHERE = 100000.0  # graph.py distanceBetweenTwoLocation
MAX_MARBLES = 200_000_000


@dataclass(frozen=True, eq=False)
class Topo:
    """What the program finds: its starts, those with a partner, and the walks that it keeps."""

    n_seeds: int
    n_paired: int
    precision: FloatArray  # [n_evaluated]
    recall: FloatArray  # [n_evaluated]
    kept: LongArray  # [n_kept] which of them

    def sums(self) -> dict[str, Any]:
        """Fields of MarbleCounts: walks kept weigh alike, a start without one has recall 0."""
        return {
            "right": float(self.precision[self.kept].sum()),
            "marbles": float(len(self.kept)),
            "filled": float(self.recall[self.kept].sum()),
            "holes": float(self.n_seeds),
            "n_walks": len(self.kept),
        }


def topo(
    gt: RoadGraph,
    pred: RoadGraph,
    *,
    spacing: float,
    start_spacing: float,
    radius: float,
    match_dist: float,
    small_extent: float = 0.0,
) -> Topo:
    """TOPO of one tile, lengths in metres.

    Raises RoadMetricsError where there would be too many holes and marbles.

    >>> road = RoadGraph([(0, 0), (200, 0)], [(0, 1)], "m")
    >>> lengths = dict(spacing=5.55555, start_spacing=55.5555, radius=300, match_dist=11.1111)
    >>> topo(road, road, **lengths).precision.tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    >>> topo(RoadGraph([], [], "m"), RoadGraph([], [], "m"), **lengths).n_seeds
    0
    """
    check_spacing(gt.length + pred.length, min(spacing, start_spacing))
    step, density, reach, threshold = (
        to_degrees(x) for x in (spacing, start_spacing, radius, match_dist)
    )
    a, b = (in_degrees(graph) for graph in in_region(gt, pred))
    region = region_of(a, b)
    if TOP - (region[0] + SLACK_ROWS / DEGREE) < to_degrees(small_extent):
        reach /= 2
    seeds = seeds_of(a, density, region)
    seed, arc = pairs_of(b, seeds, a, threshold)
    begin = on_arcs(b, seeds, seed, arc)
    _check_marbles(float(np.sum(seeds.to_first + seeds.to_second)), spacing)
    own = seeds.taken(seed)
    _check_marbles(float(np.sum(begin.to_first + begin.to_second)), spacing)
    precision, recall = evaluate(a, b, own, begin, step, reach, threshold)
    done = np.flatnonzero(precision >= 0)
    precision, recall = precision[done], recall[done]
    by_precision = np.argsort(precision, kind="stable")
    kept = _keep(b, begin.taken(done), by_precision, precision)
    return Topo(len(seeds.lat), len(seed), precision, recall, kept)


def _check_marbles(degrees: float, spacing: float) -> None:
    if degrees * DEGREE / spacing > MAX_MARBLES:
        raise RoadMetricsError(
            f"hm: starting edges hold more than {MAX_MARBLES:,} marbles every {spacing:g} m: they "
            "are too long for TOPO, check the unit"
        )


@njit(cache=True, nogil=True)
def _keep(pred, begin, by_precision, precision):  # type: ignore[no-untyped-def]
    """Walks that stay (TOPO121): best first, without rivals of a better one that are no good."""
    n = len(precision)
    by_lat = order_of(begin.lat)
    rank = np.empty(n, np.int64)
    rank[by_lat] = np.arange(n)
    dist = np.full(len(pred.lat), np.inf)
    is_beaten = np.zeros(n, np.bool_)
    kept = [np.int64(0) for _ in range(0)]
    for i in by_precision[::-1]:
        if is_beaten[i] and precision[i] < GOOD:
            continue
        kept.append(i)
        wide = RIVAL_SEARCH / math.cos(math.radians(begin.lat[i])) + RIVAL_TINY
        for direction in (-1, 1):
            at = rank[i] if direction < 0 else rank[i] + 1
            while 0 <= at < n:
                j = by_lat[at]
                at += direction
                if abs(begin.lat[i] - begin.lat[j]) > RIVAL_SEARCH + RIVAL_TINY:
                    break
                if abs(begin.lon[i] - begin.lon[j]) > wide:
                    continue
                is_beaten[j] |= _between(pred, begin, i, j, dist) < RIVAL
    return np.array(kept)


@njit(cache=True, nogil=True)
def _between(graph, begin, i, j, dist):  # type: ignore[no-untyped-def]
    """Distance along pred from start i to start j (distanceBetweenTwoLocation); dist stays inf."""
    s, t = begin.first[i], begin.second[i]
    if _rest(begin, j, s, t) < NOWHERE:
        return abs(begin.to_first[i] - _rest(begin, j, s, t))
    best = NOWHERE
    met = [np.int64(0) for _ in range(0)]
    queue = [(s, np.int64(-1), begin.to_first[i]), (t, np.int64(-1), begin.to_first[i])]
    at = 0
    while at < len(queue):
        v, before, gone = queue[at]
        at += 1
        if dist[v] <= gone or gone > RIVAL_SEARCH:
            continue
        if dist[v] == np.inf:
            met.append(v)
        dist[v] = gone
        for k in range(graph.ptr[v], graph.ptr[v + 1]):
            w = graph.head[k]
            if w in (before, s, t):
                continue
            best = min(best, gone + _rest(begin, j, v, w))
            length = distance_of(graph.lat[w], graph.lon[w], graph.lat[v], graph.lon[v])
            queue.append((w, v, gone + length))
    for v in met:
        dist[v] = np.inf
    return best


@njit(cache=True, nogil=True)
def _rest(begin, j, v, w):  # type: ignore[no-untyped-def]
    """Distance from v to start j where that lies on the edge vw; NOWHERE where it does not."""
    if v == begin.first[j] and w == begin.second[j]:
        return begin.to_first[j]
    if v == begin.second[j] and w == begin.first[j]:
        return begin.to_second[j]
    return NOWHERE
