"""One-to-one matching of points under a radius.

The kernels take candidate pairs as rows of a sparse table: row i may take columns
``column[ptr[i]:ptr[i + 1]]``.

References
----------
J. E. Hopcroft, R. M. Karp, "An n^(5/2) algorithm for maximum matchings in bipartite graphs",
SIAM J. Comput. 2(4), 1973, doi:10.1137/0202019.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.spatial import cKDTree

from .graph import FloatArray
from .index import SLACK
from .sorting import order_of

LongArray = npt.NDArray[np.int64]


class NearPairs(NamedTuple):
    """Pairs of points no farther apart than a radius, by row, nearest first."""

    ptr: LongArray  # [n + 1]
    column: LongArray  # [K]
    distance: FloatArray  # [K]


def near_pairs(points: FloatArray, others: FloatArray, radius: float) -> NearPairs:
    """All pairs within ``radius`` (inclusive, whatever the rounding); [n, 2] and [m, 2].

    >>> import numpy as np
    >>> near_pairs(np.array([[0., 0.]]), np.array([[3., 4.], [9., 0.]]), 5.0).column
    array([0])
    >>> near_pairs(np.zeros((0, 2)), np.zeros((0, 2)), 5.0).ptr
    array([0])
    """
    ptr = np.zeros(len(points) + 1, dtype=np.int64)
    if not len(points) or not len(others):
        return NearPairs(ptr, np.zeros(0, dtype=np.int64), np.zeros(0))
    found = cKDTree(points).sparse_distance_matrix(
        cKDTree(others), radius * SLACK, output_type="ndarray"
    )
    order = np.lexsort((found["j"], found["v"], found["i"]))
    np.cumsum(np.bincount(found["i"], minlength=len(points)), out=ptr[1:])
    return NearPairs(ptr, found["j"][order].astype(np.int64), found["v"][order])


def match_most(points: FloatArray, others: FloatArray, radius: float) -> LongArray:
    """[n] partner of each point in a matching of as many points as possible; -1 without one.

    >>> import numpy as np
    >>> match_most(np.array([[0., 0.], [2., 0.]]), np.array([[1., 0.], [9., 0.]]), 3.0).tolist()
    [0, -1]
    >>> match_most(np.zeros((0, 2)), np.zeros((0, 2)), 3.0).tolist()
    []
    """
    near = near_pairs(points, others, radius)
    row_mate: LongArray = np.full(len(points), -1, dtype=np.int64)
    maximum_matching(near.ptr, near.column, row_mate, np.full(len(others), -1, dtype=np.int64))
    return row_mate


@njit(cache=True, nogil=True)
def maximum_matching(ptr, column, row_mate, column_mate):  # type: ignore[no-untyped-def]
    """Size of a largest matching; fills row_mate [n] and column_mate [m], -1 where there is none.

    Both come in filled with -1. Each row first takes its first free column; then shortest
    augmenting paths, a layer at a time (Hopcroft and Karp).
    """
    n = len(row_mate)
    size = 0
    for i in range(n):
        for k in range(ptr[i], ptr[i + 1]):
            if column_mate[column[k]] < 0:
                row_mate[i], column_mate[column[k]] = column[k], i
                size += 1
                break
    layer, queue = np.empty(n, np.int64), np.empty(n, np.int64)
    at, path = np.empty(n, np.int64), np.empty(n, np.int64)
    while _layers(ptr, column, row_mate, column_mate, layer, queue):
        for i in range(n):
            at[i] = ptr[i]
        for i in range(n):
            if row_mate[i] < 0:
                size += _augment(ptr, column, row_mate, column_mate, layer, at, path, i)
    return size


@njit(cache=True, nogil=True)
def _layers(ptr, column, row_mate, column_mate, layer, queue):  # type: ignore[no-untyped-def]
    """Distance of each row from a free row along alternating paths; whether a free column ends one.

    Rows beyond the first layer that ends are left at -1.
    """
    n, tail = len(row_mate), 0
    for i in range(n):
        layer[i] = -1
        if row_mate[i] < 0:
            layer[i] = 0
            queue[tail] = i
            tail += 1
    head, last = 0, n + 1
    while head < tail:
        i = queue[head]
        head += 1
        if layer[i] > last:
            break
        for k in range(ptr[i], ptr[i + 1]):
            mate = column_mate[column[k]]
            if mate < 0:
                last = min(last, layer[i])
            elif layer[mate] < 0 and layer[i] < last:
                layer[mate] = layer[i] + 1
                queue[tail] = mate
                tail += 1
    return last <= n


@njit(cache=True, nogil=True)
def _augment(ptr, column, row_mate, column_mate, layer, at, path, start):  # type: ignore[no-untyped-def]
    """1 where an augmenting path from the free row ``start`` was found and applied, else 0."""
    depth = 0
    path[0] = start
    while depth >= 0:
        i = path[depth]
        if at[i] >= ptr[i + 1]:
            depth -= 1
            if depth >= 0:
                at[path[depth]] += 1
            continue
        mate = column_mate[column[at[i]]]
        if mate < 0:
            for d in range(depth, -1, -1):
                row = path[d]
                row_mate[row], column_mate[column[at[row]]] = column[at[row]], row
                at[row] += 1
            return 1
        if layer[mate] == layer[i] + 1:
            depth += 1
            path[depth] = mate
        else:
            at[i] += 1
    return 0


@njit(cache=True, nogil=True)
def greedy_matching(row, column, distance, row_mate, column_mate):  # type: ignore[no-untyped-def]
    """Size of the matching that takes free pairs by ascending distance; ties in the order given.

    Pairs are (row [K], column [K], distance [K]); row_mate and column_mate come in as -1.
    """
    size = 0
    for k in order_of(distance):
        i, j = row[k], column[k]
        if row_mate[i] < 0 and column_mate[j] < 0:
            row_mate[i], column_mate[j] = j, i
            size += 1
    return size


@njit(cache=True, nogil=True)
def match_subset(ptr, column, rows, columns, rank, row_mate, column_mate):  # type: ignore[no-untyped-def]
    """Size of a largest matching among ``rows`` [a] and ``columns`` [b] of the table (ptr, column).

    Fills row_mate [a] and column_mate [b] with positions in columns and rows, or -1. ``rank`` [m]
    comes in and goes out as -1.
    """
    for j in range(len(columns)):
        rank[columns[j]], column_mate[j] = j, -1
    local_ptr = np.zeros(len(rows) + 1, np.int64)
    for i in range(len(rows)):
        n = 0
        for k in range(ptr[rows[i]], ptr[rows[i] + 1]):
            n += rank[column[k]] >= 0
        local_ptr[i + 1], row_mate[i] = local_ptr[i] + n, -1
    local = np.empty(local_ptr[-1], np.int64)
    n = 0
    for i in range(len(rows)):
        for k in range(ptr[rows[i]], ptr[rows[i] + 1]):
            if rank[column[k]] >= 0:
                local[n] = rank[column[k]]
                n += 1
    for j in columns:
        rank[j] = -1
    return maximum_matching(local_ptr, local, row_mate, column_mate)
