"""SpaceNet's CSV of predictions: ``ImageId,WKT_Pix``, a line string a row, many tiles in a file."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import FormatError
from ..graph import MAX_COORDINATE, FloatArray, RoadGraph
from .files import MIB, decoded, located, quoted
from .repairs import count_merged, graph_of_points, repaired

FIELD_LIMIT = 64 * MIB  # characters of one line string
MAX_ROWS = 500_000
MAX_TILES = 20_000  # the sets of SpaceNet have up to 4,000
BLOCK = 1000  # rows that are parsed together
MAX_POINTS = 2_000_000  # positions of one tile
_IMAGE = ("imageid", "image", "imagename")
_WKT = ("wktpix", "wktpixel", "wktpixels", "wkt")
_AREAS = ("POLYGON", "MULTIPOLYGON")
# one pair of brackets round the line, two where there are several: nothing nests deeper; ``*+``
# never goes back, or a megabyte of blanks would take hours
_LINE = re.compile(r"LINESTRING\s*+(?:ZM|Z|M)?\s*+(?:EMPTY|\([-+0-9.eE,\s]*+\))", re.I)
_LINES = re.compile(
    r"MULTILINESTRING\s*+(?:ZM|Z|M)?\s*+(?:EMPTY|\(\s*+\([-+0-9.eE,\s]*+\)"
    r"(?:\s*+,\s*+\([-+0-9.eE,\s]*+\))*+\s*+\))",
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
        if len(tiles) > MAX_TILES:
            raise FormatError(f"{name}:{line}: more than {MAX_TILES} tiles: cut the file up")
    if not tiles:
        raise FormatError(f"{name}: there is no tile in it: an empty one has a LINESTRING EMPTY")
    return tiles


def graph_of_rows(rows: Rows, name: str) -> RoadGraph:
    """The roads of one tile."""
    lines = [(number, text) for number, text in rows if _is_line(text, f"{name}:{number}")]
    points, n_of = _polylines(lines, name)
    with located(name):
        return graph_of_points(points, n_of)


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
        for i, row in enumerate(reader):
            if not row:
                continue
            if rule := _broken_rule(row, len(header), image, i):
                raise FormatError(f"{name}:{reader.line_num}: {rule}")
            yield reader.line_num, row[image].strip(), row[wkt].strip()
    except csv.Error as error:
        raise FormatError(f"{name}:{reader.line_num}: not a row of a table: {error}") from None
    finally:
        csv.field_size_limit(before)


def _broken_rule(row: list[str], n_fields: int, image: int, i: int) -> str:
    if i >= MAX_ROWS:
        return f"more than {MAX_ROWS} rows: cut the file up"
    if len(row) != n_fields:
        return f"{len(row)} fields under a header of {n_fields}"
    if not row[image].strip() or not row[image].isprintable():
        return f"ImageId {quoted(row[image])} is no name of a tile"
    return ""


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


def _is_line(text: str, place: str) -> bool:
    """Whether a WKT text is read; areas and blanks are not, all else is an error."""
    if not text:
        repaired("blank rows skipped")
    elif text.partition("(")[0].split(" ")[0].upper() in _AREAS:
        repaired("POLYGON rows skipped")
    elif _LINE.fullmatch(text) or _LINES.fullmatch(text):
        return True
    elif re.match(r"(MULTI)?LINESTRING\b", text, re.I):
        raise FormatError(
            f"{place}: {quoted(text)}: a coordinate is no finite number, or brackets do not close"
        )
    else:
        raise FormatError(
            f"{place}: only LINESTRING and MULTILINESTRING are read, not {quoted(text)}"
        )
    return False


def _polylines(rows: Rows, name: str) -> tuple[FloatArray, list[int]]:
    """[N, 2] points of all lines of these rows, and how many belong to each; parsed at once."""
    import shapely

    if sum(text.count(",") + 1 for _, text in rows) > MAX_POINTS:
        raise FormatError(f"{name}: more than {MAX_POINTS} positions in one tile: cut it up")
    shapes = np.concatenate([
        np.zeros(0, dtype=object),
        *(_shapes(rows[i : i + BLOCK], name) for i in range(0, len(rows), BLOCK)),
    ])  # fmt: skip
    n_heights = shapely.get_num_coordinates(shapes[shapely.has_z(shapes)]).sum()
    repaired("heights dropped", int(n_heights))
    parts, row_of = shapely.get_parts(shapes, return_index=True)
    points, part_of = shapely.get_coordinates(parts, return_index=True)
    far = np.flatnonzero(~(np.abs(points) <= MAX_COORDINATE).all(axis=1))
    if len(far):
        number = rows[int(row_of[part_of[far[0]]])][0]
        raise FormatError(f"{name}:{number}: coordinates must be finite and below 1e12")
    return points, np.bincount(part_of, minlength=len(parts)).tolist()


def _shapes(rows: Rows, name: str) -> npt.NDArray[Any]:
    """Shapely's line strings of some rows; FormatError for the first that it cannot parse."""
    import shapely

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # of numbers that do not fit, which are refused later
        try:
            return np.asarray(shapely.from_wkt([text for _, text in rows]))
        except shapely.errors.ShapelyError as error:
            if len(rows) > 1:
                return np.concatenate([_shapes([row], name) for row in rows])
            reason = quoted(str(error).partition(": ")[2].strip(), 80)
            raise FormatError(f"{name}:{rows[0][0]}: not a line string: {reason}") from None
