"""Scenes from the file names of a published layout: `roadmetrics.layouts` tells ids and splits."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from roadmetrics.errors import PairingError
from roadmetrics.io.files import shown
from roadmetrics.layouts import LAYOUTS
from roadmetrics.pairs import few, truth_paths
from roadmetrics.splits import choose

from .scene import Scene

if TYPE_CHECKING:
    from roadmetrics.layouts import NameToId


def named_scenes(roads: Path, images: Path, layout: str, split: str, metres: float) -> list[Scene]:
    """The tiles of a folder of roads, each with its photo from the folder of images.

    ``metres``: of a pixel.
    Raises PairingError for a split that is not there and a tile without a photo.
    """
    pairing = truth_paths(roads, layout)
    if split:
        pairing, _ = choose(pairing, split, roads)
    photos = by_id(images.iterdir(), LAYOUTS[layout].image_id)
    lost = [pair.id for pair in pairing.pairs if pair.id not in photos]
    if lost:
        raise PairingError(
            f"{shown(images)}: {len(lost)} of {len(pairing.pairs)} tiles have no image: {few(lost)}"
        )
    return [
        Scene(pair.id, photos[pair.id], pair.gt, metres_per_pixel=metres) for pair in pairing.pairs
    ]


def by_id(files: Iterable[Path], to_id: NameToId) -> dict[str, Path]:
    """The files that a rule gives an id; raises PairingError for two of one id."""
    found: dict[str, Path] = {}
    for file in sorted(files):
        key = to_id(file.name)
        if key is None:
            continue
        if key in found:
            raise PairingError(
                f"{shown(file.parent)}: tile {key} has two images, {found[key].name} and "
                f"{file.name}: keep one"
            )
        found[key] = file
    return found


def no_split(split: str, what: str) -> None:
    """Raise PairingError where a part is asked of what has none."""
    if split:
        raise PairingError(f"--split {split}: {what} has no published parts: leave it out")


def any_named(folder: Path, to_id: NameToId) -> bool:
    """Whether a folder is there and a file in it has an id."""
    return folder.is_dir() and any(to_id(file.name) is not None for file in folder.iterdir())
