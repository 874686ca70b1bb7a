"""Graphs with a vertex every few pixels, as metrics_delin makes, draws from and walks them.

Source: lcit/metrics_delin@30f1ad9, utils.py and graph_based/common.py. Orders of vertices and
neighbours are networkx's, because searches follow them.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.spatial import cKDTree

from .graph import FloatArray, RoadGraph

MAX_LATTICE = 1 << 16  # cells that are looked at to see that probing is vain
PROBES = 10_000  # utils.py:425
AWAY = 0.75  # common.py:34, of squared distances

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
    """uniform_node_sampling: a random place farther than ``distance`` from all vertices.

    Source: utils.py:411-443. All vertices may be drawn, where the original looks at 10,000 of a
    larger graph. ``gives_up``: once 10,000 places were all too near no more are tried, which spares
    graphs without room long searches; without it the stream is followed to the letter.
    """

    def __init__(
        self,
        graph: HopGraph,
        distance: float,
        stream: np.random.RandomState,
        *,
        gives_up: bool = False,
    ) -> None:
        self.graph, self.distance, self.stream = graph, distance, stream
        self.gives_up = gives_up
        self.low, self.high = graph.xy.min(axis=0), graph.xy.max(axis=0)
        self.is_hopeless = self._is_covered()

    def _is_covered(self) -> bool:
        """Whether every place is surely near some vertex, so that probing finds nothing."""
        span = self.high - self.low
        if float(np.hypot(*span)) <= self.distance:
            return True
        n = np.ceil(span / max(self.distance / 4, 1e-300)).clip(1, MAX_LATTICE)
        if n.prod() > MAX_LATTICE:
            return False
        step = span / n
        x, y = (self.low[k] + step[k] * (np.arange(n[k]) + 0.5) for k in (0, 1))
        centres = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        farthest = float(self.graph.tree.query(centres)[0].max())
        return farthest + float(np.hypot(*step)) / 2 <= self.distance

    def draw(self) -> int:
        """The vertex nearest to such a place; any vertex where 10,000 places were all too near."""
        if self.is_hopeless:
            if not self.gives_up:
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
        self.is_hopeless = self.is_hopeless or self.gives_up
        return int(self.stream.choice(len(self.graph.xy)))


def hop_graph(graph: RoadGraph) -> HopGraph:
    """The graph as it is: neighbours in the order of the edges."""
    links = [(int(a), int(b)) for a, b in graph.edges]
    return _hop_graph(graph.vertices.copy(), links, [0] * len(links), graph)


def simplified(
    graph: RoadGraph, epsilon: float, rng: np.random.Generator
) -> tuple[RoadGraph, LongArray]:
    """Vertices of degree 2 within ``epsilon`` of their neighbours' line removed; and the kept.

    In random order, again and again until none is left (utils.py:224-269): bends may add up, and a
    small loop may vanish. The second array [n] holds the old number of each vertex that stays.
    """
    links: list[dict[int, None]] = [{} for _ in graph.vertices]
    age: dict[tuple[int, int], int] = {}
    for a, b in graph.edges.tolist():
        links[a][b] = links[b][a] = None
        age[a, b] = len(age)
    xy = graph.vertices.tolist()
    alive = np.ones(len(xy), dtype=bool)
    n_born = len(age)
    is_changed = True
    while is_changed:
        is_changed = False
        for v in rng.permutation(np.flatnonzero(alive)).tolist():
            if len(links[v]) != 2:
                continue
            a, b = sorted(links[v])
            if not _is_straight(xy[a], xy[v], xy[b], epsilon):
                continue
            is_changed, alive[v] = True, False
            for w in (a, b):
                del links[w][v], age[min(v, w), max(v, w)]
            links[v].clear()
            if b not in links[a]:
                links[a][b] = links[b][a] = None
                age[a, b], n_born = n_born, n_born + 1
    kept = np.flatnonzero(alive)
    number = np.cumsum(alive) - 1
    edges = number[np.array(sorted(age, key=age.__getitem__), dtype=np.int64).reshape(-1, 2)]
    return RoadGraph(graph.vertices[kept], edges, graph.unit), kept


def _is_straight(start: list[float], middle: list[float], end: list[float], epsilon: float) -> bool:
    """Whether the middle lies within epsilon of the line through both ends, however far along."""
    ux, uy = end[0] - start[0], end[1] - start[1]
    vx, vy = middle[0] - start[0], middle[1] - start[1]
    length = float(np.hypot(ux, uy))
    if length == 0:
        return float(np.hypot(vx, vy)) <= epsilon
    return abs(ux * vy - uy * vx) / length <= epsilon


@njit(cache=True, nogil=True)
def nearest_vertex(xy, x, y):  # type: ignore[no-untyped-def]
    """(first nearest vertex, its distance)."""
    best, at = np.inf, -1
    for v in range(len(xy)):
        dx, dy = xy[v, 0] - x, xy[v, 1] - y
        distance = np.sqrt(dx * dx + dy * dy)
        if distance < best:
            best, at = distance, v
    return at, best


@njit(cache=True, nogil=True)
def walk_away(xy, ptr, neighbour, source, radius, is_seen, stack, at, found):  # type: ignore[no-untyped-def]
    """dfs_nodes_pos: number of vertices met from ``source``; their numbers in ``found``.

    Depth first. A vertex beyond ``radius`` is met but not passed; at a junction a neighbour that
    comes back towards the source (AWAY) is left out for good. is_seen [N] goes out as False.
    """
    limit = radius * radius
    skipped = [np.int64(0) for _ in range(0)]
    n, depth = 1, 0
    found[0], stack[0], at[0] = source, source, ptr[source]
    is_seen[source] = True
    while depth >= 0:
        v = stack[depth]
        if at[depth] >= ptr[v + 1]:
            depth -= 1
            continue
        w = neighbour[at[depth]]
        at[depth] += 1
        if is_seen[w]:
            continue
        is_seen[w] = True
        distance = _squared(xy, source, w)
        is_junction = ptr[v + 1] - ptr[v] > 2
        if is_junction and distance < _squared(xy, source, v) * AWAY:
            skipped.append(w)
            continue
        found[n] = w
        n += 1
        if distance <= limit:
            depth += 1
            stack[depth], at[depth] = w, ptr[w]
    is_seen[found[:n]] = False
    for left in skipped:
        is_seen[left] = False
    return n


@njit(cache=True, nogil=True)
def _squared(xy, v, w):  # type: ignore[no-untyped-def]
    dx, dy = xy[v, 0] - xy[w, 0], xy[v, 1] - xy[w, 1]
    return dx * dx + dy * dy
