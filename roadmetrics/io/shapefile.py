"""Lines of an ESRI shapefile (ESRI white paper of July 1998); its .prj tells the crs."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np

from ..errors import FormatError
from ..graph import FloatArray, RoadGraph
from .crs_text import crs_of
from .files import quoted
from .lines import MAX_POINTS, graph_on_ground
from .repairs import repaired

MAGIC = 9994
_NULL = 0
_LINES = (3, 13, 23)  # PolyLine, with z and m, with m
_KINDS = {1: "points", 5: "polygons", 8: "points", 11: "points", 15: "polygons", 18: "points",
          21: "points", 25: "polygons", 28: "points", 31: "surfaces"}  # fmt: skip


def read_shapefile(
    data: bytes, name: str, prj: str | None = None, crs: str | None = None
) -> RoadGraph:
    """The lines as a graph in metres, in ``crs`` or else as `lines.graph_on_ground`.

    ``prj``: the text of the .prj beside the .shp, which says where its coordinates are. Records
    are read one after the other; the index (.shx) and the table (.dbf) are not needed. Raises
    FormatError with the record for anything but lines, and where there is no ``prj``.

    >>> head = struct.pack(">7i", 9994, 0, 0, 0, 0, 0, 50) + struct.pack("<2i8d", 1000, 3, *[0] * 8)
    >>> read_shapefile(head, "a.shp", "EPSG:32611")
    RoadGraph(0 vertices, 0 edges, 0.0 m)
    """
    if len(data) < 100 or struct.unpack_from(">i", data)[0] != MAGIC:
        raise FormatError(f"{name}: not a shapefile")
    kind = struct.unpack_from("<i", data, 32)[0]
    if kind not in (_NULL, *_LINES):
        raise FormatError(
            f"{name}: it holds {_KINDS.get(kind, f'shapes of type {kind}')}, not lines"
        )
    if prj is None:
        raise FormatError(
            f"{name}: no .prj beside it says its crs: add one, or save it as GeoPackage or GeoJSON"
        )
    return graph_on_ground(_lines(data, name), crs_of(prj, name), crs, name)


def _lines(data: bytes, name: str) -> Iterator[FloatArray]:
    at, record = 100, 0
    while at < len(data):
        place = f"{name}: record {record}"
        if record >= MAX_POINTS:
            raise FormatError(f"{name}: more than {MAX_POINTS} records: cut it up")
        if len(data) < at + 12:
            raise FormatError(f"{place}: the file is cut short")
        (words,) = struct.unpack_from(">i", data, at + 4)  # of 16 bits
        end = at + 8 + 2 * words
        if words < 2 or end > len(data):
            raise FormatError(f"{place}: {quoted(words)} words do not fit in the file")
        yield from _parts(data[at + 8 : end], place)
        at, record = end, record + 1


def _parts(content: bytes, place: str) -> Iterator[FloatArray]:
    """The [K, 2] lines of one record."""
    kind = struct.unpack_from("<i", content)[0]
    if kind == _NULL:
        repaired("features without geometry skipped")
        return
    if kind not in _LINES:
        raise FormatError(f"{place}: a shape of type {kind} is no line")
    if len(content) < 44:
        raise FormatError(f"{place}: the record is cut short")
    n_parts, n_points = struct.unpack_from("<2i", content, 36)
    start = 44 + 4 * n_parts
    if n_parts < 0 or n_points < 0 or start + 16 * n_points > len(content):
        raise FormatError(f"{place}: {n_parts} parts of {n_points} points do not fit in it")
    points = np.frombuffer(content, "<f8", 2 * n_points, start).reshape(-1, 2).astype(np.float64)
    firsts = np.frombuffer(content, "<i4", n_parts, 44).astype(np.int64)
    bounds = np.concatenate([firsts, [n_points]])
    if (n_parts or n_points) and (bounds[0] != 0 or (np.diff(bounds) < 2).any()):
        raise FormatError(f"{place}: its parts are no lines of two points or more")
    if kind == 13:
        repaired("heights dropped", n_points)
    for low, high in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        yield points[low:high]
