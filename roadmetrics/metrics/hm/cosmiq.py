"""CosmiQ's TOPO, step by step.

Source: CosmiQ/apls@4a78807, apls/topo_metric.py. Starts are nodes of the ground truth, drawn with
replacement. A sub-graph is what joins the nodes within the radius of its origin, edges whole; its
nodes count, and points every ``spacing`` along each edge from the end nearer to the origin. Marbles
take the nearest free hole in turn. Nodes that the file's source does not call nodes are shape
points. Ours: the drawing is seeded, and points fall where they are put, where the original inserts
them on the nearest edge.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.spatial import cKDTree

from ...graph import FloatArray, RoadGraph
from ...index import SLACK
from ...routing import LongArray, Network, Places, build_network, on_lone_cycle
from ...snap import check_spacing, points_at


class Side:
    """One graph: its nodes, the chains between them, and a tree of the nodes."""

    def __init__(self, graph: RoadGraph) -> None:
        given = graph.is_node if graph.is_node is not None else on_lone_cycle(graph)
        self.graph = graph
        self.network: Network = build_network(graph, given, graph.edge_lengths)
        self.xy = graph.vertices[self.network.stop_vertex]
        self.tree = cKDTree(self.xy)
        tail = np.argsort(self.network.chain_stops.ravel(), kind="stable")
        self.arc_chain = (tail // 2).tolist()
        self.ptr, self.head = self.network.ptr.tolist(), self.network.arc_stop.tolist()

    def points_near(self, origin: int, radius: float, spacing: float) -> FloatArray:
        """[K, 2] nodes joined to ``origin`` through nodes within ``radius``, and points between."""
        inside = set(self.tree.query_ball_point(self.xy[origin], radius * SLACK))
        joined, chains = self._joined(origin, inside)
        places = self._between(origin, np.array(chains, dtype=np.int64), spacing)
        nodes = self.xy[np.array(sorted(joined), dtype=np.int64)]
        return np.concatenate([nodes, points_at(self.graph, self.network, places)])

    def _joined(self, origin: int, inside: set[int]) -> tuple[set[int], list[int]]:
        joined, stack, chains = {origin}, [origin], set[int]()
        while stack:
            node = stack.pop()
            for k in range(self.ptr[node], self.ptr[node + 1]):
                if self.head[k] in inside:
                    chains.add(self.arc_chain[k])
                    if self.head[k] not in joined:
                        joined.add(self.head[k])
                        stack.append(self.head[k])
        return joined, sorted(chains)

    def _between(self, origin: int, chains: LongArray, spacing: float) -> Places:
        length = self.network.chain_length[chains]
        n = np.maximum(np.ceil(length / spacing).astype(np.int64) - 1, 0)
        n[length < spacing] = 0
        which = np.repeat(np.arange(len(chains)), n)
        step = (np.arange(len(which)) - np.repeat(np.cumsum(n) - n, n) + 1) * spacing
        gap = self.xy[self.network.chain_stops[chains]] - self.xy[origin]  # [K, 2, 2]
        is_reversed = np.hypot(gap[:, 1, 0], gap[:, 1, 1]) < np.hypot(gap[:, 0, 0], gap[:, 0, 1])
        offset = np.where(is_reversed[which], length[which] - step, step)
        return Places(chains[which], offset)


def draw_counts(
    gt: RoadGraph,
    pred: RoadGraph,
    *,
    spacing: float,
    radius: float,
    match_dist: float,
    n_starts: int,
    seed: int,
) -> FloatArray:
    """[n, 4] matched, marbles, matched, holes of each start; none where gt has no edge."""
    if not len(gt.edges):
        return np.zeros((0, 4))
    check_spacing(gt.length + pred.length, spacing)
    a, b = Side(gt), Side(pred)
    stream = np.random.RandomState(seed)
    origins = stream.choice(len(a.xy), min(n_starts, len(a.xy)))
    return np.array(
        [_count(a, b, origin, spacing, radius, match_dist) for origin in origins.tolist()]
    )


def _count(
    gt: Side, pred: Side, origin: int, spacing: float, radius: float, match_dist: float
) -> tuple[int, int, int, int]:
    holes = gt.points_near(origin, radius, spacing)
    distance, nearest = pred.tree.query(gt.xy[origin])  # inf where pred has no node
    if not distance <= match_dist * SLACK:
        return 0, 0, 0, len(holes)
    marbles = pred.points_near(int(nearest), radius, spacing)
    matched = sum(_falls(holes, marbles, match_dist))
    return matched, len(marbles), matched, len(holes)


def _falls(holes: FloatArray, marbles: FloatArray, match_dist: float) -> Iterator[bool]:
    """Whether each marble finds a hole: the nearest within ``match_dist`` that is free still."""
    is_free = np.ones(len(holes), dtype=bool)
    near = cKDTree(holes).query_ball_point(marbles, match_dist * SLACK)
    for marble, found in zip(marbles, near, strict=True):
        free = np.array([h for h in found if is_free[h]], dtype=np.int64)
        if len(free):
            is_free[free[np.argmin(np.hypot(*(holes[free] - marble).T))]] = False
        yield bool(len(free))
