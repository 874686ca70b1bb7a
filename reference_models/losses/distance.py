"""What a distance network learns: how far each pixel is from the nearest road."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from roadmetrics.errors import RoadMetricsError


def distance_to_road(mask: npt.ArrayLike, d_max: float = 20.0) -> npt.NDArray[np.float32]:
    """[H, W] Euclidean distance in pixels to the nearest road pixel, at most ``d_max``.

    A mask without roads is ``d_max`` everywhere. Raises RoadMetricsError unless [H, W].

    >>> distance_to_road([[0, 0, 1]]).tolist(), distance_to_road([[0, 0, 0]], 5).tolist()
    ([[2.0, 1.0, 0.0]], [[5.0, 5.0, 5.0]])
    """
    from scipy import ndimage

    road = np.asarray(mask).astype(bool)
    if road.ndim != 2:
        raise RoadMetricsError(f"a mask is [H, W], not {road.shape}")
    if not road.any():
        return np.full(road.shape, d_max, np.float32)
    far: npt.NDArray[np.float64] = ndimage.distance_transform_edt(~road)
    return np.minimum(far, d_max).astype(np.float32)
