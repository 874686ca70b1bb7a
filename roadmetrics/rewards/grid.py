"""Which edges of the ground truth lie near a point: a grid of cells, made once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from ..graph import FloatArray, RoadGraph
from ..index import SLACK, TIE, resolution
from ..routing import LongArray, network_of

MOST_CELLS = 64  # along a side
MOST_ENTRIES = 2_000_000


class Grid(NamedTuple):
    """Edges by the cells that they come near to, and where each lies on its chain."""

    origin: FloatArray  # [3] x and y of the corner, size of a cell
    shape: LongArray  # [2] cells in x and in y
    ptr: LongArray  # [cells + 1]
    edge: LongArray  # edges whose box, widened by the reach, meets the cell
    start: FloatArray  # [M, 2]
    end: FloatArray  # [M, 2]
    edge_chain: LongArray  # [M]
    edge_offset: FloatArray  # [M] offset along the chain of the edge's first vertex
    edge_span: FloatArray  # [M]
    chain_length: FloatArray  # [C]
    chain_stops: LongArray  # [C, 2]
    stop_chain: LongArray  # [K] one place of each stop
    stop_offset: FloatArray  # [K]
    limit: FloatArray  # [2] farthest that a place may lie; how much farther ties may lie


def grid_of(graph: RoadGraph, radius: float) -> Grid:
    """Edges of a graph for points that look for them within ``radius``."""
    network = network_of(graph)
    ends = graph.vertices[graph.edges]  # [M, 2, 2]
    reach = radius * SLACK + TIE
    low, high = ends.min(axis=1) - reach, ends.max(axis=1) + reach
    corner = low.min(axis=0) if len(low) else np.zeros(2)
    width = (high.max(axis=0) if len(high) else np.zeros(2)) - corner
    n_cells = MOST_CELLS
    while True:
        size = max(float(width.max()) / n_cells, reach / 4)
        first = np.floor((low - corner) / size).astype(np.int64)
        last = np.floor((high - corner) / size).astype(np.int64)
        n_entries = int(np.prod(last - first + 1, axis=1).sum())
        if n_entries <= MOST_ENTRIES or n_cells == 1:
            break
        n_cells //= 2
    shape = np.floor(width / size).astype(np.int64) + 1
    cell, edge = _entries(first, last, int(shape[0]), n_entries)
    order = np.argsort(cell, kind="stable")
    ptr = np.zeros(int(shape.prod()) + 1, dtype=np.int64)
    np.cumsum(np.bincount(cell, minlength=len(ptr) - 1), out=ptr[1:])
    return Grid(
        np.array([*corner, size]), shape, ptr, edge[order],
        ends[:, 0].copy(), ends[:, 1].copy(),
        network.edge_chain, network.edge_offset, network.edge_span,
        network.chain_length, network.chain_stops,
        network.stop_place.chain, network.stop_place.offset,
        np.array([radius * SLACK, resolution(graph)]),
    )  # fmt: skip


def _entries(first: LongArray, last: LongArray, nx: int, n: int) -> tuple[LongArray, LongArray]:
    """(cell, edge) for every cell of every edge's box."""
    cell, edge = np.empty(n, np.int64), np.empty(n, np.int64)
    _fill_entries(first, last, nx, cell, edge)
    return cell, edge


@njit(cache=True, nogil=True)
def _fill_entries(first, last, nx, cell, edge):  # type: ignore[no-untyped-def]
    k = 0
    for e in range(len(first)):
        for row in range(first[e, 1], last[e, 1] + 1):
            for column in range(first[e, 0], last[e, 0] + 1):
                cell[k], edge[k] = row * nx + column, e
                k += 1


@njit(cache=True, nogil=True, error_model="numpy")
def along_and_gap(px, py, sx, sy, ex, ey):  # type: ignore[no-untyped-def]
    """Parameter of the nearest place on a segment, and its distance; as `geometry.project`."""
    dx, dy = ex - sx, ey - sy
    squared = dx * dx + dy * dy
    t = 0.0
    if squared > 0:
        t = ((px - sx) * dx + (py - sy) * dy) / squared
        t = min(max(t, 0.0), 1.0)
    return t, np.hypot(px - (sx + t * dx), py - (sy + t * dy))


@njit(cache=True, nogil=True)
def find_places(grid, x, y, edges, along, gaps, chain, offset):  # type: ignore[no-untyped-def]
    """Number of the nearest places of a point, as `snap.snap` finds them; in chain and offset.

    All arrays hold an entry an edge at least.
    """
    column = np.floor((x - grid.origin[0]) / grid.origin[2])
    row = np.floor((y - grid.origin[1]) / grid.origin[2])
    nx, ny = grid.shape[0], grid.shape[1]
    if not (0 <= column < nx and 0 <= row < ny):
        return 0
    cell = np.int64(row) * nx + np.int64(column)
    n, nearest = 0, np.inf
    for k in range(grid.ptr[cell], grid.ptr[cell + 1]):
        e = grid.edge[k]
        t, gap = along_and_gap(
            x, y, grid.start[e, 0], grid.start[e, 1], grid.end[e, 0], grid.end[e, 1]
        )
        if gap <= grid.limit[0] and gap <= nearest + grid.limit[1]:
            edges[n], along[n], gaps[n] = e, t, gap
            n += 1
            nearest = min(nearest, gap)
    n_places = 0
    for k in range(n):
        if gaps[k] <= nearest + grid.limit[1]:
            c, t = canonical(grid, edges[k], along[k])
            is_new = True
            for j in range(n_places):
                if chain[j] == c and abs(offset[j] - t) <= 1e-9:
                    is_new = False
            if is_new:
                chain[n_places], offset[n_places] = c, t
                n_places += 1
    return n_places


@njit(cache=True, nogil=True)
def canonical(grid, edge, along):  # type: ignore[no-untyped-def]
    """Chain and offset of a place on an edge; the ends of chains as `Network.places` has them."""
    c = grid.edge_chain[edge]
    t = grid.edge_offset[edge] + along * grid.edge_span[edge]
    end = -1
    if t <= 1e-9:
        end = 0
    elif t >= grid.chain_length[c] - 1e-9:
        end = 1
    if end >= 0:
        stop = grid.chain_stops[c, end]
        return grid.stop_chain[stop], grid.stop_offset[stop]
    return c, t
