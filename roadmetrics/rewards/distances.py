"""Shortest distances between all key points while edges come and go.

An edge (u, v) of length w shortens the route from a to b only where it shortens those from a to v
and from b to u: with A and B the points for which it does, the pairs A x B are all that can change.
What it changed is handed back, so that the edge can be taken off again exactly.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def shorten(dist, u, v, length):  # type: ignore[no-untyped-def]
    """Add an edge to dist [N, N]; the cells that changed (row * N + column) and their old values.

    Cells come once: dist is symmetric, and stays so.
    """
    n = len(dist)
    if not length < dist[u, v]:
        return np.empty(0, np.int64), np.empty(0)
    near_u, near_v = np.empty(n, np.int64), np.empty(n, np.int64)
    n_u = n_v = 0
    from_u, from_v = dist[u], dist[v]
    for a in range(n):
        if from_u[a] + length < from_v[a]:
            near_u[n_u] = a
            n_u += 1
        elif from_v[a] + length < from_u[a]:
            near_v[n_v] = a
            n_v += 1
    cell, old = np.empty(n_u * n_v, np.int64), np.empty(n_u * n_v)
    k = 0
    for i in range(n_u):
        a = near_u[i]
        reach = from_u[a] + length
        for j in range(n_v):
            b = near_v[j]
            found = reach + from_v[b]
            if found < dist[a, b]:
                cell[k], old[k] = a * n + b, dist[a, b]
                k += 1
                dist[a, b] = dist[b, a] = found
    return cell[:k], old[:k]


@njit(cache=True, nogil=True)
def restore(dist, cell, old):  # type: ignore[no-untyped-def]
    """Take the change back."""
    n = len(dist)
    for k in range(len(cell)):
        a, b = cell[k] // n, cell[k] % n
        dist[a, b] = dist[b, a] = old[k]


@njit(cache=True, nogil=True)
def forget(dist):  # type: ignore[no-untyped-def]
    """The distances of no edges at all."""
    for a in range(len(dist)):
        for b in range(len(dist)):
            dist[a, b] = np.inf
        dist[a, a] = 0.0
