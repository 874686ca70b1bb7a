"""Sizes of many matchings between parts of the same two sets of points.

One largest matching of all points is found first. What of it lies inside a part is nearly a
largest matching there; augmenting paths from the few points that are left over do the rest. A
search that fails never has to be made again, nor what it met be looked at (Hungarian trees).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .balls import ONE, count_bits


@njit(cache=True, nogil=True)
def sum_of_matchings(near, back, rows, columns):  # type: ignore[no-untyped-def]
    """Sum over parts s of the size of a largest matching of the rows and columns in part s.

    ``near`` gives the columns of each row and ``back`` the rows of each column, as Pairs; bit s of
    rows [n, words] and columns [m, words] says what part s holds.
    """
    n, m, width = rows.shape[0], columns.shape[0], columns.shape[1]
    room = _room(n, m)
    row_mate, column_mate = _match_all(near, back, room)
    total = 0
    free_rows, free_columns = rows.copy(), columns.copy()
    for i in range(n):
        j = row_mate[i]
        if j < 0 and near.ptr[i + 1] > near.ptr[i]:
            continue
        for w in range(width):
            if j >= 0:
                both = rows[i, w] & columns[j, w]
                total += count_bits(both)
                free_rows[i, w] ^= both
                free_columns[j, w] ^= both
            else:
                free_rows[i, w] = np.uint64(0)  # near nothing
    for j in range(m):
        if back.ptr[j + 1] == back.ptr[j]:
            for w in range(width):
                free_columns[j, w] = np.uint64(0)
    for w in range(width):
        total += _augment_word(
            near, back, rows, columns, free_rows, free_columns, row_mate, column_mate, w, room
        )
    return total


@njit(cache=True, nogil=True)
def _room(n, m):  # type: ignore[no-untyped-def]
    """Of far points the mate, the part that it is for, and the part of the last visit; a queue of

    own points, where in it a visit came from, and the far points met: met[k] led to queue[k + 1].
    """
    k = max(n, m) + 1
    return (
        np.empty(k, np.int64), np.full(k, -1, np.int64), np.full(k, -1, np.int64),
        np.empty(k, np.int64), np.empty(k, np.int64), np.empty(k, np.int64),
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _match_all(near, back, room):  # type: ignore[no-untyped-def]
    """A largest matching of all rows and columns: the mate of each, or -1."""
    n, m = len(near.ptr) - 1, len(back.ptr) - 1
    row_mate, column_mate = np.full(n, -1, np.int64), np.full(m, -1, np.int64)
    for j in range(m):
        i = _nearest_free(back, j, row_mate)
        if i >= 0:
            row_mate[i], column_mate[j] = j, i
    rows, columns = np.full((n, 1), ONE), np.full((m, 1), ONE)
    for j in range(m):
        if column_mate[j] < 0:
            _augment(j, 0, ONE, 0, back, rows, columns, row_mate, room)
    mate, mark = room[0], room[1]
    for i in range(n):
        if mark[i] == 0:
            row_mate[i] = mate[i]
    for j in range(m):
        column_mate[j] = -1
    for i in range(n):
        if row_mate[i] >= 0:
            column_mate[row_mate[i]] = i
    return row_mate, column_mate


@njit(cache=True, nogil=True)
def _nearest_free(back, j, row_mate):  # type: ignore[no-untyped-def]
    """The nearest row without a mate that column j may take, or -1."""
    nearest, at = np.inf, -1
    for k in range(back.ptr[j], back.ptr[j + 1]):
        if row_mate[back.column[k]] < 0 and back.distance[k] < nearest:
            nearest, at = back.distance[k], back.column[k]
    return at


@njit(cache=True, nogil=True)
def _augment_word(  # type: ignore[no-untyped-def]
    near, back, rows, columns, free_rows, free_columns, row_mate, column_mate, w, room
):
    """What augmenting paths add to the matchings of the 64 parts of word w."""
    row_of, row_ptr = _bits_by_part(free_rows, w)
    column_of, column_ptr = _bits_by_part(free_columns, w)
    total = 0
    for s in range(64):
        part = 1 + 64 * w + s  # 0 is the matching of all
        n_free, m_free = row_ptr[s + 1] - row_ptr[s], column_ptr[s + 1] - column_ptr[s]
        if n_free == 0 or m_free == 0:
            continue
        bit = ONE << np.uint64(s)
        gained = 0
        if m_free <= n_free:
            for k in range(column_ptr[s], column_ptr[s + 1]):
                gained += _augment(column_of[k], w, bit, part, back, rows, columns, row_mate, room)
                if gained == n_free:
                    break
        else:
            for k in range(row_ptr[s], row_ptr[s + 1]):
                gained += _augment(row_of[k], w, bit, part, near, columns, rows, column_mate, room)
                if gained == m_free:
                    break
        total += gained
    return total


@njit(cache=True, nogil=True)
def _bits_by_part(bits, w):  # type: ignore[no-untyped-def]
    """Rows of a bit table that are in each of 64 parts: rows, ptr [65]."""
    ptr = np.zeros(65, np.int64)
    for i in range(len(bits)):
        word = bits[i, w]
        while word:
            bit = word & (~word + ONE)
            word ^= bit
            ptr[count_bits(bit - ONE) + 1] += 1
    for s in range(64):
        ptr[s + 1] += ptr[s]
    at, item = ptr.copy(), np.empty(ptr[64], np.int64)
    for i in range(len(bits)):
        word = bits[i, w]
        while word:
            bit = word & (~word + ONE)
            word ^= bit
            s = count_bits(bit - ONE)
            item[at[s]] = i
            at[s] += 1
    return item, ptr


@njit(cache=True, nogil=True, forceinline=True)
def _augment(root, w, bit, part, pairs, far, own, far_mate, room):  # type: ignore[no-untyped-def]
    """1 where an augmenting path of a part begins at its free point ``root``, and is applied.

    ``pairs`` gives the far points near each own point. The matching is ``far_mate`` inside the
    part, but for far points marked with it, whose mates are in ``mate``. Visits of a search that
    fails stay: no later one gains by them.
    """
    mate, mark, visit, queue, came, met = room
    head, tail, n_met = 0, 1, 0
    queue[0] = root
    while head < tail:
        j = queue[head]
        for k in range(pairs.ptr[j], pairs.ptr[j + 1]):
            i = pairs.column[k]
            if visit[i] == part or not far[i, w] & bit:
                continue
            visit[i], came[i] = part, head
            met[n_met] = i
            n_met += 1
            following = mate[i]
            if mark[i] != part:
                following = far_mate[i]
                if following >= 0 and not own[following, w] & bit:
                    following = -1
            if following < 0:
                while True:
                    at = came[i]
                    mate[i], mark[i] = queue[at], part
                    if at == 0:
                        break
                    i = met[at - 1]  # whose mate queue[at] was
                for h in range(n_met):
                    visit[met[h]] = -1
                return 1
            queue[tail] = following
            tail += 1
        head += 1
    return 0
