"""Graphs made from graphs: moved, renamed, cut up, doubled. Power-of-two steps stay exact."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..graph import Bounds, FloatArray, RoadGraph
from ..routing import LongArray


def moved(graph: RoadGraph, shift: tuple[float, float]) -> RoadGraph:
    """Translated, its extent too."""
    box = None if graph.extent is None else moved_box(graph.extent, shift)
    return replace(graph, vertices=graph.vertices + np.array(shift), extent=box)


def moved_box(box: Bounds, shift: tuple[float, float]) -> Bounds:
    """A box translated."""
    (x0, y0, x1, y1), (dx, dy) = box, shift
    return x0 + dx, y0 + dy, x1 + dx, y1 + dy


def turned(graph: RoadGraph, quarters: int) -> RoadGraph:
    """Rotated about the origin by quarter turns; the extent is dropped."""
    x, y = graph.vertices.T
    for _ in range(quarters % 4):
        x, y = -y, x
    return replace(graph, vertices=np.stack([x, y], axis=1), extent=None)


def mirrored(graph: RoadGraph) -> RoadGraph:
    """Upside down; the extent is dropped."""
    return replace(graph, vertices=graph.vertices * np.array([1.0, -1.0]), extent=None)


def magnified(graph: RoadGraph, factor: float) -> RoadGraph:
    """Every length times ``factor``, the unit as it was."""
    box = graph.extent
    return replace(
        graph,
        vertices=graph.vertices * factor,
        extent=None if box is None else tuple((np.array(box) * factor).tolist()),
        weights=None if graph.weights is None else graph.weights * factor,
    )


def relabelled(graph: RoadGraph, rng: np.random.Generator) -> RoadGraph:
    """Vertices renumbered, edges in another order and direction."""
    n, m = len(graph.vertices), len(graph.edges)
    order, edge_order = rng.permutation(n), rng.permutation(m)
    edges = np.argsort(order)[graph.edges[edge_order]].reshape(-1, 2)
    is_flipped = rng.random(m) < 0.5
    edges[is_flipped] = edges[is_flipped, ::-1]
    return RoadGraph(
        graph.vertices[order],
        edges,
        graph.unit,
        metres_per_pixel=graph.metres_per_pixel,
        extent=graph.extent,
        is_node=None if graph.is_node is None else graph.is_node[order],
        weights=None if graph.weights is None else graph.weights[edge_order],
    )


def subdivided(graph: RoadGraph, rng: np.random.Generator) -> RoadGraph:
    """Some edges cut at a quarter, a half or three quarters, the roads unchanged."""
    vertices, edges = list(graph.vertices), []
    for a, b in graph.edges.tolist():
        last = a
        for quarter in np.flatnonzero(rng.random(3) < 0.4) + 1:
            place = graph.vertices[a] + quarter / 4 * (graph.vertices[b] - graph.vertices[a])
            vertices.append(place)
            edges.append((last, len(vertices) - 1))
            last = len(vertices) - 1
        edges.append((last, b))
    return _made(vertices, edges, graph)


def repeated(graph: RoadGraph, rng: np.random.Generator) -> RoadGraph:
    """Every edge named twice, the other way round, and loops; which comes first is chance."""
    loops = np.repeat(rng.permutation(len(graph.vertices)), 2).reshape(-1, 2)
    edges = np.concatenate([loops, graph.edges, graph.edges[:, ::-1]])
    return _made(graph.vertices, rng.permutation(edges), graph)


def united(*graphs: RoadGraph) -> RoadGraph:
    """All the graphs side by side; nothing is joined."""
    start = np.cumsum([0, *(len(g.vertices) for g in graphs)])
    return _made(
        np.concatenate([g.vertices for g in graphs]),
        np.concatenate([g.edges + s for g, s in zip(graphs, start[:-1], strict=True)]),
        graphs[0],
    )


def with_edges(graph: RoadGraph, edges: LongArray) -> RoadGraph:
    """The same vertices under other edges."""
    return _made(graph.vertices, edges, graph)


def with_gap(graph: RoadGraph, edge: int, width: float) -> RoadGraph:
    """A gap of ``width`` in the middle of an edge."""
    a, b = graph.edges[edge].tolist()
    start, end = graph.vertices[a], graph.vertices[b]
    half = width / 2 / float(graph.edge_lengths[edge])
    cut = np.array([start + t * (end - start) for t in (0.5 - half, 0.5 + half)])
    n = len(graph.vertices)
    edges = np.delete(graph.edges, edge, axis=0)
    return _made(
        np.concatenate([graph.vertices, cut]),
        np.concatenate([edges, [(a, n), (n + 1, b)]]),
        graph,
    )


def far_road(graph: RoadGraph, other: RoadGraph, cell: float) -> RoadGraph:
    """One road of two edges, eight cells beyond both graphs."""
    both: FloatArray = np.concatenate([graph.vertices, other.vertices, np.zeros((1, 2))])
    corner = both.max(axis=0) + 8 * cell
    place = corner + cell * np.array([(0, 0), (1, 0.25), (2, 0.75)])
    return RoadGraph(place, [(0, 1), (1, 2)], graph.unit)


def spanning_forest(graph: RoadGraph) -> RoadGraph:
    """The edges that join what no earlier edge joined: no cycle is left."""
    root = list(range(len(graph.vertices)))

    def find(v: int) -> int:
        while root[v] != v:
            v = root[v]
        return v

    kept = []
    for a, b in graph.edges.tolist():
        if find(a) != find(b):
            root[find(a)] = find(b)
            kept.append((a, b))
    return _made(graph.vertices, kept, graph)


def _made(vertices: object, edges: object, like: RoadGraph) -> RoadGraph:
    points = np.array(vertices, dtype=np.float64).reshape(-1, 2)
    pairs = np.array(edges, dtype=np.int64).reshape(-1, 2)
    return RoadGraph(points, pairs, like.unit, metres_per_pixel=like.metres_per_pixel)
