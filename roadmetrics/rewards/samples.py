"""Sample points along the roads drawn, and the edge that each lies on, in kernels.

Step by step what `walk.sample_roads` does with arrays, so that equal roads give equal bits.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from ..graph import FloatArray
from ..routing import LongArray


class Points(NamedTuple):
    """Centres of equal parts of each chain."""

    xy: FloatArray  # [n, 2]
    edge: LongArray  # [n]


@njit(cache=True, nogil=True)
def points_along(lines, spacing):  # type: ignore[no-untyped-def]
    """The centres of max(1, round(L / spacing)) equal parts of each chain of length L > 0."""
    n_chains = len(lines.chain_ptr) - 1
    parts, n = np.zeros(n_chains, np.int64), 0
    for c in range(n_chains):
        length = lines.chain_offset[lines.chain_ptr[c + 1] - 1]
        if length > 0.0:
            parts[c] = max(int(np.floor(length / spacing + 0.5 + 1e-9)), 1)
        n += parts[c]
    points = Points(np.empty((n, 2)), np.empty(n, np.int64))
    by_start, line = np.empty(len(lines.edges), np.int64), np.empty(len(lines.edges))
    n = 0
    for c in range(n_chains):
        if parts[c] > 0:
            _lay_edges(lines, c, by_start, line)
            _fill_chain(lines, c, parts[c], by_start, line, points, n)
            n += parts[c]
    return points


@njit(cache=True, nogil=True, forceinline=True)
def _lay_edges(lines, c, by_start, line):  # type: ignore[no-untyped-def]
    """Edges of chain c by where they begin along it, then by number, and the key of each.

    Keys are those of `walk`: chains laid end to end, each 2 long.
    """
    first, last = lines.chain_ptr[c], lines.chain_ptr[c + 1] - 1
    scale = max(lines.chain_offset[last], 1e-300)
    for k in range(first, last):
        e, low, high = lines.order[k - c], lines.chain_offset[k], lines.chain_offset[k + 1]
        if lines.edges[e, 0] == lines.chain_vertex[k]:
            begin = min(low, low + (high - low))
        else:
            begin = min(high, high + (low - high))
        at = k - c
        while at > first - c and (
            line[at - 1] > begin or (line[at - 1] == begin and by_start[at - 1] > e)
        ):
            by_start[at], line[at] = by_start[at - 1], line[at - 1]
            at -= 1
        by_start[at], line[at] = e, begin
    for k in range(first - c, last - c):
        line[k] = 2.0 * c + line[k] / scale


@njit(cache=True, nogil=True, forceinline=True)
def _fill_chain(lines, c, parts, by_start, line, points, n):  # type: ignore[no-untyped-def]
    """Points of chain c, from place ``n`` on."""
    first, last = lines.chain_ptr[c], lines.chain_ptr[c + 1] - 1
    length = lines.chain_offset[last]
    scale = max(length, 1e-300)
    at, on = first, first - c
    for rank in range(parts):
        offset = length * (2 * rank + 1) / (2 * parts)
        key = 2.0 * c + offset / scale
        while at < last - 1 and 2.0 * c + lines.chain_offset[at + 1] / scale <= key:
            at += 1
        while on < last - c - 1 and line[on + 1] <= key:
            on += 1
        low, high = lines.chain_offset[at], lines.chain_offset[at + 1]
        t = min(max((offset - low) / (high - low if high > low else 1.0), 0.0), 1.0)
        a, b = lines.chain_vertex[at], lines.chain_vertex[at + 1]
        for k in range(2):
            x = lines.vertices[a, k]
            points.xy[n, k] = x + t * (lines.vertices[b, k] - x)
        points.edge[n] = by_start[on]
        n += 1
