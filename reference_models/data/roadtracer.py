"""RoadTracer: imagery/CITY_I_J_sat.png of 4096 px, graphs/CITY.graph in pixels of the city.

Tile I, J covers x from 4096 I and y from 4096 J (mitroadmaps/roadtracer, roadtracer/tileloader.py
and roadcnn/infer.py). 25 cities for training, 15 for testing.

F. Bastani et al.: RoadTracer: Automatic Extraction of Road Networks from Aerial Images. CVPR 2018.
"""

from __future__ import annotations

import re
from pathlib import Path

from roadmetrics.errors import PairingError
from roadmetrics.io.files import shown
from roadmetrics.splits import ALIASES, SPLITS

from .scene import Scene

SIDE = 4096  # pixels of a tile
_PHOTO = re.compile(r"(.+)_(-?\d+)_(-?\d+)_sat\.png")


def fits(folder: Path) -> bool:
    """Whether there are photos of tiles, in the folder or in ``imagery``."""
    place = _place(folder, "imagery")
    return place.is_dir() and any(_PHOTO.fullmatch(file.name) for file in place.iterdir())


def scenes(folder: Path, split: str) -> list[Scene]:
    """The tiles of the split's cities; raises PairingError for a city without its graph."""
    cities = _cities(split)
    found = []
    for file in sorted(_place(folder, "imagery").iterdir()):
        name = _PHOTO.fullmatch(file.name)
        if not name or (cities is not None and _plain(name[1]) not in cities):
            continue
        graph = _place(folder, "graphs") / f"{name[1]}.graph"
        if not graph.is_file():
            raise PairingError(f"{shown(graph)}: no such file, but {file.name} is there")
        offset = (SIDE * float(name[2]), SIDE * float(name[3]))
        found.append(Scene(file.name.removesuffix("_sat.png"), file, graph, offset=offset))
    return found


def _cities(split: str) -> set[str] | None:
    if not split:
        return None
    parts = SPLITS["roadtracer"]
    name = ALIASES.get(split, split)
    if name not in parts:
        raise PairingError(f"--split {split}: RoadTracer has {', '.join(parts)}")
    return {_plain(city) for city in parts[name].ids or ()}


def _plain(city: str) -> str:
    """Names are written with and without spaces."""
    return re.sub(r"[^a-z0-9]", "", city.lower())


def _place(folder: Path, name: str) -> Path:
    return folder / name if (folder / name).is_dir() else folder
