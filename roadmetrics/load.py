"""Read anything by suffix and content; write by suffix."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .errors import FormatError
from .graph import RoadGraph, Tile
from .io.files import MIB, located, read_bytes, shown, write_bytes

SUFFIXES: dict[str, str] = {
    ".graph": "RoadTracer graph",
    ".p": "adjacency pickle", ".pickle": "adjacency pickle",
    ".pkl": "adjacency pickle", ".gpickle": "adjacency pickle",
    ".json": "JSON graph or GeoJSON", ".geojson": "GeoJSON or JSON graph",
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
PathLike = str | os.PathLike[str]


def read(path: PathLike, *, threshold: float | None = None, crs: str | None = None) -> Tile:
    """Read a road graph or a mask; docs/formats.md lists the formats and their axes.

    Parameters
    ----------
    path : a file whose suffix is in `SUFFIXES`
    threshold : share of the full range from which a probability map is road; None: 0.5
    crs : where longitudes and latitudes go, e.g. "EPSG:32611"; None: the UTM zone of their centre

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
    if suffix not in SUFFIXES and path.is_file():
        raise FormatError(f"{name}: suffix {suffix!r} is not one of {', '.join(SUFFIXES)}")
    limit, parse = _READERS.get(suffix, (MIB, _parse_json))
    return parse(read_bytes(path, limit), name, threshold, crs)


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
    paths = tile_paths(path)
    return {tile: read(file, threshold=threshold, crs=crs) for tile, file in paths.items()}


def tile_paths(path: PathLike) -> dict[str, Path]:
    """The files that `read_tiles` reads, in the order of their names.

    Hidden files, ``*.txt``, ``*.md`` and names that begin with readme, licence or license are
    passed over; any other file that cannot be read, a sub-folder, and two files of one stem are
    errors.
    """
    path = Path(path)
    if not path.is_dir():
        return {path.stem: path}
    result: dict[str, Path] = {}
    for file in sorted(f for f in path.iterdir() if not is_note(f)):
        if file.is_dir():
            raise FormatError(f"{shown(file)}: a folder in the folder: give the one with the tiles")
        if file.suffix.lower() not in SUFFIXES:
            raise FormatError(
                f"{shown(file)}: suffix {file.suffix!r} cannot be read; take the file away"
            )
        if file.stem in result:
            raise FormatError(f"{shown(file)}: {result[file.stem].name} is the same tile: keep one")
        result[file.stem] = file
    if not result:
        raise FormatError(f"{shown(path)}: the folder holds no file that can be read")
    return result


def write(tile: Tile, path: PathLike) -> None:
    """Write a graph (.json, .npz, .graph, .geojson) or a mask (.png, .npy), whole or not at all.

    JSON and NPZ hold all of a graph. docs/formats.md says what the others drop. Raises FormatError
    for another suffix, GeoJSON without a crs, and a place that cannot be written.

    Examples
    --------
    >>> write(RoadGraph([], []), "roads.shp")
    Traceback (most recent call last):
    ...
    roadmetrics.errors.FormatError: roads.shp: a graph is written as .json, .npz, .graph or .geojson
    """
    path = Path(path)
    name = shown(path)
    is_graph = isinstance(tile, RoadGraph)
    writer = (_GRAPH_WRITERS if is_graph else _MASK_WRITERS).get(path.suffix.lower())
    if writer is None:
        kinds = "a graph is written as .json, .npz, .graph or .geojson"
        raise FormatError(f"{name}: {kinds if is_graph else 'a mask is written as .png or .npy'}")
    with located(name):
        data = writer(tile, name)
    write_bytes(path, data)


def is_note(path: Path) -> bool:
    """Whether a file beside tiles is none: hidden, a licence, a note."""
    name = path.name.lower()
    return name.startswith((".", *IGNORED)) or name.endswith((".txt", ".md"))


# each parser: (bytes, name, threshold, crs) -> tile, its file imported when needed


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
    is_geojson = isinstance(document, dict) and "type" in document and "edges" not in document
    graph_of = geojson.graph_of if is_geojson else graph_json.graph_of
    return graph_of(document, name, crs)


def _parse_npz(data: bytes, name: str, _threshold: float | None, crs: str | None) -> Tile:
    from .io.npz import read_npz

    return read_npz(data, name, crs)


def _parse_npy(data: bytes, name: str, threshold: float | None, _crs: str | None) -> Tile:
    from .io.npy import read_npy

    return read_npy(data, name, threshold)


def _parse_image(data: bytes, name: str, threshold: float | None, _crs: str | None) -> Tile:
    from .io.image import read_image

    return read_image(data, name, threshold)


Parser = Callable[[bytes, str, float | None, str | None], Tile]
_READERS: dict[str, tuple[int, Parser]] = {  # the most bytes of a file, and its parser
    ".graph": (512 * MIB, _parse_roadtracer),
    **dict.fromkeys((".p", ".pickle", ".pkl", ".gpickle"), (64 * MIB, _parse_adjacency)),
    **dict.fromkeys((".json", ".geojson"), (256 * MIB, _parse_json)),
    ".npz": (1024 * MIB, _parse_npz),
    ".npy": (1024 * MIB, _parse_npy),
    **dict.fromkeys((".png", ".tif", ".tiff", ".jpg", ".jpeg"), (1024 * MIB, _parse_image)),
}


def _write_roadtracer(tile: Any, _name: str) -> bytes:
    from .io.roadtracer import write_roadtracer

    return write_roadtracer(tile)


def _write_geojson(tile: Any, name: str) -> bytes:
    from .io.geojson import write_geojson

    return write_geojson(tile, name)


def _write_json(tile: Any, _name: str) -> bytes:
    from .io.graph_json import write_graph_json

    return write_graph_json(tile)


def _write_npz(tile: Any, _name: str) -> bytes:
    from .io.npz import write_npz

    return write_npz(tile)


def _write_npy(tile: Any, _name: str) -> bytes:
    from .io.npy import write_npy

    return write_npy(tile)


def _write_png(tile: Any, _name: str) -> bytes:
    from .io.image import write_png

    return write_png(tile)


Writer = Callable[[Any, str], bytes]
_GRAPH_WRITERS: dict[str, Writer] = {
    ".json": _write_json, ".npz": _write_npz,
    ".graph": _write_roadtracer, ".geojson": _write_geojson,
}  # fmt: skip
_MASK_WRITERS: dict[str, Writer] = {".png": _write_png, ".npy": _write_npy}
