"""OpenStreetMap extracts, XML and PBF, by osmium (extra ``geo``): the public roads for vehicles."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import FormatError
from ..graph import FloatArray, RoadGraph
from .extras import needed
from .files import MIB, located, quoted
from .lines import MAX_POINTS
from .projection import LONLAT, to_metres
from .repairs import count_edges, repaired

# ways that are read: the classes of highway=* which OSMnx's network_type="drive" keeps
ROADS = frozenset({
    "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link", "secondary",
    "secondary_link", "tertiary", "tertiary_link", "unclassified", "residential", "living_street",
    "road",
})  # fmt: skip
MAX_RATIO = 20  # bytes that a byte of a PBF may unpack to; published extracts stay below 10
_Ints = npt.NDArray[np.int64]


def read_osm(data: bytes, name: str, crs: str | None = None) -> RoadGraph:
    """Roads of an extract in metres, in ``crs`` or else the UTM zone of its centre.

    Ways whose ``highway`` is one of `ROADS` and that are no area. They join at the nodes they
    share by id, never by place. A node that a clipped extract lacks is left out, and the way is
    cut there. Raises FormatError for damaged files, document types and compression bombs.

    >>> read_osm(b"<!DOCTYPE osm><osm/>", "a.osm")
    Traceback (most recent call last):
    ...
    roadmetrics.errors.FormatError: a.osm: document types and entities are refused
    """
    kind = _checked_kind(data, name)
    osmium = needed("osmium", "geo", name)
    try:
        ways = _ways(osmium, data, kind, name)
        ids = np.unique(np.concatenate(ways)) if ways else np.zeros(0, dtype=np.int64)
        known, points = _places(osmium, data, kind, ids)
    except FormatError:
        raise
    except Exception as error:  # osmium's errors are of many kinds
        raise FormatError(
            f"{name}: a damaged extract, osmium says {quoted(str(error), 80)}"
        ) from None
    repaired("missing nodes dropped", len(ids) - len(known))
    pairs = _pairs(ways, known)
    count_edges(pairs)
    with located(name):
        return to_metres(RoadGraph(points, pairs), LONLAT, crs, name)


def _checked_kind(data: bytes, name: str) -> str:
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        if b"\0" in data:
            raise FormatError(f"{name}: not an extract of OpenStreetMap in UTF-8")
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            raise FormatError(f"{name}: document types and entities are refused")
        return "osm"
    if data[4:6] == b"\x0a\x09" and data[6:15] == b"OSMHeader":
        _check_blobs(data, name)
        return "osm.pbf"
    raise FormatError(f"{name}: not an extract of OpenStreetMap: neither XML nor PBF")


def _ways(osmium: Any, data: bytes, kind: str, name: str) -> list[_Ints]:
    """Ids of the nodes along each road."""
    buffer = osmium.io.FileBuffer(data, kind)
    ways, n = [], 0
    for way in osmium.FileProcessor(buffer, osmium.osm.WAY).with_filter(
        osmium.filter.KeyFilter("highway")
    ):
        n += 1
        if n > MAX_POINTS:
            raise FormatError(f"{name}: more than {MAX_POINTS} positions and ways: cut it up")
        if way.tags.get("highway") not in ROADS:
            repaired("other highways skipped")
        elif way.tags.get("area") == "yes":
            repaired("areas skipped")
        else:
            ids = np.array([node.ref for node in way.nodes], dtype=np.int64)
            n += len(ids)
            ways.append(ids)
    return ways


def _places(osmium: Any, data: bytes, kind: str, ids: _Ints) -> tuple[_Ints, FloatArray]:
    """Of these ids those that the file places, sorted, and [N, 2] longitudes and latitudes."""
    buffer = osmium.io.FileBuffer(data, kind)
    nodes = osmium.FileProcessor(buffer, osmium.osm.NODE).with_filter(
        osmium.filter.IdFilter(ids.tolist())
    )
    found = {n.id: (n.location.lon, n.location.lat) for n in nodes if n.location.valid()}
    known = np.array(sorted(found), dtype=np.int64)
    points = np.array([found[i] for i in known.tolist()], dtype=np.float64)
    return known, points.reshape(-1, 2)


def _pairs(ways: list[_Ints], known: _Ints) -> _Ints:
    """[M, 2] positions in ``known`` of neighbours on a way, where both are there."""
    if not len(known):
        return np.zeros((0, 2), dtype=np.int64)
    steps = [np.stack([way[:-1], way[1:]], axis=1) for way in ways if len(way) > 1]
    ids = np.concatenate([np.zeros((0, 2), dtype=np.int64), *steps])
    place = np.minimum(np.searchsorted(known, ids), len(known) - 1)
    pairs: _Ints = place[(known[place] == ids).all(axis=1)]
    return pairs


def _check_blobs(data: bytes, name: str) -> None:
    """Walk the blobs of a PBF: what they unpack to is known before any is unpacked."""
    at, raw = 0, 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        head = _fields(data, at + 4, at + 4 + size, name)
        start = at + 4 + size
        at = start + head.get(3, 0)  # datasize
        if size > 64 * 1024 or not head.get(3) or at > len(data):
            raise FormatError(f"{name}: the extract is cut short or damaged at byte {start}")
        raw += _fields(data, start, at, name).get(2, 0)  # raw_size
        if raw > MIB + MAX_RATIO * len(data):
            raise FormatError(
                f"{name}: it unpacks to more than {MAX_RATIO} times its size: refused"
            )


def _fields(data: bytes, at: int, end: int, name: str) -> dict[int, int]:
    """Numbers of a protocol buffer message by field; the bytes of others are passed over."""
    numbers: dict[int, int] = {}
    while at < end:
        tag, at = _varint(data, at, name)
        value, at = _varint(data, at, name)
        if tag & 7 == 0:
            numbers[tag >> 3] = value
        elif tag & 7 == 2:
            at += value
        else:
            raise FormatError(f"{name}: the extract is damaged at byte {at}")
    if at != end:
        raise FormatError(f"{name}: the extract is cut short or damaged at byte {at}")
    return numbers


def _varint(data: bytes, at: int, name: str) -> tuple[int, int]:
    value = 0
    for k in range(10):
        if at + k >= len(data):
            break
        value |= (data[at + k] & 127) << 7 * k
        if data[at + k] < 128:
            return value, at + k + 1
    raise FormatError(f"{name}: the extract is cut short or damaged at byte {at}")
