"""Walks inside discs around many starts at once: a bit a start, 64 of them to a word.

A word holds what 64 starts know of a vertex or a point; they spread over the network together, so
that a walk costs some steps a vertex and word, not a vertex and start.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from ..graph import FloatArray
from ..index import SLACK
from ..routing import LongArray

ONE, ALL = np.uint64(1), np.uint64(2**64 - 1)


class Streets(NamedTuple):
    """A network and the sample points on it."""

    vertices: FloatArray  # [N, 2]
    edges: LongArray  # [M, 2]
    start: FloatArray  # [M, 2]
    end: FloatArray  # [M, 2]
    ptr: LongArray  # [N + 1] edges at each vertex
    incident: LongArray  # [2M]
    xy: FloatArray  # [n, 2] samples
    edge: LongArray  # [n] that each lies on
    tie: float  # distances that differ by less are equal


@njit(cache=True, nogil=True, forceinline=True)
def count_bits(word):  # type: ignore[no-untyped-def]
    """Number of bits set in a uint64."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    two = np.uint64(0x3333333333333333)
    word = (word & two) + ((word >> np.uint64(2)) & two)
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@njit(cache=True, nogil=True)
def n_words(n):  # type: ignore[no-untyped-def]
    """Words for n bits."""
    return (n + 63) // 64


@njit(cache=True, nogil=True)
def walk_balls(starts, near, match_dist, radius, streets, found, first):  # type: ignore[no-untyped-def]
    """Note in ``found`` [n, words], from word ``first`` on, the samples that each walk meets.

    A walk begins at the nearest places of its start [S, 2], taken from ``near``: the edges of each
    start, wider than ``match_dist``. ``found`` comes in as 0.
    """
    limit = radius * (1 + 1e-9) + streets.tie
    n_vertices, n_edges, width = len(streets.vertices), len(streets.edges), n_words(len(starts))
    inside = np.zeros((n_vertices, width), np.uint64)
    for v in range(n_vertices):
        if streets.ptr[v + 1] > streets.ptr[v]:
            x, y = streets.vertices[v, 0], streets.vertices[v, 1]
            for s in range(len(starts)):
                if _is_inside(x, y, starts[s, 0], starts[s, 1], limit):
                    inside[v, s >> 6] |= ONE << np.uint64(s & 63)
    entered = np.zeros((n_edges, width), np.uint64)
    _enter_first(near, match_dist, streets.tie, entered)
    seen = _spread(streets.edges, streets.ptr, streets.incident, inside, entered)
    for i in range(len(streets.xy)):
        e = streets.edge[i]
        a, b = streets.edges[e, 0], streets.edges[e, 1]
        is_between = _is_between(streets, i, e)
        for w in range(width):
            reached = entered[e, w] | seen[a, w] | seen[b, w]
            sure = reached & inside[a, w] & inside[b, w]  # a disc is convex
            if not is_between:
                sure = np.uint64(0)
            open_bits = reached ^ sure
            while open_bits:
                bit = open_bits & (~open_bits + ONE)
                open_bits ^= bit
                s = 64 * w + count_bits(bit - ONE)
                if _is_inside(
                    streets.xy[i, 0], streets.xy[i, 1], starts[s, 0], starts[s, 1], limit
                ):
                    sure |= bit
            found[i, first + w] = sure


@njit(cache=True, nogil=True, forceinline=True)
def _is_inside(x, y, at_x, at_y, limit):  # type: ignore[no-untyped-def]
    """Whether a point lies within ``limit`` of another; measured only where it is close."""
    dx, dy = x - at_x, y - at_y
    squared, bound = dx * dx + dy * dy, limit * limit
    if squared < 0.999999 * bound:
        return True
    return squared <= 1.000001 * bound and np.hypot(dx, dy) <= limit


@njit(cache=True, nogil=True, forceinline=True)
def _is_between(streets, i, e):  # type: ignore[no-untyped-def]
    """Whether sample i lies on edge e: samples are counted to edges without length, too."""
    for k in range(2):
        x, a, b = streets.xy[i, k], streets.start[e, k], streets.end[e, k]
        if x < min(a, b) - streets.tie or x > max(a, b) + streets.tie:
            return False
    return True


@njit(cache=True, nogil=True)
def _enter_first(near, match_dist, tie, entered):  # type: ignore[no-untyped-def]
    """The edges where walks begin, as `SegmentIndex.nearest` finds them."""
    for s in range(len(near.ptr) - 1):
        nearest = np.inf
        for k in range(near.ptr[s], near.ptr[s + 1]):
            nearest = min(nearest, near.distance[k])
        limit = min(nearest + tie, match_dist * SLACK)
        for k in range(near.ptr[s], near.ptr[s + 1]):
            if near.distance[k] <= limit:
                entered[near.column[k], s >> 6] |= ONE << np.uint64(s & 63)


@njit(cache=True, nogil=True)
def _spread(edges, ptr, incident, inside, entered):  # type: ignore[no-untyped-def]
    """[N, words] the vertices that each walk reaches inside its disc, from the edges it enters."""
    n, width = inside.shape
    seen, fresh = np.zeros((n, width), np.uint64), np.zeros((n, width), np.uint64)
    queue, is_queued = np.empty(n + 1, np.int64), np.zeros(n, np.bool_)
    head = tail = 0
    for e in range(len(edges)):
        for side in range(2):
            tail = _tell(edges[e, side], entered, e, inside, seen, fresh, queue, is_queued, tail)
    word = np.empty((1, width), np.uint64)
    while head != tail:
        v = queue[head]
        head = head + 1 if head < n else 0
        is_queued[v] = False
        for w in range(width):
            word[0, w], fresh[v, w] = fresh[v, w], np.uint64(0)
        for k in range(ptr[v], ptr[v + 1]):
            u = edges[incident[k], 0] + edges[incident[k], 1] - v
            tail = _tell(u, word, 0, inside, seen, fresh, queue, is_queued, tail)
    return seen


@njit(cache=True, nogil=True, forceinline=True)
def _tell(v, words, row, inside, seen, fresh, queue, is_queued, tail):  # type: ignore[no-untyped-def]
    """Let the walks of words[row] reach vertex v; queue it if that is news. The new tail."""
    is_news = False
    for w in range(inside.shape[1]):
        news = words[row, w] & inside[v, w] & ~seen[v, w]
        if news:
            seen[v, w] |= news
            fresh[v, w] |= news
            is_news = True
    if is_news and not is_queued[v]:
        is_queued[v], queue[tail] = True, v
        tail = tail + 1 if tail < len(queue) - 1 else 0
    return tail
