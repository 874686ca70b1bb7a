"""Gaps in a road graph closed along weak evidence: the classical refiner, without learning.

After G. Mattyus, W. Luo, R. Urtasun, "DeepRoadMapper", ICCV 2017, section 3.3: dead ends are joined
by shortest paths through the map of probabilities. There a network chooses among the paths; here
thresholds do.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from roadmetrics.errors import RoadMetricsError
from roadmetrics.graph import FloatArray, RoadGraph
from roadmetrics.vectorize import simplified

from .gap_ways import Roads, Target, Way, best_ways
from .refine_settings import GapOptions
from .simplify import rebuilt, split_at

__all__ = ["Closed", "GapOptions", "close_gaps", "evidence_of"]


class Closed(NamedTuple):
    """A graph, and how many roads were added to it."""

    graph: RoadGraph
    n: int


def evidence_of(values: npt.ArrayLike, kind: str = "auto") -> FloatArray:
    """[H, W] from 0 to 1, of a map of probabilities or of distances in pixels.

    Distances d become 1 - d / d_max, d_max the largest of the map. "auto" takes a map with a value
    above 1 for distances. Raises RoadMetricsError for what is no map.

    >>> evidence_of([[0.0, 5.0, 20.0]]).tolist()
    [[1.0, 0.75, 0.0]]
    >>> evidence_of(np.zeros((0, 0))).shape
    (0, 0)
    """
    array = np.asarray(values)
    if array.ndim != 2 or array.dtype.kind not in "fiub" or not np.isfinite(array).all():
        raise RoadMetricsError(
            f"a map is finite, of two dimensions, not {array.dtype} {array.shape}"
        )
    array = array.astype(np.float64)
    most = float(array.max(initial=0.0))
    if array.min(initial=0.0) < 0:
        raise RoadMetricsError("a map of distances or probabilities holds nothing below 0")
    if kind == "distance" or (kind == "auto" and most > 1):
        return 1.0 - array / most if most > 0 else np.ones_like(array)
    if most > 1:
        raise RoadMetricsError(f"a map of probabilities holds nothing above 1, not {most:g}")
    return array


def close_gaps(graph: RoadGraph, evidence: FloatArray, options: GapOptions | None = None) -> Closed:
    """Join dead ends, and components without one, to other roads where the map has some evidence.

    From each end the cheapest way within ``radius`` is taken, a pixel of evidence p costing
    -ln p + 0.1, to places of roads that lie ahead and are not near along roads. Ways are drawn from
    the cheapest on, those left out that earlier ones have made needless.

    ``evidence`` [H, W] is of the image's pixels. Raises RoadMetricsError for a graph in metres.

    >>> graph = RoadGraph([(0, 9), (10, 9), (20, 9), (30, 9)], [(0, 1), (2, 3)],
    ...                   extent=(-0.5, -0.5, 30.5, 20.5))
    >>> closed = close_gaps(graph, np.full((21, 31), 0.3))
    >>> closed.n, closed.graph.length
    (1, 30.0)
    >>> close_gaps(graph, np.zeros((21, 31))).n, close_gaps(RoadGraph([], []), np.zeros((0, 0))).n
    (0, 0)
    """
    options = options or GapOptions()
    if graph.unit != "px":
        raise RoadMetricsError("gaps are closed in the pixels of a map: give the graph in pixels")
    if not len(graph.edges) or not evidence.size:
        return Closed(graph, 0)
    roads = Roads(graph)
    ways = sorted(best_ways(roads, evidence, options), key=lambda way: (way.cost, way.source))
    taken: list[Way] = []
    for way in ways:
        if roads.is_new(way, options):
            taken.append(way)
            roads.join(way)
    return Closed(_with_ways(graph, taken, options.simplify), len(taken))


def _end_of(graph: RoadGraph, target: Target) -> int | None:
    """The vertex that a target is, if it is one."""
    if target.along in (0.0, 1.0):
        return int(graph.edges[target.edge, int(target.along)])
    return None


def _with_ways(graph: RoadGraph, ways: list[Way], tolerance: float) -> RoadGraph:
    """The graph with the ways drawn in; a way that ends within an edge cuts it."""
    cuts = [way for way in ways if _end_of(graph, way.target) is None]
    cut = split_at(graph, [w.target.edge for w in cuts], [w.target.along for w in cuts])
    seat = {id(way): len(graph.vertices) + k for k, way in enumerate(cuts)}
    points, edges = [cut.vertices], cut.edges.tolist()
    n = len(cut.vertices)
    for way in ways:
        inner = way.line[simplified(way.line, tolerance)[1:-1]]
        end = _end_of(graph, way.target)
        last = seat[id(way)] if end is None else end
        edges += pairwise([way.source, *range(n, n + len(inner)), last])
        points.append(inner)
        n += len(inner)
    return rebuilt(graph, np.concatenate(points), edges)
