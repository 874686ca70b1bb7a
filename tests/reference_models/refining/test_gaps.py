"""Gaps: closed where the map has evidence, left open where it has none."""

import numpy as np
import pytest
from drawn import tile

from reference_models.gaps import GapOptions, close_gaps, evidence_of
from reference_models.keypoints import components
from roadmetrics.errors import RoadMetricsError
from roadmetrics.graph import RoadGraph
from roadmetrics.vectorize import simplified


def road_map(*strokes, side=100):
    """[side, side]; each stroke is (rows, columns, probability)."""
    values = np.zeros((side, side))
    for rows, columns, probability in strokes:
        values[rows, columns] = probability
    return values


ROAD = slice(48, 53)
LEFT, GAP, RIGHT, ALL = slice(0, 41), slice(41, 60), slice(60, 100), slice(None)


def two_halves():
    return tile([[(-0.5, 50), (20, 50), (40, 50)], [(60, 50), (99.5, 50)]])


def test_weak_evidence_closes_a_gap_and_no_evidence_does_not():
    weak = road_map((ROAD, ALL, 0.95), (ROAD, GAP, 0.25))
    none = road_map((ROAD, LEFT, 0.95), (ROAD, RIGHT, 0.95))
    closed = close_gaps(two_halves(), weak)
    assert closed.n == 1
    assert closed.graph.length == pytest.approx(100.0)
    assert (closed.graph.degrees == 1).sum() == 2
    assert closed.graph.extent == two_halves().extent
    left = close_gaps(two_halves(), none)
    assert left.n == 0
    assert left.graph.digest == two_halves().digest


def test_the_way_follows_the_evidence():
    halves = (ROAD, LEFT, 0.9), (ROAD, RIGHT, 0.9)
    down, up = (slice(50, 60), slice(38, 41), 0.4), (slice(50, 60), slice(61, 64), 0.4)
    values = road_map(*halves, down, up, (slice(58, 61), slice(36, 66), 0.4))
    closed = close_gaps(two_halves(), values, GapOptions(detour=3))
    assert closed.n == 1
    assert closed.graph.vertices[:, 1].max() > 56
    assert close_gaps(two_halves(), values, GapOptions(detour=1.2)).n == 0


def test_a_dead_end_is_led_to_a_crossing_road():
    graph = tile([[(-0.5, 50), (40, 50)], [(60, 0), (60, 49), (60, 99)]])
    closed = close_gaps(graph, road_map((ROAD, ALL, 0.5)))
    assert closed.n == 1
    assert closed.graph.degrees.max() == 3
    assert set(components(closed.graph).tolist()) == {0}
    assert closed.graph.length == pytest.approx(graph.length + 20, abs=1.1)


@pytest.mark.parametrize(("radius", "n"), [(19.9, 0), (20.1, 1)])
def test_a_gap_longer_than_the_radius_stays(radius, n):
    values = np.full((100, 100), 0.5)
    assert close_gaps(two_halves(), values, GapOptions(radius=radius)).n == n


def test_a_dead_end_is_led_ahead_and_never_back():
    beside = tile([[(-0.5, 50), (60, 50)], [(30, 62), (30, 99.5)]])
    full = np.full((100, 100), 0.9)
    assert close_gaps(tile([[(-0.5, 50), (60, 50)], [(30, 99.5), (20, 70)]]), full).n == 1
    only_back = tile([[(-0.5, 50), (60, 50)], [(-0.5, 60), (99.5, 95)]])
    assert close_gaps(only_back, full, GapOptions(angle=10)).n == 0
    assert close_gaps(beside, full, GapOptions(radius=11)).n == 0


def test_a_bend_of_one_road_is_no_gap():
    hook = tile([[(20, 50), (60, 50), (60, 60), (50, 60)]])
    assert close_gaps(hook, np.full((100, 100), 0.9)).n == 0


def test_a_loop_without_dead_end_is_joined():
    ring = [(70, 30), (90, 30), (90, 70), (70, 70), (70, 30)]
    graph = tile([ring, [(20, -0.5), (20, 99.5)]])
    closed = close_gaps(graph, np.full((100, 100), 0.5), GapOptions(radius=60))
    assert closed.n == 1
    assert set(components(closed.graph).tolist()) == {0}


def test_ends_at_the_border_are_no_dead_ends():
    graph = tile([[(-0.5, 50), (40, 50)], [(0, 60), (40, 60)], [(40, 50), (40, 60)]])
    assert close_gaps(graph, np.full((100, 100), 0.9)).n == 0


def test_the_same_answer_whatever_the_order():
    rng = np.random.default_rng(3)
    lines = [rng.uniform(0, 99, (2, 2)).tolist() for _ in range(12)]
    values = rng.uniform(0.2, 0.9, (100, 100))
    first = close_gaps(tile(lines), values)
    assert first.n > 3
    assert close_gaps(tile(lines), values).graph.digest == first.graph.digest
    turned = close_gaps(tile(lines[::-1]), values)
    assert turned.graph.length == pytest.approx(first.graph.length)
    assert np.isin(np.arange(len(tile(lines).vertices)), first.graph.edges).all()


def test_old_roads_stay_as_they_were():
    graph, values = two_halves(), np.full((100, 100), 0.5)
    closed = close_gaps(graph, values).graph
    assert closed.vertices[: len(graph.vertices)].tolist() == graph.vertices.tolist()
    assert {tuple(e) for e in graph.edges.tolist()} <= {tuple(e) for e in closed.edges.tolist()}
    assert simplified(closed.vertices, 1.0).size


def test_maps_of_distances():
    far = np.abs(np.arange(100) - 50.0)[:, None].repeat(100, 1).clip(0, 20)
    far[:, GAP] = np.maximum(far[:, GAP], 12)
    assert close_gaps(two_halves(), evidence_of(far)).n == 1
    far[:, GAP] = 20
    assert close_gaps(two_halves(), evidence_of(far)).n == 0
    assert evidence_of(np.zeros((2, 2)), "distance").tolist() == [[1, 1], [1, 1]]


@pytest.mark.parametrize(
    ("values", "kind", "message"),
    [
        (np.zeros(3), "auto", "two dimensions"),
        (np.full((2, 2), np.nan), "auto", "finite"),
        (np.full((2, 2), -1.0), "auto", "below 0"),
        (np.full((2, 2), 2.0), "probability", "above 1"),
    ],
)
def test_what_is_no_map(values, kind, message):
    with pytest.raises(RoadMetricsError, match=message):
        evidence_of(values, kind)


def test_metres_and_nothing():
    with pytest.raises(RoadMetricsError, match="give the graph in pixels"):
        close_gaps(RoadGraph([], [], "m"), np.zeros((5, 5)))
    assert close_gaps(RoadGraph([(3, 3)], []), np.ones((5, 5))).n == 0
