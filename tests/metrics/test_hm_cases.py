"""Hand-drawn cases of holes and marbles with closed-form answers."""

import dataclasses
import warnings

import numpy as np
import pytest

import roadmetrics as rm
from roadmetrics.errors import RoadMetricsError
from roadmetrics.metrics.hm import citraro, sat2graph

EMPTY = rm.RoadGraph([], [])
ROAD = rm.RoadGraph([(0, 0), (1000, 0)], [(0, 1)])
PRESETS = list(rm.METRICS["hm"].presets)


def lines(*roads):
    """Polylines in pixels."""
    return rm.RoadGraph.from_lines(roads)


def few(text):
    """A metric that draws 20 starts where it draws any; units as they come."""
    return dataclasses.replace(rm.get(text), n_starts=20, unit=rm.get("hm").unit)


def parts(gt, pred, text="hm"):
    found = rm.get(text)(gt, pred).parts
    return tuple(round(found[name], 9) for name in ("precision", "recall", "f1"))


# Holes at 5, 15, ..., starts at 25, 75, ... (both centred). A walk begins at all road within 25 of
# its start and goes on for 300.
CASES = {
    "identical": (ROAD, ROAD, (1.0, 1.0, 1.0)),
    # 100: starts at 25 and 75 on gt, at 25 on pred; gt's 10 holes each, 5 of them filled from 25;
    # 75 is 25.2 from (50, 3): nothing of pred is walked
    "half": (lines([(0, 0), (100, 0)]), lines([(0, 3), (50, 3)]), (1.0, 1 / 3, 0.5)),
    # every walk drops twice as many marbles as there are holes
    "double": (ROAD, lines([(0, 0), (1000, 0)], [(0, 2), (1000, 2)]), (0.5, 1.0, 2 / 3)),
    "shift_5": (ROAD, lines([(0, 5), (1000, 5)]), (1.0, 1.0, 1.0)),
    "shift_26": (ROAD, lines([(0, 26), (1000, 26)]), (0.0, 0.0, 0.0)),
    # ten roads 100 apart, one drawn: 4 starts a road; 50 on pred's and on gt's, 500 holes elsewhere
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


def test_gap_ends_every_walk():
    """A gap of 20 at 490..510; the walks of 20 + 20 starts, counted one by one.

    gt starts at 25 + 50 k: all 100 holes at most 325 away. In pred the walk stays on the side of
    the gap that its start touches, on both where it touches both.
    """
    pred = lines([(0, 0), (490, 0)], [(510, 0), (1000, 0)])
    centres = {"gt": [25 + 50 * k for k in range(20)]}
    length = 490 / 10
    side = [length * (k + 0.5) for k in range(10)]
    centres["pred"] = [*side, *[510 + x for x in side]]
    holes = np.arange(5, 1000, 10.0)
    marbles = np.concatenate([np.arange(5, 490, 10.0), np.arange(515, 1000, 10.0)])
    n_holes = n_marbles = matched = 0
    for start in centres["gt"] + centres["pred"]:
        h = holes[np.abs(holes - start) <= 325]
        left, right = start - 25 <= 490, start + 25 >= 510
        m = marbles[np.abs(marbles - start) <= 325]
        m = m[(left & (m < 500)) | (right & (m > 500))]
        n_holes, n_marbles = n_holes + len(h), n_marbles + len(m)
        matched += len(m)  # every marble lies on a hole that is walked, too
    expected = (matched / n_marbles, matched / n_holes)
    assert parts(ROAD, pred)[:2] == pytest.approx(expected, abs=1e-9)


def test_cycle_has_no_beginning():
    """A square scores the same wherever its list of corners begins, and however it is cut."""
    corners = [(0, 0), (400, 0), (400, 400), (0, 400)]
    square = lines([*corners, corners[0]])
    turned = lines([*corners[2:], *corners[:3]])
    cut = lines([(0, 0), (123, 0), (400, 0), (400, 400), (0, 400), (0, 0)])
    pred = lines([(0, 9), (400, 9), (400, 380)])
    expected = parts(square, pred)
    assert parts(turned, pred) == parts(cut, pred) == expected
    assert parts(square, turned) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize("text", ["hm", *[f"hm:{name}" for name in PRESETS]])
@pytest.mark.parametrize("shift", [0.0, 3e6, 9e11])
def test_plain_and_far_graphs(text, shift):
    """Single edges, cycles, crossings: finite numbers in range, no warning, anywhere."""
    base = [
        lines([(0, 0), (300, 0)]),
        lines([(0, 0), (300, 0), (300, 300), (0, 0)]),
        lines([(0, 0), (300, 300)], [(0, 300), (300, 0)], [(0, 0), (0, 300)]),
    ]
    graphs = [rm.RoadGraph(g.vertices + shift, g.edges) for g in base]
    metric = few(text)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for gt in graphs:
            for pred in graphs:
                score = metric(gt, pred)
                assert all(0 <= value <= 1 for value in score.parts.values())
            if text == "hm":
                assert metric(gt, gt).parts == metric.perfect
            assert metric(gt, EMPTY).parts == metric.failed
    assert metric(EMPTY, EMPTY).parts == metric.perfect


def test_identical_under_presets():
    """Programs give 1 for identical graphs but for their slips: vertex 0, starts at radius."""
    grid = lines(
        *[[(0, 97 * k), (97, 97 * k), (194, 97 * k)] for k in range(3)],
        *[[(97 * k, 0), (97 * k, 97), (97 * k, 194)] for k in range(3)],
    )
    for name in PRESETS:
        value = few(f"hm:{name}")(grid, grid).value
        assert 0.98 < value <= 1.0, name
    assert few("hm:cosmiq")(grid, grid).value == 1.0


def test_vertex_0_is_dropped_only_where_asked():
    """metrics_delin's slip: the match with the vertex numbered 0 does not count."""
    road = rm.RoadGraph([(10 * k, 0) for k in range(5)], [(k, k + 1) for k in range(4)])
    assert citraro.counts_from_starts(road, road, [2], 300, 25).tolist() == [[4, 5, 4, 5]]
    assert citraro.counts_from_starts(road, road, [2], 300, 25, zero=-1).tolist() == [[5, 5, 5, 5]]


def test_standard_error_is_the_spread_over_seeds():
    """The error that a score states is how far other seeds move it."""
    pred = lines([(0, 4), (470, 4)], [(530, -6), (800, -6), (800, 150)])
    gt = lines([(0, 0), (1000, 0)], [(300, 0), (300, 400)], [(700, 0), (700, 300)])
    scores = [rm.get(f"hm:citraro2020,n_starts=60,seed={seed}")(gt, pred) for seed in range(60)]
    for name in ("precision", "recall", "f1"):
        spread = np.std([score.parts[name] for score in scores], ddof=1)
        stated = np.sqrt(np.mean([score.standard_errors[name] ** 2 for score in scores]))
        assert stated == pytest.approx(spread, rel=0.3), name
    assert rm.hm(gt, pred).standard_errors == {}


def test_topo_counts_starts():
    """A road of 200 m: three starts from each of its ends, none of them beyond the margin."""
    road = rm.RoadGraph([(0, 0), (200, 0)], [(0, 1)], "m")
    lengths = {"spacing": 5.55555, "start_spacing": 55.5555, "radius": 300, "match_dist": 11.1111}
    found = sat2graph.topo(road, road, **lengths)
    assert (found.n_seeds, found.n_paired, len(found.kept)) == (6, 6, 6)
    half = rm.RoadGraph([(0, 0), (80, 0)], [(0, 1)], "m")
    found = sat2graph.topo(road, half, **lengths)
    assert (found.n_seeds, found.n_paired) == (6, 2)
    assert rm.get("hm:sat2graph")(road, half).parts["recall"] < 1 / 3


def test_too_many_points_are_refused():
    """A road far too long for its spacing is an error in words, at once."""
    long = rm.RoadGraph([(0, 0), (1e10, 0)], [(0, 1)], "m")
    for text in ("hm", *[f"hm:{name}" for name in PRESETS]):
        with pytest.raises(RoadMetricsError, match=r"spacing|marbles"):
            few(text)(long, long)


def test_explain_shows_what_matched():
    """Credit is the share of walks in which a point had a partner."""
    shown = rm.get("hm").explain(lines([(0, 0), (100, 0)]), lines([(0, 3), (50, 3)]))
    order = np.argsort(shown["gt_sample_xy"][:, 0])
    assert shown["gt_sample_credit"][order].tolist() == pytest.approx([2 / 3] * 5 + [0.0] * 5)
    assert shown["gt_sample_cost"][order].tolist() == [1.0] * 5 + [3.0] * 5
    assert shown["pred_sample_credit"].tolist() == [1.0] * 5
    assert shown["match_xy"].shape == (5, 2, 2)


def test_presets_aggregate_as_their_sources_do():
    """Sums for metrics_delin, the mean of F1 for City-scale, F1 of the means for SpaceNet."""
    from roadmetrics.aggregate import total
    from roadmetrics.results import TileScore

    road = rm.RoadGraph([(0, 0), (700, 0)], [(0, 1)], "m")
    pair = [(road, road), (road, rm.RoadGraph([(0, 0), (300, 0)], [(0, 1)], "m"))]
    ways = {"sat2graph": "mean", "samroad": "mean", "sat2graph-spacenet": "mean_parts"}
    for name in PRESETS:
        metric = dataclasses.replace(rm.get(f"hm:{name}"), n_starts=20)
        scores = [metric(*tiles) for tiles in pair]
        tiles = [TileScore(s.value, s.parts, s.counts) for s in scores]
        found = total(metric, tiles, "m", is_any_read=True)
        assert found.published == ways.get(name, "pooled")
        if found.published == "mean":
            assert found.value == pytest.approx((scores[0].value + scores[1].value) / 2)
        elif found.published == "mean_parts":
            p, r = ((scores[0].parts[k] + scores[1].parts[k]) / 2 for k in ("precision", "recall"))
            assert found.value == pytest.approx(2 * p * r / (p + r))
        else:
            assert found.value == metric.score(scores[0].counts + scores[1].counts).value
