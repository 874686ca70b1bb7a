"""Which pixels decide whether regions stay apart: pairs counted at the bottleneck between them.

The best path between two pixels is the one whose lowest value is highest (maximin); the pair is
counted at the pixel that holds this value. All counts of an image come from one pass over its
pixels in falling order with a union-find that holds one number for each component:

- Background pixels come first, so a region is joined by its own pixels before any road is seen:
  the pass of Eq. 8 with the road pinned to minus infinity. Of the pair of components of a and b
  pixels that a pixel joins, it decides a * b pairs.
- Road pixels follow and bring no pairs of their own: the pass of Eq. 6 with the background pinned
  to infinity. Each region then lies whole in one component, so all a * b pairs lie in two regions.

References
----------
D. Oner, M. Koziński, L. Citraro, N. C. Dadap, A. G. Konings, P. Fua: Promoting Connectivity of
Network-Like Structures by Enforcing Region Separation. TPAMI 2021, arXiv:2009.07011.
S. C. Turaga et al.: Maximin affinity learning of image segmentation. NIPS 2009, arXiv:0911.5372.
J. Funke et al.: Large scale image segmentation with structured loss based deep learning for
connectome reconstruction. TPAMI 2019 (two constrained passes).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from roadmetrics.errors import RoadMetricsError
from roadmetrics.threads import in_threads, ranges

Counts = npt.NDArray[np.int64]

MAX_PIXELS = 2**31 - 2**20  # a window's padded positions are packed in 31 bits
DIGITS, RADIX = 3, 2048  # 3 x 11 bits: one for the road, 32 for the value
SIGN, REST = np.uint32(0x80000000), np.uint32(0x7FFFFFFF)
PLACE, ELEVEN, LAST = np.uint64(0x7FFFFFFF), np.uint64(11), np.uint64(63)
POSITION_BITS, ROAD_BIT = np.uint64(31), np.uint64(32)
FRAME = np.uint64(2**64 - 1)

RING_Y = np.array([-1, -1, 0, 1, 1, 1, 0, -1])  # from the north, clockwise; even ones are sides
RING_X = np.array([0, 1, 1, 1, 0, -1, -1, -1])


def _one_a_run() -> npt.NDArray[np.uint8]:
    """[256] For each set of places on the ring, one side (bits 0-3: N, E, S, W) of each run."""
    chosen = np.zeros(256, np.uint8)
    for held in range(256):
        seen = [bool(held >> i & 1) for i in range(8)]
        start = seen.index(False) if False in seen else 0
        is_open = False  # the run has given its side
        for i in (j % 8 for j in range(start, start + 8)):
            if seen[i] and i % 2 == 0 and not is_open:
                chosen[held] |= 1 << i // 2
            is_open = seen[i] and (is_open or i % 2 == 0)
    return chosen


ONE_A_RUN = _one_a_run()
LOWEST = [0, *((bits & -bits).bit_length() - 1 for bits in range(1, 16))]
SIDE_Y = RING_Y[::2][LOWEST]  # [16] step to the lowest side of a set
SIDE_X = RING_X[::2][LOWEST]


def topo_weights(
    distance_map: npt.ArrayLike, dilated_road: npt.ArrayLike, window: int | None = 64
) -> tuple[Counts, Counts]:
    """Weights w and v of Eqs. 6 and 8: for each pixel the pairs whose best path it decides.

    ``distance_map``: [..., H, W] predicted distances, high far from roads; only their order counts,
    and of equal ones the first in reading order is taken as the higher. ``dilated_road``: bool of
    the same shape, the set R. Regions are the 4-connected components of what is not R inside each
    ``window`` x ``window`` square (the last of a row or column may be smaller); None is one window.

    Two int64 arrays of the shape of the map: w, zero outside R, sums to the pairs of pixels in
    different regions; v, zero in R, to the pairs inside a region.

    Raises RoadMetricsError for shapes that differ, a map that is not of finite numbers, a window
    below 1.

    >>> w, v = topo_weights([[9, 2, 8], [9, 1, 7]], [[0, 1, 0], [0, 1, 0]])
    >>> w.tolist(), v.tolist()
    ([[0, 4, 0], [0, 0, 0]], [[0, 0, 0], [1, 0, 1]])
    >>> topo_weights(np.zeros((0, 4)), np.zeros((0, 4)))[0].shape
    (0, 4)
    """
    values, road = np.asarray(distance_map), np.asarray(dilated_road).astype(bool)
    if values.shape != road.shape or values.ndim < 2:
        raise RoadMetricsError(
            f"a distance map {values.shape} and its dilated road {road.shape} must have one shape, "
            "[..., H, W]"
        )
    stack = (-1, *values.shape[-2:]) if values.size else (0, *values.shape[-2:])
    counts, _ = pair_counts(ordered_bits(values).reshape(stack), road.reshape(stack), window)
    counts = counts.reshape(values.shape)
    return np.where(road, counts, 0), np.where(road, 0, counts)


def ordered_bits(values: npt.NDArray[Any]) -> npt.NDArray[np.uint32]:
    """The numbers as bits of float32 that compare alike, what `pair_counts` takes.

    Numbers that float32 may confuse are replaced by their ranks.
    """
    if values.dtype.kind not in "fiub":
        raise RoadMetricsError(f"a distance map holds real numbers, not {values.dtype}")
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise RoadMetricsError("a distance map holds NaN or infinity: clip or repair it first")
    if values.dtype.itemsize > 4 or (values.dtype.kind in "iu" and values.dtype.itemsize > 2):
        ranks = np.unique(values, return_inverse=True)[1]
        return ranks.reshape(values.shape).astype(np.uint32)
    return (values.astype(np.float32) + np.float32(0.0)).view(np.uint32)  # -0.0 is 0.0


def pair_counts(
    bits: npt.NDArray[np.uint32], road: npt.NDArray[np.bool_], window: int | None
) -> tuple[Counts, Counts]:
    """Pairs [B, H, W] that each pixel decides, and [B, rows, columns, 2] sums of each window.

    ``bits`` [B, H, W] from `ordered_bits`. The sums are of the background and of the road. Windows
    are shared out among threads (`roadmetrics.threads`); the result is the same.
    """
    n, height, width = bits.shape
    sides = window_sides(height, width, window)
    rows, columns = -(-height // sides[0]), -(-width // sides[1])
    counts = np.empty(bits.shape, np.int64)
    sums = np.zeros((n, rows, columns, 2), np.int64)

    def work(part: tuple[int, int]) -> None:
        _windows(bits, road, sides[0], sides[1], *part, counts, sums)

    in_threads(work, ranges(n * rows * columns, 1))
    return counts, sums


def window_sides(height: int, width: int, window: int | None) -> tuple[int, int]:
    """Height and width of a window, no larger than the image; raises RoadMetricsError."""
    if window is not None and window < 1:
        raise RoadMetricsError(f"a window has a side of 1 pixel or more, not {window}")
    sides = min(window or height, max(height, 1)), min(window or width, max(width, 1))
    sides = max(sides[0], 1), max(sides[1], 1)
    if (sides[0] + 2) * (sides[1] + 2) > MAX_PIXELS:
        raise RoadMetricsError(
            f"a window of {sides[0]} x {sides[1]} pixels is too large: at most {MAX_PIXELS:,}"
        )
    return sides


@njit(cache=True, nogil=True)
def _windows(bits, road, side_y, side_x, first, last, counts, sums):  # type: ignore[no-untyped-def]
    """Fill counts and sums of windows first..last, numbered in reading order over the batch."""
    n_rows, n_columns = sums.shape[1], sums.shape[2]
    padded = (side_y + 2) * (side_x + 2)
    keys, asked = np.empty(padded, np.uint64), np.empty(padded, np.uint8)
    parent, gains = np.empty(padded, np.int32), np.empty(padded, np.int64)
    packed, spare = np.empty(side_y * side_x, np.uint64), np.empty(side_y * side_x, np.uint64)
    for k in range(first, last):
        b, row, column = k // (n_rows * n_columns), k // n_columns % n_rows, k % n_columns
        y, x = row * side_y, column * side_x
        here = bits[b, y : y + side_y, x : x + side_x]
        n = _pack(here, road[b, y : y + side_y, x : x + side_x], keys, packed)
        _ask(keys, here.shape[0], here.shape[1] + 2, asked)
        order = descending(packed, spare, n)
        width = here.shape[1] + 2
        _join(order, n, width, asked, parent, gains, sums[b, row, column])
        for i in range(here.shape[0]):  # one by one they would be far apart in memory
            for j in range(here.shape[1]):
                counts[b, y + i, x + j] = gains[(i + 1) * width + j + 1]


@njit(cache=True, nogil=True)
def _pack(bits, road, keys, packed):  # type: ignore[no-untyped-def]
    """Write road (1 bit), falling value (32), padded position (31) of each pixel; their number.

    ``keys`` has them in place, with a frame that comes after all of them, ``packed`` in a row.
    """
    height, width = bits.shape
    for p in range((height + 2) * (width + 2)):
        keys[p] = FRAME
    n = 0
    for y in range(height):
        for x in range(width):
            key = falling(bits[y, x]) | (np.uint64(road[y, x]) << ROAD_BIT)
            p = (y + 1) * (width + 2) + x + 1
            packed[n] = keys[p] = (key << POSITION_BITS) | np.uint64(p)
            n += 1
    return n


@njit(cache=True, nogil=True)
def _ask(keys, height, width, asked):  # type: ignore[no-untyped-def]
    """Note which of its neighbours each pixel must ask for their component; ``width`` is padded.

    Of the eight around it those that come earlier form runs, each already joined: one is enough.
    """
    for p in range(width, (height + 1) * width):
        asked[p] = 0
    # ring: north, north-east, east and so on, one bit each; a loop a neighbour runs in vectors
    for i in range(8):
        step = (RING_Y[i] * width) + RING_X[i]
        bit = np.uint8(1 << i)
        for p in range(width + 1, (height + 1) * width - 1):
            asked[p] |= bit * np.uint8(keys[p + step] < keys[p])
    for p in range(width + 1, (height + 1) * width - 1):
        asked[p] = ONE_A_RUN[asked[p]]


@njit(cache=True, nogil=True)
def falling(bits):  # type: ignore[no-untyped-def]
    """Bits of a float32 as a number that falls where the float rises."""
    if bits & SIGN:
        return np.uint64(bits)
    return np.uint64(REST - bits)


@njit(cache=True, nogil=True)
def descending(packed, spare, n):  # type: ignore[no-untyped-def]
    """The first n entries in order of all but their position, stable; in one of the two arrays."""
    tally = np.zeros((DIGITS, RADIX), np.int64)
    mask = np.uint64(RADIX - 1)
    for i in range(n):
        key = packed[i] >> POSITION_BITS
        for digit in range(DIGITS):
            tally[digit, np.int64(key & mask)] += 1
            key >>= ELEVEN
    shift = POSITION_BITS
    for digit in range(DIGITS):
        start = 0
        is_needed = True
        for value in range(RADIX):
            held = tally[digit, value]
            is_needed = is_needed and held < n
            tally[digit, value] = start
            start += held
        if is_needed:
            for i in range(n):
                bucket = np.int64((packed[i] >> shift) & mask)
                spare[tally[digit, bucket]] = packed[i]
                tally[digit, bucket] += 1
            packed, spare = spare, packed
        shift += ELEVEN
    return packed


@njit(cache=True, nogil=True)
def root_of(parent, p):  # type: ignore[no-untyped-def]
    """The root of p, whose own entry in ``parent`` is below 0; the way there is halved."""
    while True:
        up = parent[p]
        if up < 0:
            return p
        above = parent[up]
        if above < 0:
            return np.int64(up)
        parent[p] = above
        p = np.int64(above)


@njit(cache=True, nogil=True)
def _join(order, n, width, asked, parent, gains, sums):  # type: ignore[no-untyped-def]
    """Add the pixels one by one, the best first, and note the pairs that each joins.

    ``width`` is padded, as positions are. ``parent`` of a root: -1 less the background pixels of
    its component.
    """
    for i in range(n):
        is_road = np.int64(order[i] >> LAST)
        p = np.int64(order[i] & PLACE)
        left = asked[p]
        root, size = p, 1 - is_road
        parent[p] = -1 - size
        gain = np.int64(0)
        while left:
            other = root_of(parent, p + SIDE_Y[left] * width + SIDE_X[left])
            left &= left - np.uint8(1)
            if other == root:
                continue
            added = -1 - np.int64(parent[other])
            gain += size * added
            if added >= size:
                root, other = other, root
            size += added
            parent[other] = root
            parent[root] = -1 - size
        gains[p] = gain
        sums[is_road] += gain
