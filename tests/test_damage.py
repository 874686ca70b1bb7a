"""Damage is seeded, grows with its strength, and stays a road graph near the old one."""

import numpy as np
import pytest

import roadmetrics as rm
from roadmetrics.damage import damage


@pytest.fixture(scope="module")
def town():
    """A grid of 6 x 6 streets of 120 m, each with a bend, and dead ends that stick out."""
    lines = []
    for i in range(6):
        for j in range(7):
            a, b = 120.0 * i, 120.0 * j
            lines += [
                [(a, b), (a + 60, b + 5), (a + 120, b)],
                [(b, a), (b + 5, a + 60), (b, a + 120)],
            ]
    lines += [[(120.0 * i, 0.0), (120.0 * i, -45.0)] for i in range(7)]
    return rm.RoadGraph.from_lines(lines, "m")


def test_nothing_at_strength_zero(town):
    assert damage(town, 0.0, 3) is town


@pytest.mark.parametrize("strength", [0.3, 1.0, 10.0])
def test_same_seed_same_graph_other_seed_other_graph(town, strength):
    one = damage(town, strength, 1)
    assert one.digest == damage(town, strength, 1).digest
    assert one.digest != damage(town, strength, 2).digest


def test_global_state_plays_no_part(town):
    before = np.random.get_state()[1].copy()
    np.random.seed(1)
    one = damage(town, 1.0).digest
    np.random.seed(2)
    assert one == damage(town, 1.0).digest
    np.random.set_state(("MT19937", before, 624))


def test_more_strength_less_score(town):
    for metric in rm.METRICS:
        values = [
            np.mean([rm.get(metric)(town, damage(town, s, seed)).value for seed in range(4)])
            for s in (0.0, 0.2, 0.6, 1.5)
        ]
        assert values[0] == 1.0
        assert np.all(np.diff(values) < 0), (metric, values)


def test_it_both_loses_and_invents(town):
    parts = rm.get("ccq,slack=8")(town, damage(town, 1.0, 5)).parts
    assert 0.5 < parts["completeness"] < 0.97
    assert 0.5 < parts["correctness"] < 0.97


def test_light_damage_moves_little(town):
    # at 0.1 the shift has a standard deviation of 0.2 m: what is matched lies within a metre
    light = damage(town, 0.1, 4)
    assert rm.get("ccq,slack=1")(town, light).parts["completeness"] > 0.9


def test_unit_crs_and_extent_stay(town):
    from dataclasses import replace

    tile = replace(town, crs="EPSG:32758", extent=(-100, -100, 900, 900))
    other = damage(tile, 0.5)
    assert (other.unit, other.crs, other.extent) == ("m", "EPSG:32758", tile.extent)


def test_sizes_are_metres_where_the_pixel_is_known(town):
    pixels = rm.RoadGraph(town.vertices * 4, town.edges, "px", metres_per_pixel=0.25)
    np.testing.assert_allclose(
        damage(pixels, 0.7, 9).vertices / 4, damage(town, 0.7, 9).vertices, atol=1e-6
    )


@pytest.mark.parametrize("strength", [-0.1, 11, float("nan")])
def test_bad_strength(town, strength):
    with pytest.raises(rm.RoadMetricsError, match="strength must be 0 to 10"):
        damage(town, strength)


def test_a_ring_and_a_single_road_survive_being_damaged():
    ring = rm.RoadGraph([(0, 0), (90, 0), (90, 90)], [(0, 1), (1, 2), (2, 0)], "m")
    road = rm.RoadGraph([(0, 0), (300, 0)], [(0, 1)], "m")
    for graph in (ring, road):
        for seed in range(20):
            assert np.isfinite(damage(graph, 2.0, seed).vertices).all()
