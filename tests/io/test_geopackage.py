"""GeoPackage: layers, headers, a round trip, and databases that mean harm."""

import sqlite3
import struct

import numpy as np
import pytest
import shapely

import roadmetrics as rm
from roadmetrics import FormatError, RoadGraph
from roadmetrics.io.geopackage import read_geopackage, write_geopackage
from roadmetrics.io.repairs import collected

GRAPH = RoadGraph(
    [(500000.1, 4000000), (500003.1, 4000004), (500010.5, 4000004)], [(0, 1), (1, 2)], "m",
    crs="EPSG:32611",
)  # fmt: skip
LINE = shapely.LineString([(500000, 4000000), (500003, 4000004)])


def blob(geometry, envelope=0, flags=1, header=b"GP\0"):
    kind = {0: 0, 32: 1, 48: 2, 64: 4}[envelope]
    head = header + bytes([flags | kind << 1]) + struct.pack("<i", 32611) + bytes(envelope)
    return head + shapely.to_wkb(geometry)


def changed(*statements, start=GRAPH):
    """The bytes of a GeoPackage after statements of SQL, each text or (text, values)."""
    db = sqlite3.connect(":memory:")
    db.deserialize(write_geopackage(start, "a.gpkg"))
    for statement in statements:
        text, values = statement if isinstance(statement, tuple) else (statement, ())
        db.execute(text, values)
    db.commit()
    data = bytes(db.serialize())
    db.close()
    return data


def holding(*blobs):
    rows = [("INSERT INTO edges (geom) VALUES (?)", (b,)) for b in blobs]
    return changed("DELETE FROM edges", *rows)


def layer(table, kind="LINESTRING", srs=32611):
    return (
        f"CREATE TABLE {table} (fid INTEGER PRIMARY KEY, geom)",
        f"INSERT INTO gpkg_geometry_columns VALUES ('{table}', 'geom', '{kind}', {srs}, 0, 0)",
    )


def read(data, crs=None):
    return read_geopackage(data, "a.gpkg", crs)


def test_round_trip(tmp_path):
    rm.write(GRAPH, tmp_path / "a.gpkg")
    assert rm.read(tmp_path / "a.gpkg").digest == GRAPH.digest
    assert write_geopackage(GRAPH, "a") == write_geopackage(GRAPH, "a")


def test_gdal_reads_what_is_written(tmp_path):
    raw = pytest.importorskip("pyogrio.raw", reason="needs the extra geo")
    rm.write(GRAPH, tmp_path / "a.gpkg")
    meta, _, shapes, _ = raw.read(tmp_path / "a.gpkg")
    assert (meta["crs"], meta["geometry_type"]) == ("EPSG:32611", "LineString")
    points = shapely.get_coordinates(shapely.from_wkb(shapes))
    assert points.tolist() == GRAPH.vertices[GRAPH.edges].reshape(-1, 2).tolist()


def test_what_gdal_writes(tmp_path):
    raw = pytest.importorskip("pyogrio.raw", reason="needs the extra geo")
    lines = np.array([shapely.to_wkb(LINE), shapely.to_wkb(shapely.MultiLineString([LINE]))])
    raw.write(tmp_path / "a.gpkg", lines.astype(object), [], [], geometry_type="Unknown",
              crs="EPSG:32611", driver="GPKG")  # fmt: skip
    assert rm.read(tmp_path / "a.gpkg").length == 5


@pytest.mark.parametrize("graph", [RoadGraph([], []), RoadGraph([], [], "m")])
def test_writing_needs_a_crs(graph):
    with pytest.raises(FormatError, match=r"^a.gpkg: a GeoPackage needs a graph in metres with"):
        write_geopackage(graph, "a.gpkg")


@pytest.mark.parametrize("envelope", [0, 32, 48, 64])
def test_headers(envelope):
    assert read(holding(blob(LINE, envelope))).length == 5


def test_heights_and_rows_without_geometry_are_counted():
    high = shapely.LineString([(500000, 4000000, 1), (500003, 4000004, 2)])
    with collected() as repairs:
        assert read(holding(blob(high), None)).length == 5
    assert repairs == {"heights dropped": 2, "features without geometry skipped": 1}


def test_lonlat_goes_to_metres():
    lonlat = blob(shapely.LineString([(7, 43), (7.001, 43)]))
    insert = ("INSERT INTO roads (geom) VALUES (?)", (lonlat,))
    g = read(changed(*layer("roads", srs=4326), insert, *dropped("edges")))
    assert (g.crs, round(g.length)) == ("EPSG:32632", 82)


def dropped(table):
    return (f"DELETE FROM gpkg_geometry_columns WHERE table_name = '{table}'",)


def test_osmnx_has_nodes_and_edges():
    extra = (*layer("nodes", "POINT"), *layer("sketch"))
    assert read(changed(*extra)).digest == GRAPH.digest


def test_several_layers_are_refused_with_a_recipe():
    with pytest.raises(FormatError, match=r"2 layers of lines: 'edges', 'paths'; keep one, as by "):
        read(changed(*layer("paths")))


def test_a_crs_in_words():
    words = "UPDATE gpkg_spatial_ref_sys SET organization = 'NONE' WHERE srs_id = 32611"
    assert read(changed(words)).crs == "EPSG:32611"
    unknown = "UPDATE gpkg_spatial_ref_sys SET organization = 'NONE', definition = 'undefined'"
    with pytest.raises(FormatError, match="crs 'undefined' is not understood"):
        read(changed(unknown))
    with pytest.raises(FormatError, match=r"layer 'edges' names no crs \(srs_id -1\)"):
        read(changed("UPDATE gpkg_geometry_columns SET srs_id = -1"))


def test_a_file_that_was_left_with_a_journal():
    data = bytearray(write_geopackage(GRAPH, "a"))
    data[18:20] = b"\2\2"
    assert read(bytes(data)).digest == GRAPH.digest


def view(select):
    return ("DROP TABLE edges", f"CREATE VIEW edges AS {select}")


def test_no_view_is_read():
    """A view may call functions, and those of GDAL open addresses."""
    harm = view("SELECT 1 AS fid, ogr_geocode('x') AS geom")
    with pytest.raises(FormatError, match="no table of lines in it"):
        read(changed(*harm))


def test_no_view_that_says_it_is_a_table():
    forged = "UPDATE sqlite_master SET type = 'table', rootpage = 2 WHERE name = 'edges'"
    data = changed(*view("SELECT 1 AS fid, x'00' AS geom"), "PRAGMA writable_schema=ON", forged)
    with pytest.raises(FormatError, match=r"no table of lines|a damaged GeoPackage"):
        read(data)


def test_no_view_inside_the_tables_of_the_format():
    harm = "SELECT 'edges' AS table_name, 'geom' AS column_name, 'LINESTRING' AS "
    harm += "geometry_type_name, 32611 AS srs_id"
    data = changed(
        "DROP TABLE gpkg_geometry_columns", f"CREATE VIEW gpkg_geometry_columns AS {harm}"
    )
    with pytest.raises(FormatError, match=r"a.gpkg: a damaged GeoPackage, SQLite says"):
        read(data)


def test_no_virtual_table_is_read():
    table = "CREATE VIRTUAL TABLE edges USING rtree(fid, x0, x1)"
    with pytest.raises(FormatError, match="no table of lines in it"):
        read(changed("DROP TABLE edges", table))


@pytest.mark.parametrize("how", ["zeroblob(1000000)", "hex(zeroblob(90000))", "hex(fid)"])
def test_no_function_is_run(how):
    table = f"CREATE TABLE edges (fid INTEGER PRIMARY KEY, geom AS ({how}))"
    with pytest.raises(
        FormatError, match=r"a.gpkg: (row 0: the geom|a damaged GeoPackage, SQLite)"
    ):
        read(changed("DROP TABLE edges", table, "INSERT INTO edges (fid) VALUES (1)"))


def test_names_are_no_sql():
    name = 'ed"; DROP TABLE edges; --'
    odd = f"""CREATE TABLE "{name.replace('"', '""')}" (fid INTEGER PRIMARY KEY, "ge""om" BLOB)"""
    row = ("UPDATE gpkg_geometry_columns SET table_name = ?, column_name = 'ge\"om'", (name,))
    assert len(read(changed(odd, row)).edges) == 0
    missing = "UPDATE gpkg_geometry_columns SET column_name = 'nowhere'"
    with pytest.raises(FormatError, match="no such column"):
        read(changed(missing))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a GeoPackage"),
        (b"PK\3\4", "not a GeoPackage"),
        (b"SQLite format 3\0", "not a GeoPackage"),
        (b"SQLite format 3\0" + bytes(4000), "a damaged GeoPackage, SQLite says"),
        (changed("DROP TABLE gpkg_geometry_columns"), "a damaged GeoPackage, SQLite says 'no such"),
        (changed(*dropped("edges")), "no table of lines in it (layers: none)"),
        (changed(*dropped("edges"), *layer("plots", "POLYGON")),
         "no table of lines in it (layers: 'plots' 'POLYGON')"),
        (changed("DROP TABLE edges"), "no table of lines in it (layers: none)"),
        (holding("LINESTRING (0 0, 1 1)"), "row 0: the geometry is no GeoPackage blob"),
        (holding(b"GP"), "row 0: the geometry is no GeoPackage blob"),
        (holding(blob(LINE, header=b"XX\0")), "row 0: the geometry is no GeoPackage blob"),
        (holding(blob(LINE, flags=0x21)), "row 0: extended geometries are not read"),
        (holding(blob(LINE, flags=0x0B)), "row 0: extended geometries are not read"),
        (holding(blob(LINE)[:-1]), "row 0: the geometry is cut short"),
        (holding(blob(LINE), blob(shapely.Point(0, 0))), "row 1: only LineString and MultiLineStr"),
        (holding(blob(shapely.LineString([(0, 0), (np.inf, 0)]))), "coordinates must be finite"),
    ],
)  # fmt: skip
def test_errors(data, message):
    with pytest.raises(FormatError) as error:
        read(data)
    assert str(error.value).startswith(f"a.gpkg: {message}")
    assert str(error.value).isprintable()


def test_a_tree_whose_pages_repeat_ends():
    """A page that holds itself many times would give its rows without end."""
    data = bytearray(holding(*[blob(LINE)] * 3000))
    page = 4096
    roots = [i for i in range(0, len(data), page) if data[i] == 5]  # inner pages of a table
    assert roots
    n = int.from_bytes(data[roots[0] + 3 : roots[0] + 5], "big")
    cells = [
        roots[0] + int.from_bytes(data[roots[0] + 12 + 2 * k : roots[0] + 14 + 2 * k], "big")
        for k in range(n)
    ]
    for cell in cells:
        data[cell : cell + 4] = (roots[0] // page + 1).to_bytes(4, "big")
    with pytest.raises(FormatError):
        read(bytes(data))
