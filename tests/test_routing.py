"""Routes on chains against networkx, on real and random graphs."""

import itertools
import subprocess
import sys

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import roadmetrics as rm
from roadmetrics.elimination import hierarchy_of
from roadmetrics.routes import route_blocks
from roadmetrics.routing import Candidates, Places, distances_from, network_of, on_lone_cycle
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
    want = np.full((len(points), len(points)), np.inf)
    for i in range(len(points)):
        reach = nx.single_source_dijkstra_path_length(oracle, ("p", i), weight="w")
        for node, length in reach.items():
            if node[0] == "p":
                want[i, node[1]] = length
    np.fill_diagonal(want, 0.0)
    assert table(network, places, network, candidates, both=True)[0] == pytest.approx(
        want, abs=1e-6
    )
    once = table(network, places, network, candidates, both=False)[0]
    assert np.maximum(once, once.T) == pytest.approx(want, abs=1e-6)
    assert not (np.minimum(once, once.T)).any()


def table(network, places, other, candidates, both):
    """Own and likest lengths [n, n] of all routes, put together from the blocks."""
    n = len(places.chain)
    own, likest = np.full((n, n), np.nan), np.full((n, n), np.nan)
    for block in route_blocks(network, places, other, candidates, both=both):
        at = np.ix_(block.end, block.start)
        own[at], likest[at] = block.own, block.likest
    own[np.isnan(own)] = 0.0
    return own, likest


@given(st.integers(0, 10_000), st.floats(0, 60))
def test_routes_on_the_other_network(seed, snap_dist):
    """Of all pairs of candidates the one whose route is nearest to the own one."""
    graph, other = random_graph(seed, 14, 14), random_graph(seed + 1, 20, 24)
    places, points = control_points(graph, 30.0)
    network, there = network_of(graph), network_of(other)
    rng = np.random.default_rng(seed)
    counts = np.where(
        np.diff(snap(other, points, snap_dist).ptr) > 0, rng.integers(1, 4, len(points)), 0
    )
    ptr = np.concatenate([[0], np.cumsum(counts)])
    chain = rng.integers(0, len(there.chain_length), ptr[-1])
    candidates = Candidates(ptr, chain, rng.random(ptr[-1]) * there.chain_length[chain])
    own, likest = table(network, places, there, candidates, both=True)
    targets = Places(candidates.chain, candidates.offset)
    for i in range(len(points)):
        lengths = [
            distances_from(there, (int(chain[k]), float(candidates.offset[k])), targets)
            for k in range(ptr[i], ptr[i + 1])
        ]
        for j in range(len(points)):
            if i == j or not np.isfinite(own[j, i]):
                continue
            choices = [row[k] for row in lengths for k in range(ptr[j], ptr[j + 1])] or [np.inf]
            gap = min(abs(choice - own[j, i]) for choice in choices)
            assert abs(likest[j, i] - own[j, i]) == pytest.approx(gap, abs=1e-6)


@given(st.integers(0, 10_000))
def test_elimination_keeps_distances(seed):
    """Sweeps agree with Dijkstra, on several components, with streets of no length."""
    graph = random_graph(seed, 40, 50)
    same = graph.vertices.copy()
    same[1::7] = same[::7][: len(same[1::7])]
    network = network_of(rm.RoadGraph(same, graph.edges))
    n = len(network.ptr) - 1
    oracle = nx.Graph()
    oracle.add_nodes_from(range(n))
    for (a, b), length in zip(network.chain_stops.tolist(), network.chain_length, strict=True):
        old = oracle.get_edge_data(a, b, {"w": np.inf})["w"]
        oracle.add_edge(a, b, w=min(old, length))
    hierarchy = hierarchy_of(network)
    assert sorted(hierarchy.rank) == list(range(n))
    found = hierarchy.distances(np.arange(n))[hierarchy.rank]
    for i in range(n):
        reach = nx.single_source_dijkstra_path_length(oracle, i, weight="w")
        want = [reach.get(j, np.inf) for j in range(n)]
        assert found[:, i] == pytest.approx(want, abs=1e-9)


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


ONCE = """
import numpy as np
import roadmetrics as rm
from roadmetrics import cover, elimination, routes, routing

rng = np.random.default_rng(1)
graph = rm.RoadGraph(rng.uniform(0, 300, (30, 2)), rng.integers(0, 30, (50, 2)), "m")
for metric in ("apls", "tlts", "ccq", "apls:sat2graph", "apls:cosmiq", "apls:spacenet"):
    rm.get(metric)(graph, graph)
for kernel in (
    routing.dijkstra, routing._trace, routing._offsets, elimination._eliminate, elimination._sweep,
    routes.fill_routes, routes._through_ends, cover._union_of_intervals,
):
    assert len(kernel.signatures) == 1, kernel
"""


def test_kernels_compile_once():
    """One signature a kernel: read-only or sliced input never makes a second one.

    In a process of its own: rewards call some of these kernels from others.
    """
    subprocess.run([sys.executable, "-c", ONCE], check=True)
