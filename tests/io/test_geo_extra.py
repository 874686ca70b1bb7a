"""FlatGeobuf, GeoParquet, and the TIFFs that Pillow does not know; all need the extra geo."""

import io
import json
import struct
import sys
import warnings

import numpy as np
import pyproj
import pytest
import shapely

import roadmetrics as rm
from roadmetrics import FormatError
from roadmetrics.io.flatgeobuf import read_flatgeobuf
from roadmetrics.io.geoparquet import read_geoparquet
from roadmetrics.io.image import read_image
from roadmetrics.io.parquet_pages import unpacked_size
from roadmetrics.io.repairs import collected
from roadmetrics.load import _READERS

LINES = [
    shapely.LineString([(500000, 4000000), (500003, 4000004)]),
    shapely.MultiLineString([[(500003, 4000004), (500003, 4000010)]]),
]
WKB = [shapely.to_wkb(line) for line in LINES]
HIGH = shapely.to_wkb(shapely.LineString([(500000, 4000000, 5), (500003, 4000004, 6)]))
UTM = json.loads(pyproj.CRS.from_epsg(32611).to_json())


def flatgeobuf(tmp_path, shapes=WKB, crs="EPSG:32611", kind="Unknown"):
    raw = pytest.importorskip("pyogrio.raw", reason="needs the extra geo")
    path = tmp_path / "a.fgb"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a file without a crs
        raw.write(path, np.array(shapes, dtype=object), [], [], geometry_type=kind, crs=crs,
                  driver="FlatGeobuf")  # fmt: skip
    return path.read_bytes()


def geoparquet(shapes=WKB, crs=UTM, geo=None, **about):
    pa = pytest.importorskip("pyarrow", reason="needs the extra geo")
    pq = pytest.importorskip("pyarrow.parquet", reason="needs the extra geo")
    column = {"encoding": "WKB", "geometry_types": [], "crs": crs, **about}
    if crs == "absent":
        del column["crs"]
    geo = geo or {"version": "1.1.0", "primary_column": "g", "columns": {"g": column}}
    table = pa.table({"g": pa.array(list(shapes), pa.binary()), "n": list(range(len(shapes)))})
    stream = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), stream)
    return stream.getvalue()


def error_of(call, *arguments):
    with pytest.raises(FormatError) as error:
        call(*arguments)
    assert str(error.value).isprintable()
    return str(error.value)


def test_flatgeobuf(tmp_path):
    g = read_flatgeobuf(flatgeobuf(tmp_path), "a.fgb")
    assert (len(g.edges), g.length, g.crs) == (2, 11, "EPSG:32611")
    assert rm.read(tmp_path / "a.fgb").digest == g.digest


def test_flatgeobuf_heights_are_counted(tmp_path):
    with collected() as repairs:
        read_flatgeobuf(flatgeobuf(tmp_path, [HIGH], kind="LineString Z"), "a.fgb")
    assert repairs == {"heights dropped": 2}


def test_flatgeobuf_errors(tmp_path):
    point = shapely.to_wkb(shapely.Point(0, 0))
    data = flatgeobuf(tmp_path, [point])
    assert error_of(read_flatgeobuf, data, "a.fgb").startswith("a.fgb: feature 0: only LineString")
    data = flatgeobuf(tmp_path, crs=None)
    assert error_of(read_flatgeobuf, data, "a.fgb") == "a.fgb: it names no crs"
    data = flatgeobuf(tmp_path, WKB * 150)
    forged = data.replace(struct.pack("<Q", 300), struct.pack("<Q", 10**6), 1)
    assert "do not fit in" in error_of(read_flatgeobuf, forged, "a.fgb")
    for end in range(0, len(data) - 1, 97):
        error_of(read_flatgeobuf, data[:end], "a.fgb")


@pytest.mark.parametrize(
    "data",
    [
        b"<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>/vsicurl/http://127.0.0.1/a"
        b"</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>",
        b"PK\x03\x04" + bytes(99),
        b'{"type": "FeatureCollection", "features": []}',
        b"SQLite format 3\0" + bytes(99),
        b"/vsicurl/http://127.0.0.1/a.fgb",
    ],
)
def test_a_file_that_lies_about_its_suffix_never_reaches_a_library(data, monkeypatch):
    for package in ("pyogrio", "pyarrow", "pyarrow.parquet", "osmium"):
        monkeypatch.setitem(sys.modules, package, None)  # importing it would be an error
    for suffix in (".fgb", ".parquet", ".osm", ".pbf"):
        parse = _READERS[suffix][1]
        text = error_of(parse, data, "a", None, None)
        assert "pip install" not in text or data.startswith(b"<OGR")


def test_without_the_extra(monkeypatch):
    for package in ("pyogrio", "pyarrow", "pyarrow.parquet"):
        monkeypatch.setitem(sys.modules, package, None)
    need = "needs pip install 'roadmetrics[geo]'"
    assert error_of(read_flatgeobuf, b"fgb\x03fgb\0", "a.fgb") == f"a.fgb: {need}"
    assert error_of(read_geoparquet, b"PAR1" + bytes(9) + b"PAR1", "a.parquet").endswith(need)


def test_geoparquet(tmp_path):
    g = read_geoparquet(geoparquet([*WKB, None]), "a.parquet")
    assert (len(g.edges), g.length, g.crs) == (2, 11, "EPSG:32611")
    for suffix in (".parquet", ".geoparquet"):
        (tmp_path / f"a{suffix}").write_bytes(geoparquet())
        assert rm.read(tmp_path / f"a{suffix}").digest == g.digest


def test_geoparquet_without_a_crs_is_lonlat():
    lonlat = [shapely.to_wkb(shapely.LineString([(7, 43), (7.001, 43)]))]
    g = read_geoparquet(geoparquet(lonlat, "absent"), "a.parquet")
    assert (g.crs, round(g.length)) == ("EPSG:32632", 82)


def test_geoparquet_repairs_are_counted():
    with collected() as repairs:
        read_geoparquet(geoparquet([HIGH, None]), "a.parquet")
    assert repairs == {"heights dropped": 2, "features without geometry skipped": 1}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"crs": None}, "it says that its crs is unknown"),
        ({"crs": "/etc/passwd"}, "crs '/etc/passwd' is not understood"),
        ({"encoding": "linestring"}, "geometries encoded as 'linestring': write them as WKB"),
        ({"geo": {"columns": {}}}, "its metadata 'geo' name no primary column"),
        ({"geo": {"primary_column": "z", "columns": {"g": {}}}}, "its metadata 'geo' name no prim"),
        ({"geo": [1]}, "its metadata 'geo' name no primary column"),
        ({"shapes": [shapely.to_wkb(shapely.Point(0, 0))]}, "row 0: only LineString and Multi"),
        ({"shapes": [b"x"]}, "row 0: the geometry is damaged"),
    ],
)
def test_geoparquet_errors(options, message):
    text = error_of(read_geoparquet, geoparquet(**options), "a.parquet")
    assert text.startswith(f"a.parquet: {message}")


def test_damaged_parquet():
    data = geoparquet()
    for end in range(1, len(data), 97):
        error_of(read_geoparquet, data[:end], "a.parquet")
        error_of(read_geoparquet, data[:end] + b"PAR1", "a.parquet")
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    stream = io.BytesIO()
    pq.write_table(pa.table({"a": [1]}), stream)
    assert "no GeoParquet" in error_of(read_geoparquet, stream.getvalue(), "a.parquet")


def test_a_value_that_is_repeated_is_no_bomb():
    long = shapely.to_wkb(shapely.LineString(np.arange(20_000.0).reshape(-1, 2)))
    data = geoparquet([long] * 1000)
    assert len(data) < 1_000_000
    assert "cut it up" in error_of(read_geoparquet, data, "a.parquet")


def tiff(array, **options):
    rasterio = pytest.importorskip("rasterio", reason="needs the extra geo")
    io_of = pytest.importorskip("rasterio.io")
    bands = array if array.ndim == 3 else array[None]
    with warnings.catch_warnings(), rasterio.Env(), io_of.MemoryFile() as memory:
        warnings.simplefilter("ignore")  # of georeference
        with memory.open(driver="GTiff", count=len(bands), height=bands.shape[1],
                         width=bands.shape[2], dtype=bands.dtype, **options) as image:  # fmt: skip
            image.write(bands)
        return memory.read()


ROAD = np.zeros((20, 30))
ROAD[5] = 1


@pytest.mark.parametrize(
    ("array", "options"),
    [
        (ROAD, {}),
        (ROAD.astype("uint8"), {"BIGTIFF": "YES"}),
        (ROAD.astype("float32"), {"compress": "lerc"}),
        (np.stack([ROAD] * 3).astype("uint16"), {"interleave": "band"}),
        (np.stack([ROAD] * 3).astype("uint8"), {"interleave": "band"}),
    ],
    ids=["float64", "bigtiff", "lerc", "deep colours", "planar"],
)
def test_tiffs(array, options):
    mask = read_image(tiff(array, **options), "a.tif")
    assert mask.array.tolist() == (ROAD > 0).tolist()


def test_float64_is_a_probability_map():
    data = tiff(np.linspace(0, 1, 600).reshape(20, 30))
    assert read_image(data, "a.tif", 0.25).n_pixels == 450


def test_tiffs_that_are_no_mask():
    differ = np.arange(1800, dtype="uint16").reshape(3, 20, 30)
    assert "3 bands of uint16 that differ" in error_of(read_image, tiff(differ), "a.tif")
    many = np.zeros((7, 20, 30), dtype="float64")
    assert "7 bands of float64" in error_of(read_image, tiff(many), "a.tif")
    data = tiff(np.zeros((1, 1)) + 0.5)
    for end in range(8, len(data), 5):
        error_of(read_image, data[:end], "a.tif")


def test_a_tiff_of_forged_size_is_not_decoded():
    data = tiff(np.zeros((4, 4)), compress="deflate")
    for tag in (256, 257):  # width and height: one short each
        at = data.index(struct.pack("<HHI", tag, 3, 1))
        data = data[: at + 8] + struct.pack("<H", 19_000) + data[at + 10 :]
    assert "refused; cut it up" in error_of(read_image, data, "a.tif")


def test_a_tiff_without_the_extra(monkeypatch):
    data = tiff(ROAD)
    monkeypatch.setitem(sys.modules, "rasterio", None)
    assert error_of(read_image, data, "a.tif") == "a.tif: needs pip install 'roadmetrics[geo]'"


def test_a_page_that_unpacks_to_much_is_not_unpacked():
    """The size in a page's own header counts, whatever the file's metadata say."""
    pa = pytest.importorskip("pyarrow", reason="needs the extra geo")
    pq = pytest.importorskip("pyarrow.parquet")
    geo = {"primary_column": "g", "columns": {"g": {"encoding": "WKB", "crs": UTM}}}
    table = pa.table({"g": pa.array([bytes(200 << 20)], pa.binary())})
    stream = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), stream,
                   compression="zstd", use_dictionary=False)  # fmt: skip
    data = stream.getvalue()
    assert len(data) < 100_000
    assert "geometries of 200 MiB, above 128 MiB" in error_of(read_geoparquet, data, "a.parquet")


@pytest.mark.parametrize(
    "options",
    [{"compression": "gzip"}, {"data_page_version": "2.0"}, {"write_page_checksum": True},
     {"use_dictionary": False}, {"row_group_size": 1}, {"data_page_size": 64}],
    ids=str,
)  # fmt: skip
def test_pages_as_parquet_writes_them(options):
    pa = pytest.importorskip("pyarrow", reason="needs the extra geo")
    pq = pytest.importorskip("pyarrow.parquet")
    geo = {"primary_column": "g", "columns": {"g": {"encoding": "WKB", "crs": UTM}}}
    stream = io.BytesIO()
    table = pa.table({"n": [1] * 40, "g": pa.array(WKB * 20, pa.binary())})
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), stream, **options)
    assert read_geoparquet(stream.getvalue(), "a.parquet").length == 11
    column = pq.ParquetFile(stream).metadata.row_group(0).column(1)
    first = column.dictionary_page_offset or column.data_page_offset
    size = unpacked_size(stream.getvalue(), first, column.total_compressed_size)
    assert 0 < size < column.total_uncompressed_size  # which counts the headers, too


def test_page_headers_that_do_not_parse():
    for data in (b"", b"\x00", b"\x15", b"\x25\x00\x15" + b"\xff" * 11, b"\x1c" * 50, b"\x19\x00"):
        with pytest.raises(ValueError, match=r"page|number|field"):
            unpacked_size(data or b"\x15", 0, 100)
