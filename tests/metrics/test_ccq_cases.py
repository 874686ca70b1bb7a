"""Hand-drawn cases of CCQ with closed-form answers."""

import math

import numpy as np
import pytest

import roadmetrics as rm
from roadmetrics.cover import covered_pieces, covered_share

EMPTY = rm.RoadGraph([], [])


def line(*points):
    """One polyline in pixels."""
    return rm.RoadGraph.from_lines([points])


ROAD = line((0, 0), (100, 0))

CASES = {
    # the buffer has round ends: 5 beyond the last point
    "half": (ROAD, line((0, 0), (50, 0)), 1.0, 0.55),
    # 3 aside: beyond the end the disc of radius 5 reaches 4 along the road
    "half_aside": (ROAD, line((0, 3), (50, 3)), 1.0, 0.54),
    "at_slack": (ROAD, line((0, 5), (100, 5)), 1.0, 1.0),
    "beyond_slack": (ROAD, line((0, 5.001), (100, 5.001)), 0.0, 0.0),
    # crossing at a right angle: 5 either side of the crossing
    "cross": (ROAD, line((50, -50), (50, 50)), 0.1, 0.1),
    # crossing at 45 degrees: within 5 of a line for 5 sqrt 2 either side
    "slanted": (
        line((0, 0), (100, 0)),
        line((20, -30), (80, 30)),
        10 * math.sqrt(2) / (60 * math.sqrt(2)),
        10 * math.sqrt(2) / 100,
    ),
    "doubled": (ROAD, rm.RoadGraph.from_lines([[(0, 2), (100, 2)], [(0, -2), (100, -2)]]), 1, 1),
    "empty_pred": (ROAD, EMPTY, 0.0, 0.0),
    "empty_gt": (EMPTY, ROAD, 0.0, 0.0),
    "both_empty": (EMPTY, EMPTY, 1.0, 1.0),
}


@pytest.mark.parametrize("name", CASES)
def test_closed_form(name):
    """Correctness, completeness and the harmonic quality."""
    gt, pred, cr, cp = CASES[name]
    parts = rm.ccq(gt, pred).parts
    assert parts["correctness"] == pytest.approx(cr, abs=1e-12)
    assert parts["completeness"] == pytest.approx(cp, abs=1e-12)
    quality = cr * cp / (cr + cp - cr * cp) if cr + cp else 0.0
    assert parts["quality"] == pytest.approx(quality, abs=1e-12)


def test_wiedemann_quality():
    """Matched pred / (pred + unmatched gt): 50 / (50 + 45)."""
    parts = rm.get("ccq:wiedemann1998")(ROAD, line((0, 0), (50, 0))).parts
    assert parts["quality"] == pytest.approx(50 / 95, abs=1e-12)


def test_share_against_sampling():
    """The intervals agree with 20,000 points along each edge, on random segments."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        a, b = (
            rm.RoadGraph(rng.uniform(0, 50, (12, 2)), np.arange(12).reshape(-1, 2))
            for _ in range(2)
        )
        share = covered_share(a, b, 4.0)
        t = (np.arange(20_000) + 0.5) / 20_000
        for edge, got in zip(a.vertices[a.edges], share, strict=True):
            points = edge[0] + t[:, None] * (edge[1] - edge[0])
            near = np.full(len(t), np.inf)
            for p, q in b.vertices[b.edges]:
                s = np.clip((points - p) @ (q - p) / ((q - p) @ (q - p)), 0, 1)
                near = np.minimum(near, np.hypot(*(points - p - s[:, None] * (q - p)).T))
            assert got == pytest.approx(np.mean(near <= 4.0), abs=3e-4)


def test_pieces_are_the_shares():
    """The covered pieces of an edge add up to its share, and all its pieces to the edge."""
    rng = np.random.default_rng(1)
    for _ in range(20):
        a, b = (
            rm.RoadGraph(rng.uniform(0, 50, (24, 2)), np.arange(24).reshape(-1, 2))
            for _ in range(2)
        )
        edge, pieces, is_covered = covered_pieces(a, b, 4.0)
        length = np.hypot(*(pieces[:, 1] - pieces[:, 0]).T)
        assert np.all(np.diff(edge) >= 0)
        assert np.bincount(edge, length, 12) == pytest.approx(a.edge_lengths)
        covered = np.bincount(edge, length * is_covered, 12) / a.edge_lengths
        assert covered == pytest.approx(covered_share(a, b, 4.0))


@pytest.mark.parametrize("quality", ["harmonic", "wiedemann"])
def test_costs_sum_to_what_is_lost(quality):
    """What explain shows is 1 - quality, taken apart."""
    metric = rm.get(f"ccq,quality={quality}")
    for gt, pred in (
        (ROAD, line((0, 3), (45, 3))),
        (ROAD, line((50, 4), (50, 90))),
        (ROAD, line((0, 50), (9, 50))),
        (ROAD, ROAD),
        (ROAD, EMPTY),
        (EMPTY, ROAD),
        (EMPTY, EMPTY),
    ):
        shown = metric.explain(gt, pred)
        lost = shown["gt_road_cost"].sum() + shown["pred_road_cost"].sum()
        assert lost == pytest.approx(1 - metric(gt, pred).value, abs=1e-12)


def test_explain_cuts_a_road_where_it_leaves_the_slack():
    """Pieces with credit 1 and 0; the missing part costs what it takes off the quality."""
    shown = rm.get("ccq").explain(ROAD, line((0, 3), (45, 3)))
    assert shown["gt_road_xy"].tolist() == [[[0, 0], [49, 0]], [[49, 0], [100, 0]]]
    assert shown["gt_road_credit"].tolist() == [1.0, 0.0]
    assert shown["gt_road_cost"] == pytest.approx([0.0, 0.51])
    assert shown["pred_road_credit"].tolist() == [1.0]


def mask(rows):
    """A mask from text."""
    return rm.Mask(np.array([[c == "#" for c in row] for row in rows]))


def test_masks_are_taken_as_they_are():
    """Pixels count, thick or thin; the tolerance is Euclidean and inclusive."""
    gt = mask(["....", "####", "....", "...."])
    pred = mask(["....", "....", "....", "###."])
    counts = rm.get("ccq:citraro2020,slack=2")(gt, pred).counts
    assert (counts.matched_pred, counts.total_pred) == (3, 3)
    assert (counts.matched_gt, counts.total_gt) == (3, 4)
    assert rm.get("ccq:citraro2020,slack=1.99")(gt, pred).value == 0.0


def test_oner_thins_the_prediction():
    """A road three pixels thick counts as one pixel thick once thinned."""
    thick = np.zeros((11, 40), dtype=bool)
    thick[4:7, 5:35] = True
    thin = np.zeros_like(thick)
    thin[5, 5:35] = True
    score = rm.get("ccq:oner2021")(rm.Mask(thin), rm.Mask(thick))
    assert score.value == 1.0
    assert score.counts.total_pred < 40


def test_graphs_are_drawn():
    """In the pixel domain a graph is drawn: 11 pixels for a road of 10."""
    counts = rm.get("ccq:citraro2020")(line((0, 0), (10, 0)), line((0, 3), (10, 3))).counts
    assert (counts.total_gt, counts.matched_gt) == (11, 11)


def test_drawing_a_country_is_refused():
    """Too many pixels are one line, not a crash."""
    far = line((0, 0), (1e9, 1e9))
    with pytest.raises(rm.RoadMetricsError, match="clip it"):
        rm.get("ccq:citraro2020")(far, far)


def test_scaled_mask_counts_metres():
    """A slack of 5 m on pixels of 2.5 m is two pixels."""
    gt = mask(["....", "####", "....", "...."]).scaled(2.5)
    pred = mask(["....", "....", "....", "####"]).scaled(2.5)
    assert rm.get("ccq:citraro2020,slack=5")(gt, pred).value == 1.0
    assert rm.get("ccq:citraro2020,slack=4.9")(gt, pred).value == 0.0
