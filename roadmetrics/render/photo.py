"""Where an image lies under a tile."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import RoadMetricsError
from ..graph import Bounds, RoadGraph, Tile
from ..io.files import MIB, read_bytes, shown
from ..io.image import read_photo
from ..layouts import LAYOUTS

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
Pixels = npt.NDArray[np.uint8]


def open_photo(path: Path) -> Pixels:
    """[H, W, 3] bytes; raises FormatError for what is no image."""
    return read_photo(read_bytes(path, 1024 * MIB), shown(path))


def photo_of(folder: Path, tile: str) -> Path:
    """The image of a tile in a folder: its name is the id, or holds it between other signs.

    Raises RoadMetricsError where there is none, or more than one.
    """
    if not folder.is_dir():
        raise RoadMetricsError(f"{shown(folder)}: no such folder of images")
    files = [p for p in sorted(folder.iterdir()) if p.suffix.lower() in SUFFIXES]
    between = re.compile(rf"(?<![A-Za-z0-9]){re.escape(tile)}(?![A-Za-z0-9])")
    for rule in (
        lambda p: p.stem == tile,
        lambda p: any(one.gt_id(p.name) == tile for one in LAYOUTS.values()),
        lambda p: bool(between.search(p.stem)),
    ):
        found = [p for p in files if rule(p)]
        if len(found) == 1:
            return found[0]
        if found:
            names = " and ".join(p.name for p in found[:3])
            raise RoadMetricsError(
                f"{shown(folder)}: tile {tile} has {len(found)} images: {names}; keep one"
            )
    raise RoadMetricsError(f"{shown(folder)}: there is no image of tile {tile}")


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
