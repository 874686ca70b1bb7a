"""The official SpaceNet 3 scorer (TopCoder, Java), step by step, with what makes its numbers.

Source: anilbatra2185/road_connectivity@01e4166, APLS-Visualizer/apls_visualizer-dg/src/geom,
classes Graph, Metrics, LineString and P2. Its tolerance of a tenth of a pixel, the order in which
a Java hash set gives its members, and points that such a set refuses because it holds an equal one
all reach the score on crossings without a node, so they are followed here. Two things are not:
points are merged by their rounded coordinates, not by a 32-bit hash of them (the same within
10,000 pixels), and coordinates outside [0, 10,000) are first shifted by whole pixels.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely

from ...errors import GraphError
from ...graph import MAX_COORDINATE, FloatArray, RoadGraph
from ...index import SLACK
from ...routing import build_network, dijkstra, on_lone_cycle
from .counts import OneWay

EQUAL = 0.1  # pixels: P2.java:83, squared distance below 1e-2
HASH_SPAN = 10_000.0  # pixels: P2.java:89-91, 100000 * round(10 x) + round(10 y)
SHORT = 0.75  # Graph.java:236


class PointSet:
    """Point ids in the order that java.util.HashSet gives them; equal points are refused."""

    def __init__(self) -> None:
        self.bins: list[list[int]] = [[] for _ in range(16)]
        self.spread: dict[int, int] = {}  # id -> spread hash

    def __len__(self) -> int:
        return len(self.spread)

    def __contains__(self, point: int) -> bool:
        return point in self.spread

    def __iter__(self) -> Iterator[int]:
        for members in self.bins:
            yield from members

    def rank(self, point: int) -> tuple[int, int]:
        """Sort key of a member: its place in the iteration order."""
        index = self.spread[point] & (len(self.bins) - 1)
        return index, self.bins[index].index(point)

    def add(self, point: int, code: int) -> None:
        """Add a point that equals no member; ``code`` is its Java hash."""
        code &= 0xFFFFFFFF
        self.spread[point] = code ^ (code >> 16)
        members = self.bins[self.spread[point] & (len(self.bins) - 1)]
        members.append(point)
        is_crowded = len(members) > 8 and len(self.bins) < 64  # HashMap.treeifyBin
        if is_crowded or len(self.spread) > 0.75 * len(self.bins):
            self._grow()

    def discard(self, point: int) -> None:
        """Take a member out."""
        self.bins[self.spread.pop(point) & (len(self.bins) - 1)].remove(point)

    def _grow(self) -> None:
        old = self.bins
        self.bins = [[] for _ in range(2 * len(old))]
        for members in old:
            for point in members:
                self.bins[self.spread[point] & (len(self.bins) - 1)].append(point)


@dataclass
class Roads:
    """A graph of polylines between points; ``nodes`` is what the scorer sees as its nodes."""

    xy: list[tuple[float, float]] = field(default_factory=list)
    nodes: PointSet = field(default_factory=PointSet)
    at: dict[tuple[int, int], list[int]] = field(default_factory=dict)  # members by rounded place
    lines: list[list[int] | None] = field(default_factory=list)  # points of each edge; None: gone
    length: list[float] = field(default_factory=list)
    edges_of: dict[int, list[int]] = field(default_factory=dict)
    snapped: dict[int, float] = field(default_factory=dict)  # distance that an injected point moved

    def point(self, x: float, y: float) -> int:
        """A new point."""
        self.xy.append((x, y))
        return len(self.xy) - 1

    def insert(self, point: int) -> bool:
        """Make a point a node; False, and nothing done, where an equal node is there already."""
        if self.equal_node(*self.xy[point]) is not None:
            return False
        key = rounded(*self.xy[point])
        self.nodes.add(point, 100_000 * key[0] + key[1])
        self.at.setdefault(key, []).append(point)
        return True

    def equal_node(self, x: float, y: float) -> int | None:
        """The node with the same rounded place and nearer than 0.1: what a Java set calls equal."""
        for other in self.at.get(rounded(x, y), ()):
            if is_equal(self.xy[other], (x, y)):
                return other
        return None

    def close_node(self, x: float, y: float) -> int | None:
        """The first node in set order that is nearer than 0.1."""
        kx, ky = rounded(x, y)
        close = [
            p
            for dx in (-1, 0, 1)
            for dy in (-1, 0, 1)
            for p in self.at.get((kx + dx, ky + dy), ())
            if is_equal(self.xy[p], (x, y))
        ]
        return min(close, key=self.nodes.rank, default=None)

    def add_line(self, points: list[int], ends: tuple[int, int] | None = None) -> int:
        """A new edge along points, known to the nodes ``ends`` (default: its own)."""
        edge = len(self.lines)
        self.lines.append(points)
        self.length.append(sum(math.dist(self.xy[p], self.xy[q]) for p, q in pairwise(points)))
        for end in set(ends or (points[0], points[-1])):
            self.edges_of.setdefault(end, []).append(edge)
        return edge

    def arcs(self) -> Iterator[tuple[int, int, float]]:
        """(from, to, length) between nodes: where an edge begins at a point that equals its node
        but is another, it leads away from that node and not back.
        """
        for node in self.nodes:
            for edge in self.edges_of.get(node, ()):
                line = self.lines[edge]
                assert line is not None
                is_start = is_equal(self.xy[node], self.xy[line[0]])
                other = line[-1] if is_start else line[0]
                if other in self.nodes:
                    yield node, other, self.length[edge]

    def remove_line(self, edge: int) -> list[int]:
        """Take an edge out; its points."""
        points = self.lines[edge]
        assert points is not None
        self.lines[edge] = None
        for end in {points[0], points[-1]}:
            self.edges_of[end].remove(edge)
        return points


def rounded(x: float, y: float) -> tuple[int, int]:
    """Tenths of a pixel, rounded half up as Java does."""
    return int(np.floor(10 * x + 0.5)), int(np.floor(10 * y + 0.5))


def is_equal(a: tuple[float, float], b: tuple[float, float]) -> bool:
    """Nearer than a tenth of a pixel."""
    dx, dy = a[0] - b[0], a[1] - b[1]
    return dx * dx + dy * dy < EQUAL * EQUAL


def pixel_frame(gt: RoadGraph, pred: RoadGraph, merge_dist: float) -> list[FloatArray]:
    """Vertices of both in pixels whose tenth is ``merge_dist``, shifted where the hash needs it."""
    scale = EQUAL / merge_dist
    frames = [graph.vertices * scale for graph in (gt, pred)]
    both = np.concatenate(frames)
    if len(both) and (both.min() < 0 or both.max() >= HASH_SPAN):
        frames = [frame - np.floor(both.min(axis=0)) for frame in frames]
    span = max((float(frame.max(initial=0.0)) for frame in frames), default=0.0) / scale
    if span * scale > MAX_COORDINATE:
        raise GraphError(
            f"apls:spacenet: the two networks extend over {span:.3g}, too far for steps of "
            f"{merge_dist:g}: check the unit and the coordinates"
        )
    return frames


def from_graph(graph: RoadGraph, xy: FloatArray) -> Roads:
    """Merge points that round alike into the first, then contract nodes with two edges.

    A cycle without another node keeps all of its points as nodes.
    """
    named = graph.edges.ravel()
    _, first, merged = np.unique(
        np.floor(10 * xy[named] + 0.5), axis=0, return_index=True, return_inverse=True
    )
    pairs = merged.reshape(-1, 2)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    simple = RoadGraph(xy[named[first]], pairs)
    used = simple.degrees > 0
    network = build_network(simple, on_lone_cycle(simple), simple.edge_lengths)
    roads = Roads()
    for x, y in simple.vertices.tolist():
        roads.point(x, y)
    for vertex in np.argsort(first).tolist():
        if used[vertex]:
            roads.insert(vertex)
    position = {vertex: k for k, vertex in enumerate(roads.nodes)}
    stops = set(network.stop_vertex.tolist())
    for vertex in np.flatnonzero(used).tolist():
        if vertex not in stops:
            roads.nodes.discard(vertex)
            roads.at[rounded(*roads.xy[vertex])].remove(vertex)
    for start, end in zip(network.chain_ptr[:-1], network.chain_ptr[1:], strict=True):
        line = network.chain_vertex[start:end].tolist()
        # contracted lines run from the end that the node set gives first
        is_backward = len(line) > 2 and position[line[-1]] < position[line[0]]
        roads.add_line(line[::-1] if is_backward else line)
    return roads


def insert_midpoints(roads: Roads, spacing: float, is_reversed: bool) -> None:
    """Cut every edge of at least 0.75 spacing: once below the spacing, else floor(L / spacing).

    The original walks a hash set of objects, an order that means nothing but decides which of two
    midpoints at one place is refused. Walking the second graph backwards gives its value where
    roads cross in both graphs.
    """
    edges = list(enumerate(roads.lines))
    for edge, line in reversed(edges) if is_reversed else edges:
        length = roads.length[edge]
        if line is None or spacing <= 0 or length < SHORT * spacing:
            continue
        n_cuts = 1 if length < spacing else int(length // spacing)
        rest, step = edge, length / (n_cuts + 1)
        for _ in range(n_cuts):
            rest = _cut(roads, rest, step)


def copy_roads(roads: Roads) -> Roads:
    """The scorer's deep copy: edges that begin at a refused point are lost, others re-joined."""
    result = Roads(xy=list(roads.xy))
    members = list(roads.nodes)
    for point in members:
        result.insert(point)
    for point in members:
        for edge in roads.edges_of.get(point, ()):
            line = roads.lines[edge]
            if line is not None and line[0] == point:
                matches = [(p, roads.equal_node(*roads.xy[p])) for p in line]
                result.add_line([p if match is None else match for p, match in matches])
    return result


class Injector:
    """Injects points into one copy of a graph; `place` tells where each went."""

    def __init__(self, roads: Roads, snap_dist: float) -> None:
        self.roads, self.snap_dist = roads, snap_dist
        ends, owner = _segments(roads)
        self.tree = shapely.STRtree(shapely.linestrings(ends) if len(ends) else [])
        self.edge_of_segment = owner.tolist()
        self.pieces = {edge: [edge] for edge in range(len(roads.lines))}
        self.origin = {edge: edge for edge in range(len(roads.lines))}
        self.alias: dict[tuple[int, int], list[tuple[tuple[float, float], int]]] = {}

    def inject(self, x: float, y: float) -> int | None:
        """The point where (x, y) comes to lie, or None where the graph is too far."""
        node = self.roads.close_node(x, y)
        if node is not None:
            return self._alias_of((x, y), node)
        found = self._nearest(x, y)
        if found is None or found[0] > self.snap_dist:
            return None
        _, edge, k, at = found
        line = self.roads.lines[edge]
        assert line is not None
        for end in (line[0], line[-1]):
            if is_equal(at, self.roads.xy[end]):
                return self._alias_of(at, end)
        return self._split(edge, k, at, found[0])

    def canonical(self, point: int) -> int:
        """The node that a point is an alias of, or the point itself."""
        place = self.roads.xy[point]
        for other, node in self.alias.get(rounded(*place), ()):
            if is_equal(other, place):
                return node
        return point

    def _alias_of(self, place: tuple[float, float], node: int) -> int:
        names = self.alias.setdefault(rounded(*place), [])
        known = next((p for p, _ in names if is_equal(p, place)), place)  # a map keeps its key
        names[:] = [(p, n) for p, n in names if p != known] + [(known, node)]
        return self.roads.point(*place)

    def _nearest(self, x: float, y: float) -> tuple[float, int, int, tuple[float, float]] | None:
        """(distance, edge, segment, place) of the first nearest segment in the scorer's order."""
        reach = self.snap_dist * SLACK + EQUAL
        near = self.tree.query(shapely.Point(x, y), predicate="dwithin", distance=reach)
        edges = {p for k in near.tolist() for p in self.pieces[self.edge_of_segment[k]]}
        best: tuple[float, int, int, tuple[float, float]] | None = None
        for edge in sorted(edges, key=self._search_rank):
            line = self.roads.lines[edge]
            if line is None or line[0] not in self.roads.nodes:
                continue
            for k, (distance, place) in enumerate(_project_line(self.roads, line, (x, y))):
                if best is None or distance < best[0]:
                    best = distance, edge, k, place
                if distance == 0:
                    return best
        return best

    def _search_rank(self, edge: int) -> tuple[int, int, int]:
        line = self.roads.lines[edge]
        if line is None or line[0] not in self.roads.nodes:
            return 1 << 40, 0, edge
        return *self.roads.nodes.rank(line[0]), edge

    def _split(self, edge: int, k: int, at: tuple[float, float], distance: float) -> int:
        roads = self.roads
        points = roads.remove_line(edge)
        new = roads.point(*at)
        roads.snapped[new] = distance
        before = points[k + 1] if is_equal(at, roads.xy[points[k + 1]]) else points[k]
        # the original looks for an equal point, and may find an earlier one
        i = next(i for i, p in enumerate(points) if is_equal(roads.xy[p], roads.xy[before]))
        head = points[:i] if is_equal(at, roads.xy[before]) else [*points[:i], before]
        roads.insert(new)
        halves = [
            roads.add_line([*head, new], (points[0], new)),
            roads.add_line([new, *points[i + 1 :]], (new, points[-1])),
        ]
        origin = self.origin[edge]
        self.pieces[origin] = [p for p in self.pieces[origin] if p != edge] + halves
        self.origin.update(dict.fromkeys(halves, origin))
        return new


def score_one_way(graph: Roads, other: Roads, snap_dist: float, n_nodes: int) -> OneWay:
    """Routes between all nodes of ``graph`` on a copy of ``other``; ordered pairs, as published."""
    injector = Injector(copy_roads(other), snap_dist)
    nodes = list(graph.nodes)
    places = [injector.inject(*graph.xy[p]) for p in nodes]
    targets = [None if p is None else injector.canonical(p) for p in places]
    is_missing = np.array([t is None for t in targets], dtype=bool)
    own, theirs = _Distances(graph), _Distances(injector.roads)
    error, routes = 0.0, 0
    columns = np.array(nodes, dtype=np.int64)
    target_columns = np.array([0 if t is None else t for t in targets], dtype=np.int64)
    for i, (node, target) in enumerate(zip(nodes, targets, strict=True)):
        lengths = own.from_point(node)[columns]
        is_route = np.isfinite(lengths)
        is_route[i] = False
        routes += int(is_route.sum())
        if target is None:
            error += int(is_route.sum())
            continue
        found = theirs.from_point(target)[target_columns]
        penalty = _route_difference(lengths, np.where(is_missing, np.inf, found))
        error += float(penalty[is_route].sum())
    return OneWay(error, float(routes), len(nodes), n_nodes)


def score_both_ways(
    gt: RoadGraph, pred: RoadGraph, spacing: float, snap_dist: float, merge_dist: float
) -> tuple[OneWay, OneWay]:
    """Both directions; lengths in the graphs' unit, a pixel is ten times ``merge_dist``."""
    scale = EQUAL / merge_dist
    frames = pixel_frame(gt, pred, merge_dist)
    roads = [from_graph(graph, xy) for graph, xy in zip((gt, pred), frames, strict=True)]
    n_nodes = [len(r.nodes) for r in roads]
    insert_midpoints(roads[0], spacing * scale, is_reversed=False)
    insert_midpoints(roads[1], spacing * scale, is_reversed=True)
    forth = score_one_way(roads[0], roads[1], snap_dist * scale, n_nodes[0])
    back = score_one_way(roads[1], roads[0], snap_dist * scale, n_nodes[1])
    if not n_nodes[0] or not n_nodes[1]:
        # the scorer stops before it puts midpoints in; the routes lost count when tiles are pooled
        forth, back = (way._replace(n_control=way.n_nodes) for way in (forth, back))
    return forth, back


class _Distances:
    """Dijkstra over the edges; points that the node set refused are never passed."""

    def __init__(self, roads: Roads) -> None:
        self.n = len(roads.xy)
        self.is_node = np.zeros(self.n, dtype=bool)
        self.is_node[list(roads.nodes)] = True
        self.stale = np.zeros(self.n)
        for point, moved in roads.snapped.items():
            self.stale[point] = moved
        arcs = list(roads.arcs())
        tail, head = (np.array([arc[k] for arc in arcs], dtype=np.int64) for k in (0, 1))
        length = np.array([arc[2] for arc in arcs], dtype=np.float64)
        order = np.argsort(tail, kind="stable")
        self.ptr = np.zeros(self.n + 1, dtype=np.int64)
        np.cumsum(np.bincount(tail, minlength=self.n), out=self.ptr[1:])
        self.head, self.length = head[order], length[order]
        self.dist = np.empty(self.n)

    def from_point(self, point: int) -> FloatArray:
        """[n] distances; a refused point reaches nothing and keeps an old distance itself."""
        if self.is_node[point]:
            stops, starts = np.array([point]), np.zeros(1)
            dijkstra(self.ptr, self.head, self.length, stops, starts, self.dist)
        else:
            self.dist[:] = np.inf
        result: FloatArray = np.where(self.is_node, self.dist, self.stale)
        return result


def _route_difference(own: FloatArray, found: FloatArray) -> FloatArray:
    """Metrics.routeDiff: 0 for 0 and 0, 1 where only one is 0, else min(1, |d1 - d2| / d1)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.minimum(np.abs(own - found) / own, 1.0)
    share = np.where((own == 0) | (found == 0) | ~np.isfinite(found), 1.0, share)
    result: FloatArray = np.where((own == 0) & (found == 0), 0.0, share)
    return result


def _project_line(
    roads: Roads, line: list[int], place: tuple[float, float]
) -> list[tuple[float, tuple[float, float]]]:
    """Distance and nearest place on each segment; within 0.1 of an end it is that end, at 0."""
    return [_project_segment(place, roads.xy[a], roads.xy[b]) for a, b in pairwise(line)]


def _project_segment(
    place: tuple[float, float], a: tuple[float, float], b: tuple[float, float]
) -> tuple[float, tuple[float, float]]:
    if is_equal(place, a):
        return 0.0, a
    if is_equal(place, b):
        return 0.0, b
    dx, dy = b[0] - a[0], b[1] - a[1]
    squared = dx * dx + dy * dy
    u = ((place[0] - a[0]) * dx + (place[1] - a[1]) * dy) / squared if squared else 0.0
    on = b if u > 1 else a if u < 0 else (a[0] + u * dx, a[1] + u * dy)
    return math.dist(place, on), on


def _cut(roads: Roads, edge: int, distance: float) -> int:
    """Cut an edge at a distance from its start with a new node; the rest of the edge."""
    points = roads.remove_line(edge)
    total = 0.0
    for i in range(1, len(points)):
        a, b = np.array(roads.xy[points[i - 1]]), np.array(roads.xy[points[i]])
        step = float(np.hypot(*(b - a)))
        if total + step == distance:  # LineString.cut reuses the vertex
            new, head, tail = points[i], points[:i], points[i + 1 :]
            break
        if total + step > distance:
            x, y = (a + (distance - total) / step * (b - a)).tolist()
            new, head, tail = roads.point(x, y), points[:i], points[i:]
            break
        total += step
    roads.insert(new)
    roads.add_line([*head, new])
    return roads.add_line([new, *tail])


def _segments(roads: Roads) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """[S, 2, 2] segments of all lines, and the edge of each."""
    rows = [
        ((roads.xy[a], roads.xy[b]), edge)
        for edge, line in enumerate(roads.lines)
        if line is not None
        for a, b in itertools.pairwise(line)
    ]
    ends = np.array([r[0] for r in rows], dtype=np.float64).reshape(-1, 2, 2)
    return ends, np.array([r[1] for r in rows], dtype=np.int64)
