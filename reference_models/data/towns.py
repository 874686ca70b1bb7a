"""What ``reference-models synth`` writes: images/ID.png and graphs/ID.json, a manifest.

Any folder of that form will do: ``images`` beside ``graphs`` in pixels, or beside ``masks`` that
holds images.
"""

from __future__ import annotations

from pathlib import Path

from roadmetrics.errors import PairingError
from roadmetrics.images import SUFFIXES
from roadmetrics.io.files import shown
from roadmetrics.load import tile_paths
from roadmetrics.pairs import few

from .named import no_split
from .scene import Scene


def fits(folder: Path) -> bool:
    """Whether the folder has the form."""
    return (folder / "images").is_dir() and _roads(folder) is not None


def scenes(folder: Path, split: str) -> list[Scene]:
    """All tiles; raises PairingError where images and roads are not of the same names."""
    no_split(split, "a folder of towns")
    roads = _roads(folder)
    if roads is None:
        raise PairingError(f"{shown(folder)}: there is neither graphs nor masks beside images")
    labels = {name: place.path for name, place in tile_paths(roads).items()}
    files = sorted((folder / "images").iterdir())
    photos = {file.stem: file for file in files if file.suffix.lower() in SUFFIXES}
    if lost := sorted(labels.keys() ^ photos.keys()):
        raise PairingError(
            f"{shown(folder)}: {len(lost)} tiles have an image without roads or roads without an "
            f"image: {few(lost)}"
        )
    return [Scene(name, photos[name], labels[name]) for name in sorted(photos)]


def _roads(folder: Path) -> Path | None:
    if (folder / "graphs").is_dir():
        return folder / "graphs"
    masks = folder / "masks"
    return masks if masks.is_dir() and any(one.is_file() for one in masks.iterdir()) else None
