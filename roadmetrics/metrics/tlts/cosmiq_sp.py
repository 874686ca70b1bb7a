"""CosmiQ's shortest-path metric, step by step, on numpy's legacy random stream.

Source: CosmiQ/apls@4a78807, apls/sp_metric.py, compute_sp and compute_single_sp. Two nodes of the
ground truth are drawn; each is matched to the nearest node of the prediction within the radius. A
pair without a route in either graph is drawn in vain; one with a route in exactly one is wrong.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from ...graph import RoadGraph
from ...routing import Network, Places, build_network, distances_from, on_lone_cycle
from .counts import classify


def count_routes(
    gt: RoadGraph, pred: RoadGraph, snap_dist: float, tolerance: float, n_routes: int, seed: int
) -> dict[str, int]:
    """Routes by class; the empty rule decides the score where either graph has no edge."""
    if not len(gt.edges) or not len(pred.edges):
        n_lost = n_routes if gt.length > 0 else 0  # without prediction every route is lost
        return classify(np.ones(n_lost), np.full(n_lost, np.inf), tolerance)
    a, b = _nodes(gt), _nodes(pred)
    place_of = gt.vertices[a.stop_vertex]
    distance, nearest = cKDTree(pred.vertices[b.stop_vertex]).query(place_of)
    is_matched = distance < snap_dist  # scipy's distance_upper_bound is not inclusive
    stream = np.random.RandomState(seed)
    own, found = [], []
    for _ in range(n_routes if len(place_of) > 1 else 0):
        s, t = stream.choice(len(place_of), size=2, replace=False).tolist()
        here = _stop_distance(a, s, t)
        there = np.inf
        if is_matched[s] and is_matched[t]:
            there = _stop_distance(b, int(nearest[s]), int(nearest[t]))
        if np.isfinite(here) or np.isfinite(there):
            own.append(here)
            found.append(there if np.isfinite(here) else np.inf)
    lengths = np.array(own)
    return classify(np.where(np.isfinite(lengths), lengths, 1.0), np.array(found), tolerance)


def _nodes(graph: RoadGraph) -> Network:
    nodes = graph.is_node if graph.is_node is not None else on_lone_cycle(graph)
    lengths = graph.weights if graph.weights is not None else graph.edge_lengths
    return build_network(graph, nodes, lengths)


def _stop_distance(network: Network, a: int, b: int) -> float:
    if a == b:
        return 0.0
    chain, offset = network.stop_place
    if chain[a] < 0 or chain[b] < 0:
        return float("inf")
    target = Places(chain[b : b + 1], offset[b : b + 1])
    return float(distances_from(network, (int(chain[a]), float(offset[a])), target)[0])
