"""The roads drawn so far: key points that stay, and a stack of edges between them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from ..graph import FloatArray, RoadGraph
from ..routing import LongArray


class Drawn(NamedTuple):
    """The roads for kernels; ``n_edges`` says how many rows of the tables are edges."""

    xy: FloatArray  # [N, 2]
    edges: LongArray  # [room, 2] ascending, u < v
    length: FloatArray  # [room]
    degree: LongArray  # [N]
    n_edges: LongArray  # [1]


class Roads:
    """Key points and edges; u < v in every edge, none twice.

    ``stack`` holds the edges in the order in which they came: terms follow it. `graph` has every
    key point as a vertex, in order, and the edges sorted, so that it depends on their set alone.
    ``drawn`` holds the same for kernels; ask for it anew after each change.
    """

    def __init__(self, tile: RoadGraph, xy: FloatArray) -> None:
        self.tile = tile  # the ground truth: unit, extent, size of a pixel
        self.xy = xy = xy.copy()  # [N, 2]; writable as a pickled one is: one kind, compiled once
        self.stack: list[tuple[int, int]] = []
        self.edges: set[tuple[int, int]] = set()
        self.drawn = _no_edges(self.xy, 2 * len(xy) + 8)
        self._graph: RoadGraph | None = None

    def push(self, u: int, v: int) -> None:
        """Put an edge that is not there on top."""
        self.note(u, v)
        insert(self.drawn, u, v)

    def note(self, u: int, v: int) -> None:
        """The part of `push` that is not for kernels: a batch does the other."""
        self.stack.append((u, v))
        self.edges.add((u, v))
        self._graph = None
        if len(self.stack) > len(self.drawn.edges):
            self.drawn = _grown(self.drawn)

    def pop(self) -> tuple[int, int]:
        """Take the top edge off."""
        edge = self.stack.pop()
        self.edges.discard(edge)
        self._graph = None
        remove(self.drawn, *edge)
        return edge

    def replace(self, stack: list[tuple[int, int]]) -> None:
        """Take another stack."""
        self.stack, self.edges, self._graph = list(stack), set(stack), None
        self.drawn = _no_edges(self.xy, max(2 * len(self.xy), len(stack)) + 8)
        for u, v in stack:
            insert(self.drawn, u, v)

    def graph(self) -> RoadGraph:
        """All key points and the edges, as metrics take them."""
        if self._graph is None:
            tile, edges = self.tile, self.drawn.edges[: len(self.stack)]
            self._graph = RoadGraph(
                self.xy, edges, tile.unit, crs=tile.crs,
                metres_per_pixel=tile.metres_per_pixel, extent=tile.extent,
            )  # fmt: skip
        return self._graph

    def copy(self) -> Roads:
        """The same roads, to be changed on their own."""
        twin = object.__new__(Roads)
        twin.__dict__.update(self.__dict__)
        twin.stack, twin.edges = self.stack.copy(), self.edges.copy()
        twin.drawn = Drawn._make([self.xy, *(array.copy() for array in self.drawn[1:])])
        return twin


def _no_edges(xy: FloatArray, room: int) -> Drawn:
    none = np.zeros(len(xy), dtype=np.int64)
    return Drawn(
        xy, np.zeros((room, 2), np.int64), np.zeros(room), none, np.zeros(1, dtype=np.int64)
    )


def _grown(drawn: Drawn) -> Drawn:
    edges, length = np.zeros((2 * len(drawn.edges), 2), np.int64), np.zeros(2 * len(drawn.edges))
    edges[: len(drawn.edges)], length[: len(drawn.edges)] = drawn.edges, drawn.length
    return drawn._replace(edges=edges, length=length)


@njit(cache=True, nogil=True)
def insert(drawn, u, v):  # type: ignore[no-untyped-def]
    """Put edge (u, v), which is not there, into its place."""
    edges, length, m = drawn.edges, drawn.length, drawn.n_edges[0]
    k = m
    while k > 0 and (edges[k - 1, 0] > u or (edges[k - 1, 0] == u and edges[k - 1, 1] > v)):
        edges[k, 0], edges[k, 1], length[k] = edges[k - 1, 0], edges[k - 1, 1], length[k - 1]
        k -= 1
    dx, dy = drawn.xy[v, 0] - drawn.xy[u, 0], drawn.xy[v, 1] - drawn.xy[u, 1]
    edges[k, 0], edges[k, 1], length[k] = u, v, np.hypot(dx, dy)
    drawn.degree[u] += 1
    drawn.degree[v] += 1
    drawn.n_edges[0] = m + 1


@njit(cache=True, nogil=True)
def remove(drawn, u, v):  # type: ignore[no-untyped-def]
    """Take edge (u, v), which is there, out."""
    edges, length, m = drawn.edges, drawn.length, drawn.n_edges[0]
    k = 0
    while edges[k, 0] != u or edges[k, 1] != v:
        k += 1
    for j in range(k, m - 1):
        edges[j, 0], edges[j, 1], length[j] = edges[j + 1, 0], edges[j + 1, 1], length[j + 1]
    drawn.degree[u] -= 1
    drawn.degree[v] -= 1
    drawn.n_edges[0] = m - 1
