"""GeoPackage (OGC 12-128r17): the lines of one table, read as a plain SQLite file."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator
from typing import NamedTuple

from ..errors import FormatError
from ..graph import RoadGraph
from .crs_text import crs_of
from .files import located, quoted
from .lines import graph_of_wkb
from .projection import crs_in_metres, crs_name
from .repairs import count_merged

MAGIC = b"SQLite format 3\0"
MAX_STEPS = 200  # millions of steps of SQLite's machine for one file
_LINES = ("LINESTRING", "MULTILINESTRING")
_ENVELOPES = (0, 32, 48, 48, 64)  # bytes, by bits 1 to 3 of the flags


class Layer(NamedTuple):
    """A table of features: its name, column of geometry, kind of geometry, and srs_id."""

    table: str
    column: str
    kind: str
    srs: int


def read_geopackage(data: bytes, name: str, crs: str | None = None) -> RoadGraph:
    """The layer of lines as a graph in metres, in ``crs`` or else as `lines.graph_on_ground`.

    Of several line layers ``edges`` is read where there is ``nodes`` as well (OSMnx); else the
    file is refused. Tables only: no view, no virtual table, no function of SQL is run. Raises
    FormatError for what is no GeoPackage of lines.

    >>> graph = RoadGraph([(0, 0), (3, 4)], [(0, 1)], "m", crs="EPSG:32611")
    >>> read_geopackage(write_geopackage(graph, "a.gpkg"), "a.gpkg")
    RoadGraph(2 vertices, 1 edges, 5.0 m)
    >>> empty = RoadGraph([], [], "m", crs="EPSG:32611")
    >>> read_geopackage(write_geopackage(empty, "a.gpkg"), "a.gpkg")
    RoadGraph(0 vertices, 0 edges, 0.0 m)
    """
    if not data.startswith(MAGIC) or len(data) < 100:
        raise FormatError(f"{name}: not a GeoPackage: it is no SQLite file")
    if data[18:20] != b"\1\1":  # a journal beside the file was in use: not in memory
        data = data[:18] + b"\1\1" + data[20:]
    try:
        connection = _opened(data)
        try:
            layer = _chosen(_layers(connection), name)
            source = _crs(connection, layer, name)
            rows = _features(connection, layer, len(data), name)
            return graph_of_wkb(rows, "row", source, crs, name)
        finally:
            connection.close()
    except FormatError:
        raise
    except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError, MemoryError) as error:
        raise FormatError(
            f"{name}: a damaged GeoPackage, SQLite says {quoted(str(error), 80)}"
        ) from None


def write_geopackage(graph: RoadGraph, name: str) -> bytes:
    """Layer ``edges``: one LineString of two positions an edge, in the metres of the graph's crs.

    Coordinates read back exactly. Vertices without an edge, extent, pixel size, node flags and
    weights are not written.
    """
    if graph.unit != "m" or graph.crs is None:
        raise FormatError(f"{name}: a GeoPackage needs a graph in metres with a crs")
    count_merged(graph.vertices, graph.edges)
    code = int(crs_in_metres(graph.crs, name).partition(":")[2])
    connection = sqlite3.connect(":memory:")
    try:
        connection.executescript(_SCHEMA)
        connection.executemany(_SRS_ROW, _srs_rows(code, name))
        connection.execute(_CONTENTS_ROW, (*(graph.bounds or (None,) * 4), code))
        connection.execute(_GEOMETRY_ROW, (code,))
        head = struct.pack("<2sBBiBII", b"GP", 0, 1, code, 1, 2, 2)
        ends = graph.vertices[graph.edges].reshape(-1, 4).astype("<f8")
        rows = ((head + row.tobytes(),) for row in ends)
        connection.executemany("INSERT INTO edges (geom) VALUES (?)", rows)
        connection.commit()
        return bytes(connection.serialize())
    finally:
        connection.close()


def _opened(data: bytes) -> sqlite3.Connection:
    """The file in memory, where nothing but reading columns of its tables is allowed."""
    connection = sqlite3.connect(":memory:", cached_statements=0)
    connection.deserialize(data)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, len(data))
    connection.text_factory = lambda text: text.decode("utf-8", "replace")
    connection.execute("PRAGMA trusted_schema=OFF")
    connection.execute("PRAGMA cell_size_check=ON")
    connection.execute("PRAGMA mmap_size=0")
    steps = iter(range(MAX_STEPS))
    connection.set_progress_handler(lambda: next(steps, None) is None, 1_000_000)
    connection.set_authorizer(_is_allowed)
    return connection


def _is_allowed(
    action: int, _1: str | None, _2: str | None, _3: str | None, source: str | None
) -> int:
    """``source`` names the view or trigger that asks: none may."""
    plain = action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ) and source is None
    return sqlite3.SQLITE_OK if plain else sqlite3.SQLITE_DENY


def _layers(connection: sqlite3.Connection) -> list[Layer]:
    """What gpkg_geometry_columns lists and is a table."""
    tables = {
        str(table).lower()
        for table, sql in connection.execute(
            "SELECT m.name, m.sql FROM sqlite_master AS m WHERE m.type = 'table'"
        )
        if str(sql).upper().startswith("CREATE TABLE")
    }
    rows = connection.execute(
        "SELECT g.table_name, g.column_name, g.geometry_type_name, g.srs_id "
        "FROM gpkg_geometry_columns AS g LIMIT 10000"
    ).fetchall()
    return [
        Layer(str(table), str(column), str(kind).upper(), srs)
        for table, column, kind, srs in rows
        if str(table).lower() in tables and isinstance(srs, int)
    ]


def _chosen(layers: list[Layer], name: str) -> Layer:
    lines = [layer for layer in layers if layer.kind in _LINES]
    lines = lines or [layer for layer in layers if layer.kind == "GEOMETRY"]
    if len(lines) > 1 and "nodes" in {layer.table for layer in layers}:
        lines = [layer for layer in lines if layer.table == "edges"] or lines
    if len(lines) == 1:
        return lines[0]
    if not lines:
        held = ", ".join(f"{quoted(x.table, 30)} {quoted(x.kind, 20)}" for x in layers[:5])
        raise FormatError(f"{name}: no table of lines in it (layers: {held or 'none'})")
    several = ", ".join(quoted(layer.table, 30) for layer in lines[:5])
    raise FormatError(
        f"{name}: {len(lines)} layers of lines: {several}; keep one, as by "
        "ogr2ogr one.gpkg all.gpkg LAYER"
    )


def _crs(connection: sqlite3.Connection, layer: Layer, name: str) -> str:
    row = connection.execute(
        "SELECT s.organization, s.organization_coordsys_id, s.definition "
        "FROM gpkg_spatial_ref_sys AS s WHERE s.srs_id = ?",
        (layer.srs,),
    ).fetchone()
    if row is None or layer.srs in (-1, 0):
        raise FormatError(f"{name}: layer {quoted(layer.table)} names no crs (srs_id {layer.srs})")
    organization, code, definition = row
    if str(organization).upper() == "EPSG" and isinstance(code, int):
        return crs_name(f"EPSG:{code}", name)
    return crs_of(definition, name)


def _features(
    connection: sqlite3.Connection, layer: Layer, most: int, name: str
) -> Iterator[bytes | None]:
    """WKB of each row; together they cannot be longer than the file."""
    table, column = (text.replace('"', '""') for text in (layer.table, layer.column))
    rows = connection.execute(f'SELECT t."{column}" FROM "{table}" AS t')  # noqa: S608 quoted
    total = 0
    for i, (blob,) in enumerate(rows):
        if blob is None:
            yield None
            continue
        if not isinstance(blob, bytes) or len(blob) < 8 or blob[:2] != b"GP":
            raise FormatError(f"{name}: row {i}: the geometry is no GeoPackage blob")
        total += len(blob)
        if total > most:
            raise FormatError(f"{name}: its rows are longer than the file: it is damaged")
        envelope = blob[3] >> 1 & 7
        if blob[3] & 0x20 or envelope >= len(_ENVELOPES):
            raise FormatError(f"{name}: row {i}: extended geometries are not read")
        yield blob[8 + _ENVELOPES[envelope] :]


def _srs_rows(code: int, name: str) -> list[tuple[object, ...]]:
    import pyproj

    rows: list[tuple[object, ...]] = [
        ("Undefined Cartesian", -1, "NONE", -1, "undefined"),
        ("Undefined geographic", 0, "NONE", 0, "undefined"),
    ]
    with located(name):
        for number in sorted({4326, code}):
            try:
                crs = pyproj.CRS.from_epsg(number)
            except pyproj.exceptions.CRSError:
                raise FormatError(f"EPSG:{number} is not a known crs") from None
            rows.append((crs.name, number, "EPSG", number, crs.to_wkt("WKT1_GDAL")))
    return rows


_SCHEMA = """
PRAGMA application_id = 1196444487;
PRAGMA user_version = 10300;
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
  description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE edges (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom LINESTRING);
"""
_SRS_ROW = (
    "INSERT INTO gpkg_spatial_ref_sys (srs_name, srs_id, organization, organization_coordsys_id, "
    "definition) VALUES (?, ?, ?, ?, ?)"
)
# a fixed date: the same graph gives the same bytes
_CONTENTS_ROW = (
    "INSERT INTO gpkg_contents VALUES ('edges', 'features', 'edges', '', "
    "'2000-01-01T00:00:00.000Z', ?, ?, ?, ?, ?)"
)
_GEOMETRY_ROW = "INSERT INTO gpkg_geometry_columns VALUES ('edges', 'geom', 'LINESTRING', ?, 0, 0)"
