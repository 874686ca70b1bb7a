"""Samples that show what a road network looks like: angles, degrees, distances, lengths."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.spatial import cKDTree

from .graph import FloatArray, RoadGraph
from .index import resolution
from .routing import LongArray, Network, Places, network_of
from .snap import points_at

ARM = 10.0  # how far along an arm its direction is taken; assumed
PIECE = 20.0  # length of the pieces whose mutual angles are taken; assumed
RADIUS = 50.0  # pieces this near are compared; assumed
MAX_PIECES = 200_000  # beyond these the pieces of a graph grow, so that no graph takes minutes
MAX_PAIRS = 5_000_000

Sampler = Callable[[RoadGraph], FloatArray]


def junctions(graph: RoadGraph) -> LongArray:
    """[J] vertices where three or more edges meet."""
    return np.flatnonzero(graph.degrees > 2)


def degrees(graph: RoadGraph) -> FloatArray:
    """[E + J] degrees of endpoints and junctions; shape points would count the subdivision."""
    found = (graph.degrees > 0) & (graph.degrees != 2)
    result: FloatArray = graph.degrees[found].astype(np.float64)
    return result


def segment_lengths(graph: RoadGraph) -> FloatArray:
    """[C] length of each road between junctions and endpoints.

    A ring without junction counts from corner to corner.
    """
    lengths: FloatArray = network_of(graph).chain_length
    return lengths


def junction_distances(graph: RoadGraph) -> FloatArray:
    """[J] distance from each junction to the nearest other one, as the crow flies.

    Empty where there is but one. Along roads a missing piece would make it infinite.
    """
    points = graph.vertices[junctions(graph)]
    if len(points) < 2:
        return np.zeros(0)
    found: FloatArray = cKDTree(points).query(points, k=2)[0][:, 1]
    return found


def junction_angles(graph: RoadGraph) -> FloatArray:
    """[A] degrees, 0 to 180, between neighbouring arms of each junction, all the way round.

    An arm points to the place ARM along its road, or half way where the road is short, so that
    neither subdivision nor the jitter of a traced line shows.
    """
    if not len(junctions(graph)):
        return np.zeros(0)
    vertex, bearing = _arms(graph)
    order = np.lexsort((bearing, vertex))
    vertex, bearing = vertex[order], bearing[order]
    _, first, n_arms = np.unique(vertex, return_index=True, return_counts=True)
    last = first + n_arms - 1
    gap = np.diff(bearing, append=0.0)
    gap[last] = bearing[first] + 360.0 - bearing[last]
    gap = gap[np.repeat(n_arms, n_arms) > 2]
    return np.minimum(gap, 360.0 - gap)


def nearby_angles(graph: RoadGraph) -> FloatArray:
    """[P] degrees, 0 to 90, between pieces of road at most RADIUS apart.

    Roads are cut into equal pieces of about PIECE; each pair of pieces whose midpoints are near
    counts once, also two of one road.
    """
    middle, direction = _pieces(graph, PIECE)
    if not len(middle):
        return np.zeros(0)
    tree = cKDTree(middle)
    reach = RADIUS + max(1e-6, resolution(graph))
    while tree.count_neighbors(tree, reach) > 2 * MAX_PAIRS + len(middle):  # road piled on road
        half = np.lexsort(middle.T)[::2]  # by place, whatever the order of the edges
        middle, direction = middle[half], direction[half]
        tree = cKDTree(middle)
    pair = tree.query_pairs(reach, output_type="ndarray")
    u, v = direction[pair[:, 0]], direction[pair[:, 1]]
    cross = np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])
    dot = np.abs(np.einsum("ij,ij->i", u, v))
    angles: FloatArray = np.degrees(np.arctan2(cross, dot))
    return angles


SAMPLERS: dict[str, Sampler] = {
    "junction_angle_deg": junction_angles,
    "nearby_angle_deg": nearby_angles,
    "degree": degrees,
    "junction_dist": junction_distances,
    "segment_length": segment_lengths,
}


def _arms(graph: RoadGraph) -> tuple[LongArray, FloatArray]:
    """Vertex and bearing (degrees, 0 to 360) of each end of each chain that points anywhere."""
    network = network_of(graph)
    length = network.chain_length
    reach = np.minimum(ARM, length / 2)
    chain = np.arange(len(length))
    ahead = points_at(graph, network, Places(chain, reach))
    behind = points_at(graph, network, Places(chain, length - reach))
    vertex = network.stop_vertex[network.chain_stops.T.ravel()]  # starts, then ends
    span = np.concatenate([ahead, behind]) - graph.vertices[vertex]
    found = np.hypot(*span.T) > resolution(graph)
    bearing = np.degrees(np.arctan2(span[found, 1], span[found, 0])) % 360.0
    return vertex[found], bearing


def _pieces(graph: RoadGraph, size: float) -> tuple[FloatArray, FloatArray]:
    """Midpoints [P, 2] and unit directions [P, 2] of equal pieces of every chain."""
    network = network_of(graph)
    size = max(size, graph.length / MAX_PIECES)
    parts = np.maximum(np.round(network.chain_length / size), 1).astype(np.int64)
    chain, rank = _ranks(network, parts)
    step = network.chain_length[chain] / parts[chain]
    start, middle, end = (
        points_at(graph, network, Places(chain, (rank + at) * step)) for at in (0.0, 0.5, 1.0)
    )
    span = end - start
    size_of = np.hypot(*span.T)
    found = size_of > resolution(graph)  # a closed piece has no direction
    return middle[found], span[found] / size_of[found, None]


def _ranks(network: Network, parts: LongArray) -> tuple[LongArray, LongArray]:
    chain = np.repeat(np.arange(len(network.chain_length)), parts)
    return chain, np.arange(len(chain)) - np.repeat(np.cumsum(parts) - parts, parts)
