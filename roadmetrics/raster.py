"""Graph to pixels: the line drawing that pixel metrics are defined on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from .errors import GraphError
from .graph import RoadGraph

MAX_PIXELS = 50_000_000

PixelArray = npt.NDArray[np.int64]


def road_pixels(graph: RoadGraph, scale: float = 1.0) -> PixelArray:
    """[K, 2] x, y of the pixels of edges drawn one pixel wide, each once, in order of x, y.

    ``scale``: pixels per unit of the graph. Ends are rounded half to even; a slanted line takes
    the pixels that Pillow's does, as the published pixel metric draws. Which those are depends on
    the order of its ends, so edges run from the lower to the higher vertex index.

    Raises GraphError for more than 5e7 pixels. No edges, no pixels.
    """
    ends = np.round(graph.vertices[graph.edges] * scale)  # [M, 2, 2]
    count = np.abs(ends[:, 1] - ends[:, 0]).max(axis=1, initial=0) + 1
    total = float(count.sum())
    if total > MAX_PIXELS:
        raise GraphError(
            f"drawing this graph takes {total:.3g} pixels, more than {MAX_PIXELS:,}: clip it "
            "(--bounds), check the unit, or use a metric on vectors"
        )
    return unique_pixels(_lines(ends.astype(np.int64), int(total)))


def unique_pixels(pixels: PixelArray) -> PixelArray:
    """[K, 2] each pixel once, in order of x, y."""
    if not len(pixels):
        return pixels.reshape(0, 2)
    ordered = pixels[np.lexsort((pixels[:, 1], pixels[:, 0]))]
    is_new = np.ones(len(ordered), dtype=bool)
    is_new[1:] = (np.diff(ordered, axis=0) != 0).any(axis=1)
    return ordered[is_new]


@njit(cache=True, nogil=True)
def _lines(ends, total):  # type: ignore[no-untyped-def]
    """[total, 2] pixels of Bresenham lines; ends [M, 2, 2] whole numbers."""
    pixels = np.empty((total, 2), np.int64)
    k = 0
    for m in range(len(ends)):
        x, y = ends[m, 0]
        dx, dy = ends[m, 1, 0] - x, ends[m, 1, 1] - y
        step_x, step_y = (1 if dx > 0 else -1), (1 if dy > 0 else -1)
        dx, dy = abs(dx), abs(dy)
        is_flat = dx > dy
        long, short = max(dx, dy), min(dx, dy)
        error = 2 * short - long
        for _ in range(long + 1):
            pixels[k, 0], pixels[k, 1] = x, y
            k += 1
            is_aside = error >= 0 and short > 0
            if is_aside:
                error -= 2 * long
            error += 2 * short
            x += step_x if is_flat or is_aside else 0
            y += step_y if not is_flat or is_aside else 0
    return pixels
