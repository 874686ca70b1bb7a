"""DeepGlobe roads: ID_sat.jpg and ID_mask.png of 1024 px; train.txt and val.txt in or beside.

The lists are those of anilbatra2185/road_connectivity: 4,696 and 1,530 of the 6,226 images with
masks. Oner et al. say 4,695, the number of line ends in train.txt.

I. Demir et al.: DeepGlobe 2018: A Challenge to Parse the Earth through Satellite Images. CVPR
Workshops 2018.
"""

from __future__ import annotations

from pathlib import Path

from roadmetrics.layouts import LAYOUTS

from .named import any_named, named_scenes
from .scene import Scene

METRES = 0.5  # a pixel


def fits(folder: Path) -> bool:
    """Whether there are photos ID_sat.* in the folder or in ``train``."""
    return any_named(_place(folder), LAYOUTS["deepglobe"].image_id)


def scenes(folder: Path, split: str) -> list[Scene]:
    """The tiles of the split; raises PairingError without its list and for a mask alone."""
    place = _place(folder)
    return named_scenes(place, place, "deepglobe", split, METRES)


def _place(folder: Path) -> Path:
    """The images that have masks are in ``train`` of what is downloaded."""
    is_inside = any_named(folder / "train", LAYOUTS["deepglobe"].image_id)
    return folder / "train" if is_inside else folder
