"""The ways that could close a graph's gaps: from dead ends, through a map, to other roads."""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from roadmetrics.graph import BoolArray, FloatArray, RoadGraph

from .keypoints import at_border, components
from .refine_settings import GapOptions

Ints = npt.NDArray[np.int64]
FLOOR = 1e-3  # assumed: evidence below counts as this much, so that a logarithm is finite
STEP_COST = 0.1  # assumed: of a pixel of full evidence, so that ways do not wander on roads
SPACING = 4.0  # pixels between the places of a road that a gap may end at, at most
BACK = 15.0  # pixels of a dead end that give its direction


class Target(NamedTuple):
    """A place of the graph where a gap may end."""

    edge: int
    along: float
    xy: tuple[float, float]


class Way(NamedTuple):
    """A gap to close: from a vertex, along pixels, to a place on an edge."""

    cost: float
    source: int  # vertex
    target: Target
    line: FloatArray  # [L, 2]


class Roads:
    """A graph to walk along from place to place, and ways that are drawn into it one by one."""

    def __init__(self, graph: RoadGraph) -> None:
        self.graph = graph
        self.near: list[dict[int, float]] = [{} for _ in graph.vertices]
        for (i, j), length in zip(graph.edges.tolist(), graph.edge_lengths.tolist(), strict=True):
            self.near[i][j] = self.near[j][i] = length

    def join(self, way: Way) -> None:
        """Draw a way: from its source to both ends of the edge that it leads to."""
        length, along = float(self.graph.edge_lengths[way.target.edge]), way.target.along
        ends = self.graph.edges[way.target.edge].tolist()
        for end, share in zip(ends, (along, 1 - along), strict=True):
            if end != way.source:
                new = _length(way.line) + share * length
                new = min(new, self.near[end].get(way.source, np.inf))
                self.near[way.source][end] = self.near[end][way.source] = new

    def distances(self, source: int, limit: float) -> dict[int, float]:
        """Length along roads from a vertex to those no farther than ``limit``."""
        found: dict[int, float] = {}
        heap = [(0.0, source)]
        while heap:
            length, at = heapq.heappop(heap)
            if at in found:
                continue
            found[at] = length
            for other, step in self.near[at].items():
                if other not in found and length + step <= limit:
                    heapq.heappush(heap, (length + step, other))
        return found

    def is_far(
        self, source: int, edge: Ints, along: FloatArray, places: FloatArray, options: GapOptions
    ) -> BoolArray:
        """[P] places on edges that a new road would be a true shortcut to."""
        found = self.distances(source, 2 * options.shortcut * options.radius)
        ends = self.graph.edges[edge].ravel().tolist()
        far = np.array([found.get(end, np.inf) for end in ends]).reshape(-1, 2)
        length = self.graph.edge_lengths[edge]
        way = np.minimum(far[:, 0] + along * length, far[:, 1] + (1 - along) * length)
        straight = np.hypot(*(places - self.graph.vertices[source]).T)
        result: BoolArray = (way >= options.shortcut * straight) & (straight > 0)
        return result

    def is_new(self, way: Way, options: GapOptions) -> bool:
        """Whether a way leads somewhere that is still far along roads."""
        edge, along = np.array([way.target.edge]), np.array([way.target.along])
        return bool(self.is_far(way.source, edge, along, np.array([way.target.xy]), options)[0])

    def behind(self, source: int) -> FloatArray:
        """The vertex of a dead end's road that lies BACK or more behind it, or its last one."""
        previous, at, gone = -1, source, 0.0
        while gone < BACK:
            onwards = [v for v in self.near[at] if v != previous]
            if len(onwards) != 1 or onwards[0] == source:
                break
            gone += self.near[at][onwards[0]]
            previous, at = at, onwards[0]
        place: FloatArray = self.graph.vertices[at]
        return place


def best_ways(roads: Roads, evidence: FloatArray, options: GapOptions) -> list[Way]:
    """The best way of each end that passes all thresholds."""
    from scipy.spatial import cKDTree

    graph = roads.graph
    edge, along, places = _places(graph)
    tree = cKDTree(places)
    dead = (graph.degrees == 1) & ~at_border(graph, options.border)
    found: list[Way] = []
    for source in [*np.flatnonzero(dead).tolist(), *_of_closed_components(graph, places, edge)]:
        found_near = tree.query_ball_point(graph.vertices[source], options.radius)
        near = np.array(sorted(found_near), dtype=np.int64)
        near = near[_is_ahead(roads, source, places[near], options)]
        near = near[roads.is_far(source, edge[near], along[near], places[near], options)]
        way = _cheapest(graph, source, near, places, evidence, options)
        if way is not None:
            cost, k, line = way
            x, y = places[k].tolist()
            target = Target(int(edge[k]), float(along[k]), (x, y))
            found.append(Way(cost, source, target, line))
    return found


def _places(graph: RoadGraph) -> tuple[Ints, FloatArray, FloatArray]:
    """Edge [P], share of its way [P] and place [P, 2], at most SPACING apart; ends of edges too."""
    parts = np.maximum(np.ceil(graph.edge_lengths / SPACING), 1).astype(np.int64)
    edge = np.repeat(np.arange(len(parts)), parts + 1)
    rank = np.arange(len(edge)) - np.repeat(np.cumsum(parts + 1) - parts - 1, parts + 1)
    along = rank / parts[edge]
    ends = graph.vertices[graph.edges[edge]]
    return edge, along, ends[:, 0] * (1 - along[:, None]) + ends[:, 1] * along[:, None]


def _of_closed_components(graph: RoadGraph, places: FloatArray, edge: Ints) -> list[int]:
    """Of each component without a dead end: its vertex that is nearest to another component."""
    from scipy.spatial import cKDTree

    component = components(graph)
    of_place = component[graph.edges[edge, 0]]
    with_end = component[graph.degrees == 1]
    found: list[int] = []
    if len(np.unique(of_place)) < 2:
        return found
    for one in np.setdiff1d(of_place, with_end).tolist():
        mine = np.flatnonzero((component == one) & (graph.degrees > 0))
        gap, _ = cKDTree(places[of_place != one]).query(graph.vertices[mine])
        found.append(int(mine[np.argmin(gap)]))
    return found


def _is_ahead(roads: Roads, source: int, places: FloatArray, options: GapOptions) -> BoolArray:
    """[P] places in front of a dead end; all of them where the source is none."""
    graph = roads.graph
    if graph.degrees[source] != 1:
        return np.ones(len(places), dtype=bool)
    ahead = graph.vertices[source] - roads.behind(source)
    span = places - graph.vertices[source]
    turn = np.abs(np.arctan2(ahead[0] * span[:, 1] - ahead[1] * span[:, 0], span @ ahead))
    result: BoolArray = np.degrees(turn) <= options.angle
    return result


def _cheapest(
    graph: RoadGraph,
    source: int,
    near: Ints,
    places: FloatArray,
    evidence: FloatArray,
    options: GapOptions,
) -> tuple[float, int, FloatArray] | None:
    """Cost, place and line [L, 2] of the cheapest way to one of ``near``; None: no good one."""
    from skimage.graph import MCP_Geometric

    if not len(near):
        return None
    start = graph.vertices[source]
    low, window = _window(evidence, start, options.radius)
    if not window.size:
        return None
    cost = -np.log(np.maximum(window, FLOOR))
    pixel = _pixels(places[near], low, window.shape)
    begin = _pixels(start[None], low, window.shape)[0]
    search = MCP_Geometric(cost + STEP_COST, fully_connected=True)
    ends = [tuple(one) for one in pixel.tolist()]
    total, _ = search.find_costs([tuple(begin.tolist())], ends, find_all_ends=False)
    best = int(np.argmin(total[pixel[:, 0], pixel[:, 1]]))
    steps = np.array(search.traceback(ends[best]))  # [L, 2] row, column
    if np.exp(-cost[steps[:, 0], steps[:, 1]].mean()) < options.evidence:
        return None
    k = int(near[best])
    inner = steps[1:-1, ::-1] + low
    line = np.concatenate([start[None], inner, places[k][None]])
    if _length(line) > options.detour * float(np.hypot(*(places[k] - start))) + 2.0:  # octagonal
        return None
    return float(total[ends[best]]), k, line


def _window(evidence: FloatArray, at: FloatArray, radius: float) -> tuple[Ints, FloatArray]:
    """Column and row where the part of a map around a place begins, and that part."""
    height, width = evidence.shape
    low = np.clip(np.floor(at - radius).astype(np.int64), 0, None)
    high = np.clip(np.ceil(at + radius).astype(np.int64) + 1, 0, (width, height))
    return low, evidence[low[1] : high[1], low[0] : high[0]]


def _pixels(points: FloatArray, low: Ints, shape: tuple[int, ...]) -> Ints:
    """[P, 2] row and column in the window, on its edge where a point is outside."""
    pixel = (np.round(points).astype(np.int64) - low)[:, ::-1]
    result: Ints = np.clip(pixel, 0, np.array(shape) - 1)
    return result


def _length(line: FloatArray) -> float:
    return float(np.hypot(*np.diff(line, axis=0).T).sum())
