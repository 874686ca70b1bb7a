"""City-scale (Sat2Graph's 20 cities): region_N_sat.png of 2048 px, region_N_graph_gt.pickle.

S. He et al.: Sat2Graph: Road Graph Extraction through Graph-Tensor Encoding. ECCV 2020. 144 / 9 /
27 tiles for training, validation and testing, by the number of the region.
"""

from __future__ import annotations

from pathlib import Path

from roadmetrics.layouts import LAYOUTS

from .named import any_named, named_scenes
from .scene import Scene

METRES = 1.0  # a pixel


def fits(folder: Path) -> bool:
    """Whether there are photos region_N_sat.png, in the folder or in ``20cities``."""
    return any_named(_place(folder), LAYOUTS["cityscale"].image_id)


def scenes(folder: Path, split: str) -> list[Scene]:
    """The regions of the split that are here; raises PairingError as `splits.choose` does."""
    place = _place(folder)
    return named_scenes(place, place, "cityscale", split, METRES)


def _place(folder: Path) -> Path:
    return folder / "20cities" if (folder / "20cities").is_dir() else folder
