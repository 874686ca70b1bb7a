"""Where an image lies under a tile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import RoadMetricsError
from ..graph import Bounds, RoadGraph, Tile
from ..io.files import MIB, read_bytes, shown
from ..io.image import read_photo

Pixels = npt.NDArray[np.uint8]


def open_photo(path: Path) -> Pixels:
    """[H, W, 3] bytes; raises FormatError for what is no image."""
    return read_photo(read_bytes(path, 1024 * MIB), shown(path))


def box_of(tile: Tile, pixels: Pixels) -> Bounds:
    """The box that an image covers: its pixels, scaled as the tile is, or the tile's extent.

    Raises RoadMetricsError for metres of a projection without an extent.
    """
    height, width = pixels.shape[:2]
    box = (-0.5, -0.5, width - 0.5, height - 0.5)
    if tile.unit == "px":
        return box
    size: Any = tile.metres_per_pixel
    if size is not None and (not isinstance(tile, RoadGraph) or tile.crs is None):
        return box[0] * size, box[1] * size, box[2] * size, box[3] * size
    if isinstance(tile, RoadGraph) and tile.extent is not None:
        return tile.extent
    raise RoadMetricsError(
        "an image lies under pixels: this tile is in metres of a projection and its file does not "
        "tell its extent"
    )
