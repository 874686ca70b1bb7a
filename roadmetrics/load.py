"""Read anything by suffix and content; write by suffix."""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .errors import FormatError
from .graph import RoadGraph, Tile
from .io.files import MIB, decoded, located, read_bytes, shown, write_bytes
from .io.repairs import Repairs, collected

if TYPE_CHECKING:
    from .io.spacenet_csv import Rows

SUFFIXES: dict[str, str] = {
    ".graph": "RoadTracer graph",
    ".p": "adjacency pickle", ".pickle": "adjacency pickle",
    ".pkl": "adjacency pickle", ".gpickle": "adjacency pickle",
    ".json": "JSON graph or GeoJSON", ".geojson": "GeoJSON or JSON graph",
    ".csv": "SpaceNet CSV",
    ".graphml": "OSMnx GraphML", ".gpkg": "GeoPackage", ".shp": "shapefile",
    ".fgb": "FlatGeobuf", ".parquet": "GeoParquet", ".geoparquet": "GeoParquet",
    ".osm": "OpenStreetMap XML", ".pbf": "OpenStreetMap PBF",
    ".npz": "NPZ graph", ".npy": "NPY mask",
    ".png": "image", ".tif": "image", ".tiff": "image", ".jpg": "image", ".jpeg": "image",
}  # fmt: skip
IGNORED = (
    "readme",
    "licence",
    "license",
    "thumbs.db",
    "desktop.ini",
)  # beginnings of file names, and all of .txt and .md
TABLES = (".csv",)  # files of several tiles
SIDECARS = (".shx", ".dbf", ".prj", ".cpg", ".qix", ".qpj", ".sbn", ".sbx")  # of a .shp
PathLike = str | os.PathLike[str]
Parser = Callable[[bytes, str, float | None, str | None], Tile]


class Place(NamedTuple):
    """A file, and of a file of several tiles which."""

    path: Path
    tile: str | None


def read(
    path: PathLike,
    *,
    threshold: float | None = None,
    crs: str | None = None,
    tile: str | None = None,
    repairs: Repairs | None = None,
) -> Tile:
    """Read a road graph or a mask; docs/formats.md lists the formats and their axes.

    Parameters
    ----------
    path : a file whose suffix is in `SUFFIXES`
    threshold : share of the full range from which a probability map is road; None: 0.5
    crs : where longitudes and latitudes go, e.g. "EPSG:32611"; None: the UTM zone of their centre
    tile : which tile of a file that holds several (SpaceNet CSV); None: the only one
    repairs : a Counter that gets what the reader dropped or repaired, and how often

    Raises
    ------
    FormatError : one line that names the file, the place and the rule

    Examples
    --------
    >>> read("nowhere.graph")
    Traceback (most recent call last):
    ...
    roadmetrics.errors.FormatError: nowhere.graph: no such file
    """
    path = Path(path)
    name, suffix = shown(path), path.suffix.lower()
    if suffix not in SUFFIXES and os.path.isfile(path):
        raise FormatError(f"{name}: suffix {suffix!r} is not one of {', '.join(SUFFIXES)}")
    with collected() as found, _collector_paused():
        if suffix in TABLES:
            result: Tile = _read_row(path, tile)
        elif tile is not None:
            raise FormatError(f"{name}: it holds one tile: {tile!r} cannot be chosen in it")
        elif suffix == ".shp":
            result = _read_shapefile(path, name, crs)
        elif suffix == ".npz":
            result = _read_npz(path, name, crs)
        else:
            limit, parse = _READERS.get(suffix, (MIB, _parse_json))
            result = parse(read_bytes(path, limit), name, threshold, crs)
    if repairs is not None:
        repairs.update(found)
    return result


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Without Python's search for cycles: among a million small lists it takes 3/4 of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def read_tiles(
    path: PathLike, *, threshold: float | None = None, crs: str | None = None
) -> dict[str, Tile]:
    """All tiles of a folder, or of one file, by file name without suffix; `read` tells the rest.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(RoadGraph([], []), Path(folder) / "boston.graph")
    ...     read_tiles(folder)
    {'boston': RoadGraph(0 vertices, 0 edges, 0.0 px)}
    """
    return {
        name: read(file, threshold=threshold, crs=crs, tile=tile)
        for name, (file, tile) in tile_paths(path).items()
    }


def tile_paths(path: PathLike) -> dict[str, Place]:
    """The files that `read_tiles` reads, and which tile of each, in the order of their names.

    Hidden files, ``*.txt``, ``*.md`` and names that begin with readme, licence or license are
    passed over; any other file that cannot be read, a sub-folder, and two files of one stem are
    errors.
    """
    path = Path(path)
    if not os.path.isdir(path):  # which is False for a name too long, where is_dir raises
        return {name.removesuffix(path.suffix): place for name, place in places(path)}
    result: dict[str, Place] = {}
    for file in _entries(path):
        if file.is_dir():
            raise FormatError(f"{shown(file)}: a folder in the folder: give the one with the tiles")
        if file.suffix.lower() not in SUFFIXES:
            raise FormatError(
                f"{shown(file)}: suffix {file.suffix!r} cannot be read; take the file away"
            )
        for name, place in places(file):
            key = name.removesuffix(file.suffix)
            if key in result:
                rule = f"{result[key].path.name} is the same tile: keep one"
                raise FormatError(f"{shown(file)}: {f'{key}: ' if place.tile else ''}{rule}")
            result[key] = place
    if not result:
        raise FormatError(f"{shown(path)}: the folder holds no file that can be read")
    return result


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(file for file in folder.iterdir() if not is_note(file))
    except OSError as error:
        raise FormatError(f"{shown(folder)}: cannot be read: {error.strerror}") from None


def places(path: Path) -> list[tuple[str, Place]]:
    """The tiles of one file as (name, place); the name of a tile in a table ends in its suffix."""
    if path.suffix.lower() not in TABLES:
        return [(re.sub(r"\.osm(?=\.pbf$)", "", path.name), Place(path, None))]
    return [(tile + path.suffix, Place(path, tile)) for tile in _table(path)]


def write(
    tile: Tile,
    path: PathLike,
    *,
    compressed: bool | None = None,
    repairs: Repairs | None = None,
) -> None:
    """Write a graph (see `GRAPH_SUFFIXES`) or a mask (.png, .npy), whole or not at all.

    JSON and NPZ hold all of a graph, docs/formats.md says what the others drop; ``repairs`` gets
    the vertices that the format merges. ``compressed`` is for NPZ alone: False lets `read` leave
    the arrays in the file, None is False from 255 MiB of arrays on and else True. Raises
    FormatError for another suffix, GeoJSON without a crs, and a place that cannot be written.

    Examples
    --------
    >>> write(RoadGraph([], []), "roads.shp")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    roadmetrics.errors.FormatError: roads.shp: a graph is written as .json, ...
    """
    path = Path(path)
    name = shown(path)
    is_graph = isinstance(tile, RoadGraph)
    writer = (_GRAPH_WRITERS if is_graph else _MASK_WRITERS).get(path.suffix.lower())
    if writer is None:
        kinds = f"a graph is written as {', '.join(GRAPH_SUFFIXES)}"
        raise FormatError(f"{name}: {kinds if is_graph else 'a mask is written as .png or .npy'}")
    with located(name), collected() as found:
        if compressed is not None and path.suffix.lower() != ".npz":
            raise FormatError("only .npz is written compressed or not as wanted")
        data = writer(tile, name) if compressed is None else _write_npz(tile, name, compressed)
    if repairs is not None:
        repairs.update(found)
    write_bytes(path, data)


def is_note(path: Path) -> bool:
    """Whether a file beside tiles is none: hidden, a licence, a note, a part of a shapefile."""
    name = path.name.lower()
    if name.endswith((*SIDECARS, ".shp.xml")):
        stem = path.name[: path.name.lower().index(".shp")] if ".shp" in name else path.stem
        return any(path.with_name(stem + suffix).exists() for suffix in (".shp", ".SHP"))
    return name.startswith((".", *IGNORED)) or name.endswith((".txt", ".md"))


def _table(path: Path) -> dict[str, Rows]:
    """The rows of each tile of a table, read once for all its tiles."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        read_bytes(path, MIB)  # says what is wrong
        raise
    return _rows_of(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=2)  # a ground truth and a prediction
def _rows_of(path: Path, _changed: int, _size: int) -> dict[str, Rows]:
    from .io.spacenet_csv import read_rows

    return read_rows(read_bytes(path, 256 * MIB), shown(path))


def _read_row(path: Path, tile: str | None) -> RoadGraph:
    from .io.spacenet_csv import graph_of_rows

    name, rows = shown(path), _table(path)
    if tile is None and len(rows) > 1:
        raise FormatError(
            f"{name}: it holds {len(rows)} tiles: choose one (--tile, or in Python "
            f"tile={next(iter(rows))!r}); read_tiles takes all"
        )
    if tile is not None and tile not in rows:
        raise FormatError(f"{name}: there is no tile {tile!r} in it")
    return graph_of_rows(rows[next(iter(rows)) if tile is None else tile], name)


def _read_shapefile(path: Path, name: str, crs: str | None) -> RoadGraph:
    from .io.shapefile import read_shapefile

    sides = (path.with_suffix(suffix) for suffix in (".prj", ".PRJ"))
    prj = next((decoded(read_bytes(p, MIB), shown(p)) for p in sides if p.is_file()), None)
    return read_shapefile(read_bytes(path, 256 * MIB), name, prj, crs)


def _read_npz(path: Path, name: str, crs: str | None) -> RoadGraph:
    from .io.mapped import bytes_of
    from .io.npz import read_npz

    return read_npz(bytes_of(path), name, crs)


# each parser: (bytes, name, threshold, crs) -> tile, its file imported when needed


def _lazy(module: str) -> Parser:
    """``read_MODULE`` of roadmetrics/io/MODULE.py, which takes bytes, name and crs."""

    def parse(data: bytes, name: str, _threshold: float | None, crs: str | None) -> Tile:
        reader = getattr(import_module(f".io.{module}", __package__), f"read_{module}")
        graph: RoadGraph = reader(data, name, crs)
        return graph

    return parse


def _apart(module: str) -> Parser:
    """As `_lazy`, in a process of its own: the C++ library below can crash."""

    def parse(data: bytes, name: str, _threshold: float | None, crs: str | None) -> Tile:
        from .io.isolated import read_isolated

        return read_isolated(module, data, name, crs)

    return parse


def _parse_roadtracer(data: bytes, name: str, _threshold: float | None, _crs: str | None) -> Tile:
    from .io.roadtracer import read_roadtracer

    return read_roadtracer(data, name)


def _parse_adjacency(data: bytes, name: str, _threshold: float | None, _crs: str | None) -> Tile:
    from .io.adjacency import read_adjacency

    return read_adjacency(data, name)


def _parse_json(data: bytes, name: str, _threshold: float | None, crs: str | None) -> Tile:
    from .io import geojson, graph_json
    from .io.strict_json import parse_json

    document = parse_json(data, name)
    if isinstance(document, list):
        from .io.node_lists import graph_of_lists

        return graph_of_lists(document, name, crs)
    is_geojson = isinstance(document, dict) and "type" in document and "edges" not in document
    graph_of = geojson.graph_of if is_geojson else graph_json.graph_of
    return graph_of(document, name, crs)


def _parse_npy(data: bytes, name: str, threshold: float | None, _crs: str | None) -> Tile:
    from .io.npy import read_npy

    return read_npy(data, name, threshold)


def _parse_image(data: bytes, name: str, threshold: float | None, _crs: str | None) -> Tile:
    from .io.image import read_image

    return read_image(data, name, threshold)


_READERS: dict[str, tuple[int, Parser]] = {  # the most bytes of a file, and its parser
    ".graph": (512 * MIB, _parse_roadtracer),
    **dict.fromkeys((".p", ".pickle", ".pkl", ".gpickle"), (64 * MIB, _parse_adjacency)),
    **dict.fromkeys((".json", ".geojson"), (256 * MIB, _parse_json)),
    ".graphml": (128 * MIB, _lazy("graphml")),
    ".gpkg": (256 * MIB, _lazy("geopackage")),
    ".fgb": (256 * MIB, _apart("flatgeobuf")),
    **dict.fromkeys((".parquet", ".geoparquet"), (256 * MIB, _apart("geoparquet"))),
    ".osm": (256 * MIB, _apart("osm")),
    ".pbf": (128 * MIB, _apart("osm")),
    ".npy": (512 * MIB, _parse_npy),
    **dict.fromkeys((".png", ".tif", ".tiff", ".jpg", ".jpeg"), (512 * MIB, _parse_image)),
}


def _write_roadtracer(tile: Any, _name: str) -> bytes:
    from .io.roadtracer import write_roadtracer

    return write_roadtracer(tile)


def _write_geojson(tile: Any, name: str) -> bytes:
    from .io.geojson import write_geojson

    return write_geojson(tile, name)


def _write_csv(tile: Any, name: str) -> bytes:
    from .io.spacenet_csv import write_spacenet_csv

    if tile.unit == "m":
        raise FormatError("a SpaceNet CSV holds pixels, this graph is in metres")
    return write_spacenet_csv({Path(name).stem: tile})


def _write_json(tile: Any, _name: str) -> bytes:
    from .io.graph_json import write_graph_json

    return write_graph_json(tile)


def _write_adjacency(tile: Any, _name: str) -> bytes:
    from .io.adjacency import write_adjacency

    if tile.unit == "m":
        raise FormatError("an adjacency pickle holds pixels, this graph is in metres")
    return write_adjacency(tile)


def _write_geopackage(tile: Any, name: str) -> bytes:
    from .io.geopackage import write_geopackage

    return write_geopackage(tile, name)


def _write_npz(tile: Any, _name: str, compressed: bool | None = None) -> bytes:
    from .io.npz import write_npz

    return write_npz(tile, compressed=compressed)


def _write_npy(tile: Any, _name: str) -> bytes:
    from .io.npy import write_npy

    return write_npy(tile)


def _write_png(tile: Any, _name: str) -> bytes:
    from .io.image import write_png

    return write_png(tile)


Writer = Callable[[Any, str], bytes]
_GRAPH_WRITERS: dict[str, Writer] = {
    ".json": _write_json, ".npz": _write_npz,
    ".graph": _write_roadtracer, ".geojson": _write_geojson, ".csv": _write_csv,
    ".p": _write_adjacency, ".pickle": _write_adjacency, ".gpkg": _write_geopackage,
}  # fmt: skip
GRAPH_SUFFIXES = tuple(_GRAPH_WRITERS)
_MASK_WRITERS: dict[str, Writer] = {".png": _write_png, ".npy": _write_npy}
