"""The path term against the full metric."""

import numpy as np
import pytest
from hypothesis import given
from rewards_steps import CASES, PAIRS, POINTS, STEPS, Episode, drawn, graph, walk

import roadmetrics as rm
from roadmetrics.rewards import RewardBatch, RewardScorer
from roadmetrics.rewards.path_term import PathGround

NAMES = ("path", "path,snap_dist=40,piece=0", "path,snap_dist=8,piece=15", "path,snap_dist=0")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("case", CASES)
def test_hand_drawn_cases(case, name):
    (vertices, edges), (xy, steps) = CASES[case]
    drawn(PathGround, name, graph(vertices, edges), xy, steps)


@pytest.mark.parametrize("name", NAMES)
@given(points=POINTS, pairs=PAIRS, key_points=POINTS, steps=STEPS)
def test_every_state_is_that_of_the_metric(name, points, pairs, key_points, steps):
    walk(PathGround, name, points, pairs, key_points, steps)


def test_a_road_with_a_gap():
    """By hand: 2 * 150^2 / 400^2 of gt, all of pred; then the gap is closed."""
    xy = [(0, 0), (150, 0), (250, 0), (400, 0)]
    values = drawn(
        PathGround, "path", graph([(0, 0), (400, 0)], [(0, 1)]), xy, [(0, 1), (2, 3), (1, 2)]
    )
    recall = 2 * 150**2 / 400**2
    assert values[1:] == pytest.approx([2 * recall / (1 + recall), 1.0], abs=1e-12)


def test_nothing_drawn_and_nothing_to_draw():
    assert Episode(PathGround, "path", graph([], []), []).term is not None
    values = drawn(PathGround, "path", graph([], []), [(0, 0), (0, 0), (9, 0)], [(0, 1), (0, 2)])
    assert values == [1.0, 0.0]


def test_a_spacing_that_the_metric_refuses_is_refused():
    gt = graph([(0, 0), (1, 0)], [(0, 1)])
    scorer = RewardScorer(gt, {"path,piece=0.001": 1.0})
    scorer.reset([(0, 0), (1e6, 0), (1, 0)])
    with pytest.raises(rm.RoadMetricsError, match="raise the spacing"):
        scorer.add_edge(0, 1)


def test_the_published_program_is_asked_itself():
    gt = graph([(0, 0), (100, 0), (100, 100)], [(0, 1), (1, 2)])
    assert not PathGround.fits(rm.get("path:citraro2020"), gt)
    scorer = RewardScorer(gt, {"path": 1.0, "path:citraro2020": 1.0})
    assert [row["way"] for row in scorer.explain().values()] == ["compiled", "full metric"]
    scorer.reset(gt.vertices + np.array([1.0, -2.0]))
    for edge in ((0, 1), (1, 2)):
        scorer.add_edge(*edge)
        for key, metric in scorer.metrics.items():
            assert abs(scorer.parts[key] - metric(gt, scorer.graph()).value) <= 1e-9


def test_a_batch_is_its_scorers():
    gt = graph([(0, 0), (100, 0), (100, 100)], [(0, 1), (1, 2)])
    scorers = [RewardScorer(gt, {"path": 1.0}) for _ in range(3)]
    for k, scorer in enumerate(scorers):
        scorer.reset(gt.vertices + np.array([k, -2.0]))
    batch = RewardBatch(scorers)
    for u, v in (([0, 1, 0], [1, 2, 2]), ([1, 0, 0], [2, 1, 1])):
        copies = [scorer.copy() for scorer in scorers]
        alone = [
            one.add_edge(*edge) for one, edge in zip(copies, zip(u, v, strict=True), strict=True)
        ]
        assert batch.add_edges(u, v).tolist() == alone
