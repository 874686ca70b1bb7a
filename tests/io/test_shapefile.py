"""Shapefiles made byte by byte: kinds, parts, sidecars, and records that lie."""

import struct

import numpy as np
import pyproj
import pytest

import roadmetrics as rm
from roadmetrics import FormatError
from roadmetrics.io.repairs import collected
from roadmetrics.io.shapefile import read_shapefile

PRJ = pyproj.CRS.from_epsg(32611).to_wkt("WKT1_ESRI")
A = [(500000, 4000000), (500003, 4000004)]
B = [(500003, 4000004), (500003, 4000010), (500009, 4000010)]


def record(*parts, kind=3):
    points = [p for part in parts for p in part]
    firsts = np.cumsum([0, *map(len, parts)])[:-1].astype("<i4")
    body = struct.pack("<i4d2i", kind, 0, 0, 0, 0, len(parts), len(points)) + firsts.tobytes()
    body += np.array(points, dtype="<f8").tobytes()
    if kind == 13:
        body += struct.pack(f"<{2 + len(points)}d", *[0] * (2 + len(points)))
    return body


def shapefile(*bodies, kind=3):
    data = struct.pack(">7i", 9994, 0, 0, 0, 0, 0, 0)
    data += struct.pack("<2i8d", 1000, kind, *[0] * 8)
    for i, body in enumerate(bodies):
        data += struct.pack(">2i", i + 1, len(body) // 2) + body
    return data


def read(data, prj=PRJ, crs=None):
    return read_shapefile(data, "a.shp", prj, crs)


def test_lines_and_parts():
    g = read(shapefile(record(A), record(B)))
    assert (len(g.vertices), len(g.edges), g.length) == (4, 3, 17)
    assert (g.unit, g.crs) == ("m", "EPSG:32611")
    assert read(shapefile(record(A, B))).digest == g.digest
    assert len(read(shapefile()).edges) == 0


def test_heights_and_empty_records_are_counted():
    with collected() as repairs:
        g = read(shapefile(record(A, kind=13), struct.pack("<i", 0), kind=13))
    assert g.length == 5
    assert repairs == {"heights dropped": 2, "features without geometry skipped": 1}


def test_lonlat_goes_to_metres():
    prj = pyproj.CRS.from_epsg(4326).to_wkt("WKT1_ESRI")
    g = read(shapefile(record([(7, 43), (7.001, 43)])), prj)
    assert (g.crs, round(g.length)) == ("EPSG:32632", 82)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a shapefile"),
        (b"PK\3\4" + bytes(200), "not a shapefile"),
        (shapefile(kind=5), "it holds polygons, not lines"),
        (shapefile(kind=1), "it holds points, not lines"),
        (shapefile(kind=77), "it holds shapes of type 77, not lines"),
        (shapefile(record(A, kind=5)), "record 0: a shape of type 5 is no line"),
        (shapefile(record(A))[:-1], "record 0: 40 words do not fit in the file"),
        (shapefile() + b"\0\0\0", "record 0: the file is cut short"),
        (shapefile() + struct.pack(">2i", 1, -5) + bytes(9), "record 0: -5 words do not fit"),
        (shapefile(record(A)[:40]), "record 0: the record is cut short"),
        (shapefile(record([(0, 0)])), "record 0: its parts are no lines of two points or more"),
        (shapefile(record(A)[:36] + struct.pack("<2i", 1, 2**31 - 1) + bytes(64)),
         "record 0: 1 parts of 2147483647 points do not fit"),
        (shapefile(record(A)[:36] + struct.pack("<2i", -1, 0) + bytes(64)), "record 0: -1 parts"),
        (shapefile(record([], [])), "record 0: its parts are no lines of two points or more"),
        (shapefile(record([(0, 0), (float("nan"), 1)])), "coordinates must be finite"),
    ],
)  # fmt: skip
def test_errors(data, message):
    with pytest.raises(FormatError) as error:
        read(data)
    assert str(error.value).startswith(f"a.shp: {message}")


def test_a_crs_is_needed():
    with pytest.raises(FormatError, match=r"a.shp: no .prj beside it says its crs: add one"):
        read(shapefile(record(A)), None)


def test_sidecars_are_passed_over(tmp_path):
    (tmp_path / "Roads.shp").write_bytes(shapefile(record(A)))
    (tmp_path / "Roads.prj").write_text(PRJ)
    for suffix in (".shx", ".dbf", ".cpg", ".shp.xml", ".sbn"):
        (tmp_path / f"Roads{suffix}").write_bytes(b"x")
    assert rm.read(tmp_path / "Roads.shp").length == 5
    assert list(rm.read_tiles(tmp_path)) == ["Roads"]
    (tmp_path / "other.dbf").write_bytes(b"x")
    with pytest.raises(FormatError, match=r"other.dbf: suffix '.dbf' cannot be read"):
        rm.read_tiles(tmp_path)


def test_as_gdal_writes_it(tmp_path):
    raw = pytest.importorskip("pyogrio.raw", reason="needs the extra geo")
    import shapely

    lines = np.array([shapely.to_wkb(shapely.LineString(p)) for p in (A, B)], dtype=object)
    raw.write(tmp_path / "a.shp", lines, [], [], geometry_type="LineString", crs="EPSG:32611",
              driver="ESRI Shapefile")  # fmt: skip
    assert rm.read(tmp_path / "a.shp").digest == read(shapefile(record(A), record(B))).digest
    assert list(rm.read_tiles(tmp_path)) == ["a"]
