"""SpaceNet's CSV of predictions: ``ImageId,WKT_Pix``, a line string a row, many tiles in a file."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Iterator, Mapping

import numpy as np

from ..errors import FormatError
from ..graph import MAX_COORDINATE, FloatArray, RoadGraph
from .files import MIB, decoded, located, quoted
from .repairs import count_merged, graph_of_lines, repaired

FIELD_LIMIT = 64 * MIB  # characters of one line string
_IMAGE = ("imageid", "image", "imagename")
_WKT = ("wktpix", "wktpixel", "wktpixels", "wkt")
_AREAS = ("POLYGON", "MULTIPOLYGON")
# one pair of brackets round the line, two where there are several: nothing nests deeper
_LINE = re.compile(r"LINESTRING\s*(?:Z|M|ZM)?\s*(?:EMPTY|\([-+0-9.eE,\s]*\))", re.I)
_LINES = re.compile(
    r"MULTILINESTRING\s*(?:Z|M|ZM)?\s*(?:EMPTY|\(\s*\([-+0-9.eE,\s]*\)"
    r"(?:\s*,\s*\([-+0-9.eE,\s]*\))*\s*\))",
    re.I,
)


Rows = list[tuple[int, str]]  # line of the file, WKT


def read_spacenet_csv(data: bytes, name: str) -> dict[str, RoadGraph]:
    r"""Parse all tiles of a file, in pixels: x is the column, y the row, in the order of the file.

    A tile whose only row is ``LINESTRING EMPTY``, or blank, is there without roads. Rows of areas
    (SpaceNet 8's buildings) are left out and counted. Lines join where their coordinates are
    exactly equal. Raises FormatError with the line for anything else.

    >>> read_spacenet_csv(b'ImageId,WKT_Pix\na,"LINESTRING (0 0, 3 4)"\n', "p.csv")
    {'a': RoadGraph(2 vertices, 1 edges, 5.0 px)}
    >>> read_spacenet_csv(b"ImageId,WKT_Pix\na,LINESTRING EMPTY\n", "p.csv")["a"].length
    0.0
    """
    return {image: graph_of_rows(rows, name) for image, rows in read_rows(data, name).items()}


def read_rows(data: bytes, name: str) -> dict[str, Rows]:
    """The rows of each tile, their WKT unread; at least one tile."""
    tiles: dict[str, Rows] = {}
    for line, image, text in _rows(decoded(data, name), name):
        tiles.setdefault(image, []).append((line, text))
    if not tiles:
        raise FormatError(f"{name}: there is no tile in it: an empty one has a LINESTRING EMPTY")
    return tiles


def graph_of_rows(rows: Rows, name: str) -> RoadGraph:
    """The roads of one tile."""
    lines = [line for number, text in rows for line in _polylines(text, f"{name}:{number}")]
    with located(name):
        return graph_of_lines(lines)


def write_spacenet_csv(tiles: Mapping[str, RoadGraph]) -> bytes:
    """One row an edge, numbers that read back exactly; ``LINESTRING EMPTY`` where there is none.

    Vertices without an edge, unit, extent and weights are not written.
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["ImageId", "WKT_Pix"])
    for image, graph in tiles.items():
        count_merged(graph.vertices, graph.edges)
        points = [f"{x!r} {y!r}" for x, y in graph.vertices.tolist()]
        rows = [f"LINESTRING ({points[a]}, {points[b]})" for a, b in graph.edges.tolist()]
        writer.writerows([image, row] for row in rows or ["LINESTRING EMPTY"])
    return stream.getvalue().encode()


def _rows(text: str, name: str) -> Iterator[tuple[int, str, str]]:
    """Line, ImageId and WKT of each row."""
    before = csv.field_size_limit(FIELD_LIMIT)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = next(reader, [])
        image, wkt = (
            _column(header, _IMAGE, "ImageId", name),
            _column(header, _WKT, "WKT_Pix", name),
        )
        for row in reader:
            place = f"{name}:{reader.line_num}"
            if not row:
                continue
            if len(row) != len(header):
                raise FormatError(f"{place}: {len(row)} fields under a header of {len(header)}")
            if not row[image].strip() or not row[image].isprintable():
                raise FormatError(f"{place}: ImageId {quoted(row[image])} is no name of a tile")
            yield reader.line_num, row[image].strip(), row[wkt].strip()
    except csv.Error as error:
        raise FormatError(f"{name}:{reader.line_num}: not a row of a table: {error}") from None
    finally:
        csv.field_size_limit(before)


def _column(header: list[str], spellings: tuple[str, ...], title: str, name: str) -> int:
    """The one column that is called so, however it is written."""
    plain = [re.sub(r"[^a-z0-9]", "", word.lower()) for word in header]
    for spelling in spellings:
        if plain.count(spelling) > 1:
            raise FormatError(f"{name}:1: the column {title} is there twice")
        if spelling in plain:
            return plain.index(spelling)
    raise FormatError(
        f"{name}:1: no column {title}: the header is ImageId,WKT_Pix, not "
        f"{quoted(','.join(header), 80)}"
    )


def _polylines(text: str, place: str) -> list[FloatArray]:
    """The lines of a WKT text, [K, 2] each; none for an area."""
    import shapely

    kind = text.partition("(")[0].split(" ")[0].upper()
    if kind in _AREAS:
        repaired("POLYGON rows skipped")
        return []
    if not text:
        repaired("blank rows skipped")
        return []
    if not (_LINE.fullmatch(text) or _LINES.fullmatch(text)):
        raise FormatError(
            f"{place}: only LINESTRING and MULTILINESTRING are read, not {quoted(text)}"
        )
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # of numbers that do not fit, which are refused below
        try:
            geometry = shapely.from_wkt(text)
        except shapely.errors.ShapelyError as error:
            reason = str(error).partition(": ")[2].strip()
            raise FormatError(f"{place}: not a line string: {quoted(reason, 80)}") from None
    if geometry.has_z:
        repaired("heights dropped", len(shapely.get_coordinates(geometry)))
    parts = [shapely.get_coordinates(part) for part in shapely.get_parts(geometry)]
    for points in parts:
        if not (np.abs(points) <= MAX_COORDINATE).all():
            raise FormatError(f"{place}: coordinates must be finite and below 1e12")
    return parts
