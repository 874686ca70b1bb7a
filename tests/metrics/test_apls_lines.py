"""CosmiQ's polylines are measured with the arithmetic of GEOS, to the last bit."""

import numpy as np
import pytest
import shapely

import roadmetrics as rm
from roadmetrics.metrics.apls.cosmiq_lines import interpolate, length_of, project


@pytest.mark.parametrize("seed", range(20))
def test_measures_of_geos(seed):
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 100, (rng.integers(2, 12), 2)).round(rng.integers(0, 4))
    if seed % 3 == 0:
        xy[-1] = xy[0]  # closed
    line = shapely.LineString(xy)
    assert length_of(xy, 0, len(xy)) == line.length
    points = [*rng.uniform(-10, 110, (50, 2)), *xy, *(xy[:-1] + xy[1:]) / 2]
    for x, y in points:
        assert project(xy, 0, len(xy), x, y) == line.project(shapely.Point(x, y))
    for at in [0.0, line.length, *rng.uniform(-5, line.length + 5, 50)]:
        if at >= 0:  # the original asks for no place before the start
            place = line.interpolate(at)
            assert interpolate(xy, 0, len(xy), at) == (place.x, place.y)


def test_nothing_to_snap_to():
    road = rm.RoadGraph([(0, 0), (200, 0)], [(0, 1)], "m")
    far = rm.RoadGraph([(0, 500), (200, 500)], [(0, 1)], "m")
    lone = rm.RoadGraph([(9, 9)], np.zeros((0, 2)), "m")
    metric = rm.get("apls:cosmiq")
    assert metric(road, far).value == 0
    assert metric(road, lone).value == 0
    assert metric(lone, road).value == 0


def test_lone_cycle_keeps_its_vertices():
    corners = [(0, 0), (40, 0), (40, 40), (0, 40)]
    square = rm.RoadGraph(corners, [(0, 1), (1, 2), (2, 3), (3, 0)], "m")
    counts = rm.get("apls:cosmiq").count(square, square)
    assert counts.n_nodes_gt == 4
    assert rm.get("apls:cosmiq")(square, square).value == pytest.approx(1)
