"""Length that a graph draws twice: roads that run alongside another road of the same graph."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from .geometry import clip_segments
from .graph import BoolArray, FloatArray, RoadGraph
from .index import SLACK, SegmentIndex, resolution
from .routing import LongArray

TOLERANCE = 5.0  # assumed: the slack that CCQ, HM and TLTS share; in the graph's unit
MAX_ANGLE = 30.0  # degrees, assumed: above a digitized copy's jitter, below a fork


class _Spans(NamedTuple):
    """Stretches of edges along which one other edge runs alongside."""

    edge: LongArray  # [K]
    low: FloatArray  # [K] distance from the edge's first vertex
    high: FloatArray  # [K]


def duplicated_share(graph: RoadGraph, tolerance: float = TOLERANCE) -> float:
    """Duplicated part of a graph's length, from 0 to below 1; 0.0 where there is no road.

    >>> duplicated_share(RoadGraph([], []))
    0.0
    """
    return duplicated_length(graph, tolerance) / graph.length if graph.length else 0.0


def duplicated_length(graph: RoadGraph, tolerance: float = TOLERANCE) -> float:
    """Length that could go without a road being lost, in the graph's unit.

    A place on a road has k strands where its perpendicular, ``tolerance`` to either side, meets
    k - 1 other edges within 30 degrees of its own direction. Of k strands k - 1 are too many, so
    each place counts 1 - 1/k: a network drawn twice has half of its length duplicated, whichever
    copy is asked, and the answer does not depend on the order or the subdivision of the edges.

    >>> road = [(0, 0), (100, 0)]
    >>> duplicated_length(RoadGraph.from_lines([road, [(0, 2), (100, 2)]]))
    100.0
    >>> duplicated_length(RoadGraph.from_lines([road, [(50, -50), (50, 50)]]))
    0.0
    >>> duplicated_length(RoadGraph([], []))
    0.0
    """
    if len(graph.edges) < 2:
        return 0.0
    spans = _alongside(graph, tolerance)
    if not len(spans.edge):
        return 0.0
    edge = np.concatenate([spans.edge, spans.edge])
    at = np.concatenate([spans.low, spans.high])
    step = np.repeat([1, -1], len(spans.edge))
    order = np.lexsort((at, edge))
    edge, at = edge[order], at[order]
    others = np.cumsum(step[order])[:-1]  # strands beside, from each event to the next
    gap = np.where(edge[1:] == edge[:-1], np.diff(at), 0.0)
    return math.fsum(gap * others / (others + 1.0))


def _alongside(graph: RoadGraph, tolerance: float) -> _Spans:
    ends = graph.vertices[graph.edges]  # [M, 2, 2]
    lengths = np.where(graph.edge_lengths > resolution(graph), graph.edge_lengths, 0.0)
    edge, other = SegmentIndex.of(graph).pairs_within(ends[:, 0], ends[:, 1], tolerance)
    span = np.where((lengths > 0)[:, None], ends[:, 1] - ends[:, 0], 0.0)
    direction = span / np.where(lengths > 0, lengths, 1.0)[:, None]
    keep = (edge != other) & _is_parallel(direction[edge], direction[other])
    edge, other = edge[keep], other[keep]
    # the other edge in the frame of this one: x along it, y across
    u = direction[edge]
    start, end = (_framed(ends[other, k] - ends[edge, 0], u) for k in (0, 1))
    box = np.stack([np.zeros(len(edge)), lengths[edge]], axis=1)
    low, high = _within_strip(start, end, box, tolerance * SLACK)
    found = high > low
    return _Spans(edge[found], low[found], high[found])


def _is_parallel(u: FloatArray, v: FloatArray) -> BoolArray:
    """Unit vectors (zero for an edge without length) within MAX_ANGLE, either way round."""
    cosine = np.abs(np.einsum("ij,ij->i", u, v))
    result: BoolArray = cosine >= math.cos(math.radians(MAX_ANGLE))
    return result


def _framed(points: FloatArray, u: FloatArray) -> FloatArray:
    along = np.einsum("ij,ij->i", points, u)
    across = points[:, 1] * u[:, 0] - points[:, 0] * u[:, 1]
    return np.stack([along, across], axis=1)


def _within_strip(
    start: FloatArray, end: FloatArray, reach: FloatArray, tolerance: float
) -> tuple[FloatArray, FloatArray]:
    """(low, high) of x where start-end lies in ``reach`` [K, 2] by +- tolerance; low >= high: none.

    Segments are shifted and scaled into one box, so that one clipping does for all.
    """
    size = np.where(reach[:, 1] > 0, reach[:, 1], 1.0)[:, None]
    a, b = (p / np.hstack([size, np.full_like(size, tolerance)]) for p in (start, end))
    t_low, t_high = clip_segments(a, b, (0.0, -1.0, 1.0, 1.0))
    x_low = start[:, 0] + t_low * (end - start)[:, 0]
    x_high = start[:, 0] + t_high * (end - start)[:, 0]
    is_none = t_low >= t_high
    low, high = np.minimum(x_low, x_high), np.maximum(x_low, x_high)
    return np.where(is_none, 0.0, low), np.where(is_none, 0.0, high)
