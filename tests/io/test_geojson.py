"""GeoJSON: lines projected to metres; the feature of every error."""

import json

import numpy as np
import pytest

from roadmetrics import FormatError, RoadGraph
from roadmetrics.io.geojson import read_geojson, write_geojson


def feature(coordinates, kind="LineString"):
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}}


def collection(*features, **members):
    return json.dumps({"type": "FeatureCollection", "features": features, **members})


def read(text, crs=None):
    return read_geojson(text.encode(), "a.geojson", crs)


def named(name):
    return {"type": "name", "properties": {"name": name}}


def test_projected_to_the_zone_of_the_centre():
    g = read(collection(feature([[-115.2, 36.18], [-115.2, 36.19]])))
    assert (g.unit, g.crs) == ("m", "EPSG:32611")
    # a hundredth of a degree of latitude at 36 N is 1109.7 m; UTM shrinks it by 0.03 % at most
    assert g.length == pytest.approx(1109.7, rel=5e-4)
    assert read(collection(feature([[-115.2, -36.18], [-115.2, -36.19]]))).crs == "EPSG:32711"
    assert read(collection(feature([[179.9, 1], [180, 1]]))).crs == "EPSG:32660"


def test_a_given_crs_wins():
    text = collection(feature([[-114.01, 36], [-114.02, 36]]))
    assert read(text).crs == "EPSG:32611"
    g = read(text, "EPSG:32612")
    assert g.crs == "EPSG:32612"
    assert abs(g.vertices[0, 0] - read(text).vertices[0, 0]) > 1e5


def test_lines_join_where_coordinates_are_equal_and_height_is_dropped():
    g = read(
        collection(
            feature([[7, 43, 5], [7.1, 43, 6]]),
            feature([[[7.1, 43], [7.1, 43.1]], [[7.1, 43.1], [7, 43]]], "MultiLineString"),
        )
    )
    assert len(g.vertices) == 3
    assert g.edges.tolist() == [[0, 1], [1, 2], [0, 2]]


def test_empty():
    assert read(collection()).crs is None
    assert read(collection(), "EPSG:32611").crs == "EPSG:32611"
    empty = read(collection(feature([]), {"type": "Feature", "geometry": None}), "EPSG:32611")
    assert (len(empty.vertices), empty.unit) == (0, "m")


def test_metres_with_a_crs_member():
    text = collection(
        feature([[5e5, 4e6], [5e5, 4.001e6]]), crs=named("urn:ogc:def:crs:EPSG::32611")
    )
    assert read(text).crs == "EPSG:32611"
    assert read(text).length == 1000
    assert read(text, "EPSG:32612").length == pytest.approx(1000, rel=0.02)
    lonlat = collection(feature([[7, 43], [7.1, 43]]), crs=named("EPSG:4326"))
    assert read(lonlat).crs == "EPSG:32632"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a.geojson:1: not JSON"),
        ('{"type": "FeatureCollection",\n"features": [', "a.geojson:2: not JSON"),
        ("[]", "a.geojson: expected a FeatureCollection, not a list of 0"),
        ('{"type": "Topology"}', "a.geojson: expected a FeatureCollection, not 'Topology'"),
        ('{"type": "FeatureCollection"}', "a.geojson: features: expected an array, not null"),
        ('{"type": "a", "type": "b"}', "a.geojson:1: key 'type' is given twice"),
        (collection(5), "a.geojson: feature 0: expected a Feature, not 5"),
        (collection({"type": "Feature"}), "a.geojson: feature 0: no geometry"),
        (collection(feature([0, 0], "Point")), "a.geojson: feature 0: only LineString"),
        (collection(feature([]), feature([[0, 0]])), "a.geojson: feature 1: a line has two"),
        (collection(feature([[0, 0], [1]])), "a.geojson: feature 0, position 1: a position is"),
        (collection(feature([[0, 0], ["1", 2]])), "a.geojson: feature 0, position 1: expected a"),
        (collection(feature([[0, 0], [True, 2]])), "a.geojson: feature 0, position 1: expected a"),
        (collection(feature([[0, 0], [None, 2]])), "a.geojson: feature 0, position 1: expected a"),
        (collection(feature({"a": 1})), "a.geojson: feature 0: coordinates: expected an array"),
        (
            collection(feature([[1, 2], [3, 4]], "MultiLineString")),
            "a.geojson: feature 0, position",
        ),
        (collection(feature([[0, 91], [0, 0]])), "a.geojson: [0.0, 91.0] is no longitude and"),
        (collection(feature([[181, 0], [180, 0]])), "a.geojson: [181.0, 0.0] is no longitude and"),
        (collection(feature([[-170, 0], [170, 0]])), "a.geojson: longitudes -170 to 170"),
        (collection(feature([[0, 88], [1, 88]])), "a.geojson: longitudes 0 to 1, latitudes 88"),
        (collection(crs=named("EPSG:999999")), "a.geojson: EPSG:999999 is not a known crs"),
        (collection(crs=named("EPSG:2263")), "a.geojson: EPSG:2263 counts in US survey foot"),
        (collection(crs=named("+proj=utm +zone=11")), "a.geojson: crs '+proj=utm +zone=11' is not"),
        (collection(crs=named("/etc/passwd")), "a.geojson: crs '/etc/passwd' is not understood"),
        (collection(crs=5), "a.geojson: crs has no properties.name"),
        ('{"a": NaN}', "a.geojson:1: NaN is no JSON number"),
        ('{"a": -Infinity}', "a.geojson:1: -Infinity is no JSON number"),
        ("[" * 200_000, "a.geojson: brackets are nested too deeply"),
        ('{"a":' * 200_000, "a.geojson: brackets are nested too deeply"),
        ("9" * 5000, "a.geojson:1: an integer of 5000 digits"),
    ],
)
def test_errors(text, message):
    with pytest.raises(FormatError) as error:
        read(text)
    assert str(error.value).startswith(message)


def test_1e999_names_the_feature():
    text = collection(feature([[0, 0], [1, 1]])).replace("[1, 1]", "[1e999, 1]")
    with pytest.raises(FormatError, match=r"^a.geojson: feature 0, position 1: inf: numbers must"):
        read(text)


def test_not_utf_8_names_the_line():
    with pytest.raises(FormatError, match=r"^a.geojson:2: byte 2 is not UTF-8"):
        read_geojson(b"{\n\xff}", "a.geojson")


def test_byte_order_mark():
    assert len(read_geojson(b"\xef\xbb\xbf" + collection().encode(), "a.geojson").edges) == 0


def test_web_mercator_goes_to_the_ground():
    """A kilometre east at 60 degrees north is two kilometres there."""
    x, y = 1113194.9079, 8399737.8898  # 10 E, 60 N
    line = {"type": "LineString", "coordinates": [[x, y], [x + 2000, y]]}
    document = {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "EPSG:3857"}},
        "features": [{"type": "Feature", "properties": {}, "geometry": line}],
    }
    data = json.dumps(document).encode()
    graph = read_geojson(data, "a.geojson")
    assert graph.crs == "EPSG:32632"
    assert graph.length == pytest.approx(1000, rel=5e-3)
    kept = read_geojson(data, "a.geojson", "EPSG:3857")
    assert (kept.crs, kept.length) == ("EPSG:3857", pytest.approx(2000))


def test_degrees_are_no_target():
    with pytest.raises(FormatError, match="in degrees: give one in metres"):
        read(collection(feature([[7, 43], [7.1, 43]])), "EPSG:4326")


def test_round_trip():
    g = RoadGraph([(5e5, 4e6), (500100.25, 4e6), (5e5, 4000100)], [(0, 1), (0, 2)], "m",
                  crs="EPSG:32611")  # fmt: skip
    back = read_geojson(write_geojson(g, "a.geojson"), "a.geojson", "EPSG:32611")
    assert np.abs(back.vertices - g.vertices).max() < 1e-6
    assert back.edges.tolist() == g.edges.tolist()
    assert back.crs == g.crs


@pytest.mark.parametrize("graph", [RoadGraph([], []), RoadGraph([], [], "m")])
def test_writing_needs_a_crs(graph):
    with pytest.raises(FormatError, match=r"^a.geojson: .* need a graph in metres with a crs"):
        write_geojson(graph, "a.geojson")
