"""metrics_delin's TLTS, step by step, on numpy's legacy random stream.

Source: lcit/metrics_delin@30f1ad9, path_based/toolong_tooshort_metric.py and utils.py. Followed
although they look like slips: end points are drawn far from roads (the sampler's test is inverted,
utils.py:432), paths are those of fewest hops, and one route more than asked for is drawn. Ours: all
vertices may be drawn where the original takes 10,000 of a larger graph without a seed, and drawing
ends after REDRAWS fruitless pairs for each route asked for, where the original goes on for ever.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.spatial import cKDTree

from ...graph import FloatArray, RoadGraph
from ...snap import check_spacing
from .counts import classify

PROBES = 10_000  # utils.py:425
REDRAWS = 100

LongArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class HopGraph:
    """Vertices and neighbours in networkx's order."""

    xy: FloatArray  # [N, 2]
    ptr: LongArray  # [N + 1]
    neighbour: LongArray  # [2M]

    @cached_property
    def tree(self) -> cKDTree:
        """Nearest vertex."""
        return cKDTree(self.xy)


def oversample(graph: RoadGraph, spacing: float) -> HopGraph:
    """oversampling_graph: each edge in round(L / spacing) pieces, new vertices at the end."""
    order = np.argsort(graph.edges[:, 0], kind="stable")  # Graph.edges(): by first end, then age
    edges = graph.edges[order].astype(np.int64)
    ends = graph.vertices[edges]
    pieces = np.round(np.hypot(*(ends[:, 1] - ends[:, 0]).T) / spacing).astype(np.int64)
    inner = np.maximum(pieces - 1, 0)
    n = len(graph.vertices)
    xy = [graph.vertices]
    links: list[tuple[int, int]] = []
    rank: list[int] = []
    first = n
    for (s, t), (p, q), k in zip(edges.tolist(), ends, inner.tolist(), strict=True):
        ids = [s, *range(first, first + k), t]
        links.extend(itertools.pairwise(ids))
        rank.extend([0 if k == 0 else 1] * (k + 1))  # an edge that is cut goes to the end
        if k:
            xy.append(p - (p - q) * np.linspace(0, 1, k + 2)[1:-1, None])
        first += k
    return _hop_graph(np.concatenate(xy), links, rank, graph)


def _hop_graph(
    xy: FloatArray, links: list[tuple[int, int]], rank: list[int], graph: RoadGraph
) -> HopGraph:
    pairs = np.array(links, dtype=np.int64).reshape(-1, 2)
    age = np.arange(len(pairs)) + np.array(rank, dtype=np.int64) * (len(pairs) + len(graph.edges))
    kept = np.flatnonzero(np.array(rank) == 0)  # uncut edges keep the order of the file
    file_order = {tuple(e): i for i, e in enumerate(graph.edges.tolist())}
    age[kept] = [file_order[(int(a), int(b))] for a, b in pairs[kept]]
    tail, head = pairs.ravel(), pairs[:, ::-1].ravel()
    order = np.lexsort((np.repeat(age, 2), tail))
    ptr = np.zeros(len(xy) + 1, dtype=np.int64)
    np.cumsum(np.bincount(tail, minlength=len(xy)), out=ptr[1:])
    return HopGraph(xy, ptr, head[order].copy())


class Sampler:
    """uniform_node_sampling: a random place farther than ``distance`` from all vertices."""

    def __init__(self, graph: HopGraph, distance: float, seed: int) -> None:
        self.graph, self.distance = graph, distance
        self.low, self.high = graph.xy.min(axis=0), graph.xy.max(axis=0)
        self.stream = np.random.RandomState(seed)
        # the farthest place of a box this small is near some vertex: probing finds nothing
        self.is_hopeless = float(np.hypot(*(self.high - self.low))) <= distance

    def draw(self) -> int:
        """The vertex nearest to such a place; any vertex where 10,000 places were all too near."""
        if self.is_hopeless:
            self.stream.random_sample(2 * PROBES)
            return int(self.stream.choice(len(self.graph.xy)))
        tried, size = 0, 8
        while tried < PROBES:
            size = min(4 * size, PROBES - tried)
            state = self.stream.get_state()
            places = self.low + (self.high - self.low) * self.stream.random_sample((size, 2))
            distance, nearest = self.graph.tree.query(places)
            far = np.flatnonzero(distance > self.distance)
            if len(far):  # rewind to what one draw at a time would have used
                self.stream.set_state(state)
                self.stream.random_sample(2 * (int(far[0]) + 1))
                return int(nearest[far[0]])
            tried += size
        return int(self.stream.choice(len(self.graph.xy)))


def count_routes(
    gt: RoadGraph, pred: RoadGraph, snap_dist: float, tolerance: float, n_routes: int, seed: int
) -> dict[str, int]:
    """Routes by class; none where either graph has no edge (the empty rule decides)."""
    if not len(gt.edges) or not len(pred.edges):
        return classify(np.zeros(0), np.zeros(0), tolerance)
    spacing = snap_dist // 3 or snap_dist / 3 or 1.0
    check_spacing(gt.length + pred.length, spacing)
    a, b = oversample(gt, spacing), oversample(pred, spacing)
    sampler = Sampler(a, snap_dist, seed)
    pair_distance, pair_target = b.tree.query(a.xy)
    own, found = [], []
    for _ in range(REDRAWS * (n_routes + 1)):
        s, t = sampler.draw(), sampler.draw()
        if s == t:
            continue
        length = float(_hop_path_length(a.xy, a.ptr, a.neighbour, s, t))
        if not np.isfinite(length):
            continue
        is_matched = pair_distance[s] < snap_dist and pair_distance[t] < snap_dist
        ends = int(pair_target[s]), int(pair_target[t])
        own.append(length)
        found.append(
            float(_hop_path_length(b.xy, b.ptr, b.neighbour, *ends)) if is_matched else np.inf
        )
        if len(own) > n_routes:
            break
    return classify(np.array(own), np.array(found), tolerance)


@njit(cache=True, nogil=True)
def _hop_path_length(xy, ptr, neighbour, source, target):  # type: ignore[no-untyped-def]
    """Length of the path of fewest hops that a search from both ends meets first; inf if none.

    Which of several paths that is follows networkx's bidirectional search: the smaller fringe
    grows, a level at a time, neighbours in their order.
    """
    if source == target:
        return 0.0
    n = len(ptr) - 1
    before, after = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
    before[source], after[target] = source, target
    forward, backward = np.array([source]), np.array([target])
    meeting = -1
    while len(forward) and len(backward) and meeting < 0:
        if len(forward) <= len(backward):
            forward, meeting = _grow(ptr, neighbour, forward, before, after)
        else:
            backward, meeting = _grow(ptr, neighbour, backward, after, before)
    if meeting < 0:
        return np.inf
    return _walk_length(xy, before, meeting, source) + _walk_length(xy, after, meeting, target)


@njit(cache=True, nogil=True)
def _grow(ptr, neighbour, level, reached, other):  # type: ignore[no-untyped-def]
    """(next level, -1), or (.., the vertex where this search meets the other one)."""
    fringe = np.empty(len(reached), np.int64)
    size = 0
    for v in level:
        for k in range(ptr[v], ptr[v + 1]):
            w = neighbour[k]
            if reached[w] < 0:
                reached[w] = v
                fringe[size] = w
                size += 1
            if other[w] >= 0:
                return fringe[:size].copy(), w
    return fringe[:size].copy(), np.int64(-1)


@njit(cache=True, nogil=True)
def _walk_length(xy, links, start, end):  # type: ignore[no-untyped-def]
    """Length of the walk that follows links from start to end."""
    total, v = 0.0, start
    while v != end:
        w = links[v]
        total += np.hypot(xy[v, 0] - xy[w, 0], xy[v, 1] - xy[w, 1])
        v = w
    return total
