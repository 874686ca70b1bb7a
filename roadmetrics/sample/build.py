"""Make the sample from a road network: ``python -m roadmetrics.sample.build NAURU.json OUT``.

The same file gives the same bytes: seeds, the size of a tile and the rounding stand here.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..damage import damage
from ..errors import RoadMetricsError
from ..graph import Bounds, RoadGraph
from ..load import read, write

TILE = 1250.0  # metres
SHORTEST = 800.0  # metres of road that make a tile worth keeping
SEED = 166
STRENGTHS = {"gt": 0.0, "pred_light": 0.25, "pred_heavy": 1.0}


def tiles_of(graph: RoadGraph) -> dict[str, Bounds]:
    """Squares of a grid that hold some road, by row and column from the south-west."""
    if graph.bounds is None:
        return {}
    x0, y0 = (np.floor(value / TILE) * TILE for value in graph.bounds[:2])
    found: dict[str, Bounds] = {}
    for row in range(int((graph.bounds[3] - y0) // TILE) + 1):
        for column in range(int((graph.bounds[2] - x0) // TILE) + 1):
            left, low = float(x0 + column * TILE), float(y0 + row * TILE)
            box = (left, low, left + TILE, low + TILE)
            if graph.clipped(box).length >= SHORTEST:
                found[f"nauru_r{row}_c{column}"] = box
    return found


def build(source: Path, out: Path) -> None:
    """Write the three folders of tiles into ``out``; raises RoadMetricsError for a bad source."""
    whole = read(source)
    if not isinstance(whole, RoadGraph) or whole.unit != "m":
        raise RoadMetricsError(f"{source}: expected a road graph in degrees or metres")
    boxes = tiles_of(whole)
    for name, strength in STRENGTHS.items():
        folder = out / name
        folder.mkdir(parents=True, exist_ok=True)
        damaged = damage(whole, strength, SEED)
        for key, box in boxes.items():
            write(rounded(damaged.clipped(box)), folder / f"{key}.json")


def rounded(graph: RoadGraph) -> RoadGraph:
    """Coordinates in whole centimetres."""
    return replace(graph, vertices=np.round(graph.vertices, 2), is_node=None)


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))
