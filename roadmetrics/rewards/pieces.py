"""Chains cut into straight pieces, and the order in which they come, in kernels.

Step by step what `metrics.path.chains` and `metrics.path.explained` do with arrays, so that equal
roads give equal bits.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from ..graph import FloatArray
from ..metrics.path.chains import BEND, ROUNDING, _bends
from ..routing import LongArray
from ..sorting import order_of


class Pieces(NamedTuple):
    """C chains of straight pieces; chain c has the points xy[ptr[c] : ptr[c + 1]]."""

    xy: FloatArray  # [P, 2]
    ptr: LongArray  # [C + 1]
    steps: FloatArray  # [P] length of the piece that ends at each point
    lengths: FloatArray  # [C] rounded, so that copies tie
    middle: FloatArray  # [C, 2] rounded


@njit(cache=True, nogil=True)
def pieces_of(lines, piece):  # type: ignore[no-untyped-def]
    """The chains of the roads, every straight run in equal parts no longer than ``piece``."""
    at = np.empty((len(lines.chain_vertex), 2))
    for k in range(len(at)):
        v = lines.chain_vertex[k]
        at[k, 0], at[k, 1] = lines.vertices[v, 0], lines.vertices[v, 1]
    bends, bend_ptr = _bends(at, lines.chain_ptr, BEND)
    parts, ptr = _parts(bends, bend_ptr, piece)
    xy = np.empty((ptr[-1], 2))
    n = 0
    for b in range(len(bends)):
        for rank in range(parts[b]):
            for k in range(2):
                run = bends[b, k] - bends[b - 1, k] if parts[b] > 1 else 0.0
                xy[n, k] = bends[b, k] - (parts[b] - 1 - rank) / parts[b] * run
            n += 1
    return measured(xy, ptr)


@njit(cache=True, nogil=True)
def _parts(bends, bend_ptr, piece):  # type: ignore[no-untyped-def]
    """How many points each bend stands for: the parts of the run before it; and ptr [C + 1]."""
    parts, ptr = np.ones(len(bends), np.int64), np.zeros(len(bend_ptr), np.int64)
    for c in range(len(bend_ptr) - 1):
        n = 1
        for b in range(bend_ptr[c] + 1, bend_ptr[c + 1]):
            if piece > 0.0:
                run = np.hypot(bends[b, 0] - bends[b - 1, 0], bends[b, 1] - bends[b - 1, 1])
                parts[b] = max(int(np.ceil(run / piece - ROUNDING)), 1)
            n += parts[b]
        ptr[c + 1] = ptr[c] + n
    return parts, ptr


@njit(cache=True, nogil=True)
def measured(xy, ptr):  # type: ignore[no-untyped-def]
    """Pieces with what follows from their points."""
    n, n_chains = len(xy), len(ptr) - 1
    steps, total = np.zeros(n), np.zeros(n + 1)
    lengths, middle = np.empty(n_chains), np.empty((n_chains, 2))
    for c in range(n_chains):
        for k in range(ptr[c] + 1, ptr[c + 1]):
            steps[k] = np.hypot(xy[k, 0] - xy[k - 1, 0], xy[k, 1] - xy[k - 1, 1])
    for k in range(n):
        total[k + 1] = total[k] + steps[k]
    for c in range(n_chains):
        lengths[c] = np.float32(total[ptr[c + 1]] - total[ptr[c]])
        for k in range(2):
            middle[c, k] = np.float32(xy[ptr[c], k] + xy[ptr[c + 1] - 1, k])
    return Pieces(xy, ptr, steps, lengths, middle)


@njit(cache=True, nogil=True)
def order_of_chains(pieces, near, radius):  # type: ignore[no-untyped-def]
    """Longest chains first, then those near the other network; ``near`` are its edges by point."""
    ptr, n_chains = pieces.ptr, len(pieces.ptr) - 1
    total = np.zeros(len(pieces.xy) + 1)
    for p in range(len(pieces.xy)):
        closest = radius
        for k in range(near.ptr[p], near.ptr[p + 1]):
            closest = min(closest, near.distance[k])
        total[p + 1] = total[p] + closest
    first, gap = np.empty(n_chains), np.empty(n_chains)
    for c in range(n_chains):
        first[c] = -pieces.lengths[c]
        gap[c] = np.float32((total[ptr[c + 1]] - total[ptr[c]]) / (ptr[c + 1] - ptr[c]))
    order = order_of(first)
    for i in range(1, n_chains):  # equal lengths are rare: each moves past few
        c, k = order[i], i
        while k > 0 and _comes_before(c, order[k - 1], first, gap, pieces.middle):
            order[k] = order[k - 1]
            k -= 1
        order[k] = c
    return order


@njit(cache=True, nogil=True)
def _comes_before(c, d, first, gap, middle):  # type: ignore[no-untyped-def]
    """Whether chain c comes before d for another reason than its number."""
    if first[c] != first[d]:
        return first[c] < first[d]
    if gap[c] != gap[d]:
        return gap[c] < gap[d]
    if middle[c, 0] != middle[d, 0]:
        return middle[c, 0] < middle[d, 0]
    return middle[c, 1] < middle[d, 1]
