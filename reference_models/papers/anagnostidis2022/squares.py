"""Graphs of the squares of a tile, put together again: what is handed in to a board."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from roadmetrics.graph import FloatArray, IntArray, RoadGraph

REACH = 10.0  # pixels between ends on both sides of a cut that are one road: five jitters


def put_together(squares: Mapping[tuple[int, int], RoadGraph], side: int) -> RoadGraph:
    """One graph from those of squares by their place (column, row); joined where roads go on.

    Vertices with an edge within ``REACH`` of a cut and of each other, on both sides of it, that are
    each other's nearest are joined by an edge.

    >>> road = RoadGraph([(0, 4), (7, 4)], [(0, 1)], extent=(-0.5, -0.5, 7.5, 7.5))
    >>> whole = put_together({(0, 0): road, (1, 0): road}, 8)
    >>> whole.vertices.tolist(), whole.edges.tolist()
    ([[0.0, 4.0], [7.0, 4.0], [8.0, 4.0], [15.0, 4.0]], [[0, 1], [2, 3], [1, 2]])
    >>> put_together({}, 8)
    RoadGraph(0 vertices, 0 edges, 0.0 px)
    """
    if not squares:
        return RoadGraph([], [])
    places, edges, number = [], [], []
    n = 0
    for k, ((column, row), graph) in enumerate(sorted(squares.items())):
        places.append(graph.vertices + np.array([column, row]) * side)
        edges.append(graph.edges + n)
        number.append(np.full(len(graph.vertices), k))
        n += len(graph.vertices)
    points, drawn = np.concatenate(places), np.concatenate(edges)
    links = _links(points, drawn, np.concatenate(number), side)
    columns, rows = (max(each) + 1 for each in zip(*squares, strict=True))
    extent = (-0.5, -0.5, columns * side - 0.5, rows * side - 0.5)
    return RoadGraph(points, np.concatenate([drawn, links]), extent=extent)


def _links(points: FloatArray, edges: IntArray, square: IntArray, side: int) -> IntArray:
    """[M, 2] vertices of different squares that are each other's nearest across a cut."""
    from scipy.spatial import KDTree

    has_edge = np.bincount(edges.ravel(), minlength=len(points)) > 0
    off = np.abs((points + 0.5 + side / 2) % side - side / 2)  # from the nearest multiple of side
    near = np.flatnonzero(has_edge & (off.min(axis=1) <= REACH))
    none = np.zeros((0, 2), np.int32)
    if len(near) < 2:
        return none
    pairs = KDTree(points[near]).query_pairs(REACH, output_type="ndarray")
    a, b = near[pairs].T
    is_across = square[a] != square[b]
    a, b = a[is_across], b[is_across]
    length = np.hypot(*(points[a] - points[b]).T)
    found, taken = [], np.zeros(len(points), bool)
    for k in np.argsort(length, kind="stable").tolist():
        if not (taken[a[k]] or taken[b[k]]):
            taken[[a[k], b[k]]] = True
            found.append((a[k], b[k]))
    return np.array(found, np.int32).reshape(-1, 2) if found else none
