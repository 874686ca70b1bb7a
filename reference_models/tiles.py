"""A map of a whole image from overlapping tiles, averaged, in the memory of a band of tiles."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from roadmetrics.errors import RoadMetricsError

from .crops import normal
from .data import starts

Floats = npt.NDArray[np.float32]
Predict = Callable[[Floats], Floats]  # images [B, 3, H, W] to maps [B, H, W]


def mirrored(first: int, end: int, n: int) -> npt.NDArray[np.int64]:
    """Indices of 0 to n - 1 for first to end - 1, mirrored at both ends without repeating them.

    >>> mirrored(-3, 6, 4).tolist(), mirrored(-1, 2, 1).tolist()
    ([3, 2, 1, 0, 1, 2, 3, 2, 1], [0, 0, 0])
    """
    if n == 1:
        return np.zeros(end - first, np.int64)
    inside = np.mod(np.arange(first, end), 2 * n - 2)
    folded: npt.NDArray[np.int64] = np.minimum(inside, 2 * n - 2 - inside)
    return folded


def map_of(
    photo: npt.NDArray[np.uint8],
    predict: Predict,
    out: Floats,
    *,
    tile: int,
    overlap: int,
    margin: int,
    batch: int = 1,
    name: str = "the image",
) -> None:
    """Fill ``out`` [H + 2 margin, W + 2 margin] with the map of a photo [H, W, 3].

    The photo is mirrored around its edges. Where tiles overlap, their mean is taken. At most one
    row of tiles is held: ``photo`` and ``out`` may lie on disk.

    Raises RoadMetricsError, with the place, where the network gives NaN.
    """
    height, width = out.shape
    lefts, tops = starts(width, tile, overlap), starts(height, tile, overlap)
    total = np.zeros((tile, max(width, tile)), np.float32)  # from the row ``top`` on
    times = np.zeros_like(total)
    for k, top in enumerate(tops):
        for i in range(0, len(lefts), batch):
            group = lefts[i : i + batch]
            maps = predict(_tiles(photo, top - margin, [x - margin for x in group], tile))
            for x, one in zip(group, maps, strict=True):
                _check_finite(one, name, x - margin, top - margin)
                total[:, x : x + tile] += one
                times[:, x : x + tile] += 1
        ready = (tops[k + 1] if k + 1 < len(tops) else height) - top  # rows no later tile touches
        ready = min(ready, tile)
        rows = out[top : top + ready]
        np.divide(total[: len(rows), :width], times[: len(rows), :width], out=rows)
        for held in (total, times):
            held[: tile - ready] = held[ready:].copy()
            held[tile - ready :] = 0


def _tiles(photo: npt.NDArray[np.uint8], top: int, lefts: list[int], tile: int) -> Floats:
    """[B, 3, tile, tile] of a photo, beyond its edges mirrored."""
    rows = mirrored(top, top + tile, photo.shape[0])
    low, high = int(rows.min()), int(rows.max()) + 1
    band = photo[low:high]
    images = []
    for left in lefts:
        columns = mirrored(left, left + tile, photo.shape[1])
        images.append(normal(band[np.ix_(rows - low, columns)].astype(np.float32)))
    return np.stack(images)


def _check_finite(one: Floats, name: str, x: int, y: int) -> None:
    if np.isfinite(one).all():
        return
    row, column = np.unravel_index(int(np.argmin(np.isfinite(one))), one.shape)
    raise RoadMetricsError(
        f"{name}: the prediction holds NaN or infinity at x {x + column}, y {y + row}: the run's "
        "weights are spoilt, or the precision is too low"
    )
