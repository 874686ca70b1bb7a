"""Graphs as few straight edges: bends that do not show go, long edges are cut; without torch."""

from __future__ import annotations

import heapq
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from roadmetrics.graph import FloatArray, IntArray, RoadGraph
from roadmetrics.routing import build_network
from roadmetrics.vectorize import simplified

Ints = npt.NDArray[np.int64]


def chains_of(graph: RoadGraph) -> list[Ints]:
    """Vertices along each road segment, both ends included; one per edge sequence.

    A segment runs between vertices of degree other than 2; a cycle without one begins anywhere.

    >>> chains_of(RoadGraph([(0, 0), (1, 0), (2, 0)], [(0, 1), (1, 2)]))[0].tolist()
    [0, 1, 2]
    >>> chains_of(RoadGraph([], []))
    []
    """
    if not len(graph.edges):
        return []
    no_stops = np.zeros(len(graph.vertices), dtype=bool)
    network = build_network(graph, no_stops, graph.edge_lengths)
    return [network.chain_vertex[a:b] for a, b in pairwise(network.chain_ptr.tolist())]


def simplified_graph(graph: RoadGraph, tolerance: float) -> RoadGraph:
    """Ends, junctions, and the bends that Ramer's rule keeps; vertices without a road go.

    A loop keeps two bends, and of two straight roads between the same ends one keeps a bend, so
    that no road is lost.

    >>> simplified_graph(RoadGraph([(0, 0), (5, 1), (9, 0)], [(0, 1), (1, 2)]), 2.0).edges.tolist()
    [[0, 1]]
    >>> simplified_graph(RoadGraph([], []), 2.0)
    RoadGraph(0 vertices, 0 edges, 0.0 px)
    """
    edges: list[tuple[int, int]] = []
    direct: set[frozenset[int]] = set()  # ends that a straight edge joins
    for chain in chains_of(graph):
        ends = frozenset((int(chain[0]), int(chain[-1])))
        kept = simplified(graph.vertices[chain], tolerance, 2 if len(ends) == 1 else 0)
        if len(kept) == 2 and ends in direct:
            kept = simplified(graph.vertices[chain], tolerance, 1)
        if len(kept) == 2:
            direct.add(ends)
        edges.extend(pairwise(chain[kept].tolist()))
    return used_only(rebuilt(graph, graph.vertices, edges))


def rebuilt(
    graph: RoadGraph, vertices: npt.ArrayLike, edges: npt.ArrayLike | list[tuple[int, int]]
) -> RoadGraph:
    """The tile of a graph with other roads in it."""
    pairs = np.asarray(edges, dtype=np.int64).reshape(-1, 2)
    return RoadGraph(
        vertices, pairs, graph.unit, crs=graph.crs, metres_per_pixel=graph.metres_per_pixel,
        extent=graph.extent,
    )  # fmt: skip


def used_only(graph: RoadGraph) -> RoadGraph:
    """Without the vertices that no edge meets."""
    used = graph.degrees > 0
    position = np.cumsum(used) - 1
    return rebuilt(graph, graph.vertices[used], position[graph.edges])


def thinned(graph: RoadGraph, most: int) -> RoadGraph:
    """At most ``most`` vertices: the least visible bends go first.

    A bend (degree 2) goes at the cost of its distance from the line between its neighbours, which
    takes its place; not where that edge is there already. Once no bend is left, the vertex with
    the least road at it goes, with that road.

    >>> line = RoadGraph([(0, 0), (5, 1), (9, 0), (9, 9)], [(0, 1), (1, 2), (2, 3)])
    >>> thinned(line, 3).vertices.tolist(), thinned(line, 3).edges.tolist()
    ([[0.0, 0.0], [9.0, 0.0], [9.0, 9.0]], [[0, 1], [1, 2]])
    >>> thinned(RoadGraph([], []), 3)
    RoadGraph(0 vertices, 0 edges, 0.0 px)
    """
    if len(graph.vertices) <= most:
        return graph
    near: list[set[int]] = [set() for _ in graph.vertices]
    for i, j in graph.edges.tolist():
        near[i].add(j)
        near[j].add(i)
    gone = _without_bends(graph.vertices, near, len(near) - most)
    gone |= _without_least(graph.vertices, near, len(near) - most - len(gone), gone)
    stays = np.array([v not in gone for v in range(len(near))], dtype=bool)
    position = np.cumsum(stays) - 1
    pairs = [(i, j) for i, others in enumerate(near) for j in sorted(others) if i < j]
    edges = position[np.array(pairs, dtype=np.int64).reshape(-1, 2)]
    return rebuilt(graph, graph.vertices[stays], edges)


def _without_bends(points: FloatArray, near: list[set[int]], excess: int) -> set[int]:
    """Take up to ``excess`` bends out of ``near``; which."""
    gone: set[int] = set()
    heap = [(_offset(points, near, v), v) for v in range(len(near)) if len(near[v]) == 2]
    heapq.heapify(heap)
    while heap and len(gone) < excess:
        cost, v = heapq.heappop(heap)
        if v in gone or len(near[v]) != 2:
            continue
        a, b = near[v]
        now = _offset(points, near, v)
        if now != cost:  # a neighbour went meanwhile
            heapq.heappush(heap, (now, v))
            continue
        if b in near[a]:
            continue
        gone.add(v)
        near[v].clear()
        for end, other in ((a, b), (b, a)):
            near[end].remove(v)
            near[end].add(other)
    return gone


def _offset(points: FloatArray, near: list[set[int]], v: int) -> float:
    """Distance of a bend from the line between its two neighbours."""
    a, b = sorted(near[v])
    chord, at = points[b] - points[a], points[v] - points[a]
    squared = float(chord @ chord)
    t = min(max(float(at @ chord) / squared, 0.0), 1.0) if squared > 0 else 0.0
    return float(np.hypot(*(at - t * chord)))


def _without_least(
    points: FloatArray, near: list[set[int]], excess: int, gone: set[int]
) -> set[int]:
    """Take the ``excess`` vertices with the least road out of ``near``; which."""
    lost: set[int] = set()
    heap = [(_road(points, near, v), v) for v in range(len(near)) if v not in gone]
    heapq.heapify(heap)
    while len(lost) < excess:
        road, v = heapq.heappop(heap)
        if v in lost or road != _road(points, near, v):  # told again when it shrank
            continue
        lost.add(v)
        for u in sorted(near[v]):
            near[u].remove(v)
            heapq.heappush(heap, (_road(points, near, u), u))
        near[v].clear()
    return lost


def _road(points: FloatArray, near: list[set[int]], v: int) -> float:
    return sum(float(np.hypot(*(points[v] - points[u]))) for u in sorted(near[v]))


def oversampled(graph: RoadGraph, spacing: float, room: int) -> RoadGraph:
    """Edges cut into equal pieces of at most ``spacing``, the longest pieces first.

    It ends where no piece is longer, or after ``room`` new vertices, which come after the old
    ones. A spacing of 0 cuts nothing.

    >>> line = RoadGraph([(0, 0), (9, 0), (9, 2)], [(0, 1), (1, 2)])
    >>> oversampled(line, 3.0, 99).vertices[3:].tolist()
    [[3.0, 0.0], [6.0, 0.0]]
    >>> oversampled(RoadGraph([], []), 3.0, 99)
    RoadGraph(0 vertices, 0 edges, 0.0 px)
    """
    parts = _parts(graph.edge_lengths, spacing, room)
    points: list[FloatArray] = [graph.vertices]
    edges: list[tuple[int, int]] = []
    n = len(graph.vertices)
    for (i, j), k in zip(graph.edges.tolist(), parts.tolist(), strict=True):
        at = np.arange(1, k)[:, None] / k
        points.append(graph.vertices[i] * (1 - at) + graph.vertices[j] * at)
        edges.extend(pairwise([i, *range(n, n + k - 1), j]))
        n += k - 1
    return rebuilt(graph, np.concatenate(points), edges)


def split_at(graph: RoadGraph, edge: npt.ArrayLike, along: npt.ArrayLike) -> RoadGraph:
    """A new vertex on edge k at the share ``along`` of its way, for each of K; they come last.

    >>> split_at(RoadGraph([(0, 0), (8, 0)], [(0, 1)]), [0, 0], [0.75, 0.5]).edges.tolist()
    [[0, 3], [2, 3], [1, 2]]
    >>> split_at(RoadGraph([], []), [], [])
    RoadGraph(0 vertices, 0 edges, 0.0 px)
    """
    of, at = np.asarray(edge, dtype=np.int64), np.asarray(along, dtype=np.float64)
    start, end = (graph.vertices[graph.edges[of, k]] for k in (0, 1))
    new = start * (1 - at[:, None]) + end * at[:, None]
    inner: list[list[int]] = [[] for _ in graph.edges]
    for k in np.lexsort((at, of)).tolist():
        inner[of[k]].append(len(graph.vertices) + k)
    edges: list[tuple[int, int]] = []
    for (i, j), between in zip(graph.edges.tolist(), inner, strict=True):
        edges.extend(pairwise([i, *between, j]))
    return rebuilt(graph, np.concatenate([graph.vertices, new]), edges)


def _parts(lengths: FloatArray, spacing: float, room: int) -> Ints:
    """[M] into how many pieces each edge is cut."""
    parts = np.ones(len(lengths), dtype=np.int64)
    if spacing <= 0:
        return parts
    heap = [(-length, e) for e, length in enumerate(lengths.tolist())]
    heapq.heapify(heap)
    while heap and room > 0 and -heap[0][0] > spacing * (1 + 1e-9):
        _, e = heap[0]
        parts[e] += 1
        room -= 1
        heapq.heapreplace(heap, (-float(lengths[e]) / int(parts[e]), e))
    return parts


def arranged(points: npt.ArrayLike, edges: npt.ArrayLike) -> tuple[FloatArray, IntArray]:
    """Points [N, 2] by x then y, each once; edges [M, 2] i < j, ascending, each once.

    The order of autoregression: all edges from the first point to later ones, then the second's.

    >>> points, edges = arranged([(5, 0), (1, 2), (1, 1), (5, 0)], [(0, 1), (2, 3), (0, 3)])
    >>> points.tolist(), edges.tolist()
    ([[1.0, 1.0], [1.0, 2.0], [5.0, 0.0]], [[0, 2], [1, 2]])
    >>> arranged([], [])[1].shape
    (0, 2)
    """
    given = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    found, inverse = np.unique(given, axis=0, return_inverse=True)
    pairs = np.sort(inverse.reshape(-1)[np.asarray(edges, dtype=np.int64).reshape(-1, 2)], axis=1)
    pairs = np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)
    return found, pairs.astype(np.int32)
