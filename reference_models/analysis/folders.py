"""Folders of graphs and score documents, each under a label."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from roadmetrics.errors import FormatError, RoadMetricsError
from roadmetrics.graph import RoadGraph, Tile
from roadmetrics.io.files import shown
from roadmetrics.load import read_tiles


def labelled(words: Sequence[str], flag: str) -> dict[str, Path]:
    """Paths by label, of words LABEL=PATH; a path alone is called by its name.

    >>> labelled(["arm=runs/arm", "pred"], "--pred")
    {'arm': PosixPath('runs/arm'), 'pred': PosixPath('pred')}
    >>> labelled(["a=b", "a=c"], "--pred")
    Traceback (most recent call last):
    ...
    roadmetrics.errors.RoadMetricsError: --pred: two are called a: give each its own label
    """
    found: dict[str, Path] = {}
    for word in words:
        label, _, path = word.rpartition("=")
        label = label or Path(path).stem
        if label in found:
            raise RoadMetricsError(f"{flag}: two are called {label}: give each its own label")
        found[label] = Path(path)
    return found


def graphs_of(folder: Path, gsd: float = 0.0) -> dict[str, RoadGraph]:
    """The graphs of a folder by tile, in metres where the size of a pixel is known or given.

    ``gsd``: metres per pixel of tiles that do not say; 0: all stay as they are. Raises FormatError
    for a folder without tiles.
    """
    if not folder.is_dir():
        raise FormatError(f"{shown(folder)}: no such folder of graphs")
    found = {name: _graph(tile, gsd) for name, tile in read_tiles(folder).items()}
    if not found:
        raise FormatError(f"{shown(folder)}: there is no graph in it")
    return found


def _graph(tile: Tile, gsd: float) -> RoadGraph:
    graph = tile if isinstance(tile, RoadGraph) else tile.graph
    if graph.unit == "m" or not gsd:
        return graph
    return graph.scaled(graph.metres_per_pixel or gsd)
