"""Routes on chains against networkx, on real and random graphs."""

import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import roadmetrics as rm
from roadmetrics.routing import Places, distances_from, network_of, on_lone_cycle, route_blocks
from roadmetrics.snap import control_points, points_at, snap


def random_graph(seed, n=40, m=60):
    """Random vertices and edges: several components, cycles, chains and loops of chains."""
    rng = np.random.default_rng(seed)
    edges = rng.integers(0, n, (m, 2))
    return rm.RoadGraph(rng.uniform(0, 500, (n, 2)).round(3), edges, "m")


@given(st.integers(0, 10_000))
def test_stop_distances_agree_with_networkx(seed):
    """Dijkstra over chains finds what Dijkstra over all vertices finds."""
    graph = random_graph(seed, 30, 34)
    network = network_of(graph)
    used = np.flatnonzero(network.stop_place.chain >= 0)
    if not len(used):
        return
    places = Places(network.stop_place.chain[used], network.stop_place.offset[used])
    oracle = nx.single_source_dijkstra_path_length(
        graph.to_networkx(), int(network.stop_vertex[used[0]]), weight="length"
    )
    got = distances_from(network, (int(places.chain[0]), float(places.offset[0])), places)
    want = [oracle.get(int(v), np.inf) for v in network.stop_vertex[used]]
    assert got == pytest.approx(want, abs=1e-9)


@given(st.integers(0, 10_000))
def test_chains_hold_every_edge_once(seed):
    """Chain lengths sum to the graph's, and each edge knows its place on its chain."""
    graph = random_graph(seed)
    network = network_of(graph)
    assert network.chain_length.sum() == pytest.approx(graph.length)
    ends = np.stack([network.edge_offset, network.edge_offset + network.edge_span], axis=1)
    for end in (0, 1):
        places = Places(network.edge_chain, ends[:, end].copy())
        points = points_at(graph, network, places)
        assert points == pytest.approx(graph.vertices[graph.edges[:, end]], abs=1e-6)


@given(st.integers(0, 10_000), st.sampled_from([15.0, 50.0, 0.0]))
def test_routes_between_control_points(seed, spacing):
    """Routes between control points agree with a graph in which those points are vertices."""
    graph = random_graph(seed, 14, 14)
    places, points = control_points(graph, spacing)
    network = network_of(graph)
    oracle = nx.Graph()
    for c in range(len(network.chain_length)):
        inner = [("p", k, float(places.offset[k])) for k in np.flatnonzero(places.chain == c)]
        ends = [
            ("s", int(network.chain_stops[c, 0]), 0.0),
            ("s", int(network.chain_stops[c, 1]), float(network.chain_length[c])),
        ]
        nodes = sorted([*inner, *ends], key=lambda node: node[2])
        for (ka, a, low), (kb, b, high) in itertools.pairwise(nodes):
            old = oracle.get_edge_data((ka, a), (kb, b), {"w": np.inf})["w"]
            oracle.add_edge((ka, a), (kb, b), w=min(old, high - low))
    candidates = snap(graph, points, 1.0)
    for first, own, _ in route_blocks(network, places, network, candidates):
        for row in range(len(own)):
            i = first + row
            reach = nx.single_source_dijkstra_path_length(oracle, ("p", i), weight="w")
            want = [reach.get(("p", j), np.inf) for j in range(i + 1, len(points))]
            assert own[row, i + 1 :] == pytest.approx(want, abs=1e-6)


def test_control_points_of_one_road():
    """Ends, and parts of at most the spacing; short roads are not cut."""
    for length, n in ((30, 2), (37, 2), (37.5, 3), (50, 3), (50.1, 3), (100, 3), (101, 4)):
        graph = rm.RoadGraph([(0, 0), (length, 0)], [(0, 1)])
        assert len(control_points(graph, 50.0)[1]) == n, length


def test_lone_cycles_stop_at_corners():
    """Shape vertices on straight sides are no stops."""
    square = [(0, 0), (50, 0), (100, 0), (100, 100), (0, 100)]
    graph = rm.RoadGraph(square, [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)])
    assert on_lone_cycle(graph).all()
    assert sorted(network_of(graph).stop_vertex.tolist()) == [0, 2, 3, 4]


def test_all_nearest_places_are_candidates():
    """A point on a crossing without a vertex has a place on each road."""
    cross = rm.RoadGraph([(0, 0), (10, 10), (0, 10), (10, 0)], [(0, 1), (2, 3)])
    candidates = snap(cross, np.array([[5.0, 5.0], [0.0, 0.0], [90.0, 0.0]]), 2.0)
    assert np.diff(candidates.ptr).tolist() == [2, 1, 0]


def test_empty_graphs_have_no_places():
    """Nothing to contract, nothing to snap to."""
    empty = rm.RoadGraph([], [])
    assert len(network_of(empty).chain_length) == 0
    assert len(control_points(empty, 50.0)[1]) == 0
    assert snap(empty, np.zeros((2, 2)), 5.0).ptr.tolist() == [0, 0, 0]


def test_kernels_compile_once():
    """One signature a kernel: read-only or sliced input never makes a second one."""
    from roadmetrics import cover, routing

    graph = random_graph(1)
    for metric in ("apls", "tlts", "ccq", "apls:sat2graph", "apls:cosmiq", "apls:spacenet"):
        rm.get(metric)(graph, graph)
    for kernel in (
        routing.dijkstra,
        routing._trace,
        routing._offsets,
        routing._compare_routes,
        cover._union_of_intervals,
    ):
        assert len(kernel.signatures) == 1, kernel
