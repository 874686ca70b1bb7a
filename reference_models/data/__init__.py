"""Data sets: a file for each published layout, all of them lists of `Scene`. Without torch."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from roadmetrics.errors import PairingError
from roadmetrics.io.files import shown

from ..settings import LAYOUTS
from .photo import Photos, photo_size
from .scene import Scene, crops, drawn, starts

__all__ = ["Photos", "Scene", "crops", "drawn", "open_data", "photo_size", "starts"]

NAMES = LAYOUTS[1:]  # without auto; the order in which they are tried


def open_data(folder: str | Path, layout: str = "auto", split: str = "") -> list[Scene]:
    """The scenes of a folder, in the order of their ids.

    ``layout``: one of `settings.LAYOUTS`; "auto" is the one whose files are there. ``split``: a
    published part of it.

    Raises PairingError for a folder that fits no layout, or more than one, and what each tells.

    >>> open_data("nowhere")
    Traceback (most recent call last):
    ...
    roadmetrics.errors.PairingError: nowhere: no such folder
    """
    place = Path(folder)
    if not place.is_dir():
        raise PairingError(f"{shown(place)}: no such folder")
    found: list[Scene] = _loader(_layout(place, layout)).scenes(place, split)
    if not found:
        raise PairingError(
            f"{shown(place)}: there is no image of {split or 'any part'} in it: is it another "
            "folder that is meant?"
        )
    return found


def _layout(folder: Path, layout: str) -> str:
    if layout != "auto":
        if layout not in NAMES:
            raise PairingError(f"layout must be one of {', '.join(LAYOUTS)}, not {layout!r}")
        return layout
    found = [name for name in NAMES if _loader(name).fits(folder)]
    if len(found) != 1:
        what = f"both {' and '.join(found)} fit" if found else "no layout fits"
        raise PairingError(
            f"{shown(folder)}: {what}: name one of {', '.join(NAMES)} with --layout "
            "(docs/training.md has their files)"
        )
    return found[0]


def _loader(name: str) -> Any:
    return import_module(f".{name}", __package__)
