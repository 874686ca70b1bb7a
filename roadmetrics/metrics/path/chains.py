"""A network cut into chains between junctions and ends, and each chain into short pieces."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from ...graph import FloatArray, RoadGraph
from ...routing import network_of
from ...snap import check_spacing

LongArray = npt.NDArray[np.int64]
ROUNDING = 1e-9  # share of a piece by which a length may be over
BEND = 1e-3  # sine of the least turn that is a bend; coordinates rounded to a millimetre turn less


class Chains(NamedTuple):
    """C chains of straight pieces; chain c has the points xy[ptr[c] : ptr[c + 1]]."""

    xy: FloatArray  # [P, 2]
    ptr: LongArray  # [C + 1]

    @property
    def steps(self) -> FloatArray:
        """[P] length of the piece that ends at each point; 0 at the first of a chain."""
        gap = np.diff(self.xy, axis=0, prepend=self.xy[:1])
        steps: FloatArray = np.hypot(gap[:, 0], gap[:, 1])
        steps[self.ptr[:-1]] = 0.0
        return steps

    def lengths(self) -> FloatArray:
        """[C] length of each chain."""
        total = np.concatenate([[0.0], np.cumsum(self.steps)])
        lengths: FloatArray = total[self.ptr[1:]] - total[self.ptr[:-1]]
        return lengths


def chains_of(graph: RoadGraph, piece: float) -> Chains:
    """The roads of a graph, bends kept, every straight run in equal parts no longer than ``piece``.

    Roads run from junction or end to junction or end; a ring without a junction from corner to
    corner. Vertices on a straight run, and edges without length, leave no trace.

    >>> chains_of(RoadGraph([(0, 0), (30, 0), (40, 0)], [(0, 1), (1, 2)]), 25.0).xy.tolist()
    [[0.0, 0.0], [20.0, 0.0], [40.0, 0.0]]
    >>> chains_of(RoadGraph([], []), 25.0).xy.shape
    (0, 2)
    """
    check_spacing(graph.length, piece)
    network = network_of(graph)
    bends, ptr = _bends(graph.vertices[network.chain_vertex], network.chain_ptr, BEND)
    if not len(bends):
        return Chains(np.zeros((0, 2)), np.zeros(1, dtype=np.int64))
    runs = np.diff(bends, axis=0, prepend=bends[:1])
    parts = np.ones(len(bends), dtype=np.int64)
    if piece:
        n_parts = np.ceil(np.hypot(runs[:, 0], runs[:, 1]) / piece - ROUNDING)
        parts = np.maximum(n_parts, 1).astype(np.int64)
    parts[ptr[:-1]] = 1  # the first point of a chain ends no run
    total = np.concatenate([[0], np.cumsum(parts)])
    of_run = np.repeat(np.arange(len(bends)), parts)
    rank = np.arange(total[-1]) - total[of_run]  # 0 .. parts - 1
    left = (parts[of_run] - 1 - rank) / parts[of_run]
    xy = bends[of_run] - left[:, None] * runs[of_run]
    return Chains(xy, total[ptr])


@njit(cache=True, nogil=True)
def _bends(xy, ptr, min_turn):  # type: ignore[no-untyped-def]
    """First and last point of each chain, and the points between where it turns."""
    kept = np.empty(len(xy), np.int64)
    new_ptr = np.zeros(len(ptr), np.int64)
    n = n_chains = 0
    for c in range(len(ptr) - 1):
        first = n
        kept[n] = ptr[c]
        n += 1
        for k in range(ptr[c] + 1, ptr[c + 1]):
            dx, dy = xy[k, 0] - xy[kept[n - 1], 0], xy[k, 1] - xy[kept[n - 1], 1]
            if dx == 0.0 and dy == 0.0:
                continue
            if n - first > 1:  # is the last kept point a bend?
                ux = xy[kept[n - 1], 0] - xy[kept[n - 2], 0]
                uy = xy[kept[n - 1], 1] - xy[kept[n - 2], 1]
                size = np.hypot(ux, uy) * np.hypot(dx, dy)
                if abs(ux * dy - uy * dx) <= min_turn * size and ux * dx + uy * dy > 0.0:
                    n -= 1
            kept[n] = k
            n += 1
        if n - first > 1:
            n_chains += 1
            new_ptr[n_chains] = n
        else:
            n = first  # a chain without length
    return xy[kept[:n]], new_ptr[: n_chains + 1]
