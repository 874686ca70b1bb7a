"""One large image with the roads of all of it, such as Canals: 9768 x 10718 px, 95 % for training.

NAME.tif (or .png, .jpg) beside NAME_mask.png (or .tif), or beside NAME.json, .geojson, .gpkg or
another graph; nothing else of those kinds in the folder.

Oner et al. (arXiv:2009.07011, section 4.1) say 95 % and not which; here it is the upper rows. The
last 18th of those is kept to choose thresholds on: rows 0 to 90 % train, to 95 % valid, the rest
test.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from roadmetrics.errors import PairingError
from roadmetrics.images import SUFFIXES
from roadmetrics.io.files import shown
from roadmetrics.load import SUFFIXES as READABLE
from roadmetrics.load import is_note
from roadmetrics.splits import ALIASES

from .scene import Scene

PARTS = {"train": (0.0, 0.90), "valid": (0.90, 0.95), "test": (0.95, 1.0)}  # shares of the rows
PARTS |= {"train+valid": (0.0, 0.95)}


def fits(folder: Path) -> bool:
    """Whether there are one photo and its roads in the folder."""
    return folder.is_dir() and _pair(folder) is not None


def scenes(folder: Path, split: str) -> list[Scene]:
    """The image, or the rows of a part: train, valid, test, or train+valid (the paper's 95 %)."""
    pair = _pair(folder)
    if pair is None:
        raise PairingError(
            f"{shown(folder)}: expected one image and one file of its roads, NAME_mask.png or "
            "NAME.json and the like"
        )
    whole = Scene(pair[0].stem, *pair)
    if not split:
        return [whole]
    name = ALIASES.get(split, split)
    if name not in PARTS:
        raise PairingError(f"--split {split}: an orthophoto has {', '.join(PARTS)}")
    x0, _, x1, height = whole.bounds()
    top, bottom = (round(share * height) for share in PARTS[name])
    if top >= bottom:
        raise PairingError(f"{shown(pair[0])}: {height} rows: too few for a part {name}")
    return [replace(whole, id=f"{whole.id}_{name}", box=(x0, top, x1, bottom))]


def _pair(folder: Path) -> tuple[Path, Path] | None:
    """The photo and its roads."""
    files = sorted(p for p in folder.iterdir() if p.is_file() and not is_note(p))
    pictures = [p for p in files if p.suffix.lower() in SUFFIXES]
    photos = [p for p in pictures if not p.stem.endswith("_mask")]
    graphs = [p for p in files if p.suffix.lower() in READABLE and p not in pictures]
    masks = [p for p in pictures if p.stem.endswith("_mask")]
    if len(photos) != 1 or len(masks) + len(graphs) != 1:
        return None
    (roads,) = masks + graphs
    return (photos[0], roads) if roads.stem.removesuffix("_mask") == photos[0].stem else None
