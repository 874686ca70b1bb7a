"""The weights of the authors' published code, which differ from their paper: docs/losses.md.

A grid graph in each window, an edge as high as the sum of its two pixels; a maximum spanning tree
in falling order of edges; the pairs that an edge joins are divided by the window's total, zeroed on
the wrong side of a threshold, and given to both of its pixels. Written anew, checked against the
values that theirs gives.

References
----------
https://github.com/doruk-oner/TOPO-Windowed-Loss, commit 2fd809b; https://github.com/TuragaLab/malis.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from roadmetrics.errors import RoadMetricsError
from roadmetrics.threads import in_threads, ranges

from .maximin import POSITION_BITS, descending, falling, root_of, window_sides

Floats = npt.NDArray[np.float32]


def official_weights(
    pred: Floats, target: Floats, window: int | None = 32, dilation: int = 5, d_max: float = 20.0
) -> tuple[Floats, Floats]:
    """Weights [B, H, W] of pred ** 2 and of (d_max - pred) ** 2 in the published code.

    ``pred`` and ``target``: float32 [B, H, W], the target clipped at ``d_max``, 0 on roads. Pixels
    right of and below the last whole window get nothing, as there; None is one window. The code's
    thresholds 20 and 10, sums of two pixels, are ``d_max`` and half of it.

    Raises RoadMetricsError where no window fits into the image: the published code would be zero.
    """
    n, height, width = pred.shape
    if window is not None and window > min(height, width):
        raise RoadMetricsError(
            f"mode official leaves out windows that are not whole, and none of {window} px fits "
            f"into {height} x {width}: take a smaller window or larger tiles"
        )
    side_y, side_x = window_sides(height, width, window)
    rows, columns = height // side_y if height else 0, width // side_x if width else 0
    weights = np.zeros((2, *pred.shape), np.float32)
    shape = (rows, columns, side_y, side_x)

    def work(part: tuple[int, int]) -> None:
        _windows(pred, target, shape, dilation, np.float32(d_max), *part, weights)

    in_threads(work, ranges(n * rows * columns, 1))
    return weights[0], weights[1]


@njit(cache=True, nogil=True)
def _windows(pred, target, shape, dilation, d_max, first, last, weights):  # type: ignore[no-untyped-def]
    """Fill the weights [2, B, H, W] of windows first..last, numbered in reading order."""
    n_rows, n_columns, side_y, side_x = shape
    n_edges = side_y * (side_x - 1) + (side_y - 1) * side_x
    packed, spare = np.empty(n_edges, np.uint64), np.empty(n_edges, np.uint64)
    pairs = np.empty(n_edges, np.int64)
    half = np.float32(d_max / 2)
    for k in range(first, last):
        b, row, column = k // (n_rows * n_columns), k // n_columns % n_rows, k % n_columns
        y, x = row * side_y, column * side_x
        here = pred[b, y : y + side_y, x : x + side_x]
        goal = target[b, y : y + side_y, x : x + side_x]
        labels = _labels(goal, dilation)
        for term in range(2):
            out = weights[term, b, y : y + side_y, x : x + side_x]
            for e in range(n_edges):
                p, q = _ends(e, side_y, side_x)
                height = _sum(here, p, q)
                level = _sum(goal, p, q)
                if term == 0 and level > d_max:
                    height = d_max
                elif term == 1 and level < half:
                    height = np.float32(0)
                key = falling(np.float32(height + np.float32(0)).view(np.uint32))
                packed[e] = (key << POSITION_BITS) | np.uint64(e)
            order = descending(packed, spare, n_edges)
            total = _join(order, labels, side_y, side_x, term == 1, pairs)
            _spread(goal, pairs, total, half, d_max, term, out)


@njit(cache=True, nogil=True)
def _ends(e, height, width):  # type: ignore[no-untyped-def]
    """Pixels that edge e joins: those along rows are numbered before those along columns."""
    along = height * (width - 1)
    if e < along:
        p = e // (width - 1) * width + e % (width - 1)
        return p, p + 1
    return e - along, e - along + width


@njit(cache=True, nogil=True)
def _sum(image, p, q):  # type: ignore[no-untyped-def]
    """Sum of two pixels given by their number."""
    width = image.shape[1]
    return np.float32(image[p // width, p % width] + image[q // width, q % width])


@njit(cache=True, nogil=True)
def _labels(goal, dilation):  # type: ignore[no-untyped-def]
    """[h * w] number of the 8-connected region, 0 within ``dilation`` (in steps) of a zero."""
    height, width = goal.shape
    far = height + width
    steps = np.empty((height, width), np.int64)
    for y in range(height):
        for x in range(width):
            best = 0 if goal[y, x] == 0 else far
            if y:
                best = min(best, steps[y - 1, x] + 1)
            if x:
                best = min(best, steps[y, x - 1] + 1)
            steps[y, x] = best
    for y in range(height - 1, -1, -1):
        for x in range(width - 1, -1, -1):
            if y + 1 < height:
                steps[y, x] = min(steps[y, x], steps[y + 1, x] + 1)
            if x + 1 < width:
                steps[y, x] = min(steps[y, x], steps[y, x + 1] + 1)
    return _joined_labels(steps, dilation)


@njit(cache=True, nogil=True)
def _joined_labels(steps, dilation):  # type: ignore[no-untyped-def]
    """Regions of the pixels farther than ``dilation``: the number of their root plus one."""
    height, width = steps.shape
    parent = np.full(height * width, -1)
    for y in range(height):
        for x in range(width):
            if steps[y, x] <= dilation:
                continue
            for dy, dx in ((0, -1), (-1, -1), (-1, 0), (-1, 1)):
                inside = y + dy >= 0 and 0 <= x + dx < width
                if inside and steps[y + dy, x + dx] > dilation:
                    root = root_of(parent, (y + dy) * width + x + dx)
                    other = root_of(parent, y * width + x)
                    if other != root:
                        parent[other] = root
    labels = np.zeros(height * width, np.int64)
    for p in range(height * width):
        if steps[p // width, p % width] > dilation:
            labels[p] = root_of(parent, p) + 1
    return labels


@njit(cache=True, nogil=True)
def _join(order, labels, height, width, is_alike, pairs):  # type: ignore[no-untyped-def]
    """Pairs that each edge joins, of one label (``is_alike``) or of two; their sum.

    A component lists its labels: ``held`` pixels of label ``labels[entry]``, then ``after``; an
    entry is the number of the pixel it began with, -1 the end.
    """
    n = height * width
    parent, size = np.full(n, -1), np.zeros(n, np.int64)
    first, after, held = np.empty(n, np.int64), np.full(n, -1), np.ones(n, np.int64)
    for p in range(n):
        first[p] = p if labels[p] else -1
        size[p] = 1 if labels[p] else 0
    pairs[:] = 0
    total = 0
    for i in range(len(order)):
        e = np.int64(order[i] & np.uint64(0x7FFFFFFF))
        p, q = _ends(e, height, width)
        a, b = root_of(parent, p), root_of(parent, q)
        if a == b:
            continue
        if size[a] < size[b]:
            a, b = b, a
        alike = _merge(first, after, held, labels, a, b)
        pairs[e] = alike if is_alike else size[a] * size[b] - alike
        total += pairs[e]
        parent[b] = a
        size[a] += size[b]
    return total


@njit(cache=True, nogil=True)
def _merge(first, after, held, labels, a, b):  # type: ignore[no-untyped-def]
    """Move the labels of b to a; the number of pairs of one label between them."""
    alike = 0
    entry = first[b]
    while entry >= 0:
        following = after[entry]
        match = first[a]
        while match >= 0 and labels[match] != labels[entry]:
            match = after[match]
        if match >= 0:
            alike += held[match] * held[entry]
            held[match] += held[entry]
        else:
            after[entry] = first[a]
            first[a] = entry
        entry = following
    return alike


@njit(cache=True, nogil=True)
def _spread(goal, pairs, total, half, d_max, term, out):  # type: ignore[no-untyped-def]
    """Give each edge's share of the pairs to both its pixels, but for edges of the other term."""
    height, width = goal.shape
    for e in range(len(pairs)):
        if pairs[e] == 0:
            continue
        p, q = _ends(e, height, width)
        level = _sum(goal, p, q)
        if (term == 0 and level < half) or (term == 1 and level >= d_max):
            share = np.float32(pairs[e] / total)
            out[p // width, p % width] += share
            out[q // width, q % width] += share
