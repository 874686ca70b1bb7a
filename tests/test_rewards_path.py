"""The path term against the full metric."""

import itertools

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


def streets(seed, n=5, side=320.0, bends=2):
    """A town of bent streets and key points near its vertices; every third on a coarse lattice."""
    rng = np.random.default_rng(seed)
    corner = np.stack(np.meshgrid(np.arange(n), np.arange(n)), axis=-1).reshape(-1, 2)
    index = np.arange(n * n).reshape(n, n)
    pairs = [*zip(index[:, :-1].flat, index[:, 1:].flat, strict=True)]
    pairs += [*zip(index[:-1].flat, index[1:].flat, strict=True)]
    xy = [*(corner * side / (n - 1) + rng.uniform(-8, 8, corner.shape))]
    edges = []
    for a, b in pairs:
        ids = [a, *range(len(xy), len(xy) + bends), b]
        at = np.arange(1, bends + 1)[:, None] / (bends + 1)
        xy += list(xy[a] + (xy[b] - xy[a]) * at + rng.normal(0, 2, (bends, 2)))
        edges += itertools.pairwise(ids)
    xy = np.array(xy)
    gt = graph(xy, [edges[k] for k in range(len(edges)) if k % 9])
    moved = np.round(xy / 8) * 8 if seed % 3 == 0 else xy + rng.normal(0, 2, xy.shape)
    edges += [edge for edge in rng.integers(0, len(xy), (12, 2)).tolist() if edge[0] != edge[1]]
    return gt, moved, rng.permutation(edges).tolist()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("in_batch", [False, True])
def test_what_is_remembered_is_what_a_fresh_look_finds(seed, in_batch):
    """To the bit, after every step: edges, steps back, removals, copies."""
    gt, xy, edges = streets(seed)
    scorer, fresh = (RewardScorer(gt, {"path": 1.0}) for _ in range(2))
    scorer.reset(xy)
    for k, (i, j) in enumerate(edges[:90]):
        if in_batch:
            RewardBatch([scorer]).add_edges([i], [j])
        else:
            scorer.add_edge(i, j)
        if k % 7 == 6:
            scorer.undo()
            scorer.undo()
        if k % 11 == 10:
            scorer = scorer.copy()
        if k % 17 == 16:
            scorer.remove_edge(*scorer.graph().edges[k // 2])
        fresh.reset(xy, scorer.graph().edges)
        assert scorer.score == fresh.score
    value = scorer.metrics["path"](gt, scorer.graph()).value
    assert scorer.score == pytest.approx(value, abs=1e-9)
