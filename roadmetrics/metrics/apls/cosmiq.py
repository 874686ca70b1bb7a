"""CosmiQ's Python APLS, step by step, with what makes its numbers.

Source: CosmiQ/apls@4a78807, apls/apls.py: make_graphs, make_graphs_yuge, create_graph_midpoints,
insert_control_points, insert_point_into_G, path_sim_metric, compute_apls_metric. What reaches the
score and is followed here: midpoints are put in by place, not by edge; a control point that falls
on a node takes that node over, and whoever held it is lost; the minimal path length holds only for
starts that were matched; unsplit edges keep the length that their source gives. Node ids of the
two graphs never collide here, which they could there.
"""

from __future__ import annotations

import random

import numpy as np
from numba import njit
from scipy.spatial import cKDTree

from ...elimination import Hierarchy, eliminated
from ...graph import BoolArray, FloatArray, RoadGraph
from ...routing import LongArray, Network, arcs_of, build_network, on_lone_cycle
from .cosmiq_lines import LineGraph, Points, insert_points, interpolate, length_of
from .counts import OneWay

MIDPOINT_SNAP = 5.0  # apls.py:344 max_distance_meters of insert_point_into_G
SHORT = 0.75  # apls.py:824
N_FOR_TREE, N_NEIGHBOURS = 1000, 20  # apls.py:629 n_nodes_for_kd, n_neighbors
BLOCK = 64  # sources that are swept together


def line_graph(graph: RoadGraph, first_label: int, is_given: bool) -> LineGraph:
    """Nodes and polylines of a graph: its own nodes, else every vertex of degree other than 2.

    A cycle without a node keeps all of its vertices, as osmnx's simplification does.
    """
    lengths = graph.weights if is_given and graph.weights is not None else graph.edge_lengths
    is_node = graph.is_node
    network = build_network(graph, _none(graph) if is_node is None else is_node, lengths)
    if is_node is None and _has_lone_cycle(graph, network):
        network = build_network(graph, on_lone_cycle(graph), lengths)
    first, last = network.chain_ptr[:-1], network.chain_ptr[1:]
    size, stops = last - first, network.chain_stops
    at = np.arange(len(network.chain_vertex))
    is_back = np.repeat(stops[:, 0] > stops[:, 1], size)  # a line starts at its smaller slot
    pool = graph.vertices[
        network.chain_vertex[np.where(is_back, np.repeat(first + last - 1, size) - at, at)]
    ]
    box = np.empty((len(first), 4))
    if len(first):
        box[:, :2] = np.minimum.reduceat(pool, first)
        box[:, 2:] = np.maximum.reduceat(pool, first)
    label = first_label + np.arange(len(network.stop_vertex))
    return LineGraph(
        graph.vertices[network.stop_vertex], label, np.sort(stops, axis=1), first.copy(), size,
        network.chain_length, box, pool,
    )  # fmt: skip


def _none(graph: RoadGraph) -> BoolArray:
    return np.zeros(len(graph.vertices), dtype=bool)


def _has_lone_cycle(graph: RoadGraph, network: Network) -> bool:
    """Whether a chain closes at a vertex that has no other edge."""
    start, end = network.chain_stops.T
    return bool((graph.degrees[network.stop_vertex[start[start == end]]] == 2).any())


def with_midpoints(graph: LineGraph, spacing: float, curvature: float) -> LineGraph:
    """A copy with midpoints on long edges, each put in where it falls."""
    if spacing <= 0:
        return graph
    diagonal = np.hypot(*(graph.box[:, 2:] - graph.box[:, :2]).T)
    is_long = (graph.length > 0) & (graph.length >= SHORT * spacing)
    bend = np.abs(diagonal - graph.length) / np.where(is_long, graph.length, 1.0)
    order = np.lexsort((np.arange(len(graph.first)), graph.ends[:, 0]))
    order = order[(is_long & (bend >= curvature))[order]]
    parts = np.ceil(graph.length[order] / spacing).astype(np.int64)
    points = _midpoints(graph, order, np.maximum(parts, 2), spacing)
    label = graph.label.max(initial=-1) + 1 + np.arange(len(points))
    every = np.empty((0, 0), dtype=np.int64)  # midpoints search every edge
    return LineGraph(*insert_points(graph, Points(points, label, every), MIDPOINT_SNAP, True))


def insert_all(
    graph: LineGraph, control: LineGraph, slots: LongArray, snap_dist: float, is_stealing: bool
) -> LineGraph:
    """A copy of ``graph`` with nodes of ``control`` put in.

    In a large graph only edges at the 20 nearest of its first nodes are searched.
    """
    if not len(graph.xy):
        return graph
    xy, near = control.xy[slots], np.empty((0, 0), dtype=np.int64)
    if len(graph.xy) > N_FOR_TREE:
        near = graph.label[cKDTree(graph.xy).query(xy, k=N_NEIGHBOURS)[1]]
    points = Points(xy, control.label[slots], near)
    return LineGraph(*insert_points(graph, points, snap_dist, is_stealing))


def score_one_way(
    control: LineGraph, slots: LongArray, other: LineGraph, min_path_length: float, n_nodes: int
) -> OneWay:
    """path_sim_metric over ordered pairs of control points."""
    own, theirs = _hierarchy(control), _hierarchy(other)
    slot_of, n = other.slots(), len(slots)
    targets = np.array([slot_of.get(x, -1) for x in control.label[slots].tolist()], dtype=np.int64)
    is_there = targets >= 0
    here, there = own.rank[slots], np.full(n, -1)
    there[is_there] = theirs.rank[targets[is_there]]
    per_node = np.zeros((2, n))  # errors, routes that begin or end at a node
    for low in range(0, n, BLOCK):
        block = np.arange(low, min(low + BLOCK, n))
        lengths = own.distances(slots[block])
        found = np.full((1, len(block)), np.inf)  # never read where nothing is there
        if is_there.any():
            found = theirs.distances(np.maximum(targets[block], 0))
        _add_routes(lengths, found, here, there, low, min_path_length, per_node)
    error, routes = per_node.sum(axis=1) / 2
    return OneWay(float(error), float(routes), n, n_nodes, _spread(per_node, n_nodes))


@njit(cache=True, nogil=True)
def _add_routes(lengths, found, here, there, low, min_path_length, per_node):  # type: ignore[no-untyped-def]
    """Book the routes from control points low .. low + B - 1 at both of their ends.

    lengths, found [K, B] go to each rank, here and there [n] are the ranks of the control points;
    -1: not on the other network. The least length holds for starts that are on it only.
    """
    width = lengths.shape[1]
    error, routes = np.zeros(width), np.zeros(width)
    for j in range(len(here)):
        own, other = lengths[here[j]], found[max(there[j], 0)]
        total, n = 0.0, 0
        for b in range(width):
            is_matched = there[low + b] >= 0
            if own[b] == np.inf or (own[b] < min_path_length if is_matched else low + b == j):
                continue
            share = 1.0
            if is_matched and there[j] >= 0:
                share = min(abs(other[b] - own[b]) / own[b], 1.0) if own[b] > 0.0 else 0.0
            elif is_matched and own[b] == 0.0:
                share = 0.0
            error[b] += share
            routes[b] += 1.0
            total += share
            n += 1
        per_node[0, j] += total
        per_node[1, j] += n
    for b in range(width):
        per_node[0, low + b] += error[b]
        per_node[1, low + b] += routes[b]


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
        g_slots, p_slots = (
            np.array(draw.sample(range(len(x.label)), min(max_nodes, len(x.label))), dtype=np.int64)
            for x in (g, p)
        )
    else:
        g_control, p_control = (with_midpoints(x, spacing, curvature) for x in (g, p))
        g_slots, p_slots = (np.arange(len(x.label)) for x in (g_control, p_control))
    p_prime = insert_all(p, g_control, g_slots, snap_dist, is_stealing)
    g_prime = insert_all(g, p_control, p_slots, snap_dist, is_stealing)
    return (
        score_one_way(g_control, g_slots, p_prime, min_path_length, len(g.xy)),
        score_one_way(p_control, p_slots, g_prime, min_path_length, len(p.xy)),
    )


def _hierarchy(graph: LineGraph) -> Hierarchy:
    present = graph.first >= 0
    return eliminated(*arcs_of(graph.ends[present], graph.length[present], len(graph.xy)))


@njit(cache=True, nogil=True)
def _midpoints(graph, order, parts, spacing):  # type: ignore[no-untyped-def]
    """[n, 2] places that cut each of the edges, in their order, into equal parts.

    An edge no longer than the spacing is halved by its line, a longer one cut by its length.
    """
    total = 0
    for i in range(len(order)):
        total += parts[i] - 1
    result, n = np.empty((total, 2)), 0
    for i in range(len(order)):
        e = order[i]
        begin, end = graph.first[e], graph.first[e] + graph.size[e]
        step = graph.length[e] / parts[i]
        if graph.length[e] <= spacing:
            step = 0.5 * length_of(graph.pool, begin, end)
        for k in range(1, parts[i]):
            result[n, 0], result[n, 1] = interpolate(graph.pool, begin, end, k * step)
            n += 1
    return result
