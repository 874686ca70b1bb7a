"""Chains explained by a network, once more after one edge: what cannot have changed is kept.

`metrics.path.explained` takes chains in an order; each sees the network less what those before it
used up. What becomes of a chain follows from its points, from the edges near them, from the
vertices that its searches met, and from what is used up there. So a chain is matched again where

- it was not there before, or came in another order,
- a new edge lies near it or ends at a vertex that it met, or
- a chain before it now takes something else there than it did.

All others take what they took. The result is that of a computation from scratch, to the bit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from ..graph import FloatArray
from ..metrics.path.candidates import COLUMNS, longer
from ..metrics.path.explained import STRICT, explain_chain
from ..metrics.path.routes import use
from ..routing import LongArray
from .pieces import order_of_chains


class Memo(NamedTuple):
    """What became of C chains on a network; never written again, so that copies share it."""

    edges: LongArray  # [M, 2] of the network, sorted
    xy: FloatArray  # [P, 2] points of the chains
    ptr: LongArray  # [C + 1]
    lengths: FloatArray  # [C]
    order: LongArray  # [C] in which they came
    matched: FloatArray  # [C] length that counts
    span: LongArray  # [C, 4] rows of each chain in the two below
    taken: FloatArray  # [T, 3] edge, low, high
    met: LongArray  # vertices


def nothing_known() -> Memo:
    """A memo of no chains on no network."""
    none, pairs = np.zeros(0, np.int64), np.zeros((0, 2))
    return Memo(
        np.zeros((0, 2), np.int64), pairs, np.zeros(1, np.int64), np.zeros(0), none, np.zeros(0),
        np.zeros((0, 4), np.int64), np.zeros((0, 3)), none,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def share_explained(pieces, near, net, snap_dist, memo):  # type: ignore[no-untyped-def]
    """Mean score of the chains, by length, explained by ``net``, 0 of none; and the new memo.

    ``net`` has the edges of the memo's and perhaps more.
    """
    n_chains, n_vertices = len(pieces.ptr) - 1, len(net[0])
    order = order_of_chains(pieces, near, snap_dist)
    is_other = np.zeros(len(net[1]), np.bool_), np.zeros(n_vertices, np.bool_)  # edges, vertices
    moved = _moved(memo.edges, net[1], is_other)
    before = _before(pieces, order, memo, moved, net[1], is_other)
    head, used, n_used = np.full(len(net[1]), -1, np.int64), np.empty((64, 3)), np.int64(0)
    stamp, room = np.full((2, n_vertices), -1, np.int64), _room(n_vertices, len(net[4]) + 2)
    n = len(pieces.xy)
    credit, is_matched, place = np.zeros(n), np.zeros(n, np.int64), np.empty((n, 2))
    rows, parts = np.empty((64, COLUMNS)), np.empty((64, 3))
    matched, span = np.zeros(n_chains), np.zeros((n_chains, 4), np.int64)
    taken, n_taken = np.empty((2 * len(memo.taken) + 64, 3)), np.int64(0)
    met, n_met = np.empty(2 * len(memo.met) + n_vertices + 64, np.int64), np.int64(0)
    for c in order:
        first, last, old = pieces.ptr[c], pieces.ptr[c + 1], before[c]
        span[c, 0], span[c, 2] = n_taken, n_met
        if old >= 0 and _is_kept(first, last, near, memo, old, is_other):
            matched[c] = memo.matched[old]
            parts, n_parts = _parts_before(memo, old, moved, parts)
            met, n_met = _met_before(memo, old, met, n_met)
        else:
            rows, parts, n_parts = explain_chain(
                pieces.xy, pieces.steps, first, last, near.ptr, near.column, net,
                snap_dist * STRICT, head, used, stamp, room, rows, parts, credit, is_matched, place,
            )  # fmt: skip
            for k in range(first, last):
                matched[c] += pieces.steps[k] * credit[k]
            met, n_met = _met_now(room[5], met, n_met)
            if old < 0 or not _is_same(memo, old, moved, parts, n_parts):
                _mark(parts, n_parts, net[1], is_other)
                if old >= 0:
                    _mark_before(memo, old, moved, net[1], is_other)
        for k in range(n_parts):
            if n_used == len(used):
                used = longer(used)
            if n_taken == len(taken):
                taken = longer(taken)
            n_used = use(head, used, n_used, int(parts[k, 0]), parts[k, 1], parts[k, 2], net[5])
            taken[n_taken, 0], taken[n_taken, 1] = parts[k, 0], parts[k, 1]
            taken[n_taken, 2] = parts[k, 2]
            n_taken += 1
        span[c, 1], span[c, 3] = n_taken, n_met
    now = Memo(
        net[1], pieces.xy, pieces.ptr, pieces.lengths, order, matched, span, taken[:n_taken],
        met[:n_met],
    )  # fmt: skip
    total = pieces.steps.sum()
    return (matched.sum() / total if total > 0.0 else 0.0), now


@njit(cache=True, nogil=True)
def _room(n_vertices, n):  # type: ignore[no-untyped-def]
    """What searches need; see `metrics.path.routes`."""
    return (
        np.full(n_vertices, np.inf), np.empty(n_vertices, np.int64), np.empty(n),
        np.empty(n, np.int64), np.empty(n_vertices + 2, np.int64), np.zeros(n_vertices, np.int64),
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _moved(old, edges, is_other):  # type: ignore[no-untyped-def]
    """[M] the new number of each old edge; what is new is marked. Both are sorted, or equal."""
    moved, k = np.empty(len(old), np.int64), 0
    for e in range(len(edges)):
        a, b = edges[e, 0], edges[e, 1]
        if k < len(old) and old[k, 0] == a and old[k, 1] == b:
            moved[k] = e
            k += 1
        else:
            is_other[0][e] = is_other[1][a] = is_other[1][b] = True
    return moved


@njit(cache=True, nogil=True)
def _before(pieces, order, memo, moved, edges, is_other):  # type: ignore[no-untyped-def]
    """[C] the old number of each chain that came in the same order, else -1.

    What old chains took that have no successor is marked.
    """
    before, is_left = np.full(len(order), -1, np.int64), np.ones(len(memo.order), np.bool_)
    i = j = 0
    while i < len(order) and j < len(memo.order):  # both from long to short
        c, d = order[i], memo.order[j]
        new, old = pieces.lengths[c], memo.lengths[d]
        if new == old and _are_equal(pieces, c, memo, d):
            before[c], is_left[d] = d, False
        i += new >= old
        j += old >= new
    for d in range(len(is_left)):
        if is_left[d]:
            _mark_before(memo, d, moved, edges, is_other)
    return before


@njit(cache=True, nogil=True)
def _are_equal(pieces, c, memo, d):  # type: ignore[no-untyped-def]
    """Whether chain c has the points that chain d had."""
    n, first, other = pieces.ptr[c + 1] - pieces.ptr[c], pieces.ptr[c], memo.ptr[d]
    if memo.ptr[d + 1] - other != n:
        return False
    for k in range(n):
        for axis in range(2):
            if pieces.xy[first + k, axis] != memo.xy[other + k, axis]:
                return False
    return True


@njit(cache=True, nogil=True)
def _is_kept(first, last, near, memo, old, is_other):  # type: ignore[no-untyped-def]
    """Whether nothing that a chain saw is other than it was."""
    for k in range(near.ptr[first], near.ptr[last]):
        if is_other[0][near.column[k]]:
            return False
    n_other = 0
    for k in range(memo.span[old, 2], memo.span[old, 3]):
        n_other += is_other[1][memo.met[k]]
    return n_other == 0


@njit(cache=True, nogil=True)
def _parts_before(memo, old, moved, parts):  # type: ignore[no-untyped-def]
    """What a chain took, edges as they are numbered now."""
    low = memo.span[old, 0]
    n = memo.span[old, 1] - low
    while len(parts) < n:
        parts = longer(parts)
    for k in range(n):
        parts[k, 0] = moved[int(memo.taken[low + k, 0])]
        parts[k, 1], parts[k, 2] = memo.taken[low + k, 1], memo.taken[low + k, 2]
    return parts, n


@njit(cache=True, nogil=True)
def _met_before(memo, old, met, n):  # type: ignore[no-untyped-def]
    low, high = memo.span[old, 2], memo.span[old, 3]
    met = _with_room(met, n + high - low)
    for k in range(low, high):
        met[n + k - low] = memo.met[k]
    return met, n + high - low


@njit(cache=True, nogil=True)
def _met_now(flags, met, n):  # type: ignore[no-untyped-def]
    """Note the vertices whose flag is 1, and take it down."""
    met = _with_room(met, n + len(flags))
    for v in range(len(flags)):
        if flags[v] == 1:
            met[n] = v
            n += 1
            flags[v] = 0
    return met, n


@njit(cache=True, nogil=True)
def _with_room(values, n):  # type: ignore[no-untyped-def]
    if n <= len(values):
        return values
    result = np.empty(2 * n, np.int64)
    for k in range(len(values)):
        result[k] = values[k]
    return result


@njit(cache=True, nogil=True)
def _is_same(memo, old, moved, parts, n):  # type: ignore[no-untyped-def]
    """Whether a chain took just this."""
    low = memo.span[old, 0]
    if memo.span[old, 1] - low != n:
        return False
    for k in range(n):
        one, two = memo.taken[low + k], parts[k]
        if moved[int(one[0])] != two[0] or one[1] != two[1] or one[2] != two[2]:
            return False
    return True


@njit(cache=True, nogil=True)
def _mark_before(memo, old, moved, edges, is_other):  # type: ignore[no-untyped-def]
    for k in range(memo.span[old, 0], memo.span[old, 1]):
        e = moved[int(memo.taken[k, 0])]
        is_other[0][e] = is_other[1][edges[e, 0]] = is_other[1][edges[e, 1]] = True


@njit(cache=True, nogil=True)
def _mark(parts, n, edges, is_other):  # type: ignore[no-untyped-def]
    for k in range(n):
        e = int(parts[k, 0])
        is_other[0][e] = is_other[1][edges[e, 0]] = is_other[1][edges[e, 1]] = True
