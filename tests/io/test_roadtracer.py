"""RoadTracer .graph: what is read, and the line of every error."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadmetrics import FormatError, RoadGraph
from roadmetrics.io.roadtracer import read_roadtracer, write_roadtracer


def read(text):
    return read_roadtracer(text.encode(), "boston.graph")


def test_both_directions_are_one_edge():
    g = read("0 0\n3 4\n\n0 1\n1 0\n")
    assert g.edges.tolist() == [[0, 1]]
    assert g.unit == "px"
    assert g.length == 5.0


@pytest.mark.parametrize(
    "text",
    ["0 0\r\n-3.5 4e0\r\n\r\n0 1\r\n", "0 0\n-3.5 4\n\n0 1", "0\t0\n -3.5  4 \n \n0 1\n\n\n"],
    ids=["crlf", "no newline at the end", "spaces and blank lines at the end"],
)
def test_line_ends_and_spaces(text):
    g = read(text)
    assert g.vertices.tolist() == [[0, 0], [-3.5, 4]]
    assert len(g.edges) == 1


def test_self_loops_and_repeats_are_dropped():
    assert len(read("0 0\n1 0\n\n0 0\n0 1\n0 1\n1 0\n").edges) == 1


def test_empty_graph_and_vertices_only():
    assert len(read("\n").vertices) == 0
    assert len(read("1 2\n\n").vertices) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0 0\n1 1\n\n0 1\n1 2\n", "boston.graph:5: edge refers to vertex 2 but the file has 2"),
        ("0 0\n\n0 -1\n", "boston.graph:3: edge refers to vertex -1 but the file has 1"),
        ("0 0\n\n0 99999999999999999999\n", "boston.graph:3: edge refers to vertex 9999999999"),
        ("0 0\n1 1\n", "boston.graph:2: no blank line between vertices and edges"),
        ("0 0\n1 nan\n\n", "boston.graph:2: coordinates must be finite and below 1e12"),
        ("inf 0\n\n", "boston.graph:1: coordinates must be finite and below 1e12"),
        ("1e999 0\n\n", "boston.graph:1: coordinates must be finite and below 1e12"),
        ("0 0 0\n\n", "boston.graph:1: a vertex is 'x y', not '0 0 0'"),
        ("0\n\n", "boston.graph:1: a vertex is 'x y', not '0'"),
        ("a b\n\n", "boston.graph:1: a vertex is 'x y', not 'a b'"),
        ("1_0 0\n\n", "boston.graph:1: a vertex is 'x y', not '1_0 0'"),
        ("0 0\n\n0 0.0\n", "boston.graph:3: an edge is 'a b' (indices), not '0 0.0'"),
        ("0 0\n\n0 1_0\n", "boston.graph:3: an edge is 'a b' (indices), not '0 1_0'"),
        ("0 0\n1 1\n\n0 1\n\n0 1\n", "boston.graph:5: an edge is 'a b' (indices), not ''"),
        ("0 0\n\n0 " + "9" * 5000 + "\n", "boston.graph:3: an edge is 'a b' (indices), not '0 99"),
    ],
)
def test_errors_name_the_line(text, message):
    with pytest.raises(FormatError) as error:
        read(text)
    assert str(error.value).startswith(message)
    assert len(str(error.value)) < 200


def test_not_text():
    with pytest.raises(FormatError, match=r"^boston.graph:1: byte 0 is not UTF-8"):
        read_roadtracer(b"\xff\xfe\n\n", "boston.graph")


def test_a_byte_order_mark_is_no_coordinate():
    text = "\ufeff0 0\n3 4\n\n0 1\n"
    assert read_roadtracer(text.encode(), "boston.graph").length == 5
    for data, line in ((text.encode("utf-16"), 1), (b"0 0\n1 \xff\n\n0 0\n", 2)):
        with pytest.raises(FormatError, match=f"^boston.graph:{line}: byte . is not UTF-8$"):
            read_roadtracer(data, "boston.graph")


numbers = st.floats(-1e9, 1e9, allow_nan=False)


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=9), st.data())
def test_round_trip_is_exact(points, data):
    ids = st.integers(0, len(points) - 1)
    edges = data.draw(st.lists(st.tuples(ids, ids), max_size=9))
    g = RoadGraph(points, edges)
    back = read_roadtracer(write_roadtracer(g), "a.graph")
    assert np.array_equal(back.vertices, g.vertices)
    assert np.array_equal(back.edges, g.edges)
