"""Which key points the ground truth joins: the edges that a refiner should draw."""

from __future__ import annotations

import numpy as np

from roadmetrics.graph import FloatArray, IntArray, RoadGraph
from roadmetrics.index import SegmentIndex

from .simplify import split_at

RADIUS = 8.0  # pixels, assumed: how far a key point may be off the road that it stands on
DETOUR = 1.5  # assumed: a road more winding than this is no straight edge
LEAST = 1e-6  # pixels, of a piece: a length of 0 would be no edge


def targets_of(points: FloatArray, gt: RoadGraph, radius: float = RADIUS) -> IntArray:
    """[E, 2] pairs i < j, ascending, of key points [N, 2] that follow each other along a road.

    Each key point within ``radius`` of a road stands at the nearest place of it. Each place of the
    ground truth belongs to the key point that is nearest along roads; two are joined where their
    parts touch, so that a junction without a key point does not join all its neighbours to each
    other. Not where the way between them is longer than 1.5 times the straight line and
    ``radius``.

    >>> road = RoadGraph([(0, 0), (90, 0)], [(0, 1)])
    >>> targets_of(np.array([[1.0, 2.0], [50.0, 30.0], [50.0, -1.0], [89.0, 0.0]]), road).tolist()
    [[0, 2], [2, 3]]
    >>> targets_of(np.zeros((0, 2)), road).shape
    (0, 2)
    """
    none = np.zeros((0, 2), np.int32)
    if not len(points) or not len(gt.edges):
        return none
    found = SegmentIndex.of(gt).nearest(np.asarray(points, dtype=np.float64), radius)
    owner, first = np.unique(found.point, return_index=True)  # of equally near places the first
    if not len(owner):
        return none
    graph = split_at(gt, found.edge[first], found.along[first])
    seats = len(gt.vertices) + np.arange(len(owner))
    distance, nearest = _nearest_seats(graph, seats)
    u, v = graph.edges[np.isfinite(distance[graph.edges]).all(axis=1)].T
    length = np.hypot(*(graph.vertices[u] - graph.vertices[v]).T)
    a, b = (owner[nearest[side] - len(gt.vertices)] for side in (u, v))
    way = distance[u] + length + distance[v]
    straight = np.hypot(*(points[a] - points[b]).T)
    joined = (a != b) & (way <= DETOUR * straight + radius)
    pairs = np.sort(np.stack([a[joined], b[joined]], axis=1), axis=1)
    return np.unique(pairs, axis=0).astype(np.int32).reshape(-1, 2)


def _nearest_seats(graph: RoadGraph, seats: np.ndarray) -> tuple[FloatArray, np.ndarray]:
    """[N] way along roads from each vertex to the nearest of ``seats``, and which; inf: none."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    n = len(graph.vertices)
    weights = np.maximum(graph.edge_lengths, LEAST)
    links = coo_array((weights, (graph.edges[:, 0], graph.edges[:, 1])), shape=(n, n)).tocsr()
    distance, _, source = dijkstra(
        links, directed=False, indices=seats, return_predecessors=True, min_only=True
    )
    return distance, source
