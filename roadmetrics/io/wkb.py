"""Lines in well-known binary (OGC 06-103r4, its Z and M codes, and EWKB's flags)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np

from ..errors import FormatError
from ..graph import FloatArray
from .repairs import repaired

LINE, MULTILINE = 2, 5
_KINDS = {1: "Point", 3: "Polygon", 4: "MultiPoint", 6: "MultiPolygon", 7: "GeometryCollection"}
MAX_PARTS = 1_000_000  # lines of a MultiLineString
_PLAIN = b"\x01\x02\0\0\0"  # a LineString of x and y, in the order of most machines
_Z, _M, _SRID = 0x80000000, 0x40000000, 0x20000000  # EWKB


def lines_of_wkb(data: bytes, place: str) -> list[FloatArray]:
    """The lines of a LineString or MultiLineString, [K, 2] each, K = 0 too; heights are dropped.

    Nothing nests deeper than the lines of a MultiLineString, and no count is believed before the
    bytes that it needs are seen. Raises FormatError for another geometry and for damaged bytes.

    >>> lines_of_wkb(struct.pack("<BII4d", 1, 2, 2, 0, 0, 3, 4), "a.gpkg: feature 0")
    [array([[0., 0.],
           [3., 4.]])]
    >>> lines_of_wkb(struct.pack("<BII", 1, 5, 0), "a.gpkg: feature 0")
    []
    """
    if data.startswith(_PLAIN) and len(data) == 9 + 16 * (n := _uint(data, 5)) and n > 1:
        return [np.frombuffer(data, "<f8", 2 * n, 9).reshape(n, 2)]  # the ordinary case, fast
    order, kind, size, at = _head(data, 0, place)
    if kind not in (LINE, MULTILINE):
        raise FormatError(
            f"{place}: only LineString and MultiLineString are read, not "
            f"{_KINDS.get(kind, f'a geometry of type {kind}')}"
        )
    lines = list(_parts(data, order, at, place)) if kind == MULTILINE else []
    if kind == LINE:
        lines.append(_line(data, order, size, at, place)[0])
    return lines


def _uint(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")


def _parts(data: bytes, order: str, at: int, place: str) -> Iterator[FloatArray]:
    n, at = _count(data, order, at, place)
    if n > MAX_PARTS:
        raise FormatError(f"{place}: a MultiLineString of {n} lines, above {MAX_PARTS}: cut it up")
    for _ in range(n):  # each takes 9 bytes at least, or is an error
        order, kind, size, at = _head(data, at, place)
        if kind != LINE:
            raise FormatError(f"{place}: a MultiLineString holds a geometry of type {kind}")
        line, at = _line(data, order, size, at, place)
        yield line


def _head(data: bytes, at: int, place: str) -> tuple[str, int, int, int]:
    """Byte order, type without Z and M, numbers a position, where the rest begins."""
    if len(data) < at + 5 or data[at] > 1:
        raise FormatError(f"{place}: the geometry is damaged")
    order = "<" if data[at] else ">"
    (code,) = struct.unpack_from(f"{order}I", data, at + 1)
    plain = code & ~(_Z | _M | _SRID)
    kind, dimensions = plain % 1000, plain // 1000
    if dimensions > 3:
        return order, code, 2, at
    has_z = bool(code & _Z) or dimensions in (1, 3)
    has_m = bool(code & _M) or dimensions in (2, 3)
    return order, kind, 2 + has_z + has_m, at + (9 if code & _SRID else 5)


def _count(data: bytes, order: str, at: int, place: str) -> tuple[int, int]:
    if len(data) < at + 4:
        raise FormatError(f"{place}: the geometry is cut short")
    return int(struct.unpack_from(f"{order}I", data, at)[0]), at + 4


def _line(data: bytes, order: str, size: int, at: int, place: str) -> tuple[FloatArray, int]:
    n, at = _count(data, order, at, place)
    end = at + 8 * size * n
    if len(data) < end:
        raise FormatError(f"{place}: the geometry is cut short: {n} positions do not fit in it")
    if n == 1:
        raise FormatError(f"{place}: a line has two positions or more, not one")
    points = np.frombuffer(data, f"{order}f8", n * size, at).reshape(n, size)
    if size > 2:
        repaired("heights dropped", n)
    return points[:, :2].astype(np.float64), end
