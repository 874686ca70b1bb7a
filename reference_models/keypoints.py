"""Key points of a prediction: the places that a refiner may join, and the edges it starts from."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from roadmetrics.errors import RoadMetricsError
from roadmetrics.graph import BoolArray, FloatArray, IntArray, Mask, RoadGraph, Tile
from roadmetrics.vectorize import vectorize

from .refine_settings import KeyPointOptions
from .simplify import arranged, chains_of, oversampled, rebuilt, simplified_graph, thinned

__all__ = [
    "KeyPointOptions", "KeyPoints", "at_border", "components", "key_points_of",
    "without_dead_ends", "without_small",
]  # fmt: skip


class KeyPoints(NamedTuple):
    """What a refiner starts from."""

    points: FloatArray  # [N, 2] by x then y
    start: IntArray  # [M, 2] edges drawn already, i < j, ascending
    taken_out: IntArray  # [D, 2] edges of dead ends and small components, likewise
    n_given_up: int  # bends, ends and junctions that ``max_key_points`` had no room for


def key_points_of(prediction: Tile, options: KeyPointOptions | None = None) -> KeyPoints:
    """Simplify, drop specks, cut the longest edges, take out small components and dead ends.

    A mask is thinned first. Where key points are more than ``max_key_points``, cuts of long edges
    are given up first, the shortest pieces of them; then bends, the flattest first; then the
    vertices with the least road: ``n_given_up`` counts the latter two. A prediction without roads
    has no key points.

    Raises RoadMetricsError for a prediction in metres.

    >>> cross = RoadGraph([(0, 9), (30, 9), (60, 9), (30, 40)], [(0, 1), (1, 2), (1, 3)],
    ...                   extent=(-0.5, -0.5, 60.5, 60.5))
    >>> found = key_points_of(cross, KeyPointOptions(spacing=0))
    >>> found.points.tolist(), found.start.tolist()
    ([[0.0, 9.0], [30.0, 9.0], [30.0, 40.0], [60.0, 9.0]], [[0, 1], [1, 3]])
    >>> key_points_of(RoadGraph([], [])).points.shape
    (0, 2)
    """
    options = options or KeyPointOptions()
    if prediction.unit != "px":
        raise RoadMetricsError("key points are places in an image: give the prediction in pixels")
    graph = _lines(prediction, options.spur)
    graph = without_small(simplified_graph(graph, options.simplify), options.speck)
    most = options.max_key_points
    kept = thinned(graph, most)
    n_given_up = len(graph.vertices) - len(kept.vertices)
    kept = oversampled(kept, options.spacing, most - len(kept.vertices))
    points, every = arranged(kept.vertices, kept.edges)
    start = _start(rebuilt(kept, points, every), options)
    known = set(map(tuple, start.tolist()))
    is_out = np.array([tuple(pair) not in known for pair in every.tolist()], dtype=bool)
    return KeyPoints(points, start, every[is_out], n_given_up)


def _start(graph: RoadGraph, options: KeyPointOptions) -> IntArray:
    """[M, 2] edges of a graph that are drawn from the beginning."""
    if options.dead_ends == "drop":
        graph = without_dead_ends(graph, options.border)
    return graph.edges[_is_long(graph, options.small)]


def _lines(prediction: Tile, spur: float) -> RoadGraph:
    """The graph of a prediction; of a mask all bends of its thinned lines."""
    if isinstance(prediction, Mask):
        return vectorize(prediction, simplify=0.0, min_length=spur)
    return prediction


def without_small(graph: RoadGraph, least: float) -> RoadGraph:
    """Without the components that have less than ``least`` of road, and their vertices.

    >>> two = RoadGraph([(0, 0), (5, 0), (0, 9), (30, 9)], [(0, 1), (2, 3)])
    >>> without_small(two, 10.0).vertices.tolist()
    [[0.0, 9.0], [30.0, 9.0]]
    >>> without_small(RoadGraph([], []), 10.0)
    RoadGraph(0 vertices, 0 edges, 0.0 px)
    """
    n = len(graph.vertices)
    if not n:
        return graph
    stays = np.zeros(n, dtype=bool)
    is_kept = _is_long(graph, least)
    stays[graph.edges[is_kept].ravel()] = True
    position = np.cumsum(stays) - 1
    return rebuilt(graph, graph.vertices[stays], position[graph.edges[is_kept]])


def _is_long(graph: RoadGraph, least: float) -> BoolArray:
    """[M] edges whose component has ``least`` of road or more."""
    if not len(graph.edges):
        return np.zeros(0, dtype=bool)
    component = components(graph)[graph.edges[:, 0]]
    road = np.bincount(component, graph.edge_lengths)
    return np.asarray(road[component] >= least)


def components(graph: RoadGraph) -> IntArray:
    """[N] number of each vertex's connected component.

    >>> components(RoadGraph([(0, 0), (1, 0), (2, 0)], [(0, 2)])).tolist()
    [0, 1, 0]
    >>> components(RoadGraph([], [])).tolist()
    []
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(graph.vertices)
    if not n:
        return np.zeros(0, np.int32)
    ones = np.ones(len(graph.edges), dtype=np.int8)
    links = coo_array((ones, (graph.edges[:, 0], graph.edges[:, 1])), shape=(n, n))
    found: IntArray = connected_components(links, directed=False)[1]
    return found


def without_dead_ends(graph: RoadGraph, border: float = -1.0) -> RoadGraph:
    """Without the edges of road segments that end at a vertex of degree 1; all vertices stay.

    A segment lies between vertices of degree other than 2. An end within ``border`` of the edge
    of the extent is no dead end: there the image ends, not the road. -1 makes no exception.

    >>> line = RoadGraph([(0, 0), (5, 0), (9, 0)], [(0, 1), (1, 2)], extent=(0, 0, 9, 9))
    >>> len(without_dead_ends(line).edges), len(without_dead_ends(line, 1.0).edges)
    (0, 2)
    >>> without_dead_ends(RoadGraph([], []))
    RoadGraph(0 vertices, 0 edges, 0.0 px)
    """
    is_dead = (graph.degrees == 1) & ~at_border(graph, border)
    dead: set[tuple[int, int]] = set()
    for chain in chains_of(graph):
        if is_dead[chain[0]] or is_dead[chain[-1]]:
            pairs = np.sort(np.stack([chain[:-1], chain[1:]], axis=1), axis=1)
            dead.update((i, j) for i, j in pairs.tolist())
    edges = [(i, j) for i, j in graph.edges.tolist() if (i, j) not in dead]
    return rebuilt(graph, graph.vertices, edges)


def at_border(graph: RoadGraph, border: float) -> BoolArray:
    """[N] vertices within ``border`` of an edge of the extent; none where it is negative or not.

    >>> at_border(RoadGraph([(1, 5), (5, 5)], [], extent=(0, 0, 9, 9)), 2.0).tolist()
    [True, False]
    >>> at_border(RoadGraph([], []), 2.0).tolist()
    []
    """
    if graph.extent is None or border < 0:
        return np.zeros(len(graph.vertices), dtype=bool)
    x0, y0, x1, y1 = graph.extent
    v = graph.vertices
    gap = np.minimum(np.minimum(v[:, 0] - x0, x1 - v[:, 0]), np.minimum(v[:, 1] - y0, y1 - v[:, 1]))
    near: BoolArray = gap <= border
    return near
