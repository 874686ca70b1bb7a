"""A tree of boxes over segments, packed: which of them come within a distance of others.

Leutenegger, Lopez and Edgington 1997, "STR: a simple and efficient algorithm for R-tree packing",
doi:10.1109/ICDE.1997.582015. Linear memory, and no coordinate makes it slow: cells of a grid would
depend on the farthest vertex.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from .errors import RoadMetricsError
from .graph import FloatArray
from .sorting import order_of

LongArray = npt.NDArray[np.int64]

NODE = 8  # boxes, or segments, under one box
GROUP = 16  # queries answered by one descent, where they lie close together
MAX_PAIRS = 1 << 27  # 2 GiB; of large networks MAX_EACH for each segment: memory stays linear
MAX_EACH = 64


class Tree(NamedTuple):
    """S segments in packed order; box i of a level holds boxes NODE i .. of the level below."""

    segment: LongArray  # [S] the number that each had
    ends: FloatArray  # [S, 4] x, y of one end, x, y of the other
    boxes: FloatArray  # [T, 4] least x, least y, greatest x, greatest y; the lowest level first
    level: LongArray  # [L + 1] first box of each level


def tree_of(start: FloatArray, end: FloatArray) -> Tree:
    """The tree over the segments from ``start`` [S, 2] to ``end`` [S, 2].

    >>> tree_of(np.array([[0.0, 0.0]]), np.array([[3.0, -1.0]])).boxes.tolist()
    [[0.0, -1.0, 3.0, 0.0]]
    >>> tree_of(np.zeros((0, 2)), np.zeros((0, 2))).level.tolist()
    [0]
    """
    order = _packed(start + end)
    ends = np.concatenate([start, end], axis=1)[order]
    low, high = np.minimum(ends[:, :2], ends[:, 2:]), np.maximum(ends[:, :2], ends[:, 2:])
    boxes: list[FloatArray] = []
    level = [0]
    while len(low) > 1 or (len(low) == 1 and not boxes):
        first = np.arange(0, len(low), NODE)
        low, high = np.minimum.reduceat(low, first), np.maximum.reduceat(high, first)
        boxes.append(np.concatenate([low, high], axis=1))
        level.append(level[-1] + len(low))
    return Tree(order, ends, np.concatenate(boxes or [np.zeros((0, 4))]), np.array(level))


def _packed(middle: FloatArray) -> LongArray:
    """[S] an order in which neighbours lie close: slices by x, each by y."""
    n, n_leaves = len(middle), max(1, -(-len(middle) // NODE))
    per_slice = NODE * int(np.ceil(np.sqrt(n_leaves)))
    slices = np.full((-(-n // per_slice), per_slice), -1)
    slices.reshape(-1)[:n] = np.argsort(middle[:, 0])
    heights = np.where(slices < 0, np.inf, middle[slices, 1])
    order: LongArray = np.take_along_axis(slices, np.argsort(heights, axis=1), axis=1).reshape(-1)
    return order[order >= 0]


def near(
    tree: Tree, start: FloatArray, end: FloatArray, reach: float
) -> tuple[LongArray, LongArray]:
    """(query, segment) for all segments within ``reach`` of each query from start to end, sorted.

    Raises RoadMetricsError where that would be more pairs than any road network in its unit has.

    >>> tree = tree_of(np.array([[0.0, 0.0], [9.0, 0.0]]), np.array([[3.0, 0.0], [9.0, 5.0]]))
    >>> place = np.array([[4.0, 0.0]])
    >>> [found.tolist() for found in near(tree, place, place, 1.0)]
    [[0], [0]]
    >>> near(tree, np.zeros((0, 2)), np.zeros((0, 2)), 1.0)[0].shape
    (0,)
    """
    if not len(tree.segment) or not len(start):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    queries = np.concatenate([start, end], axis=1)
    leaves = tree.boxes[: tree.level[1]]
    wide = float(np.median(leaves[:, 2:] - leaves[:, :2]))  # one long segment widens no median
    most = max(MAX_PAIRS, MAX_EACH * (len(queries) + len(tree.segment)))
    found, n = _near(queries, float(reach), wide, most, *tree)
    if n > most:
        raise RoadMetricsError(
            f"more than {most:,} pairs of roads or points lie within {reach:.6g}: lower the "
            "distance, or check the unit"
        )
    return found[:n, 0], found[:n, 1]


@njit(cache=True, nogil=True)
def _near(queries, reach, wide, most, segment, ends, boxes, level):  # type: ignore[no-untyped-def]
    """Rows (query, segment) ascending, and how many; it ends early above ``most``."""
    found, n = np.empty((2 * len(queries) + 64, 2), np.int64), 0
    room = np.empty(64, np.int64)  # packed numbers of segments near the group
    stack = np.empty((NODE * len(level), 2), np.int64)
    box = np.empty(4)
    first = 0
    while first < len(queries) and n <= most:
        last = _group(queries, first, reach, wide, box)
        room, n_room = _descend(box, ends, boxes, level, stack, room)
        numbers = np.empty(n_room)
        for k in range(n_room):
            numbers[k] = segment[room[k]]
        order = order_of(numbers)
        while n + (last - first) * n_room > len(found):
            found = _longer(found, n)
        for q in range(first, last):
            for k in order:
                if _is_near(queries[q], ends[room[k]], reach):
                    found[n, 0], found[n, 1] = q, segment[room[k]]
                    n += 1
        first = last
    return found, n


@njit(cache=True, nogil=True)
def _group(queries, first, reach, wide, box):  # type: ignore[no-untyped-def]
    """Fill ``box`` with the surroundings of queries first .. last - 1; returns last.

    Others join the first while all of them take no more room than it, or than ``wide``.
    """
    a, b, c, d = queries[first]
    left, right, bottom, top = min(a, c), max(a, c), min(b, d), max(b, d)
    room = max(wide, right - left, top - bottom)
    last = first + 1
    while last < min(first + GROUP, len(queries)):
        a, b, c, d = queries[last]
        x0, x1, y0, y1 = min(left, a, c), max(right, a, c), min(bottom, b, d), max(top, b, d)
        if max(x1 - x0, y1 - y0) > room:
            break
        left, right, bottom, top = x0, x1, y0, y1
        last += 1
    box[0], box[1], box[2], box[3] = left - reach, bottom - reach, right + reach, top + reach
    return last


@njit(cache=True, nogil=True)
def _descend(box, ends, boxes, level, stack, room):  # type: ignore[no-untyped-def]
    """Packed numbers of the segments whose box meets ``box`` in ``room``, grown, and how many."""
    n, top = 0, len(level) - 2
    stack[0, 0], stack[0, 1], size = top, 0, 1
    while size > 0:
        size -= 1
        at, i = stack[size]
        b = boxes[level[at] + i]
        if b[0] > box[2] or b[2] < box[0] or b[1] > box[3] or b[3] < box[1]:
            continue
        low = NODE * i
        if at > 0:
            for k in range(low, min(low + NODE, level[at] - level[at - 1])):
                stack[size, 0], stack[size, 1] = at - 1, k
                size += 1
            continue
        if n + NODE > len(room):
            grown = np.empty(2 * len(room), np.int64)
            for k in range(n):
                grown[k] = room[k]
            room = grown
        for k in range(low, min(low + NODE, len(ends))):
            e = ends[k]
            if (
                min(e[0], e[2]) <= box[2] and max(e[0], e[2]) >= box[0]
                and min(e[1], e[3]) <= box[3] and max(e[1], e[3]) >= box[1]
            ):  # fmt: skip
                room[n] = k
                n += 1
    return room, n


@njit(cache=True, nogil=True)
def _is_near(p, q, reach):  # type: ignore[no-untyped-def]
    """Whether segments p and q, four numbers each, come within ``reach``."""
    if (
        min(p[0], p[2]) - reach > max(q[0], q[2]) or min(q[0], q[2]) - reach > max(p[0], p[2])
        or min(p[1], p[3]) - reach > max(q[1], q[3]) or min(q[1], q[3]) - reach > max(p[1], p[3])
    ):  # fmt: skip
        return False
    most = reach * reach
    if _square(p[0], p[1], q) <= most:
        return True
    if p[0] == p[2] and p[1] == p[3]:
        return False
    if _square(p[2], p[3], q) <= most:
        return True
    if _square(q[0], q[1], p) <= most or _square(q[2], q[3], p) <= most:
        return True
    return (
        _side(p, q[0], q[1]) * _side(p, q[2], q[3]) < 0.0
        and _side(q, p[0], p[1]) * _side(q, p[2], p[3]) < 0.0
    )  # they cross, or an end would be near


@njit(cache=True, nogil=True)
def _square(x, y, q):  # type: ignore[no-untyped-def]
    """Squared distance of a place from segment q."""
    dx, dy, px, py = q[2] - q[0], q[3] - q[1], x - q[0], y - q[1]
    squared = dx * dx + dy * dy
    t = min(max((px * dx + py * dy) / squared, 0.0), 1.0) if squared > 0.0 else 0.0
    gx, gy = px - t * dx, py - t * dy
    return gx * gx + gy * gy


@njit(cache=True, nogil=True)
def _side(p, x, y):  # type: ignore[no-untyped-def]
    """Above 0 to the left of segment p."""
    return (p[2] - p[0]) * (y - p[1]) - (p[3] - p[1]) * (x - p[0])


@njit(cache=True, nogil=True)
def _longer(found, n):  # type: ignore[no-untyped-def]
    result = np.empty((2 * len(found), 2), np.int64)
    for k in range(n):
        result[k, 0], result[k, 1] = found[k, 0], found[k, 1]
    return result
