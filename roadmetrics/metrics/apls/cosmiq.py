"""CosmiQ's Python APLS, step by step, with what makes its numbers.

Source: CosmiQ/apls@4a78807, apls/apls.py: make_graphs, make_graphs_yuge, create_graph_midpoints,
insert_control_points, insert_point_into_G, path_sim_metric, compute_apls_metric. What reaches the
score and is followed here: midpoints are put in by place, not by edge; a control point that falls
on a node takes that node over, and whoever held it is lost; the minimal path length holds only for
starts that were matched; unsplit edges keep the length that their source gives. Node ids of the
two graphs never collide here, which they could there.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

from ...graph import FloatArray, RoadGraph
from ...routing import build_network, dijkstra, on_lone_cycle
from .counts import OneWay

MIDPOINT_SNAP = 5.0  # apls.py:344 max_distance_meters of insert_point_into_G
COINCIDENT = 0.05  # apls.py:505 buff
SHORT = 0.75  # apls.py:824
N_FOR_TREE, N_NEIGHBOURS = 1000, 20  # apls.py:629 n_nodes_for_kd, n_neighbors

Line = npt.NDArray[np.float64]  # [P, 2]


@dataclass
class LineGraph:
    """Nodes in slots that keep their order, each with a label; edges are polylines.

    Edges are searched in networkx's order: by the smaller slot of their ends, then by age.
    """

    xy: list[tuple[float, float]] = field(default_factory=list)  # by slot
    label: list[int] = field(default_factory=list)  # by slot
    slot: dict[int, int] = field(default_factory=dict)  # by label
    ends: list[tuple[int, int]] = field(default_factory=list)  # slots, by edge
    lines: list[Any] = field(default_factory=list)  # shapely LineStrings; None: taken out
    length: list[float] = field(default_factory=list)
    box: list[tuple[float, float, float, float]] = field(default_factory=list)

    def copy(self) -> LineGraph:
        """A graph that shares nothing that changes."""
        return LineGraph(
            list(self.xy), list(self.label), dict(self.slot), list(self.ends),
            list(self.lines), list(self.length), list(self.box),
        )  # fmt: skip

    def add_node(self, label: int, x: float, y: float) -> int:
        """A new node; its slot."""
        self.xy.append((x, y))
        self.label.append(label)
        self.slot[label] = len(self.xy) - 1
        return len(self.xy) - 1

    def add_edge(self, a: int, b: int, line: shapely.LineString, length: float) -> None:
        """A new edge between slots."""
        self.ends.append((a, b))
        self.lines.append(line)
        self.length.append(length)
        self.box.append(tuple(shapely.bounds(line)))

    def take_over(self, slot: int, label: int) -> None:
        """Relabel a node; the old label is no more."""
        del self.slot[self.label[slot]]
        self.label[slot] = label
        self.slot[label] = slot


def line_graph(graph: RoadGraph, first_label: int, is_given: bool) -> LineGraph:
    """Nodes and polylines of a graph: its own nodes, else every vertex of degree other than 2.

    A cycle without a node keeps all of its vertices, as osmnx's simplification does.
    """
    lengths = graph.weights if is_given and graph.weights is not None else graph.edge_lengths
    nodes = graph.is_node if graph.is_node is not None else on_lone_cycle(graph)
    network = build_network(graph, nodes, lengths)
    result = LineGraph()
    for k, vertex in enumerate(network.stop_vertex.tolist()):
        result.add_node(first_label + k, *graph.vertices[vertex].tolist())
    for c, (a, b) in enumerate(network.chain_stops.tolist()):
        points = network.chain_vertex[network.chain_ptr[c] : network.chain_ptr[c + 1]]
        line = graph.vertices[points if a <= b else points[::-1]]
        result.add_edge(
            min(a, b), max(a, b), shapely.LineString(line), float(network.chain_length[c])
        )
    return result


class Inserter:
    """Puts points into a graph one after the other, as insert_point_into_G does."""

    def __init__(self, graph: LineGraph, snap_dist: float, is_stealing: bool) -> None:
        self.graph, self.snap_dist, self.is_stealing = graph, snap_dist, is_stealing
        self.box = np.array(graph.box, dtype=np.float64).reshape(-1, 4)
        self.n_boxes = len(self.box)
        self.near_nodes: cKDTree | None = None
        if len(graph.xy) > N_FOR_TREE:
            self.near_nodes = cKDTree(np.array(graph.xy))
            self.labels = list(graph.label)

    def insert(self, label: int, x: float, y: float) -> None:
        """Put a point on the nearest edge, or leave it out where that is too far."""
        point = shapely.Point(x, y)
        edge = self._nearest(point, x, y)
        if edge is None:
            return
        graph = self.graph
        line = graph.lines[edge]
        at = line.project(point)
        place = line.interpolate(at)
        halves = cut_line(line, at)
        if halves is None:  # the original adds the node and gives up
            graph.add_node(label, place.x, place.y)
        elif len(halves) == 1:
            self._insert_at_end(label, edge, place)
        else:
            self._split(label, edge, place, halves)

    def _nearest(self, point: shapely.Point, x: float, y: float) -> int | None:
        self._grow_box()
        reach = self.snap_dist * (1 + 1e-9)
        near = np.flatnonzero(
            (self.box[:, 0] <= x + reach) & (self.box[:, 2] >= x - reach)
            & (self.box[:, 1] <= y + reach) & (self.box[:, 3] >= y - reach)
        )  # fmt: skip
        edges = [e for e in near.tolist() if self.graph.lines[e] is not None]
        if self.near_nodes is not None:
            edges = self._touching_near_nodes(edges, x, y)
        if not edges:
            return None
        edges.sort(key=lambda e: (min(self.graph.ends[e]), e))
        distance = shapely.distance(np.array([self.graph.lines[e] for e in edges]), point)
        best = int(np.argmin(distance))
        return None if distance[best] > self.snap_dist else edges[best]

    def _touching_near_nodes(self, edges: list[int], x: float, y: float) -> list[int]:
        """In a large graph only edges at the 20 nearest of its first nodes are searched."""
        assert self.near_nodes is not None
        _, near = self.near_nodes.query((x, y), k=N_NEIGHBOURS)
        names = {self.labels[k] for k in near.tolist()}
        label, ends = self.graph.label, self.graph.ends
        return [e for e in edges if label[ends[e][0]] in names or label[ends[e][1]] in names]

    def _grow_box(self) -> None:
        """Boxes of all edges so far in the first rows of ``box``, whose room doubles."""
        n = len(self.graph.box)
        if n == self.n_boxes:
            return
        if n > len(self.box):
            room = np.full((2 * n, 4), np.nan)  # no comparison with nan holds
            room[: self.n_boxes] = self.box[: self.n_boxes]
            self.box = room
        self.box[self.n_boxes : n] = self.graph.box[self.n_boxes :]
        self.n_boxes = n

    def _insert_at_end(self, label: int, edge: int, place: shapely.Point) -> None:
        graph = self.graph
        for slot in graph.ends[edge]:
            x, y = graph.xy[slot]
            if abs(place.x - x) <= COINCIDENT and abs(place.y - y) <= COINCIDENT:
                break
        else:
            graph.add_node(label, place.x, place.y)
            return
        if self.is_stealing:
            graph.take_over(slot, label)
            return
        new = graph.add_node(label, place.x, place.y)
        stub = shapely.LineString([(place.x, place.y), (x, y)])
        graph.add_edge(slot, new, stub, stub.length)

    def _split(
        self, label: int, edge: int, place: shapely.Point, halves: list[shapely.LineString]
    ) -> None:
        graph = self.graph
        a, b = graph.ends[edge]
        first = np.array(shapely.get_coordinates(graph.lines[edge])[0])
        to_a, to_b = (np.hypot(*(np.array(graph.xy[s]) - first)) for s in (a, b))
        head, tail = halves if to_a <= to_b else halves[::-1]
        new = graph.add_node(label, place.x, place.y)
        graph.lines[edge] = None
        graph.add_edge(a, new, head, head.length)
        graph.add_edge(b, new, tail, tail.length)


def cut_line(line: shapely.LineString, at: float) -> list[shapely.LineString] | None:
    """Two halves; the line alone where ``at`` is an end; None where no vertex lies beyond ``at``.

    The last happens on a closed line: its last vertex projects to its start (apls.py:217-262).
    """
    if at <= 0 or at >= line.length:
        return [line]
    xy = shapely.get_coordinates(line)
    along = shapely.line_locate_point(line, shapely.points(xy))
    for i, position in enumerate(along.tolist()):
        if position == at:
            return [shapely.LineString(xy[: i + 1]), shapely.LineString(xy[i:])]
        if position > at:
            cut = line.interpolate(at)
            middle = np.array([[cut.x, cut.y]])
            return [
                shapely.LineString(np.concatenate([xy[:i], middle])),
                shapely.LineString(np.concatenate([middle, xy[i:]])),
            ]
    return None


def with_midpoints(graph: LineGraph, spacing: float, curvature: float) -> LineGraph:
    """A copy with midpoints on long edges, each put in where it falls."""
    result = graph.copy()
    inserter = Inserter(result, MIDPOINT_SNAP, is_stealing=True)
    inserter.near_nodes = None  # midpoints search every edge
    label = max(graph.label, default=-1) + 1
    order = sorted(range(len(graph.lines)), key=lambda e: (min(graph.ends[e]), e))
    for edge in order:
        line, length = graph.lines[edge], graph.length[edge]
        x0, y0, x1, y1 = graph.box[edge]
        diagonal = float(np.hypot(x1 - x0, y1 - y0))
        is_straight = length <= 0 or abs(diagonal - length) / length < curvature
        if line is None or is_straight or spacing <= 0 or length < SHORT * spacing:
            continue
        for at in _midpoint_offsets(line.length, length, spacing):
            place = line.interpolate(at)
            inserter.insert(label, place.x, place.y)
            label += 1
    return result


def insert_all(graph: LineGraph, control: LineGraph, labels: list[int], snap_dist: float,
               is_stealing: bool) -> LineGraph:  # fmt: skip
    """A copy of ``graph`` with the nodes of ``control`` put in."""
    result = graph.copy()
    if not result.xy:
        return result
    inserter = Inserter(result, snap_dist, is_stealing)
    for label in labels:
        inserter.insert(label, *control.xy[control.slot[label]])
    return result


def score_one_way(
    control: LineGraph, labels: list[int], other: LineGraph, min_path_length: float, n_nodes: int
) -> OneWay:
    """path_sim_metric over ordered pairs of control points."""
    own, theirs = _Distances(control), _Distances(other)
    columns = np.array([control.slot[label] for label in labels], dtype=np.int64)
    targets = [other.slot.get(label) for label in labels]
    is_missing = np.array([t is None for t in targets], dtype=bool)
    target_columns = np.array([t or 0 for t in targets], dtype=np.int64)
    per_node = np.zeros((2, len(labels)))  # errors, routes that begin or end at a node
    for i, target in enumerate(targets):
        lengths = own.from_slot(int(columns[i]))[columns]
        is_route = np.isfinite(lengths)
        if target is None:
            is_route[i] = False
            _add_routes(per_node, i, np.flatnonzero(is_route), 1.0)
            continue
        is_route &= lengths >= min_path_length
        found = theirs.from_slot(target)[target_columns]
        found = np.where(is_missing, np.inf, found)[is_route]
        _add_routes(
            per_node, i, np.flatnonzero(is_route), _path_difference(lengths[is_route], found)
        )
    error, routes = per_node.sum(axis=1) / 2
    return OneWay(float(error), float(routes), len(labels), n_nodes, _spread(per_node, n_nodes))


def _add_routes(per_node: FloatArray, start: int, ends: Any, error: Any) -> None:
    """Book routes from one node at both of their ends."""
    errors = np.broadcast_to(error, ends.shape)
    per_node[0, ends] += errors
    per_node[1, ends] += 1
    per_node[:, start] += errors.sum(), len(ends)


def _spread(per_node: FloatArray, n_nodes: int) -> tuple[float, float, float]:
    """Sums of products of errors and routes over the nodes drawn; 0 where all were taken."""
    n = per_node.shape[1]
    if n >= n_nodes or n < 2:
        return 0.0, 0.0, 0.0
    scale = n / (n - 1) * (1 - n / n_nodes)  # drawn without replacement
    e, r = per_node
    return float(e @ e * scale), float(e @ r * scale), float(r @ r * scale)


def score_both_ways(
    gt: RoadGraph, pred: RoadGraph, *, spacing: float, snap_dist: float, curvature: float,
    min_path_length: float, is_stealing: bool, is_given: bool, max_nodes: int, seed: int,
) -> tuple[OneWay, OneWay]:  # fmt: skip
    """Both directions. max_nodes > 0: no midpoints, that many nodes drawn at random of each."""
    g = line_graph(gt, 0, is_given)
    p = line_graph(pred, 1 << 40, is_given)
    if max_nodes:
        draw = random.Random(seed)  # noqa: S311  (the published program draws with it)
        g_control, p_control = g, p
        g_labels = draw.sample(g.label, min(max_nodes, len(g.label)))
        p_labels = draw.sample(p.label, min(max_nodes, len(p.label)))
    else:
        g_control, p_control = (with_midpoints(x, spacing, curvature) for x in (g, p))
        g_labels, p_labels = list(g_control.label), list(p_control.label)
    p_prime = insert_all(p, g_control, g_labels, snap_dist, is_stealing)
    g_prime = insert_all(g, p_control, p_labels, snap_dist, is_stealing)
    return (
        score_one_way(g_control, g_labels, p_prime, min_path_length, len(g.xy)),
        score_one_way(p_control, p_labels, g_prime, min_path_length, len(p.xy)),
    )


class _Distances:
    """Dijkstra over slots."""

    def __init__(self, graph: LineGraph) -> None:
        present = [e for e, line in enumerate(graph.lines) if line is not None]
        ends = np.array([graph.ends[e] for e in present], dtype=np.int64).reshape(-1, 2)
        length = np.repeat(np.array([graph.length[e] for e in present], dtype=np.float64), 2)
        tail = ends.ravel()
        order = np.argsort(tail, kind="stable")
        self.ptr = np.zeros(len(graph.xy) + 1, dtype=np.int64)
        np.cumsum(np.bincount(tail, minlength=len(graph.xy)), out=self.ptr[1:])
        self.head, self.length = ends[:, ::-1].ravel()[order].copy(), length[order]
        self.dist = np.empty(len(graph.xy))

    def from_slot(self, slot: int) -> FloatArray:
        """[n] distances, valid until the next call."""
        dijkstra(self.ptr, self.head, self.length, np.array([slot]), np.zeros(1), self.dist)
        return self.dist


def _path_difference(own: FloatArray, found: FloatArray) -> FloatArray:
    """single_path_metric: 0 for a route of no length, else min(1, |L - L'| / L)."""
    gap = np.abs(found - own)
    share = np.minimum(gap / np.where(own > 0, own, 1.0), 1.0)
    result: FloatArray = np.where(own > 0, share, 0.0)
    return result


def _midpoint_offsets(line_length: float, length: float, spacing: float) -> list[float]:
    if length <= spacing:
        return [0.5 * line_length]
    n_points = math.ceil(length / spacing) + 1
    offsets: list[float] = np.linspace(0, length, n_points)[1:-1].tolist()
    return offsets
