"""The entry points that are fuzzed, one by one, on bytes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fuzz_seeds

from roadmetrics import load
from roadmetrics.io.repairs import collected

NAME = "tile.x"  # how messages begin
Parse = Callable[[bytes], Any]


def formats() -> dict[str, tuple[str, Parse]]:
    """Name -> (suffix, parser): each reader of `load.SUFFIXES` once, and what reads images else."""
    suffixes = [s for s in load.SUFFIXES if s not in fuzz_seeds.SAME]
    result = {suffix.lstrip("."): (suffix, parser_of(suffix)) for suffix in suffixes}
    result["geotiff"] = (".geotiff", _frame)
    result["photo"] = (".photo", _photo)
    return result


def seeds_of(suffix: str) -> list[bytes]:
    """Valid files; for a suffix that has none yet, those of all others."""
    if suffix == ".geotiff":
        return fuzz_seeds.geotiffs()
    if suffix == ".photo":
        return [data for s in (".png", ".tif", ".jpg") for data in fuzz_seeds.SEEDS[s]()]
    make = fuzz_seeds.SEEDS.get(fuzz_seeds.SAME.get(suffix, suffix))
    return make() if make else [data for other in fuzz_seeds.SEEDS.values() for data in other()]


def parser_of(suffix: str) -> Parse:
    """What `load.read` does with the bytes of a file of this suffix."""
    if suffix == ".csv":
        return _table
    if suffix == ".shp":
        return lambda data: _noted(lambda: _shapefile(data))
    if suffix in load._READERS:
        parse = load._READERS[suffix][1]
        return lambda data: _noted(lambda: parse(data, NAME, None, None))
    return _of_file(suffix)


def _noted(parse: Callable[[], Any]) -> Any:
    with collected():  # repairs are counted only where someone asks
        return parse()


def _table(data: bytes) -> Any:
    from roadmetrics.io.spacenet_csv import graph_of_rows, read_rows

    tiles = read_rows(data, NAME)
    return [_noted(lambda r=rows: graph_of_rows(r, NAME)) for rows in tiles.values()]


def _shapefile(data: bytes) -> Any:
    from roadmetrics.io.shapefile import read_shapefile

    return read_shapefile(data, NAME, "EPSG:4326" if len(data) % 2 else "EPSG:32611")


def _frame(data: bytes) -> Any:
    from roadmetrics import RoadGraph
    from roadmetrics.io.files import located
    from roadmetrics.io.geotiff import read_frame

    frame = read_frame(data, NAME)
    with located(NAME):
        frame.pixel_sizes()
        return frame.to_ground(RoadGraph([(0, 0), (3, 4)], [(0, 1)]))


def _photo(data: bytes) -> Any:
    from roadmetrics.io.image import read_photo

    return read_photo(data, NAME)


def _of_file(suffix: str) -> Parse:
    """For readers that need a path: a file in memory, whose name messages must begin with."""
    memory = Path("/dev/shm")
    folder = tempfile.mkdtemp(prefix="fuzz", dir=memory if memory.is_dir() else None)
    path = Path(folder) / f"tile{suffix}"

    def parse(data: bytes) -> Any:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.write(handle, data)
        os.close(handle)
        return _noted(lambda: load.read(path))

    parse.folder = folder  # type: ignore[attr-defined]
    return parse
