"""Hand-drawn cases of APLS with closed-form answers."""

import math

import numpy as np
import pytest

import roadmetrics as rm


def line(*points, unit="m", **tile):
    """One polyline."""
    return rm.RoadGraph.from_lines([points], unit, **tile)


def lines(*polylines):
    """Several polylines, joined where they share a point."""
    return rm.RoadGraph.from_lines(polylines, "m")


ROAD = line((0, 0), (100, 0))
EMPTY = rm.RoadGraph([], [], "m")
SQUARE = line((0, 0), (100, 0), (100, 100), (0, 100), (0, 0))

CASES = {
    # control points 0, 50, 100; the last two routes are gone: 2/3 lost
    "half": (ROAD, line((0, 3), (50, 3)), 1 / 3, 1.0),
    # exactly at the snap distance is in; beyond it nothing is
    "at_snap_dist": (ROAD, line((0, 4), (100, 4)), 1.0, 1.0),
    "beyond_snap_dist": (ROAD, line((0, 4.01), (100, 4.01)), 0.0, 0.0),
    # a detour: 100 m by two sides of a triangle of 60 m height, only the ends match
    "detour": (
        ROAD,
        line((0, 0), (50, 60), (100, 0)),
        1 - ((2 * math.hypot(50, 60) - 100) / 100 + 2) / 3,
        # its own control points: 2 ends, 3 inner of 4 parts; one route of 10 is there
        1 - (9 + (2 * math.hypot(50, 60) - 100) / (2 * math.hypot(50, 60))) / 10,
    ),
    # two roads that the prediction joins: all routes of gt are there; of pred's 10 control
    # points on one 400 m road (9: every 50 m) routes across the gap are lost
    "joined": (
        lines([(0, 0), (100, 0)], [(300, 0), (400, 0)]),
        line((0, 0), (400, 0)),
        1.0,
        # routes within 0..100 (3 points) and 300..400 (3 points) are there: 6 of 36
        6 / 36,
    ),
    # without its last side a square's routes are the way round: see below
    "empty_pred": (ROAD, EMPTY, 0.0, 0.0),
    "empty_gt": (EMPTY, ROAD, 0.0, 0.0),
    "both_empty": (EMPTY, EMPTY, 1.0, 1.0),
}


@pytest.mark.parametrize("name", CASES)
def test_closed_form(name):
    """Both one-way scores, and their harmonic mean."""
    gt, pred, forth, back = CASES[name]
    score = rm.apls(gt, pred)
    assert score.parts["gt_to_pred"] == pytest.approx(forth, abs=1e-12)
    assert score.parts["pred_to_gt"] == pytest.approx(back, abs=1e-12)
    mean = 2 * forth * back / (forth + back) if forth + back else 0.0
    assert score.value == pytest.approx(mean, abs=1e-12)


def test_square_without_a_side():
    """8 control points 50 m apart on a cycle; the open square loses one and lengthens others."""
    opened = line((100, 0), (100, 100), (0, 100), (0, 0))
    score = rm.apls(SQUARE, opened)
    lost = 7  # routes of the midpoint of the missing side
    positions = np.arange(7) * 50.0  # along the open square
    for i in range(7):
        for j in range(i):
            there = positions[i] - positions[j]
            here = min(there, 400 - there)
            lost += min((there - here) / here, 1.0)
    assert score.parts["gt_to_pred"] == pytest.approx(1 - lost / 28, abs=1e-12)


def test_overpass_is_not_a_junction():
    """Roads that cross without a vertex do not join; a point on the crossing suits both."""
    over = lines([(0, 0), (200, 200)], [(0, 200), (200, 0)])
    joined = lines([(0, 0), (100, 100), (200, 200)], [(0, 200), (100, 100), (200, 0)])
    assert rm.apls(over, over).value == 1.0
    assert rm.apls(over, joined).parts["gt_to_pred"] == pytest.approx(1.0, abs=1e-12)
    assert rm.apls(over, joined).parts["pred_to_gt"] < 0.7


def test_lone_loop_has_routes():
    """A cycle with one stub, a figure of eight and a lone cycle all have routes to score."""
    eight = line((0, 0), (8, 0), (8, 8), (0, 0), (-8, 0), (-8, -8), (0, 0))
    for graph in (SQUARE, eight, line((0, 0), (9, 0), (9, 9), (0, 0))):
        score = rm.apls(graph, graph)
        assert score.value == 1.0
        assert score.counts.gt_routes > 0


def test_routes_pool_over_tiles():
    """Counts add: pooled score is that of all routes together."""
    metric = rm.get("apls")
    a, b = metric.count(ROAD, ROAD), metric.count(ROAD, EMPTY)
    pooled = metric.score(a + b)
    assert pooled.parts["gt_to_pred"] == pytest.approx(0.5)
    assert pooled.counts.n_tiles == 2


def test_metres_are_asked_for():
    """A preset in metres refuses pixels and says how to go on."""
    pixels = line((0, 0), (100, 0), unit="px")
    with pytest.raises(rm.UnitError, match=r"--gsd METRES"):
        rm.get("apls:spacenet")(pixels, pixels)
    assert rm.get("apls:spacenet")(pixels.scaled(0.5), pixels.scaled(0.5)).value == 1.0


def test_anagnostidis_is_one_way():
    """Eq. 4 looks from the ground truth only."""
    pred = lines([(0, 0), (100, 0)], [(0, 50), (100, 50)])
    assert rm.get("apls:anagnostidis2022")(ROAD, pred).value == 1.0
    assert rm.apls(ROAD, pred).value < 1.0


def test_explain_shows_what_was_lost():
    """Control points with their snapping and the credit that their routes leave."""
    shown = rm.get("apls").explain(ROAD, line((0, 3), (50, 3)))
    order = np.argsort(shown["gt_control_xy"][:, 0])
    assert shown["gt_control_xy"][order].tolist() == [[0, 0], [50, 0], [100, 0]]
    assert shown["gt_control_is_snapped"][order].tolist() == [True, True, False]
    assert shown["gt_control_credit"][order].tolist() == [0.5, 0.5, 0.0]
    # one way 1/3 and 1: the errors weigh 3/4 and 1/4; each of two lost routes has two ends
    assert shown["gt_control_cost"][order] == pytest.approx([1 / 8, 1 / 8, 1 / 4])
    assert shown["pred_control_cost"].tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("preset", ["", ":anagnostidis2022", ",combine_by=arithmetic"])
@pytest.mark.parametrize(
    "pred",
    [
        line((0, 3), (50, 3)),
        line((0, 0), (100, 0), (100, 300)),
        line((0, 900), (100, 900)),
        EMPTY,
        ROAD,
    ],
)
def test_costs_sum_to_what_is_lost(preset, pred):
    """What explain shows is the score, taken apart."""
    metric = rm.get(f"apls{preset}")
    shown = metric.explain(ROAD, pred)
    lost = shown["gt_control_cost"].sum() + shown["pred_control_cost"].sum()
    if pred is EMPTY and preset == ",combine_by=arithmetic":
        assert lost == 0.5  # one way there is nothing to lose; the empty rule takes the rest
    else:
        assert lost == pytest.approx(1 - metric(ROAD, pred).value, abs=1e-12)


def test_too_many_control_points_are_refused():
    """A spacing far below the size of the network is a mistake of units."""
    with pytest.raises(rm.RoadMetricsError, match="check the unit"):
        rm.get("apls,spacing=0.00001")(ROAD, ROAD)
