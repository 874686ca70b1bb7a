"""Which image shows a tile."""

from __future__ import annotations

import re
from pathlib import Path

from .errors import PairingError
from .io.files import shown
from .layouts import LAYOUTS

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")


def image_of(images: Path, tile: str) -> Path:
    """The image of a tile in a folder: its name is the id, or holds it between other signs.

    A single file is the image of every tile. Raises PairingError where there is none, or more
    than one.
    """
    if images.is_file():
        return images
    if images.exists() and not images.is_dir():
        raise PairingError(f"{shown(images)}: no image: it is no regular file")
    if not images.is_dir():
        raise PairingError(f"{shown(images)}: no such folder of images")
    files = [p for p in sorted(images.iterdir()) if p.suffix.lower() in SUFFIXES]
    between = re.compile(rf"(?<![A-Za-z0-9]){re.escape(tile)}(?![A-Za-z0-9])")
    for rule in (
        lambda p: any(one.image_id(p.name) == tile for one in LAYOUTS.values()),
        lambda p: p.stem == tile,
        lambda p: any(one.gt_id(p.name) == tile for one in LAYOUTS.values()),
        lambda p: bool(between.search(p.stem)),
    ):
        found = [p for p in files if rule(p)]
        if len(found) == 1:
            return found[0]
        if found:
            names = " and ".join(p.name for p in found[:3])
            raise PairingError(
                f"{shown(images)}: tile {tile} has {len(found)} images: {names}; keep one"
            )
    raise PairingError(f"{shown(images)}: there is no image of tile {tile}")
