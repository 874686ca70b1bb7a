"""Small valid files of every format, made here by our own writers and a few lines of code."""

from __future__ import annotations

import io
import json
import pickle
import sqlite3
import struct
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from roadmetrics import Mask, RoadGraph
from roadmetrics.io.geojson import write_geojson
from roadmetrics.io.graph_json import write_graph_json
from roadmetrics.io.image import write_png
from roadmetrics.io.npy import write_npy
from roadmetrics.io.npz import write_npz
from roadmetrics.io.roadtracer import write_roadtracer
from roadmetrics.io.spacenet_csv import write_spacenet_csv

GRAPH = RoadGraph(
    [(0, 0), (10, 5), (20, 5), (7.25, -3)],
    [(0, 1), (1, 2), (1, 3)],
    "m",
    crs="EPSG:32611",
    metres_per_pixel=0.5,
    extent=(0, 0, 30, 30),
    is_node=[True, False, True, True],
    weights=[1, 2, 3.5],
)
PLAIN = RoadGraph(GRAPH.vertices, GRAPH.edges)
GROUND = RoadGraph([(664000, 4000000), (664100, 4000050)], [(0, 1)], "m", crs="EPSG:32611")
MASK = Mask(np.random.default_rng(0).random((9, 13)) > 0.6)
GREY = np.random.default_rng(1).integers(0, 256, (9, 13), dtype=np.uint8)
ADJACENCY = {(0, 5): [(0, 9)], (0, 9): [(0, 5), (700, 2.5)]}
NUMPY_ADJACENCY = {(np.int64(3), np.float32(5)): [(np.int16(0), 9)]}
LINES = {
    "type": "FeatureCollection",
    "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}},
    "features": [
        {"type": "Feature", "properties": {"road_id": 1},
         "geometry": {"type": "LineString", "coordinates": [[7.1, 43.5], [7.2, 43.6, 9.0]]}},
        {"type": "Feature", "properties": None,
         "geometry": {"type": "MultiLineString", "coordinates": [[[7.1, 43.5], [7.0, 43.0]]]}},
        {"type": "Feature", "properties": {}, "geometry": None},
    ],
}  # fmt: skip
POLYLINES = {
    "nodes": [[0, 0], [3, 4]], "edges": [[0, 1]], "units": "pixels", "lengths": [6.5],
    "polylines": [[[0, 0], [1, 2], [3, 4]]],
}  # fmt: skip
WKT = b"""ImageId,WKT_Pix,length_m
AOI_2_Vegas_img0,"LINESTRING (0 0, 3.5 4)",1
AOI_2_Vegas_img0,"MULTILINESTRING ((0 0, 1 1), (5 5, 6 7))",2
AOI_2_Vegas_img0,"LINESTRING Z (0 0 1, 5 5 2)",2
AOI_2_Vegas_img1,LINESTRING EMPTY,0
AOI_2_Vegas_img2,"POLYGON ((0 0, 1 1, 1 0, 0 0))",0
"""


def _image(array: np.ndarray, **options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, **options)
    return stream.getvalue()


def _saved(array: np.ndarray, **options: object) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def _stored(**arrays: object) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def _pngs() -> list[bytes]:
    rgb = np.stack([MASK.array.astype(np.uint8) * 200] * 3, axis=2)
    two = rgb.copy()
    two[..., 0] = 9
    alpha = np.dstack([rgb, GREY])
    palette = Image.fromarray(GREY).quantize(4)
    stream = io.BytesIO()
    palette.save(stream, format="PNG", transparency=1)
    arrays = [rgb, two, alpha, GREY, GREY.astype(np.uint16) * 257, MASK.array]
    return [write_png(MASK), stream.getvalue(), *(_image(a, format="PNG") for a in arrays)]


def _tiffs() -> list[bytes]:
    byte = MASK.array.astype(np.uint8) * 255
    packings = [None, "tiff_deflate", "tiff_lzw", "packbits", "tiff_adobe_deflate"]
    deep = [GREY.astype(np.float32) / 255, GREY.astype(np.uint16) * 257, MASK.array, byte]
    stream = io.BytesIO()
    pages = [Image.fromarray(byte), Image.fromarray(GREY)]
    pages[0].save(stream, format="TIFF", save_all=True, append_images=pages[1:])
    return [
        *(_image(byte, format="TIFF", compression=packing) for packing in packings),
        *(_image(array, format="TIFF") for array in deep),
        _image(np.stack([byte] * 3, axis=2), format="TIFF"),
        stream.getvalue(),
    ]


def geotiffs() -> list[bytes]:
    """TIFFs that say where their pixels lie: by scale and tie point, and by a matrix."""
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

    result = []
    keys = [(1, 1, 0, 2, 1024, 0, 1, 1, 3072, 0, 1, 32611),
            (1, 1, 0, 3, 1024, 0, 1, 2, 1025, 0, 1, 2, 2048, 0, 1, 4326)]  # fmt: skip
    for values, has_matrix in zip(keys, (False, True), strict=True):
        tags = ImageFileDirectory_v2()
        tags.tagtype.update({33550: 12, 33922: 12, 34264: 12, 34735: 3})
        if has_matrix:
            tags[34264] = (1e-5, 0.0, 0.0, 7.1, 0.0, -1e-5, 0.0, 43.5, *[0.0] * 7, 1.0)
        else:
            tags[33550], tags[33922] = (0.5, 0.5, 0.0), (0.0, 0.0, 0.0, 664000.0, 4e6, 0.0)
        tags[34735] = values
        stream = io.BytesIO()
        Image.fromarray(GREY).save(stream, format="TIFF", tiffinfo=tags)
        result.append(stream.getvalue())
    return result


def _pickles() -> list[bytes]:
    values = (ADJACENCY, NUMPY_ADJACENCY, {})
    every = [pickle.dumps(value, protocol) for value in values for protocol in range(6)]
    python2 = b"(dp0\n(I0\nI5\ntp1\n(lp2\n(I0\nI9\ntp3\nas."
    scalar = (
        b"(dp0\n(cnumpy.core.multiarray\nscalar\np1\n(cnumpy\ndtype\np2\n(S'f8'\nI0\nI1\ntRp3\n"
        b"(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbS'" + b"\\x00" * 8 + b"'\np4\ntRI5\nt(lp5\n(I0\nI9\ntas."
    )
    return [*every, python2, scalar]  # the last two by hand, as Python 2 wrote them


def _npys() -> list[bytes]:
    header = b"{'descr': '<f8', 'fortran_order': True, 'shape': (2L, 2L)}\n"
    old = b"\x93NUMPY\x02\x00" + struct.pack("<I", len(header)) + header + np.eye(2).tobytes()
    arrays = [np.eye(4) * 0.7, GREY, MASK.array[None], GREY.astype(">u2"), np.zeros((0, 3)),
              np.asfortranarray(GREY), np.float16([[0, 1]])]  # fmt: skip
    return [write_npy(MASK), old, *map(_saved, arrays)]


def _npzs() -> list[bytes]:
    v, e = GRAPH.vertices, GRAPH.edges
    degrees = _stored(nodes=[[7.1, 43.5], [7.2, 43.6]], edges=[[0, 1]], units=b"degrees")
    plain = write_npz(PLAIN, compressed=False)
    return [write_npz(GRAPH), write_npz(PLAIN), plain, _stored(vertices=v, edges=e), degrees]


GRAPHML = """<?xml version='1.0' encoding='utf-8'?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
  <key id="d5" for="edge" attr.name="geometry" attr.type="string"/>
  <key id="d4" for="edge" attr.name="length" attr.type="string"/>
  <key id="d2" for="node" attr.name="x" attr.type="string"/>
  <key id="d1" for="node" attr.name="y" attr.type="string"/>
  <key id="d0" for="graph" attr.name="crs" attr.type="string"/>
  <graph edgedefault="directed"><data key="d0">CRS</data>
    <node id="1"><data key="d1">43.7</data><data key="d2">7.4</data></node>
    <node id="2"><data key="d1">43.71</data><data key="d2">7.41</data></node>
    <edge source="1" target="2" id="0"><data key="d4">9.5</data>
      <data key="d5">LINESTRING (7.4 43.7, 7.4005 43.705, 7.41 43.71)</data></edge>
    <edge source="2" target="1" id="0"></edge>
  </graph>
</graphml>
"""
OSM = """<?xml version='1.0' encoding='UTF-8'?>
<osm version="0.6" generator="hand">
 <node id="1" version="1" lat="43.7" lon="7.4"/>
 <node id="2" version="1" lat="43.71" lon="7.41"><tag k="highway" v="stop"/></node>
 <node id="3" version="1" lat="43.72" lon="7.42"/>
 <way id="4" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>
 <way id="5" version="1"><nd ref="2"/><nd ref="3"/><nd ref="9"/><tag k="highway" v="primary"/></way>
 <way id="6" version="1"><nd ref="1"/><nd ref="3"/><tag k="highway" v="footway"/></way>
</osm>
"""


def _graphmls() -> list[bytes]:
    names = ("epsg:4326", "+proj=longlat +datum=WGS84 +no_defs", "EPSG:32632")
    return [GRAPHML.replace("CRS", crs).encode() for crs in names]


def _geopackages() -> list[bytes]:
    from roadmetrics.io.geopackage import write_geopackage

    whole = [write_geopackage(GROUND, "a.gpkg"), *_by_gdal("GPKG", ".gpkg")]
    return [*map(_small_pages, whole), whole[0]]


def _small_pages(data: bytes) -> bytes:
    """The same tables on pages of 512 bytes, so that damage seldom hits an empty one."""
    connection = sqlite3.connect(":memory:")
    connection.deserialize(data)
    drops = ("gpkg_extensions", "gpkg_ogr_contents", "gpkg_tile_matrix", "gpkg_tile_matrix_set")
    for (table,) in connection.execute(
        "SELECT name FROM sqlite_master WHERE type='table'"
    ).fetchall():
        if table in drops:
            connection.execute(f"DROP TABLE {table}")
    connection.execute("PRAGMA page_size=512")
    connection.execute("VACUUM")
    result = bytes(connection.serialize())
    connection.close()
    return result


def _by_gdal(driver: str, suffix: str) -> list[bytes]:
    """Two lines in lon/lat, a line with heights in metres; none without pyogrio."""
    try:
        import pyogrio.raw
        import shapely
    except ImportError:
        return []
    result = []
    with tempfile.TemporaryDirectory() as folder:
        for i, (text, crs) in enumerate(
            [("LINESTRING (7.4 43.7, 7.41 43.71, 7.42 43.7)", "EPSG:4326"),
             ("LINESTRING Z (500000 4e6 5, 500100 4000050 6)", "EPSG:32632"),
             ("MULTILINESTRING ((7.4 43.7, 7.41 43.71), (7.4 43.8, 7.5 43.8))", "EPSG:4326")]
        ):  # fmt: skip
            shape = shapely.from_wkt(text)
            path = Path(folder) / f"{i}{suffix}"
            pyogrio.raw.write(
                path, np.array([shapely.to_wkb(shape)] * 2, object), [np.array([1, 2])], ["n"],
                driver=driver, crs=crs, geometry_type=(shape.geom_type + " Z" * shape.has_z),
            )  # fmt: skip
            result.append(path.read_bytes())
    return result


def _parquets() -> list[bytes]:
    """GeoParquet by hand: packed in two ways; none without pyarrow."""
    try:
        import pyarrow
        import pyarrow.parquet
        import shapely
    except ImportError:
        return []
    lines = ["LINESTRING (7.4 43.7, 7.41 43.71)", "MULTILINESTRING ((7.4 43.7, 7.5 43.8))"]
    column = [*map(shapely.to_wkb, map(shapely.from_wkt, lines)), None]
    about = {"encoding": "WKB", "geometry_types": []}
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": about}}
    table = pyarrow.table({"geometry": column, "n": [1, 2, 3]})
    table = table.replace_schema_metadata({"geo": json.dumps(geo)})
    result = []
    for options in ({"compression": "none"}, {"compression": "zstd"}, {"use_dictionary": False}):
        stream = io.BytesIO()
        pyarrow.parquet.write_table(table, stream, **options)
        result.append(stream.getvalue())
    return result


def _pbfs() -> list[bytes]:
    """The XML above as PBF, by osmium; none without it."""
    try:
        import osmium
    except ImportError:
        return []
    result = []
    with tempfile.TemporaryDirectory() as folder:
        for options in ("", ",pbf_compression=none", ",pbf_dense_nodes=false"):
            path = Path(folder) / f"{len(result)}.osm.pbf"
            writer = osmium.SimpleWriter(osmium.io.File(str(path), f"pbf{options}"))
            for thing in osmium.FileProcessor(osmium.io.FileBuffer(OSM.encode(), "osm")):
                writer.add(thing)
            writer.close()
            result.append(path.read_bytes())
    return result


def _deep_tiffs() -> list[bytes]:
    """Types that Pillow cannot read; none without rasterio."""
    try:
        import rasterio
        from rasterio.io import MemoryFile
    except ImportError:
        return []
    result = []
    kinds = (("float64", 1, "none"), ("uint16", 3, "deflate"), ("float32", 1, "lerc"))
    for kind, count, packing in kinds:
        with warnings.catch_warnings(), MemoryFile() as memory:
            warnings.simplefilter("ignore")  # of affine, which rasterio uses
            with memory.open(
                driver="GTiff", width=13, height=9, count=count, dtype=kind, compress=packing,
                crs="EPSG:32611", transform=rasterio.transform.from_origin(0, 9, 1, 1),
            ) as image:  # fmt: skip
                for band in range(count):
                    image.write((GREY > 99).astype(kind), band + 1)
            result.append(bytes(memory.getbuffer()))
    return result


SEEDS: dict[str, Callable[[], list[bytes]]] = {
    ".graph": lambda: [write_roadtracer(GRAPH), b"0 0\r\n3 4\r\n\r\n0 1\r\n", b"\n"],
    ".p": _pickles,
    ".json": lambda: [
        write_graph_json(GRAPH), write_graph_json(PLAIN), json.dumps(POLYLINES).encode(),
        b'{"vertices": [[7.1, 43.5], [7.2, 43.6]], "edges": [[0, 1]], "unit": "degrees"}',
    ],
    ".geojson": lambda: [
        json.dumps(LINES).encode(), write_geojson(GROUND, "x"),
        json.dumps({**LINES, "features": []}).encode(),
    ],
    ".csv": lambda: [WKT, write_spacenet_csv({"a": PLAIN, "b": RoadGraph([], [])})],
    ".graphml": _graphmls, ".osm": lambda: [OSM.encode()], ".pbf": _pbfs, ".gpkg": _geopackages,
    ".shp": lambda: _by_gdal("ESRI Shapefile", ".shp"),
    ".fgb": lambda: _by_gdal("FlatGeobuf", ".fgb"),
    ".parquet": _parquets,
    ".npz": _npzs,
    ".npy": _npys,
    ".png": _pngs,
    ".tif": lambda: _tiffs() + _deep_tiffs(),
    ".jpg": lambda: [
        _image(GREY, format="JPEG"), _image(GREY, format="JPEG", progressive=True),
        _image(np.stack([GREY] * 3, axis=2), format="JPEG"),
    ],
}  # fmt: skip
SAME = {  # suffixes that one reader takes on the same bytes
    ".pickle": ".p", ".pkl": ".p", ".gpickle": ".p", ".tiff": ".tif", ".jpeg": ".jpg",
    ".geoparquet": ".parquet",
}  # fmt: skip
