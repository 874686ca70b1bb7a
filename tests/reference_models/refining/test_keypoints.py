"""Key points of hand-drawn predictions: what stays, what goes, what is cut."""

import numpy as np
import pytest
from drawn import lines_of, tile, town

from reference_models.keypoints import (
    KeyPointOptions,
    components,
    key_points_of,
    without_dead_ends,
    without_small,
)
from reference_models.simplify import (
    arranged,
    chains_of,
    oversampled,
    simplified_graph,
    split_at,
    thinned,
)
from roadmetrics.errors import RoadMetricsError
from roadmetrics.graph import Mask, RoadGraph

BARE = KeyPointOptions(spacing=0, small=0, speck=0)


def cross(stub=15):
    """Four arms to the border, a stub off the eastern one."""
    return tile([
        [(-0.5, 50), (50, 50)], [(50, 50), (70, 50)], [(70, 50), (99.5, 50)],
        [(50, -0.5), (50, 50)], [(50, 50), (50, 99.5)], [(70, 50), (70, 50 + stub)],
    ])  # fmt: skip


def test_a_stub_loses_its_edge_and_keeps_its_key_point():
    found = key_points_of(cross(), BARE)
    assert [70.0, 65.0] in found.points.tolist()
    assert lines_of(found.points, found.start) == lines_of(cross().vertices, cross().edges) - {
        ((70, 50), (70, 65))
    }
    assert found.n_given_up == 0


def test_the_paper_takes_roads_to_the_border_for_dead_ends():
    found = key_points_of(cross(), KeyPointOptions(spacing=0, border=-1))
    assert lines_of(found.points, found.start) == {((50, 50), (70, 50))}
    assert len(found.points) == 7
    kept = key_points_of(cross(), KeyPointOptions(spacing=0, border=-1, dead_ends="keep"))
    assert len(kept.start) == 6


def test_a_bent_dead_end_goes_whole_and_its_bends_stay():
    graph = tile([[(10, 10), (50, 10), (50, 50)], [(10, 10), (10, 50)], [(10, 10), (0, 0)],
                  [(10, 50), (50, 50)], [(50, 50), (80, 50), (80, 20)]])  # fmt: skip
    found = key_points_of(graph, BARE)
    assert [80.0, 50.0] in found.points.tolist()
    assert [80.0, 20.0] in found.points.tolist()
    gone = {((50, 50), (80, 50)), ((80, 20), (80, 50))}
    assert lines_of(found.points, found.start) == lines_of(graph.vertices, graph.edges) - gone


def test_a_gap_in_a_straight_road_keeps_its_ends():
    graph = tile([[(-0.5, 50), (40, 50)], [(60, 50), (99.5, 50)]])
    found = key_points_of(graph, BARE)
    assert found.points.tolist() == [[-0.5, 50], [40, 50], [60, 50], [99.5, 50]]
    assert found.start.tolist() == []  # both end in the middle of nowhere


@pytest.mark.parametrize("n", [3, 8, 40])
def test_a_loop_stays_a_loop(n):
    turn = np.linspace(0, 2 * np.pi, n, endpoint=False)
    ring = np.stack([50 + 30 * np.cos(turn), 50 + 30 * np.sin(turn)], axis=1).tolist()
    for extra in ([], [[ring[0], (99.5, 50)]]):  # alone, and on a road
        found = key_points_of(tile([[*ring, ring[0]], *extra]), BARE)
        graph = RoadGraph(found.points, found.start)
        assert (graph.degrees[graph.degrees > 0] >= 1).all()
        assert graph.length > 0.75 * 30 * 2 * np.pi
        assert len(graph.edges) - len(graph.vertices) == 0  # one cycle


def test_two_roads_between_the_same_ends_both_stay():
    lens = tile([[(10, 50), (50, 51), (90, 50)], [(10, 50), (50, 49), (90, 50)],
                 [(0, 50), (10, 50)], [(90, 50), (99, 50)]])  # fmt: skip
    simple = simplified_graph(lens, 2.0)
    assert len(simple.edges) == 5  # one of them straight
    assert simplified_graph(lens, 0.0).length == pytest.approx(lens.length)


def test_specks_go_and_small_components_keep_their_key_points():
    graph = tile([[(0, 50), (99, 50)], [(10, 10), (15, 10), (15, 18)]])
    assert len(without_small(graph, 13.0).vertices) == 5
    assert without_small(graph, 13.1).vertices.tolist() == [[0, 50], [99, 50]]
    assert key_points_of(graph, KeyPointOptions(speck=13.1)).points[:, 1].tolist() == [50] * 4
    kept = key_points_of(graph, KeyPointOptions(small=13.1, dead_ends="keep", spacing=0))
    assert len(kept.points) == 5
    assert lines_of(kept.points, kept.start) == {((0, 50), (99, 50))}
    assert len(kept.taken_out) == 2


def test_two_points_one_point_and_none():
    found = key_points_of(RoadGraph([(10, 10), (40, 10)], [(0, 1)]), BARE)
    assert (found.points.tolist(), found.start.tolist()) == ([[10, 10], [40, 10]], [])
    for nothing in (RoadGraph([], []), RoadGraph([(3, 3)], []), Mask(np.zeros((9, 9), bool))):
        found = key_points_of(nothing)
        assert found.points.shape == (0, 2)
        assert found.start.shape == (0, 2)
        assert found.n_given_up == 0


def test_a_mask_is_thinned():
    array = np.zeros((100, 100), bool)
    array[48:53, :] = array[:, 28:33] = True
    found = key_points_of(Mask(array), KeyPointOptions(spacing=0, border=4))
    assert len(found.points) == 5
    assert np.hypot(*(found.points - (30, 50)).T).min() < 1.5
    assert len(found.start) == 4


def test_metres_are_refused():
    with pytest.raises(RoadMetricsError, match="give the prediction in pixels"):
        key_points_of(RoadGraph([(0, 0), (9, 0)], [(0, 1)], "m"))


def test_the_longest_edges_are_cut_first():
    graph = RoadGraph([(0, 0), (90, 0), (90, 40), (90, 52)], [(0, 1), (1, 2), (2, 3)])
    assert len(oversampled(graph, 30, 99).vertices) == 7
    assert oversampled(graph, 30, 2).vertices[4:].tolist() == [[30, 0], [60, 0]]
    assert oversampled(graph, 30, 1).vertices[4:].tolist() == [[45, 0]]
    assert oversampled(graph, 0, 99).vertices.shape == (4, 2)
    many = oversampled(graph, 30, 99)
    assert many.length == pytest.approx(graph.length)
    assert many.edge_lengths.max() <= 30


@pytest.mark.parametrize("seed", range(5))
def test_cut_roads_cover_what_they_covered(seed):
    graph = town(seed)
    options = KeyPointOptions(spacing=25, dead_ends="keep", max_key_points=1000, simplify=0)
    found = key_points_of(graph, options)
    drawn = RoadGraph(found.points, found.start)
    assert drawn.length == pytest.approx(graph.length)
    assert drawn.edge_lengths.max() <= 25 * (1 + 1e-9)
    assert (np.diff(found.points[:, 0]) >= 0).all()


@pytest.mark.parametrize("most", [2, 5, 20, 60, 64])
def test_the_cap_holds_and_says_what_it_cost(most):
    graph = town(1)
    whole = simplified_graph(graph, 2.0)
    found = key_points_of(graph, KeyPointOptions(max_key_points=most))
    assert len(found.points) <= most
    assert found.n_given_up == max(len(whole.vertices) - most, 0)


def test_flat_bends_go_before_sharp_ones_and_junctions_last():
    line = tile([[(0, 0), (20, 1), (40, 0), (40, 30), (60, 30)], [(60, 30), (80, 30)],
                 [(60, 30), (60, 60)]])  # fmt: skip
    assert [20, 1] not in thinned(line, 6).vertices.tolist()
    five = thinned(line, 5)
    assert [60, 30] in five.vertices.tolist()
    assert five.degrees.max() == 3
    assert len(components(five)) == 5
    assert set(components(five).tolist()) == {0}
    assert len(thinned(line, 2).vertices) == 2


def test_thinning_joins_nothing_twice():
    triangle = RoadGraph([(0, 0), (10, 0), (5, 8)], [(0, 1), (1, 2), (0, 2)])
    two = thinned(triangle, 2)
    assert two.vertices.shape == (2, 2)
    assert len(two.edges) == 1


def test_chains_and_splits():
    assert sorted(len(c) for c in chains_of(cross())) == [2] * 6
    graph = split_at(cross(), [0, 0, 3], [0.25, 0.75, 0.5])
    assert graph.length == pytest.approx(cross().length)
    assert len(graph.edges) == 9
    assert len(without_dead_ends(graph, -1).edges) == 1


def test_points_in_one_place_are_one():
    points, edges = arranged([(1, 1), (1, 1), (0, 5)], [(0, 1), (1, 2), (2, 0)])
    assert points.tolist() == [[0, 5], [1, 1]]
    assert edges.tolist() == [[0, 1]]


@pytest.mark.parametrize("bad", [{"spacing": -1}, {"max_key_points": 1}, {"dead_ends": "some"}])
def test_options_are_checked(bad):
    with pytest.raises(RoadMetricsError, match="--"):
        KeyPointOptions(**bad)
