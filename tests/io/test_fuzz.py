"""Damaged bytes: every reader either reads or raises one line; tests/fuzz has the mutations."""

import io
import json
import pickle
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from roadmetrics import Mask, RoadGraph, RoadMetricsError
from roadmetrics.io.adjacency import read_adjacency
from roadmetrics.io.geojson import read_geojson
from roadmetrics.io.graph_json import read_graph_json, write_graph_json
from roadmetrics.io.image import read_image, write_png
from roadmetrics.io.npy import read_npy, write_npy
from roadmetrics.io.npz import read_npz, write_npz
from roadmetrics.io.roadtracer import read_roadtracer, write_roadtracer

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
MASK = Mask(np.random.default_rng(0).random((9, 13)) > 0.6)
ADJACENCY = {(0, 5): [(0, 9)], (0, 9): [(0, 5), (700, 2.5)]}
NUMPY_ADJACENCY = {(np.int64(3), np.float32(5)): [(np.int16(0), 9)]}
GEOJSON = {
    "type": "FeatureCollection",
    "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}},
    "features": [
        {
            "type": "Feature",
            "properties": {"road_id": 1},
            "geometry": {"type": "LineString", "coordinates": [[7.1, 43.5], [7.2, 43.6, 9.0]]},
        },
        {
            "type": "Feature",
            "properties": None,
            "geometry": {"type": "MultiLineString", "coordinates": [[[7.1, 43.5], [7.0, 43.0]]]},
        },
    ],
}


def _tiff(compression):
    stream = io.BytesIO()
    Image.fromarray(MASK.array.astype(np.uint8) * 255).save(
        stream, format="TIFF", compression=compression
    )
    return stream.getvalue()


def _jpeg():
    stream = io.BytesIO()
    Image.fromarray(MASK.array.astype(np.uint8) * 255).save(stream, format="JPEG")
    return stream.getvalue()


SAMPLES = {
    "graph": (read_roadtracer, write_roadtracer(GRAPH)),
    "geojson": (read_geojson, json.dumps(GEOJSON).encode()),
    "json": (read_graph_json, write_graph_json(GRAPH)),
    "npz": (read_npz, write_npz(GRAPH)),
    "npy": (read_npy, write_npy(MASK)),
    "npy-float": (
        read_npy,
        (lambda s: (np.save(s, np.eye(4) * 0.7), s.getvalue())[1])(io.BytesIO()),
    ),
    "png": (read_image, write_png(MASK)),
    "tiff": (read_image, _tiff(None)),
    "tiff-deflate": (read_image, _tiff("tiff_deflate")),
    "jpeg": (read_image, _jpeg()),
    **{f"pickle-{p}": (read_adjacency, pickle.dumps(ADJACENCY, p)) for p in range(6)},
    **{f"numpy-pickle-{p}": (read_adjacency, pickle.dumps(NUMPY_ADJACENCY, p)) for p in range(6)},
}


def outcome(reader, data):
    """What the reader gave; an error must be one line that begins with the file's name."""
    try:
        return reader(data, "tile.x")
    except RoadMetricsError as error:
        text = str(error)
        assert text.startswith("tile.x")
        assert text.isprintable()
        assert len(text) < 500
        return error


@pytest.mark.parametrize("kind", SAMPLES)
def test_sample_reads(kind):
    reader, data = SAMPLES[kind]
    assert isinstance(outcome(reader, data), (RoadGraph, Mask))


@pytest.mark.parametrize("kind", SAMPLES)
def test_truncated_at_every_byte(kind):
    reader, data = SAMPLES[kind]
    for end in range(len(data)):
        outcome(reader, data[:end])


@pytest.mark.parametrize("kind", [k for k in SAMPLES if "pickle" in k])
def test_a_pickle_cut_short_is_an_error_at_every_byte(kind):
    reader, data = SAMPLES[kind]
    for end in range(len(data)):
        assert isinstance(outcome(reader, data[:end]), RoadMetricsError)


READERS = {r.__name__: r for r, _ in SAMPLES.values()}


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
@settings(max_examples=100, deadline=None)
@given(data=st.binary(min_size=1, max_size=60))
def test_any_bytes(reader, data):
    outcome(reader, data)


@settings(max_examples=300, deadline=None)
@given(body=st.lists(st.sampled_from(sorted(b"(.0123456789\nIFVSpgtldsaue)]}\x80\x85\x86\x87KMNRbc")),
                     max_size=40))  # fmt: skip
def test_any_opcodes(body):
    outcome(read_adjacency, bytes(body))


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "features", "nodes", "edges", "unit", "geometry", "crs",
                             "coordinates", "polylines", "weights", "is_node", "extent"]),
            inner | st.sampled_from(["FeatureCollection", "Feature", "LineString", "degrees"]),
            max_size=5,
        ),
        max_leaves=20,
    )
)  # fmt: skip
def test_any_json(document):
    data = json.dumps(document).encode()
    outcome(read_geojson, data)
    outcome(read_graph_json, data)


def test_recompressed_png_with_forged_size():
    data = bytearray(write_png(MASK))
    data[16:24] = (14_000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    assert "refused" in str(outcome(read_image, bytes(data)))
