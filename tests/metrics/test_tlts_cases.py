"""Hand-drawn cases of TLTS with closed-form answers."""

import numpy as np
import pytest

import roadmetrics as rm
from roadmetrics.metrics.tlts.counts import classify

EMPTY = rm.RoadGraph([], [])


def line(*points):
    """One polyline in pixels."""
    return rm.RoadGraph.from_lines([points])


ROAD = line((0, 0), (200, 0))  # control points 0, 50, ..., 200: ten routes

CASES = {
    "identical": (ROAD, ROAD, (1.0, 0.0, 0.0, 0.0)),
    # nothing beyond 100 + 25: points at 150 and 200 are off, 7 of 10 routes
    "half": (ROAD, line((0, 0), (100, 0)), (0.3, 0.0, 0.0, 0.7)),
    # up to 110: the points at 150, 200 are still off
    "half_and_more": (ROAD, line((0, 0), (110, 0)), (0.3, 0.0, 0.0, 0.7)),
    # up to 130: 150 is matched 20 early; 150-130 = 20 of 50, of 100, of 150 are too short
    "cut_short": (ROAD, line((0, 0), (130, 0)), (0.3, 0.0, 0.3, 0.4)),
    # a zigzag of slope 1 for the whole way: each route is longer by a factor sqrt 2
    "zigzag": (
        ROAD,
        line(*[(x, 10.0 if (x // 10) % 2 else 0.0) for x in range(0, 201, 10)]),
        (0.0, 1.0, 0.0, 0.0),
    ),
    "empty_pred": (ROAD, EMPTY, (0.0, 0.0, 0.0, 1.0)),
    "empty_gt": (EMPTY, ROAD, (0.0, 0.0, 0.0, 1.0)),
    "both_empty": (EMPTY, EMPTY, (1.0, 0.0, 0.0, 0.0)),
}


@pytest.mark.parametrize("name", CASES)
def test_closed_form(name):
    """All four classes, and too long plus too short."""
    gt, pred, classes = CASES[name]
    parts = rm.tlts(gt, pred).parts
    got = [parts[k] for k in ("correct", "too_long", "too_short", "infeasible")]
    assert got == pytest.approx(classes, abs=1e-12)
    assert parts["2l+2s"] == pytest.approx(classes[1] + classes[2], abs=1e-12)


def test_five_percent_is_inclusive():
    """A route that differs by exactly the tolerance is correct."""
    own = np.array([100.0, 100.0, 100.0, 100.0])
    found = np.array([105.0, 95.0, 105.1, 94.9])
    groups = classify(own, found, 0.05)
    assert (groups["correct"], groups["too_long"], groups["too_short"]) == (2, 1, 1)


def test_wegner_leaves_unmatched_ends_out():
    """Both ends must lie on both networks: of ten routes three are judged, all correct."""
    score = rm.get("tlts:wegner2013")(ROAD, line((0, 0), (100, 0)))
    assert score.value == 1.0
    assert score.counts.n_routes == 3


def test_nothing_to_judge_is_infeasible():
    """Where no end is matched at all the prediction is as good as empty."""
    far = line((0, 500), (200, 500))
    parts = rm.get("tlts:wegner2013")(ROAD, far).parts
    assert (parts["correct"], parts["infeasible"]) == (0.0, 1.0)


def test_draws_do_not_touch_the_global_stream():
    """The published program's seed is local: numpy's global state stays as it was."""
    before = np.random.get_state()[1].tolist()
    rm.get("tlts:citraro2020,n_routes=20")(ROAD, ROAD)
    assert np.random.get_state()[1].tolist() == before


def test_seed_decides_the_draw():
    """Same seed, same number; another seed may differ."""
    pred = line((0, 0), (130, 0))
    values = {
        seed: rm.get(f"tlts:citraro2020,n_routes=50,seed={seed}")(ROAD, pred).value
        for seed in (0, 1, 2, 3)
    }
    again = rm.get("tlts:citraro2020,n_routes=50,seed=0")(ROAD, pred).value
    assert values[0] == again
    assert len(set(values.values())) > 1


def test_explain_names_the_bad_ends():
    """Share of correct routes at each control point."""
    shown = rm.get("tlts").explain(ROAD, line((0, 0), (100, 0)))
    order = np.argsort(shown["gt_control_xy"][:, 0])
    assert shown["gt_control_is_snapped"][order].tolist() == [True, True, True, False, False]
    assert shown["gt_control_credit"][order].tolist() == [0.5, 0.5, 0.5, 0.0, 0.0]
    assert shown["gt_control_cost"][order] == pytest.approx([0.1, 0.1, 0.1, 0.2, 0.2])


@pytest.mark.parametrize("name", ["tlts", "tlts:wegner2013", "tlts,snap_dist=1", "tlts,spacing=0"])
def test_costs_sum_to_what_is_lost(name):
    """What explain shows is 1 - correct, taken apart."""
    for pred in (line((0, 0), (100, 0)), line((0, 3), (230, 9)), ROAD):
        shown = rm.get(name).explain(ROAD, pred)
        lost = 1 - rm.get(name)(ROAD, pred).value
        if shown["gt_control_is_snapped"].sum() > 1:
            assert shown["gt_control_cost"].sum() == pytest.approx(lost, abs=1e-12)
