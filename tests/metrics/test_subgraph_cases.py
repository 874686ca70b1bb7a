"""Hand-drawn cases of sub-graphs with closed-form answers."""

import dataclasses
import warnings

import numpy as np
import pytest

import roadmetrics as rm
from roadmetrics.metrics.subgraph import citraro

EMPTY = rm.RoadGraph([], [])
ROAD = rm.RoadGraph([(0, 0), (1000, 0)], [(0, 1)])


def lines(*roads):
    """Polylines in pixels."""
    return rm.RoadGraph.from_lines(roads)


def parts(gt, pred, text="subgraph"):
    found = rm.get(text)(gt, pred).parts
    return tuple(round(found[name], 9) for name in ("precision", "recall", "f1"))


# Points at 5, 15, ..., starts at 25, 75, ... (both centred); discs of 300.
CASES = {
    "identical": (ROAD, ROAD, (1.0, 1.0, 1.0)),
    # starts at 25 and 75 on gt, at 25 on pred; 75 is 25.2 from (50, 3): all its ten points missed
    "half": (lines([(0, 0), (100, 0)]), lines([(0, 3), (50, 3)]), (1.0, 1 / 3, 0.5)),
    "shift_26": (ROAD, lines([(0, 26), (1000, 26)]), (0.0, 0.0, 0.0)),
    "ten_lines": (
        lines(*[[(0, 100 * k), (200, 100 * k)] for k in range(10)]),
        lines([(0, 0), (200, 0)]),
        (1.0, 2 / 11, 4 / 13),
    ),
    "empty_pred": (ROAD, EMPTY, (0.0, 0.0, 0.0)),
    "empty_gt": (EMPTY, ROAD, (0.0, 0.0, 0.0)),
    "both_empty": (EMPTY, EMPTY, (1.0, 1.0, 1.0)),
}


@pytest.mark.parametrize("name", CASES)
def test_closed_form(name):
    gt, pred, expected = CASES[name]
    assert parts(gt, pred) == pytest.approx(expected, abs=1e-9)


def test_a_copy_beside_a_road_is_not_seen():
    """The blind spot of the definition: only what joins the nearest road is looked at."""
    twice = lines([(0, 0), (200, 0)], [(0, 2), (200, 2)])
    assert parts(lines([(0, 0), (200, 0)]), twice) == (1.0, 1.0, 1.0)


def test_a_road_that_leaves_the_disc_is_lost():
    """A hairpin: its far leg lies in the disc, but the road there leads outside."""
    hairpin = lines([(0, 0), (1000, 0), (1000, 100), (0, 100)])
    legs = lines([(0, 0), (1000, 0)], [(0, 100), (1000, 100)])
    value = parts(hairpin, legs)
    assert value[0] == 1.0  # what pred has is right wherever one looks
    assert value[1] < 1.0  # near the bend gt leads round, pred does not
    alone = rm.get("subgraph,radius=50")(hairpin, legs)
    assert alone.parts["recall"] > value[1]


def test_crossing_without_a_vertex():
    """Each start lies on one road of an overpass; on both at their crossing itself."""
    over = lines([(0, 0), (400, 400)], [(0, 400), (400, 0)])
    assert parts(over, over) == (1.0, 1.0, 1.0)
    joined = lines([(0, 0), (200, 200), (400, 400)], [(0, 400), (200, 200), (400, 0)])
    precision, recall, _ = parts(over, joined)
    assert recall > 0.99  # one of 57 points a road has no partner: joined, a road has 2 x 28
    assert 0.5 < precision < 0.7


@pytest.mark.parametrize("text", ["subgraph", "subgraph:citraro2020", "subgraph:anagnostidis2022"])
@pytest.mark.parametrize("shift", [0.0, 3e6, 9e11])
def test_plain_and_far_graphs(text, shift):
    """Single edges, cycles, crossings: finite numbers in range, no warning, anywhere."""
    base = [
        lines([(0, 0), (300, 0)]),
        lines([(0, 0), (300, 0), (300, 300), (0, 0)]),
        lines([(0, 0), (300, 300)], [(0, 300), (300, 0)], [(0, 0), (0, 300)]),
    ]
    graphs = [rm.RoadGraph(g.vertices + shift, g.edges) for g in base]
    metric = dataclasses.replace(rm.get(text), n_starts=20)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for gt in graphs:
            for pred in graphs:
                score = metric(gt, pred)
                assert all(0 <= value <= 1 for value in score.parts.values())
            if text == "subgraph":
                assert metric(gt, gt).parts == metric.perfect
            assert metric(gt, EMPTY).parts == metric.failed
    assert metric(EMPTY, EMPTY).parts == metric.perfect


def test_vertex_0_is_dropped_only_where_asked():
    """metrics_delin's slip, from a start on either side; matches are one to one."""
    road = rm.RoadGraph([(10 * k, 0) for k in range(5)], [(k, k + 1) for k in range(4)])
    half = rm.RoadGraph([(20 * k, 0) for k in range(3)], [(k, k + 1) for k in range(2)])
    starts = ([2, 1], [True, False])
    kept = citraro.counts_from_starts(road, half, *starts, 300, 25, zero=-1)
    assert kept.tolist() == [[3, 3, 3, 5], [3, 3, 3, 5]]
    dropped = citraro.counts_from_starts(road, half, *starts, 300, 25)
    assert dropped.tolist() == [[2, 3, 2, 5], [2, 3, 2, 5]]


def test_standard_error_is_the_spread_over_seeds():
    """The error that a score states is how far other seeds move it."""
    pred = lines([(0, 4), (470, 4)], [(530, -6), (800, -6), (800, 150)])
    gt = lines([(0, 0), (1000, 0)], [(300, 0), (300, 400)], [(700, 0), (700, 300)])
    metric = "subgraph:citraro2020,n_starts=60,seed="
    scores = [rm.get(f"{metric}{seed}")(gt, pred) for seed in range(60)]
    for name in ("precision", "recall", "f1"):
        spread = np.std([score.parts[name] for score in scores], ddof=1)
        stated = np.sqrt(np.mean([score.standard_errors[name] ** 2 for score in scores]))
        assert stated == pytest.approx(spread, rel=0.3), name
    assert rm.subgraph(gt, pred).standard_errors == {}
