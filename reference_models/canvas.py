"""The roads of a whole image while a refiner draws on one window of it after the other."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from roadmetrics.geometry import clip_segments
from roadmetrics.graph import BoolArray, Bounds, FloatArray, IntArray, RoadGraph

from .simplify import Ints, arranged, split_at

TINY = 1e-6  # pixels: less road than this inside a window is none


class Window(NamedTuple):
    """What a window shows: its key points, the edges drawn there, and whence the points come.

    A point is a vertex of the whole image, or the place where an edge crosses the window's border.
    """

    points: FloatArray  # [N, 2] by x then y, in pixels of the image
    start: IntArray  # [M, 2]
    vertex: Ints  # [N] of the whole image, -1: a crossing
    edge: Ints  # [N] that crosses there
    along: FloatArray  # [N] where on it


class Canvas:
    """Key points and edges of an image; windows of it, and edges that come from them.

    >>> canvas = Canvas([(0, 5), (40, 5), (60, 5)], [(0, 1)])
    >>> window = canvas.window((20, 0, 70, 9))
    >>> window.points.tolist(), window.start.tolist()
    ([[20.0, 5.0], [40.0, 5.0], [60.0, 5.0]], [[0, 1]])
    >>> canvas.draw(window, [(0, 1), (1, 2)])
    >>> canvas.graph.edges.tolist()
    [[0, 1], [1, 2]]
    >>> canvas.draw(window, [(0, 2)])  # an edge to the crossing cuts the road there
    >>> canvas.graph.vertices.tolist()[3:], canvas.graph.edges.tolist()
    ([[20.0, 5.0]], [[0, 3], [1, 3], [1, 2], [2, 3]])
    >>> Canvas([], []).window((0, 0, 9, 9)).points.shape
    (0, 2)
    """

    def __init__(self, points: npt.ArrayLike, edges: npt.ArrayLike) -> None:
        self.graph = RoadGraph(points, edges)

    def window(self, box: Bounds) -> Window:
        """Vertices in a box (its border included), and all roads in it, clipped."""
        graph = self.graph
        v = graph.vertices
        inside = np.asarray(((v >= box[:2]) & (v <= box[2:])).all(axis=1))
        ends = v[graph.edges]  # [M, 2, 2]
        low, high = clip_segments(ends[:, 0], ends[:, 1], box)
        shown = np.flatnonzero((high - low) * graph.edge_lengths > TINY)
        first = _cuts(graph, inside, shown, low, 0)
        second = _cuts(graph, inside, shown, high, 1)
        cut = np.concatenate([first, second])  # [C, 2] edge, end
        along = np.where(cut[:, 1] == 0, low[cut[:, 0]], high[cut[:, 0]])
        crossing = np.clip(_at(ends[cut[:, 0]], along), box[:2], box[2:])
        own = np.flatnonzero(inside)
        seat = np.full((len(graph.edges), 2), -1, dtype=np.int64)  # of both ends, in the window
        position = np.cumsum(inside) - 1
        seat[shown] = np.where(inside[graph.edges[shown]], position[graph.edges[shown]], -1)
        seat[cut[:, 0], cut[:, 1]] = len(own) + np.arange(len(cut))
        return _sorted(
            np.concatenate([v[own], crossing]), seat[shown],
            np.concatenate([own, np.full(len(cut), -1)]),
            np.concatenate([np.full(len(own), -1), cut[:, 0]]),
            np.concatenate([np.zeros(len(own)), along]),
        )  # fmt: skip

    def draw(self, window: Window, edges: npt.ArrayLike) -> None:
        """Add edges [M, 2] between points of the last window; those drawn before add nothing.

        An edge to a crossing cuts the road that crosses there: a vertex comes, no road goes.
        """
        known = set(map(tuple, window.start.tolist()))
        pairs = np.sort(np.asarray(edges, dtype=np.int64).reshape(-1, 2), axis=1)
        new = [(i, j) for i, j in pairs.tolist() if i != j and (i, j) not in known]
        if not new:
            return
        used = np.unique(np.array(new))
        cuts = used[window.vertex[used] < 0]
        graph = split_at(self.graph, window.edge[cuts], window.along[cuts])
        vertex = window.vertex.copy()
        vertex[cuts] = len(self.graph.vertices) + np.arange(len(cuts))
        drawn = np.concatenate([graph.edges, vertex[np.array(new)]])
        self.graph = RoadGraph(graph.vertices, drawn)


def _cuts(graph: RoadGraph, inside: BoolArray, shown: Ints, at: FloatArray, end: int) -> Ints:
    """[C, 2] edges of ``shown`` whose end 0 or 1 lies outside, and that end."""
    found = shown[~inside[graph.edges[shown, end]]]
    return np.stack([found, np.full(len(found), end)], axis=1)


def _at(ends: FloatArray, along: FloatArray) -> FloatArray:
    place: FloatArray = ends[:, 0] * (1 - along[:, None]) + ends[:, 1] * along[:, None]
    return place


def _sorted(points: FloatArray, pairs: Ints, vertex: Ints, edge: Ints, along: FloatArray) -> Window:
    """By x then y; of several points at one place, vertices come before crossings."""
    arrangement, start = arranged(points, pairs)
    _, first = np.unique(points, axis=0, return_index=True)
    return Window(arrangement, start, vertex[first], edge[first], along[first])
