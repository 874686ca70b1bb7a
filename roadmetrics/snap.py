"""Control points along a network, and where they fall on another one."""

from __future__ import annotations

import numpy as np

from .errors import RoadMetricsError
from .graph import FloatArray, RoadGraph
from .index import SegmentIndex
from .routing import Candidates, LongArray, Network, Places, network_of

SHORT = 0.75  # chains shorter than this share of the spacing get no midpoint (CosmiQ apls.py:824)
MAX_CONTROL = 5_000_000


def control_points(graph: RoadGraph, spacing: float) -> tuple[Places, FloatArray]:
    """Every stop of the graph, and points in between at most ``spacing`` apart; with x, y [n, 2].

    A chain of length L is cut into max(2, ceil(L / spacing)) equal parts; one shorter than
    0.75 spacing is not cut, unless it returns to its own start. spacing 0: no points in between.
    """
    network = network_of(graph)
    stops = network.stop_place
    used = stops.chain >= 0  # a vertex without a road is no control point
    chain, offset = midpoints(network, n_parts(network, spacing))
    places = Places(
        np.concatenate([stops.chain[used], chain]), np.concatenate([stops.offset[used], offset])
    )
    between = points_at(graph, network, Places(chain, offset))
    return places, np.concatenate([graph.vertices[network.stop_vertex[used]], between])


def n_parts(network: Network, spacing: float) -> LongArray:
    """[C] how many equal parts each chain is cut into."""
    length = network.chain_length
    is_loop = network.chain_stops[:, 0] == network.chain_stops[:, 1]
    if spacing == 0:
        return np.where(is_loop, 2, 1).astype(np.int64)
    check_spacing(float(length.sum()), spacing)
    parts = np.maximum(np.ceil(length / spacing - 1e-9), 2)
    is_short = length < SHORT * spacing * (1 - 1e-9)
    return np.where(is_short & ~is_loop, 1, parts).astype(np.int64)


def check_spacing(length: float, spacing: float) -> None:
    """Raise RoadMetricsError where points ``spacing`` apart on so much road are too many."""
    if spacing > 0 and length / spacing > MAX_CONTROL:
        raise RoadMetricsError(
            f"points every {spacing:g} along {length:.4g} of road are more than {MAX_CONTROL:,}: "
            "raise the spacing, or check the unit"
        )


def midpoints(network: Network, parts: LongArray) -> Places:
    """The inner cuts of chains into equal parts."""
    inner = parts - 1
    chain = np.repeat(np.arange(len(parts)), inner)
    rank = np.arange(len(chain)) - np.repeat(np.cumsum(inner) - inner, inner) + 1
    return Places(chain, network.chain_length[chain] * rank / parts[chain])


def points_at(graph: RoadGraph, network: Network, places: Places) -> FloatArray:
    """[n, 2] coordinates of places on a network."""
    chain, offset = places
    if not len(chain):
        return np.zeros((0, 2))
    # chains laid end to end, each as long as 1 plus its number of vertices, make one search
    base = 2.0 * np.arange(len(network.chain_length))
    of_vertex = np.repeat(np.arange(len(base)), np.diff(network.chain_ptr))
    scale = np.maximum(network.chain_length, 1e-300)
    line = base[of_vertex] + network.chain_offset / scale[of_vertex]
    at = np.searchsorted(line, base[chain] + offset / scale[chain], side="right") - 1
    at = np.clip(at, network.chain_ptr[chain], network.chain_ptr[chain + 1] - 2)
    start = graph.vertices[network.chain_vertex[at]]
    end = graph.vertices[network.chain_vertex[at + 1]]
    low, high = network.chain_offset[at], network.chain_offset[at + 1]
    t = np.clip((offset - low) / np.where(high > low, high - low, 1.0), 0.0, 1.0)
    points: FloatArray = start + t[:, None] * (end - start)
    return points


def snap(graph: RoadGraph, points: FloatArray, snap_dist: float) -> Candidates:
    """The nearest places of each point on a graph, within ``snap_dist`` (inclusive).

    Places within 1e-9 of the nearest are all candidates: on a crossing without a vertex, or where
    two vertices share a coordinate, no order of edges decides.
    """
    network = network_of(graph)
    near = SegmentIndex.of(graph).nearest(points, snap_dist)
    chain, offset = network.places(near.edge, near.along)
    order = np.lexsort((offset, chain, near.point))
    point, chain, offset = near.point[order], chain[order], offset[order]
    is_new = np.ones(len(point), dtype=bool)  # a shape vertex is found on both of its edges
    is_new[1:] = (np.diff(point) != 0) | (np.diff(chain) != 0) | (np.abs(np.diff(offset)) > 1e-9)
    ptr = np.zeros(len(points) + 1, dtype=np.int64)
    np.cumsum(np.bincount(point[is_new], minlength=len(points)), out=ptr[1:])
    return Candidates(ptr, chain[is_new], offset[is_new])
