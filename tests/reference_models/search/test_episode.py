"""Episodes: what is refused, returns by hand, new targets in the place of old ones."""

import numpy as np
import pytest

from reference_models.search.episode import Episode, returns
from roadmetrics.errors import RoadMetricsError


def episode(**changes):
    parts = {
        "number": 3, "task": 1, "start": [0, 1], "actions": [2, 1, 0, 2, 3],
        "rewards": [0, 0.5, 0, -0.25, 0], "shares": np.full((5, 4), 0.25),
        "values": [0.1, 0.2, 0.3, 0.4, 0.5], "versions": [7] * 5,
    }  # fmt: skip
    return Episode(**{**parts, **changes})


def test_what_was_drawn():
    one = episode()
    assert one.tokens.tolist() == [0, 1, 2, 1, 0, 2]
    assert [one.place(t) for t in (0, 4)] == [2, 6]
    assert (len(one), one.end, one.total) == (5, 3, 0.25)
    with pytest.raises(ValueError, match="read-only"):
        one.actions[0] = 1


@pytest.mark.parametrize(("changes", "told"), [
    ({"rewards": [0, 1]}, "5 actions, but 2 rewards"),
    ({"shares": np.zeros((5, 1))}, "shape"),
    ({"start": [0]}, "start"),
    ({"start": [0, 3]}, "start"),
    ({"actions": [3, 1, 0, 2, 3]}, "END is not the last"),
    ({"actions": [2, 1, 0, 2, 4]}, "no key point"),
    ({"values": [0, 0, np.nan, 0, 0]}, "not finite"),
    ({"actions": []}, "no action"),
])  # fmt: skip
def test_what_is_no_episode(changes, told):
    with pytest.raises(RoadMetricsError, match=rf"^episode 3: .*{told}"):
        episode(**changes)


def test_returns_by_hand():
    one = episode()  # rewards 0 .5 0 -.25 0, values .1 .2 .3 .4 .5
    assert returns(one).tolist() == [0.25, 0.25, -0.25, -0.25, 0.0]
    assert returns(one, n_steps=1) == pytest.approx([0.2, 0.8, 0.4, 0.25, 0.0])
    assert returns(one, td_lambda=0.0) == pytest.approx([0.2, 0.8, 0.4, 0.25, 0.0])
    assert returns(one, n_steps=9) == pytest.approx(returns(one))
    # lambda .5, from the end: 0; -.25 + .25; .5 * .4 + 0; .5 + .15 + .1; .1 + .375
    assert returns(one, td_lambda=0.5) == pytest.approx([0.475, 0.75, 0.2, 0.0, 0.0])
    # two steps: r0 + r1 + v2, r1 + r2 + v3, r2 + r3 + v4, r3 + r4, r4
    assert returns(one, n_steps=2) == pytest.approx([0.8, 0.9, 0.25, -0.25, 0.0])
    assert returns(one, n_steps=2, gamma=0.5) == pytest.approx([0.325, 0.6, 0.0, -0.25, 0.0])
    assert returns(one, gamma=0.5) == pytest.approx([0.21875, 0.4375, -0.125, -0.25, 0.0])


def test_lambda_is_the_mean_of_n_steps():
    rng = np.random.default_rng(2)
    one = episode(rewards=rng.normal(size=5), values=rng.normal(size=5))
    share, n = 0.7, 5
    mixed = sum((1 - share) * share ** (k - 1) * returns(one, n_steps=k) for k in range(1, n))
    mixed = mixed + share ** (n - 1) * returns(one, n_steps=n)
    assert returns(one, td_lambda=share) == pytest.approx(mixed)


@pytest.mark.parametrize("options", [{"td_lambda": 1.5}, {"td_lambda": -0.1}, {"n_steps": 0}])
def test_returns_of_nothing_sensible(options):
    with pytest.raises(RoadMetricsError, match="lambda"):
        returns(episode(), **options)


def test_new_targets_leave_what_was_done():
    one = episode()
    two = one.renewed(np.array([1, 4]), np.eye(4)[:2], np.array([8.0, 9.0]), 12)
    assert two.values.tolist() == [0.1, 8.0, 0.3, 0.4, 9.0]
    assert two.versions.tolist() == [7, 12, 7, 7, 12]
    assert two.shares[4].tolist() == [0, 1, 0, 0]
    assert (two.shares[[0, 2, 3]] == 0.25).all()
    np.testing.assert_array_equal(two.actions, one.actions)
    assert one.values[1] == 0.2
