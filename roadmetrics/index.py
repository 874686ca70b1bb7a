"""Which segments lie near a point or a segment."""

from __future__ import annotations

from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from .geometry import project
from .graph import FloatArray, RoadGraph
from .tree import near, tree_of

TIE = 1e-9  # places this much farther than the nearest count as equally near, at least
SLACK = 1 + 1e-9  # a distance equal to the radius is inside it, whatever the rounding


def resolution(graph: RoadGraph) -> float:
    """Distance below which two places of a graph are the same: 1e-9, or its coordinates' rounding.

    >>> resolution(RoadGraph([(0, 0), (1, 0)], [(0, 1)]))
    1e-09
    >>> resolution(RoadGraph([], []))
    1e-09
    """
    largest = float(np.abs(graph.vertices).max(initial=0.0))
    return max(TIE, 8 * float(np.finfo(np.float64).eps) * largest)


class NearPlaces(NamedTuple):
    """Places on edges, grouped by query point."""

    point: npt.NDArray[np.int64]  # [K] ascending
    edge: npt.NDArray[np.int64]  # [K]
    along: FloatArray  # [K] parameter in [0, 1] from the edge's first vertex
    distance: FloatArray  # [K]


class SegmentIndex:
    """A tree over the edges of one graph."""

    _memo: WeakKeyDictionary[RoadGraph, SegmentIndex] = WeakKeyDictionary()

    def __init__(self, graph: RoadGraph) -> None:
        ends = graph.vertices[graph.edges]  # [M, 2, 2]
        self.start, self.end = ends[:, 0], ends[:, 1]
        self.tie = resolution(graph)
        self.tree = tree_of(self.start, self.end)

    @classmethod
    def of(cls, graph: RoadGraph) -> SegmentIndex:
        """The index of a graph, built once."""
        found = cls._memo.get(graph)
        if found is None:
            found = cls._memo[graph] = cls(graph)
        return found

    def nearest(self, points: FloatArray, radius: float) -> NearPlaces:
        """All places within ``radius`` of each point that are as near as the nearest one.

        Equally near means within 1e-9 (or the rounding of large coordinates): a point on a
        crossing has a place on each road, and a caller that took the first would make a score
        depend on the order of the edges.
        """
        point, edge = self.pairs_within(points, points, radius)
        along, distance = project(points[point], self.start[edge], self.end[edge])
        nearest = np.full(len(points), np.inf)
        np.minimum.at(nearest, point, distance)
        keep = (distance <= nearest[point] + self.tie) & (distance <= radius * SLACK)
        found = np.flatnonzero(keep)
        return NearPlaces(point[found], edge[found], along[found], distance[found])

    def around(self, points: FloatArray, radius: float) -> NearPlaces:
        """The nearest place of every edge within ``radius`` of each point."""
        point, edge = self.pairs_within(points, points, radius)
        along, distance = project(points[point], self.start[edge], self.end[edge])
        return NearPlaces(point, edge, along, distance)

    def pairs_within(
        self, start: FloatArray, end: FloatArray, radius: float
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """(query segment, edge) for all edges within ``radius`` of each query segment, sorted."""
        return near(self.tree, start, end, radius * SLACK + TIE)
