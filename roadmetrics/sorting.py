"""Order of numbers inside kernels.

Kernels must not call numpy's sort, argsort and searchsorted: numba gives the helpers of several of
them one name, so that of two cached kernels the one that is loaded later may run the other's, which
crashes.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def order_of(values):  # type: ignore[no-untyped-def]
    """[n] indices that put the values in ascending order; equal ones keep theirs (heap sort)."""
    n = len(values)
    order = np.empty(n, np.int64)
    for i in range(n):
        order[i] = i
    for root in range(n // 2 - 1, -1, -1):
        _sift(values, order, root, n)
    for last in range(n - 1, 0, -1):
        order[0], order[last] = order[last], order[0]
        _sift(values, order, np.int64(0), last)
    return order


@njit(cache=True, nogil=True)
def first_from(values, least):  # type: ignore[no-untyped-def]
    """Position of the first of ascending values that is not below ``least``; n where none is."""
    low, high = 0, len(values)
    while low < high:
        middle = (low + high) // 2
        if values[middle] < least:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def first_above(values, most):  # type: ignore[no-untyped-def]
    """Position of the first of ascending values that is above ``most``; n where none is."""
    low, high = 0, len(values)
    while low < high:
        middle = (low + high) // 2
        if values[middle] <= most:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def _sift(values, order, root, size):  # type: ignore[no-untyped-def]
    """Let the entry at ``root`` sink until both below it come before it."""
    moving = order[root]
    while True:
        child = 2 * root + 1
        if child >= size:
            break
        if child + 1 < size and _is_before(values, order[child], order[child + 1]):
            child += 1
        if not _is_before(values, moving, order[child]):
            break
        order[root] = order[child]
        root = child
    order[root] = moving


@njit(cache=True, nogil=True)
def _is_before(values, i, j):  # type: ignore[no-untyped-def]
    return values[i] < values[j] or (values[i] == values[j] and i < j)
