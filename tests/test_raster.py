"""Lines of pixels: those of Pillow, without its canvas."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

import roadmetrics as rm
from roadmetrics.raster import road_pixels


def pillow_pixels(graph, size):
    image = Image.new("1", (size, size))
    pen = ImageDraw.Draw(image)
    for line in np.round(graph.vertices[graph.edges]).astype(int).reshape(-1, 4).tolist():
        pen.line(line, fill=1, width=1)
    rows, columns = np.nonzero(np.asarray(image.convert("L")) > 0)
    return {(int(x), int(y)) for x, y in zip(columns, rows, strict=True)}


@pytest.mark.parametrize("seed", range(20))
def test_lines_are_pillows(seed):
    rng = np.random.default_rng(seed)
    size = (12, 60, 300)[seed % 3]
    vertices = rng.uniform(0, size - 1, (40, 2))
    graph = rm.RoadGraph(vertices, rng.integers(0, 40, (40, 2)))
    found = road_pixels(graph)
    assert {tuple(p) for p in found.tolist()} == pillow_pixels(graph, size)
    assert len({tuple(p) for p in found.tolist()}) == len(found)


def test_every_direction_and_length():
    for x in range(-6, 7):
        for y in range(-6, 7):
            graph = rm.RoadGraph([(10, 10), (10 + x, 10 + y)], [(0, 1)])
            drawn = {tuple(p) for p in road_pixels(graph).tolist()}
            assert drawn == pillow_pixels(graph, 21), (x, y)


def test_no_edges_no_pixels():
    assert road_pixels(rm.RoadGraph([], [])).shape == (0, 2)


def test_a_wide_tile_is_no_trouble():
    graph = rm.RoadGraph([(0, 0), (3e6, 3e6)], [(0, 1)])
    assert len(road_pixels(graph)) == 3_000_001


def test_too_many_pixels_are_refused():
    with pytest.raises(rm.GraphError, match="check the unit"):
        road_pixels(rm.RoadGraph([(0, 0), (1e9, 0)], [(0, 1)]))
