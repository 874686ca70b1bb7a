"""``[nodes, edges]``: pixels laid on the sea come back as pixels, degrees go to metres."""

from __future__ import annotations

import json
import math

import pytest

from roadmetrics.errors import FormatError
from roadmetrics.load import read

COS = math.cos(math.radians(41.0))


def at_sea(row: float, column: float) -> list[float]:
    return [41.0 - row / 111111.0, -71.0 + column / 111111.0 / COS]


def written(path, document):
    path.write_text(json.dumps(document))
    return path


def test_pixels_come_back_as_whole_numbers(tmp_path):
    nodes = [at_sea(0, 5), at_sea(2047, 2047), at_sea(31, 5)]
    graph = read(written(tmp_path / "a.json", [nodes, [[0, 2], [2, 0], [0, 1]]]))
    assert graph.unit == "px"
    assert graph.vertices.tolist() == [[5, 0], [2047, 2047], [5, 31]]
    assert len(graph.edges) == 2


def test_real_degrees_go_to_metres(tmp_path):
    graph = read(written(tmp_path / "a.json", [[[47.0, 8.0], [47.01, 8.0]], [[0, 1]]]))
    assert graph.unit == "m"
    assert graph.crs == "EPSG:32632"
    assert graph.length == pytest.approx(1112, abs=1)


def test_an_empty_list_is_an_empty_tile_of_pixels(tmp_path):
    assert read(written(tmp_path / "a.json", [[], []])).unit == "px"


@pytest.mark.parametrize(
    ("document", "rule"),
    [
        ([], "a list of 0"),
        ([[], [], []], "a list of 3"),
        ([[[0, 0], [400, 80]], [[0, 1]]], "span more than 2 degrees"),
        ([[[95, 0], [95.1, 0]], [[0, 1]]], "no longitude and latitude"),
        ([[[1, 1]], [[0, 1]]], "edge 0 refers to vertex 1"),
        ([[[1]], []], "node 0"),
        ([[["a", 1]], []], "node 0"),
        ([{}, []], "expected an array"),
    ],
)
def test_what_is_no_such_list_is_refused(tmp_path, document, rule):
    with pytest.raises(FormatError, match=rule):
        read(written(tmp_path / "a.json", document))
