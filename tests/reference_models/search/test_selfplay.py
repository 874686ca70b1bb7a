"""Self-play: the environment's rewards, the same episodes however they are split, new targets."""

from dataclasses import replace

import numpy as np
import pytest
from fake_models import BOARD, PLAY, TASKS, TaskModel, same, streets

from reference_models.search.driver import SearchArgs
from reference_models.search.episode import Episode
from reference_models.search.game import Board, Drawing, Scored
from reference_models.search.reanalyse import reanalyse, stale
from reference_models.search.replay import Replay, ReplayArgs
from reference_models.search.selfplay import (
    Place,
    Unit,
    draw_roads,
    play_unit,
    search_again,
    task_of,
)
from roadmetrics.errors import RoadMetricsError
from roadmetrics.rewards import RewardScorer

pytest.importorskip("gymnasium")
MODEL = TaskModel(BOARD.max_key_points, 3)


def played(first=0, n=12, model=MODEL, args=PLAY, **unit):
    return play_unit(model, TASKS, args, Unit(0, first, n, **unit))


@pytest.fixture(scope="module")
def episodes():
    return played(version=4)


def test_rewards_are_changes_of_the_score(episodes):
    for one in episodes:
        task = TASKS[one.task]
        scorer = RewardScorer(task.gt, dict(PLAY.weights))
        scorer.reset(task.key_points, task.start)
        before = scorer.score
        scorer.reset(task.key_points, one.tokens.reshape(-1, 2)[: len(one.tokens) // 2]) if (
            len(one.tokens) % 2 == 0
        ) else scorer.reset(task.key_points, one.tokens[:-1].reshape(-1, 2))
        assert one.total == pytest.approx(scorer.score - before, abs=1e-9)
        assert (one.rewards[(one.actions == one.end)] == 0).all()
        is_first = (np.arange(len(one)) + len(one.start)) % 2 == 0
        assert (one.rewards[is_first] == 0).all()
    assert any(one.total != 0 for one in episodes)


def test_what_is_written_down(episodes):
    assert [one.number for one in episodes] == list(range(12))
    assert {tuple(sorted(one.task for one in episodes[k : k + 3])) for k in (0, 3, 6, 9)} == {
        (0, 1, 2)
    }
    lengths = {len(one) for one in episodes}
    assert lengths <= set(range(1, BOARD.max_steps + 1))
    assert len(lengths) > 2
    for one in episodes:
        assert one.start.tolist() == TASKS[one.task].start.ravel().tolist()
        assert one.shares.sum(axis=1) == pytest.approx(np.ones(len(one)))
        assert (one.shares[np.arange(len(one)), one.actions] > 0).all()
        assert (one.versions == 4).all()
        is_cut = one.actions[-1] != one.end
        assert not is_cut or len(one) == BOARD.max_steps or len(one.tokens) == 2 * BOARD.max_edges


@pytest.mark.parametrize("size", [1, 5])
def test_the_same_episodes_in_units_of_any_size(episodes, size):
    split = [
        one
        for first in range(0, 12, size)
        for one in played(first, min(size, 12 - first), version=4)
    ]
    assert same(split, episodes)


def test_other_seeds_and_weights_play_other_episodes(episodes):
    assert same(played(version=4), episodes)
    assert not same(played(args=replace(PLAY, seed=6), version=4), episodes)
    assert not same(played(model=TaskModel(BOARD.max_key_points, 4), version=4), episodes)


def test_arrays_have_one_shape_throughout():
    model = TaskModel(BOARD.max_key_points, 3)
    played(model=model)
    assert model.shapes == {(12, 2 * BOARD.max_edges)}


def test_heat_falls_with_progress():
    """At .25 the action tried most is taken more often than at 1."""
    taken = {}
    for progress in (0.0, 0.8):
        some = played(0, 60, progress=progress)
        taken[progress] = np.mean([
            one.shares[t, a] == one.shares[t].max()
            for one in some
            for t, a in enumerate(one.actions)
        ])  # fmt: skip
    assert taken[0.8] > taken[0.0] + 0.1


def test_every_task_once_in_a_round():
    rounds = [[task_of(9, n, 7) for n in range(k, k + 7)] for k in (0, 7, 14)]
    assert all(sorted(one) == list(range(7)) for one in rounds)
    assert rounds[0] != rounds[1]


def test_drawing_without_ground_truth():
    tasks = [streets(4 + n % 3, n, n, has_gt=False) for n in range(4)]
    tokens = draw_roads(MODEL, tasks, PLAY)
    assert tokens == draw_roads(MODEL, tasks, PLAY)
    assert [row[: 2 * n] for n, row in enumerate(tokens)] == [
        [], [0, 1], [0, 1, 1, 2], [0, 1, 1, 2, 2, 3],
    ]  # fmt: skip
    for row, task in zip(tokens, tasks, strict=True):
        assert max(row, default=0) < len(task.key_points)
    priors = draw_roads(MODEL, tasks, replace(PLAY, search=SearchArgs(0)))
    assert priors != tokens
    assert draw_roads(MODEL, tasks, PLAY, heat=1.0) != tokens
    assert draw_roads(MODEL, [], PLAY) == []


def test_rules_alone_are_those_of_the_environment():
    rng = np.random.default_rng(0)
    for number in range(20):
        task = streets(5, number, number % 3)
        board = Board(6, 4, int(rng.integers(1, 9)))
        scored, plain = Scored(task, board, {"ccq": 1.0}), Drawing(task, board)
        while scored.left:
            mask = scored.env.action_masks()
            action = int(rng.choice(np.flatnonzero(mask)))
            scored.step(action)
            assert plain.step(action) == 0.0
            assert (plain.tokens, plain.left) == (scored.tokens, scored.left)
        assert plain.left == 0


def test_tasks_that_cannot_be_played():
    with pytest.raises(RoadMetricsError, match="streets0: no ground truth"):
        play_unit(MODEL, [streets(4, has_gt=False)], PLAY, Unit(0, 0, 1))
    with pytest.raises(
        RoadMetricsError, match="streets1: 7 key points, more than max_key_points=6"
    ):
        play_unit(MODEL, [streets(7, 1)], PLAY, Unit(0, 0, 1))
    with pytest.raises(RoadMetricsError, match="starts with 5 edges"):
        draw_roads(MODEL, [streets(6, 1, 5)], PLAY)
    with pytest.raises(RoadMetricsError, match="no task to play"):
        play_unit(MODEL, [], PLAY, Unit(0, 0, 1))
    with pytest.raises(RoadMetricsError, match="2 key points"):
        Board(1)


def test_a_second_search_by_the_same_model_finds_the_same(episodes):
    quiet = played(args=replace(PLAY, is_noisy=False))
    places = [Place(one, t) for one in quiet for t in range(len(one))]
    for n_rows in (4, 64):
        policy, values = search_again(MODEL, TASKS, places, PLAY, n_rows)
        expected = np.concatenate([one.shares for one in quiet])
        np.testing.assert_array_equal(policy.astype(np.float32), expected)
        np.testing.assert_array_equal(values, np.concatenate([one.values for one in quiet]))
    policy, values = search_again(MODEL, TASKS, [], PLAY, 4)
    assert policy.shape == (0, BOARD.max_key_points + 1)
    assert values.shape == (0,)


def test_newer_weights_change_targets_of_old_episodes_and_nothing_else(episodes):
    replay = Replay(ReplayArgs())
    for one in episodes:
        replay.add(one)
    total = replay.n_positions
    newer, rng = TaskModel(BOARD.max_key_points, 8), np.random.default_rng(1)
    assert len(stale(replay, 4, 99, rng)) == 0
    n = reanalyse(newer, TASKS, replay, PLAY, version=9, n_positions=10, rng=rng, n_rows=4)
    assert n == 10
    versions = np.concatenate([one.versions for one in replay.episodes])
    assert (versions == 9).sum() == 10
    for old, new in zip(episodes, replay.episodes, strict=True):
        is_new = new.versions == 9
        np.testing.assert_array_equal(new.actions, old.actions)
        np.testing.assert_array_equal(new.rewards, old.rewards)
        np.testing.assert_array_equal(new.shares[~is_new], old.shares[~is_new])
        assert (new.values[is_new] != old.values[is_new]).all()
    changed = [
        not np.array_equal(new.shares[t], old.shares[t])
        for old, new in zip(episodes, replay.episodes, strict=True)
        for t in np.flatnonzero(new.versions == 9)
    ]
    assert np.mean(changed) > 0.7
    rest = reanalyse(newer, TASKS, replay, PLAY, version=9, n_positions=999, rng=rng)
    assert rest == total - 10
    assert len(stale(replay, 9, 99, rng)) == 0
    assert reanalyse(newer, TASKS, Replay(), PLAY, version=9, n_positions=9, rng=rng) == 0


def test_an_episode_of_a_task_with_one_key_point():
    lonely = replace(streets(3), key_points=np.zeros((1, 2)), start=np.zeros((0, 2), int))
    (one,) = play_unit(MODEL, [lonely], PLAY, Unit(0, 0, 1))
    assert isinstance(one, Episode)
    assert one.actions.tolist() == [BOARD.max_key_points]
