"""What is left of a graph while OPT-P's chains use it up."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from ...errors import RoadMetricsError
from ...graph import FloatArray, RoadGraph
from ...index import SegmentIndex
from .ordered import OrderedGraph, Point

Edge = tuple[int, int]
MAX_CHOICES = 5e7  # pairs of candidates of neighbouring points; a city has a million


class Rest:
    """What earlier chains left of a graph, and which of its edges come near which points."""

    def __init__(
        self, graph: OrderedGraph, source: RoadGraph, snap_dist: float, paths: list[list[Point]]
    ) -> None:
        self.graph = graph
        self.first_new = max(graph.near, default=0)
        self.inserted: dict[int, None] = {}
        edges = list(graph.edges())
        whole = RoadGraph(source.vertices, np.array(edges, dtype=np.int64).reshape(-1, 2))
        # an edge is part of one of the edges that there were at first
        self.origin: dict[Edge, int] = {
            _key(a, b): k for k, (a, b) in enumerate(whole.edges.tolist())
        }
        self.parts: list[dict[Edge, None]] = [{edge: None} for edge in self.origin]
        self._near = _near_points(whole, paths, snap_dist)

    def near(self, k: int) -> Iterator[tuple[Edge, list[int]]]:
        """Edges that are left near chain ``k``, each with the chain's points that may be near."""
        for origin, points in self._near[k].items():
            for edge in self.parts[origin]:
                yield edge, points

    def divide(self, edge: Edge, nodes: list[int]) -> None:
        """An edge becomes a chain of edges, which the graph has already."""
        origin = self.origin[_key(*edge)]
        for a, b in itertools.pairwise(nodes):
            self._own(a, b, origin)
        for node in nodes[1:-1]:
            if node > self.first_new:
                self.inserted[node] = None
        self._remove_edge(*edge)

    def use(self, runs: list[list[int]]) -> None:
        """Remove the edges along runs, and dissolve nodes put into edges (the program's :430)."""
        for run in runs:
            for a, b in itertools.pairwise(run):
                if a and a != b:  # as published: a node numbered 0 keeps its edges
                    self._use_edge(a, b)
        for node in list(self.inserted):
            others = list(self.graph.near[node])
            if len(others) == 2:
                origin = self.origin[_key(node, others[0])]
                if others[1] not in self.graph.near[others[0]]:
                    self.graph.add_edge(others[0], others[1])
                    self._own(others[0], others[1], origin)
                self._remove_node(node)

    def _use_edge(self, a: int, b: int) -> None:
        near = self.graph.near
        if a in near and b in near[a]:
            self._remove_edge(a, b)
        for node in (a, b):
            if node in near and not near[node]:
                self._remove_node(node)

    def _own(self, a: int, b: int, origin: int) -> None:
        self.origin[_key(a, b)] = origin
        self.parts[origin][_key(a, b)] = None

    def _remove_edge(self, a: int, b: int) -> None:
        self.graph.remove_edge(a, b)
        del self.parts[self.origin.pop(_key(a, b))][_key(a, b)]

    def _remove_node(self, node: int) -> None:
        for other in list(self.graph.near[node]):
            self._remove_edge(node, other)
        self.graph.remove_node(node)
        self.inserted.pop(node, None)


def _near_points(
    graph: RoadGraph, paths: list[list[Point]], snap_dist: float
) -> list[dict[int, list[int]]]:
    """For each path: edges near it, and the numbers of the points that each is near."""
    points: FloatArray = np.array([p for path in paths for p in path]).reshape(-1, 2)
    path_of = np.repeat(np.arange(len(paths)), [len(path) for path in paths])
    first = np.concatenate([[0], np.cumsum([len(path) for path in paths])])
    near: list[dict[int, list[int]]] = [{} for _ in paths]
    found = SegmentIndex(graph).around(points, snap_dist)
    choices = float(np.sum(np.bincount(found.point).astype(np.float64) ** 2))
    if choices > MAX_CHOICES:
        raise RoadMetricsError(
            f"{len(points)} points of paths see {len(found.point)} edges within {snap_dist:g}: "
            "more than this program can compare; lower snap_dist, or check the unit"
        )
    for point, edge in zip(found.point.tolist(), found.edge.tolist(), strict=True):
        path = int(path_of[point])
        near[path].setdefault(edge, []).append(point - int(first[path]))
    return near


def _key(a: int, b: int) -> Edge:
    return (a, b) if a < b else (b, a)
