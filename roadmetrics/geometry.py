"""Segments in the plane: arrays in, arrays out."""

from __future__ import annotations

import numpy as np

from .graph import Bounds, FloatArray


def clip_segments(start: FloatArray, end: FloatArray, box: Bounds) -> tuple[FloatArray, FloatArray]:
    """Part of each segment inside a box, as parameters (low, high); low >= high where none is.

    Source: Liang and Barsky 1984, doi:10.1145/357332.357333.

    >>> import numpy as np
    >>> clip_segments(np.array([[0., 0.]]), np.array([[10., 0.]]), (2, -1, 5, 1))
    (array([0.2]), array([0.5]))
    >>> clip_segments(np.zeros((0, 2)), np.zeros((0, 2)), (0, 0, 1, 1))[0].shape
    (0,)
    """
    low, high = np.zeros(len(start)), np.ones(len(start))
    for axis in (0, 1):
        p, d = start[:, axis], end[:, axis] - start[:, axis]
        flat = d == 0
        step = np.where(flat, 1.0, d)
        near, far = (box[axis] - p) / step, (box[axis + 2] - p) / step
        near, far = np.minimum(near, far), np.maximum(near, far)
        outside = flat & ((p < box[axis]) | (p > box[axis + 2]))
        low = np.where(flat, low, np.maximum(low, near))
        high = np.where(flat, high, np.minimum(high, far))
        high = np.where(outside, -1.0, high)
    return low, high


def project(
    points: FloatArray, start: FloatArray, end: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Nearest place on segment i to point i: its parameter in [0, 1], and the distance.

    >>> import numpy as np
    >>> project(np.array([[1., 2.]]), np.array([[0., 0.]]), np.array([[4., 0.]]))
    (array([0.25]), array([2.]))
    >>> project(np.zeros((0, 2)), np.zeros((0, 2)), np.zeros((0, 2)))[0].shape
    (0,)
    """
    d = end - start
    squared = np.einsum("ij,ij->i", d, d)
    along = np.einsum("ij,ij->i", points - start, d) / np.where(squared > 0, squared, 1.0)
    t = np.where(squared > 0, np.clip(along, 0.0, 1.0), 0.0)
    gap = points - (start + t[:, None] * d)
    return t, np.hypot(gap[:, 0], gap[:, 1])
