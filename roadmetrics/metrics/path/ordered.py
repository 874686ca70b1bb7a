"""A graph that keeps networkx's order of nodes and neighbours, and random chains drawn from it."""

from __future__ import annotations

import itertools
import random
from bisect import bisect_left, insort
from collections.abc import Iterator

from ...graph import RoadGraph

Point = tuple[float, float]


class OrderedGraph:
    """Nodes with places; neighbours in the order in which edges were added."""

    def __init__(self) -> None:
        self.place: dict[int, Point] = {}
        self.near: dict[int, dict[int, None]] = {}
        self.age: dict[int, int] = {}  # nodes by when they were added
        self.n_edges = 0
        self._n_added = 0

    def add_node(self, node: int, place: Point) -> None:
        """A node that is not there yet comes last."""
        self.place[node] = place
        if node not in self.near:
            self.near[node] = {}
            self.age[node] = self._n_added
            self._n_added += 1

    def add_edge(self, a: int, b: int) -> None:
        """An edge that is there keeps its rank."""
        self.n_edges += b not in self.near[a]
        self.near[a][b] = self.near[b][a] = None

    def remove_edge(self, a: int, b: int) -> None:
        """The nodes stay."""
        del self.near[a][b], self.near[b][a]
        self.n_edges -= 1

    def remove_node(self, node: int) -> None:
        """With its edges."""
        for other in list(self.near[node]):
            self.remove_edge(node, other)
        del self.near[node], self.place[node], self.age[node]

    def edges(self) -> Iterator[tuple[int, int]]:
        """Each edge once, from its older node."""
        for a, others in self.near.items():
            yield from ((a, b) for b in others if self.age[a] < self.age[b])

    def rank(self, a: int, b: int) -> tuple[int, int, int, int]:
        """What `edges` sorts an edge by, and the edge from its older node."""
        if self.age[a] > self.age[b]:
            a, b = b, a
        return self.age[a], list(self.near[a]).index(b), a, b

    def copy(self) -> OrderedGraph:
        """As networkx copies: older neighbours move to the front."""
        twin = OrderedGraph()
        for node, place in self.place.items():
            twin.add_node(node, place)
        for a, others in self.near.items():
            for b in others:
                twin.add_edge(a, b)
        return twin


def cleaned(graph: RoadGraph) -> OrderedGraph:
    """The graph as opt_p scores it: coincident vertices united, isolated ones dropped.

    Source: path_connectivity_metric.py:8-25, 520-529.
    """
    found = OrderedGraph()
    for node, (x, y) in enumerate(graph.vertices.tolist()):
        found.add_node(node, (x, y))
    for a, b in graph.edges.tolist():
        found.add_edge(a, b)
    first_at: dict[Point, int] = {}
    spare = []
    for node, place in found.place.items():
        first = first_at.setdefault(place, node)
        if first != node:
            for other in found.near[node]:
                if other != first:
                    found.add_edge(first, other)
            spare.append(node)
    for node in spare:
        found.remove_node(node)
    for node in [n for n, others in found.near.items() if not others]:
        found.remove_node(node)
    return found


def random_chains(graph: OrderedGraph, stream: random.Random) -> list[list[int]]:
    """The graph in edge-disjoint chains, end to end through junctions; uses up the graph.

    Source: path_connectivity_metric.py:207-265 sample_chain, decompose_graph_to_paths.
    """
    by_age = list(graph.near)
    ends = [graph.age[n] for n, others in graph.near.items() if len(others) == 1]  # ascending
    node_of = {graph.age[n]: n for n in by_age}
    chains = []
    while graph.near:
        if ends:
            start = node_of[ends[stream.randrange(len(ends))]]
        else:
            nodes = list(graph.near)
            start = nodes[stream.randrange(len(nodes))]
        chain = _one_chain(graph, start, stream)
        for a, b in itertools.pairwise(chain):
            graph.remove_edge(a, b)
        for node in chain:
            _update_end(graph, node, ends)
            if not graph.near[node]:
                graph.remove_node(node)
        chains.append(chain)
    return chains


def _update_end(graph: OrderedGraph, node: int, ends: list[int]) -> None:
    age = graph.age[node]
    at = bisect_left(ends, age)
    is_listed = at < len(ends) and ends[at] == age
    is_end = len(graph.near[node]) == 1
    if is_end and not is_listed:
        insort(ends, age)
    elif is_listed and not is_end:
        del ends[at]


def _one_chain(graph: OrderedGraph, start: int, stream: random.Random) -> list[int]:
    """A random search for an end; where there is none, what led to the last closed loop."""
    on_chain, left = {start}, set[int]()
    seen: set[tuple[int, int]] = set()
    chain, loop = [start], [start]
    while chain:
        node = chain[-1]
        others = graph.near[node]
        if len(others) == 1 and len(chain) > 1:
            return chain
        unseen = [m for m in others if (min(m, node), max(m, node)) not in seen]
        if not unseen:
            on_chain.discard(node)
            left.add(node)
            chain.pop()
            continue
        other = unseen[stream.randrange(len(unseen))]
        seen.add((min(other, node), max(other, node)))
        if other in on_chain:
            loop = chain.copy()
        elif other not in left:
            on_chain.add(other)
            chain.append(other)
    return loop
