"""SpaceNet 3: chips of 1300 px with GeoJSON roads, cut to 400 px with 100 px overlap; or ready cut.

Chips: photos .../PS-RGB_AOI_n_City_imgK.tif or RGB-PanSharpen_..., of 8 or 16 bits, and roads
.../geojson_roads_..._imgK.geojson or spacenetroads_..., in any folders below. The photo's
georeference places the roads. Ready cut: ID__rgb.png and ID__gt_graph.p (Sat2Graph, SAM-Road),
whose y points up, with data_split.json.

A. Van Etten et al.: SpaceNet: A Remote Sensing Dataset and Challenge Series. arXiv:1807.01232.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from roadmetrics.errors import PairingError
from roadmetrics.io.files import shown
from roadmetrics.layouts import LAYOUTS
from roadmetrics.pairs import few

from .named import any_named, by_id, named_scenes, no_split
from .scene import Scene, crops

SIDE, OVERLAP = 400, 100  # pixels
METRES = 1.0  # a pixel of what is ready cut
_RGB = re.compile(r".*(PS-RGB|RGB-PanSharpen)_.*\.tif")
_ROADS = re.compile(r".*(geojson_roads|spacenetroads)_(?!speed).*\.geojson")
_LAYOUT = LAYOUTS["spacenet"]


def fits(folder: Path) -> bool:
    """Whether there are photos of SpaceNet 3 in or below the folder."""
    return any_named(_place(folder), _LAYOUT.image_id) or bool(_chips(folder))


def scenes(folder: Path, split: str) -> list[Scene]:
    """Crops of all chips, or the ready cut tiles of a split.

    Raises PairingError for a photo without roads, and for a split of uncut chips.
    """
    place = _place(folder)
    if any_named(place, _LAYOUT.image_id):
        tiles = named_scenes(place, place, "spacenet", split, METRES)
        return [replace(tile, is_y_up=True) for tile in tiles]
    no_split(split, "SpaceNet 3 in chips")
    photos = _chips(folder)
    roads = by_id((p for p in _below(folder) if _ROADS.fullmatch(p.name)), _LAYOUT.gt_id)
    if lost := sorted(photos.keys() - roads.keys()):
        raise PairingError(f"{shown(folder)}: {len(lost)} photos have no roads: {few(lost)}")
    whole = [Scene(key, photos[key], roads[key]) for key in sorted(photos)]
    return [part for scene in whole for part in crops(scene, SIDE, OVERLAP)]


def _chips(folder: Path) -> dict[str, Path]:
    return by_id((p for p in _below(folder) if _RGB.fullmatch(p.name)), _LAYOUT.gt_id)


def _below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*AOI_*") if path.is_file()]


def _place(folder: Path) -> Path:
    inner = folder / "RGB_1.0_meter"
    return inner if inner.is_dir() else folder
