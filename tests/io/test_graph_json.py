"""JSON graphs: units, crs, polylines, weights; the index of every error."""

import json

import numpy as np
import pytest

from roadmetrics import FormatError, RoadGraph
from roadmetrics.io.graph_json import read_graph_json, write_graph_json


def read(document, crs=None):
    return read_graph_json(json.dumps(document).encode(), "a.json", crs)


def town(**members):
    return {"nodes": [[0, 0], [3, 4]], "edges": [[0, 1]], **members}


@pytest.mark.parametrize(
    ("units", "expected"),
    [(None, "px"), ("px", "px"), ("pixels", "px"), ("m", "m"), ("metres", "m"), ("Meters", "m"),
     ("m (assumed)", "m")],
)  # fmt: skip
def test_units(units, expected):
    for key in ("unit", "units"):
        g = read(town() if units is None else town(**{key: units}))
        assert (g.unit, g.length) == (expected, 5.0)


def test_degrees_are_projected():
    g = read({"nodes": [[7, 43], [7, 43.01]], "edges": [[0, 1]], "units": "degrees"})
    assert (g.unit, g.crs) == ("m", "EPSG:32632")
    assert g.length == pytest.approx(1111, rel=2e-3)
    assert read(town(units="degrees", crs="EPSG:4326"), "EPSG:32631").crs == "EPSG:32631"
    assert len(read({"nodes": [], "edges": [], "units": "degrees"}).vertices) == 0


def test_crs_of_metres():
    assert read(town(unit="m", crs="EPSG:2100 (assumed from coordinates)")).crs == "EPSG:2100"
    assert read(town(unit="m")).crs is None
    moved = read({"vertices": [[5e5, 4e6], [5e5, 4001000]], "edges": [[0, 1]], "unit": "m",
                  "crs": "EPSG:32611"}, "EPSG:32612")  # fmt: skip
    assert moved.crs == "EPSG:32612"
    assert moved.vertices[0, 0] < 0  # a zone to the west


def test_self_loops_and_repeats_are_dropped():
    g = read(town(edges=[[0, 0], [0, 1], [1, 0], [0, 1]], weights=[9, 7, 5, 6]))
    assert g.edges.tolist() == [[0, 1]]
    assert g.weights.tolist() == [5]


def test_polylines_become_chains_and_lengths_are_shared_out():
    g = read(
        {
            "nodes": [[0, 0], [4, 0]],
            "edges": [[0, 1], [1, 0]],
            "polylines": [[[0, 0], [1, 0], [4, 0]], [[4, 0], [4, 2], [0, 2], [0, 0]]],
            "lengths": [8, 16],
        }
    )
    assert g.vertices.tolist() == [[0, 0], [4, 0], [1, 0], [4, 2], [0, 2]]
    assert g.is_node.tolist() == [True, True, False, False, False]
    assert g.edges.tolist() == [[0, 2], [1, 2], [1, 3], [3, 4], [0, 4]]
    assert g.weights.tolist() == [2, 6, 4, 8, 4]


def test_a_polyline_may_run_backwards_and_be_rounded():
    line = [[3, 4], [9, 9], [0, 0.0004]]
    g = read(town(polylines=[line]))
    assert g.vertices.tolist() == [[0, 0], [3, 4], [9, 9]]
    assert g.edges.tolist() == [[0, 2], [1, 2]]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "a.json: expected an object, not a list of 0"),
        ({"edges": []}, "a.json: no 'vertices' or 'nodes'"),
        ({"nodes": []}, "a.json: no 'edges'"),
        (town(vertices=[]), "a.json: both 'vertices' and 'nodes' are given"),
        (town(weights=[1], lengths=[1]), "a.json: both 'weights' and 'lengths' are given"),
        (town(nodes=5), "a.json: vertex: expected an array, not 5"),
        (town(nodes=[[0, 0], [1]]), "a.json: vertex 1: a position is [x, y], not a list of 1"),
        (town(nodes=[[0, 0], ["0", 1]]), "a.json: vertex 1: expected a number, not '0'"),
        (town(nodes=[[0, 0], [1e300, 1]]), "a.json: vertex 1: 1e+300: numbers must be finite"),
        (town(nodes=[[0, 0], [10**400, 1]]), "a.json: vertex 1: 1000000"),
        (town(edges=[[0, 1], [0, 2]]), "a.json: edge 1 refers to vertex 2 but the file has 2"),
        (town(edges=[[0, -1]]), "a.json: edge 0 refers to vertex -1 but the file has 2"),
        (town(edges=[[0, 1.0]]), "a.json: edge 0: an index is an integer, not 1.0"),
        (town(edges=[[0, True]]), "a.json: edge 0: an index is an integer, not true"),
        (town(edges=[[0, None]]), "a.json: edge 0: an index is an integer, not null"),
        (town(metres_per_pixel=1e-200), "a.json: metres_per_pixel must lie from 1e-06 to 1e+06"),
        (town(edges=[[0]]), "a.json: edge 0: expected two integers, not a list of 1"),
        (town(unit="feet"), "a.json: unit 'feet' is not px, m or degrees"),
        (town(unit=3), "a.json: unit 3 is not px, m or degrees"),
        (town(unit="m", crs="UTM 11"), "a.json: crs 'UTM 11' is not understood"),
        (town(unit="m", crs=["EPSG:1"]), "a.json: crs a list of 1 is not understood"),
        (town(weights=[]), "a.json: 0 weights for 1 edges"),
        (town(weights=[-1]), "a.json: weights must be finite and not negative"),
        (town(is_node=[1, 0]), "a.json: is_node must be 2 booleans"),
        (town(extent=[0, 1]), "a.json: extent must be"),
        (town(extent=[5, 5, 0, 0]), "a.json: "),
        (town(metres_per_pixel=0), "a.json: metres_per_pixel"),
        (town(polylines=[]), "a.json: 0 polylines for 1 edges"),
        (town(polylines=[[[0, 0], [9, 9]]]), "a.json: polyline 0 does not run from vertex 0 to"),
        (town(polylines=[[[0, 0], [1, None], [3, 4]]]), "a.json: polyline 0, point 1: expected a"),
    ],
)
def test_errors(document, message):
    with pytest.raises(FormatError) as error:
        read(document)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_json_has_no_nan(text):
    with pytest.raises(FormatError, match=f"^a.json:2: {text} is no JSON number"):
        read_graph_json(f'{{"a": "NaN",\n"nodes": [[{text}, 0]], "edges": []}}'.encode(), "a.json")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": {"b": 1},\n"b": {"c\\"": 1,\n"c\\"": 2}}', "a.json:3: key 'c\"' is given twice"),
        ('{"a": 1,\n"\\u0061": 2}', "a.json:2: key 'a' is given twice"),
        ('[{"a": 1}, {"a": "}"},\n{"x": {}, "x" : 1}]', "a.json:2: key 'x' is given twice"),
        (f'{{"a": 0.{"1" * 5000},\n"b":\n-{"9" * 5000}}}', "a.json:3: an integer of 5000 digits"),
    ],
)
def test_what_python_gives_no_place_of_has_one(text, message):
    with pytest.raises(FormatError) as error:
        read_graph_json(text.encode(), "a.json")
    assert str(error.value).startswith(message)


def test_round_trip_of_everything():
    g = RoadGraph([(0.1, 1 / 3), (3, 4), (5, 6)], [(0, 1), (2, 1)], "m", crs="EPSG:32611",
                  metres_per_pixel=0.3, extent=(0, 0, 9, 9), is_node=[True, False, True],
                  weights=[1.5, 0.1])  # fmt: skip
    back = read_graph_json(write_graph_json(g), "a.json")
    assert back.digest == g.digest
    assert back.crs == g.crs
    assert np.array_equal(back.vertices, g.vertices)
    assert read_graph_json(write_graph_json(RoadGraph([], [])), "a.json").unit == "px"
