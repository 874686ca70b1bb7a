"""Massachusetts Roads: PART/sat/ID.tiff and PART/map/ID.tif of 1500 px, PART train, valid, test.

V. Mnih: Machine Learning for Aerial Image Labeling. University of Toronto, 2013.
"""

from __future__ import annotations

from pathlib import Path

from roadmetrics.errors import PairingError
from roadmetrics.io.files import shown
from roadmetrics.splits import ALIASES, SPLITS

from .named import named_scenes
from .scene import Scene

METRES = 1.0  # a pixel
PARTS = tuple(SPLITS["massachusetts"])


def fits(folder: Path) -> bool:
    """Whether the folder is a part, or holds one."""
    return any((place / "sat").is_dir() and (place / "map").is_dir() for place in _places(folder))


def scenes(folder: Path, split: str) -> list[Scene]:
    """The tiles of a part's folder; of all parts that are there where none is named.

    A folder may hold a part of a part: the published numbers are 1108, 14 and 49.
    """
    name = ALIASES.get(split, split)
    if name and name not in PARTS:
        raise PairingError(f"--split {split}: Massachusetts has {', '.join(PARTS)}")
    is_part = (folder / "sat").is_dir()
    places = [folder] if is_part else [folder / part for part in PARTS if not name or part == name]
    found = [
        scene
        for place in places
        if (place / "sat").is_dir()
        for scene in named_scenes(place / "map", place / "sat", "massachusetts", "", METRES)
    ]
    if not found:
        raise PairingError(f"{shown(folder)}: there is no {name or 'train'}/sat with images in it")
    return found


def _places(folder: Path) -> list[Path]:
    return [folder, *(folder / part for part in PARTS)]
