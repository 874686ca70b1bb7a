"""Replay: priorities, weights, unrolled targets, and bytes that are whole or refused."""

import io
import pickle

import numpy as np
import pytest

from reference_models.search.episode import Episode
from reference_models.search.replay import SLACK, Replay, ReplayArgs
from reference_models.search.replay_file import from_bytes, load_replay, save_replay, to_bytes
from roadmetrics.errors import FormatError, RoadMetricsError

K = 3


def episode(number, n=6, seed=0):
    rng = np.random.default_rng([seed, number])
    shares = rng.dirichlet(np.ones(K + 1), n)
    actions = np.append(np.arange(n - 1) % K, K)
    return Episode(number, number % 2, [0, 1], actions, rng.normal(size=n), shares,
                   rng.normal(size=n), np.full(n, 1))  # fmt: skip


def filled(n=5, **options):
    replay = Replay(ReplayArgs(**options))
    for number in range(n):
        replay.add(episode(number, 3 + number))
    return replay


@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.0])
@pytest.mark.parametrize("together", [1, 4])
def test_positions_are_drawn_by_their_priority(alpha, together):
    replay = filled(3, alpha=alpha, priority="position")
    priorities = np.concatenate([replay.priorities(number) for number in range(3)])
    expected = priorities**alpha / (priorities**alpha).sum()
    assert replay.probabilities() == pytest.approx(expected)
    drawn = replay.sample(20_000, np.random.default_rng(0), together=together)
    counts = np.zeros(len(expected))
    first = np.cumsum([0, 3, 4])
    numbers = np.array([one.number for one in drawn.episodes])
    np.add.at(counts, first[numbers[drawn.rows]] + drawn.positions, 1)
    assert counts / 20_000 == pytest.approx(expected, abs=0.012)


def test_episodes_are_drawn_by_their_mean_and_positions_evenly():
    replay = filled(3)
    means = np.array([replay.priorities(number).mean() for number in range(3)]) ** 0.6
    expected = np.repeat(means / means.sum() / np.array([3, 4, 5]), [3, 4, 5])
    assert replay.probabilities() == pytest.approx(expected)


def test_positions_of_an_episode_are_drawn_together():
    sample = filled(5).sample(23, np.random.default_rng(0), together=8)
    assert len(sample.rows) == 23
    for first in range(0, 23, 8):
        assert len(set(sample.rows[first : first + 8])) == 1
    assert len(sample.episodes) <= 3


def test_weights_make_up_for_priorities():
    replay = filled(4, priority="position")
    for beta in (0.4, 1.0):
        sample = replay.sample(64, np.random.default_rng(1), beta)
        probabilities = replay.probabilities()
        numbers, positions = replay.places()
        chosen = [
            int(np.flatnonzero((numbers == sample.episodes[row].number) & (positions == t))[0])
            for row, t in zip(sample.rows, sample.positions, strict=True)
        ]
        weights = (len(probabilities) * probabilities[chosen]) ** -beta
        assert sample.weights == pytest.approx(weights / weights.max())
        assert sample.weights.max() == 1.0


def test_first_priorities_are_what_the_search_was_off_by():
    replay = filled(1)
    one = replay.episodes[0]
    expected = np.abs(one.values - replay.args.returns(one)) + SLACK
    assert replay.priorities(0) == pytest.approx(expected, abs=1e-15)


def test_new_priorities():
    replay = filled(3)
    sample = replay.sample(4, np.random.default_rng(5))
    replay.update(sample, np.array([1.0, 2.0, 0.0, 4.0]))
    for k in range(4):
        later = [j for j in range(4) if (sample.rows[j], sample.positions[j]) == (
            sample.rows[k], sample.positions[k])][-1]  # fmt: skip
        held = replay.priorities(sample.episodes[sample.rows[k]].number)[sample.positions[k]]
        assert held == [1.0, 2.0, 0.0, 4.0][later] + SLACK
    for wrong in ([1.0], [1.0, np.nan, 1.0, 1.0], [-1.0, 0, 0, 0]):
        with pytest.raises(RoadMetricsError, match="4 finite numbers"):
            replay.update(sample, np.array(wrong))


def test_the_oldest_goes_and_is_not_missed():
    replay = filled(3, capacity=3)
    sample = replay.sample(50, np.random.default_rng(0))
    replay.add(episode(3))
    assert [one.number for one in replay.episodes] == [1, 2, 3]
    replay.update(sample, np.ones(50))
    replay.replace(episode(0))
    assert len(replay) == 3
    with pytest.raises(RoadMetricsError, match="episode 2 is in the replay already"):
        replay.add(episode(2))
    other = Episode(9, 0, [], [0], [0.0], np.full((1, 7), 1 / 7), [0.0], [0])
    with pytest.raises(RoadMetricsError, match=r"episode 9 has 6 key points at most, .* 3"):
        replay.add(other)


@pytest.mark.parametrize("td_lambda", [1.0, 0.5])
def test_unrolled_targets(td_lambda):
    replay = filled(4, unroll=5, td_lambda=td_lambda)
    sample = replay.sample(40, np.random.default_rng(3))
    assert [one.number for one in sample.episodes] == sorted(
        {one.number for one in sample.episodes}
    )
    seen = set()
    for k in range(40):
        one, t = sample.episodes[sample.rows[k]], int(sample.positions[k])
        worth = replay.args.returns(one)
        assert sample.places[k] == 2 + t
        assert sample.steps[k].tolist() == list(range(t, t + 6))
        for u in range(6):
            is_there = t + u < len(one)
            assert sample.counts[k, u] == is_there
            assert sample.values[k, u] == (worth[t + u] if is_there else 0.0)
            expected = one.shares[t + u] if is_there else np.zeros(K + 1)
            np.testing.assert_array_equal(sample.shares[k, u], expected)
            if u < 5:
                assert sample.rewards[k, u] == (one.rewards[t + u] if is_there else 0.0)
                assert sample.actions[k, u] == (one.actions[t + u] if is_there else K)
            seen.add(is_there)
    assert seen == {True, False}


def test_the_same_generator_draws_the_same():
    one, other = (filled(5).sample(16, np.random.default_rng(4)) for _ in range(2))
    for a, b in zip(one[1:], other[1:], strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("options", [
    {"capacity": 0}, {"alpha": -1.0}, {"priority": "both"}, {"td_lambda": 2.0}, {"n_steps": 0},
])  # fmt: skip
def test_arguments_that_make_no_sense(options):
    with pytest.raises(RoadMetricsError):
        ReplayArgs(**options)


def test_saved_and_loaded(tmp_path):
    replay = filled(5, capacity=4)
    replay.update(replay.sample(9, np.random.default_rng(0)), np.linspace(0, 3, 9))
    save_replay(tmp_path / "replay.npz", replay)
    again = load_replay(tmp_path / "replay.npz", replay.args)
    assert to_bytes(again) == to_bytes(replay)
    one, other = (r.sample(16, np.random.default_rng(4)) for r in (replay, again))
    for a, b in zip(one[1:], other[1:], strict=True):
        np.testing.assert_array_equal(a, b)
    assert [e.number for e in again.episodes] == [1, 2, 3, 4]
    assert [path.name for path in tmp_path.iterdir()] == ["replay.npz"]
    save_replay(tmp_path / "replay.npz", Replay())
    assert len(load_replay(tmp_path / "replay.npz", ReplayArgs())) == 0


def changed(replay, **arrays):
    with np.load(io.BytesIO(to_bytes(replay))) as held:
        parts = {**{key: held[key] for key in held.files}, **arrays}
    stream = io.BytesIO()
    np.savez(stream, **{key: value for key, value in parts.items() if value is not None})
    return stream.getvalue()


def test_damaged_files(tmp_path):
    replay = filled(2)
    data = to_bytes(replay)
    for size in (1, 100, len(data) // 2, len(data) - 1):
        (tmp_path / "r.npz").write_bytes(data[:size])
        with pytest.raises(FormatError, match=r"r\.npz: not a whole replay"):
            load_replay(tmp_path / "r.npz", ReplayArgs())
    rng = np.random.default_rng(0)
    for _ in range(60):
        bad = bytearray(data)
        bad[rng.integers(len(bad))] ^= 1 << int(rng.integers(8))
        try:
            found = from_bytes(bytes(bad), ReplayArgs())
        except FormatError:
            continue
        assert to_bytes(found) == data  # a bit that says nothing
    with pytest.raises(FormatError, match=r"none\.npz: no such file"):
        load_replay(tmp_path / "none.npz", ReplayArgs())


@pytest.mark.parametrize(("arrays", "told"), [
    ({"format": np.array("other")}, "not a replay of this version"),
    ({"format": None}, "not a replay of this version"),
    ({"rewards": np.zeros(3)}, "3 rewards, but 7 actions"),
    ({"rewards": np.full(7, np.nan)}, "episode 0: a number is not finite"),
    ({"length": np.array([7, 0])}, "episode 0: |episode 1: it has no action"),
    ({"length": np.array([8, -1])}, "length is no list"),
    ({"number": np.array([4, 4])}, "episode 4 is in the replay already"),
    ({"start": np.zeros(9, int)}, "of no episode"),
    ({"start": np.array([0, 1, 0, 9])}, "no list of edges"),
    ({"shares": np.zeros(7)}, "shape"),
    ({"priorities": np.full(7, -1.0)}, "finite numbers from 0"),
    ({"values": None}, "do not fit"),
    ({"values": np.array(["x"] * 7)}, "do not fit"),
    ({"actions": np.array([{}] * 7, object)}, "not a whole replay"),
])  # fmt: skip
def test_files_of_something_else(arrays, told):
    with pytest.raises(FormatError, match=told) as caught:
        from_bytes(changed(filled(2), **arrays), ReplayArgs(), "r.npz")
    assert str(caught.value).startswith("r.npz: ")
    assert "\n" not in str(caught.value)


def test_pickles_are_not_read():
    for data in (pickle.dumps({}), b"", b"PK\x03\x04", b"hello"):
        with pytest.raises(FormatError, match="not a whole replay"):
            from_bytes(data, ReplayArgs())
