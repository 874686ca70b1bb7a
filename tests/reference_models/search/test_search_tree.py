"""PUCT by hand, the tree beside a plain-Python one, ends and legality, determinism."""

import numpy as np
import pytest
from fake_models import RandomModel
from oracle import Oracle

from reference_models.search.chance import dirichlet
from reference_models.search.driver import Roots, SearchArgs, legal_actions, search
from reference_models.search.tree import Rule, choice, normalised, tree_of, untried
from roadmetrics.errors import RoadMetricsError

RULE = Rule()


def roots(points, tokens, left=50):
    """Positions of as many rows as there are lists of tokens."""
    width = max(1, *(len(one) for one in tokens))
    padded = np.full((len(tokens), width), -1)
    for row, one in enumerate(tokens):
        padded[row, : len(one)] = one
    n = len(tokens)
    return Roots(padded, np.zeros(n, int), np.broadcast_to(left, n).copy(), np.asarray(points))


def node_by_hand(visits, priors, q, value, open_actions):
    """A root with children of one visit count and mean return each."""
    k = len(priors) - 1
    tree = tree_of(np.ones((1, k), bool), np.array([-1]), np.array([9]), k + 1)
    tree.open[0, 0] = np.where(open_actions, np.float32(priors), -1)
    tree.value[0, 0], tree.visits[0, 0] = value, 1 + sum(visits)
    tree.best[0, 0] = np.argmax(tree.open[0, 0]) if any(open_actions) else -1
    for a in np.flatnonzero(np.array(visits)):
        node = a + 1
        tree.sibling[0, node], tree.newest[0, 0] = tree.newest[0, 0], node
        tree.action[0, node], tree.prior[0, node] = a, priors[a]
        tree.visits[0, node], tree.total[0, node] = visits[a], visits[a] * q[a]
    return tree


# N = [3, 1, 0], P = [.5, .3, P2], own value .2: sqrt(4) (1.25 + log(19657 / 19652)) = 2.5005088,
# so exploration is .3125636, .3750763 and P2 2.5005088; Q of the third: mean of .2 and the others
@pytest.mark.parametrize(("q", "last", "expected"), [
    ((0.5, 0.1), 0.2, 0),  # Q 1, 0, .4166667: scores 1.3125636, .3750763, .9167684
    ((0.5, 0.1), 0.3582, 0),  # 1.3125636 against 1.3123490
    ((0.5, 0.1), 0.3583, 2),  # and against 1.3125990
    ((0.1, 0.5), 0.2, 1),  # .3125636, 1.3750763, .9167684
    ((0.2, 0.2), 0.2, 2),  # no range: .3125636, .3750763, .5001018
    ((0.202, 0.2), 0.2, 2),  # divided by .01, not by .002: .5125636, .3750763, .5667684
    ((0.202, 0.2), 0.178, 0),  # .5125636 against .5117572
    ((0.202, 0.2), 0.179, 2),  # and against .5142577
])  # fmt: skip
def test_puct_at_a_node_by_hand(q, last, expected):
    tree = node_by_hand([3, 1, 0], [0.5, 0.3, last], q, 0.2, [False, False, True])
    tree.low[0], tree.high[0] = min(q), max(q)
    action, child = choice(tree, RULE, 0, 0)
    assert (action, child) == (expected, {0: 1, 1: 2, 2: -1}[expected])


def test_equal_scores_go_to_the_lowest_action():
    tree = node_by_hand([2, 2, 0], [0.4, 0.4, 0.1], (0.3, 0.3), 0.3, [False, False, True])
    tree.low[0] = tree.high[0] = 0.3
    assert choice(tree, RULE, 0, 0)[0] == 0
    tree = node_by_hand([0, 2, 0], [0.4 / 3, 0.4, 0.1], (0.3, 0.3), 0.3, [True, False, True])
    tree.prior[0, 2] = 3 * np.float64(tree.open[0, 0, 0])  # 3 P / (1 + 2) is P exactly
    tree.low[0] = tree.high[0] = 0.3
    assert choice(tree, RULE, 0, 0)[0] == 0
    tree = node_by_hand([0, 0, 0], [0.4, 0.4, 0.4], (0, 0), 0.3, [False, True, True])
    assert choice(tree, RULE, 0, 0)[0] == 1


def test_q_is_a_share_of_the_range_and_of_the_least_range_where_that_is_small():
    tree = tree_of(np.ones((1, 2), bool), np.array([-1]), np.array([9]), 3)
    assert normalised(tree, RULE, 0, 0.7) == 0.0  # nothing walked
    tree.low[0], tree.high[0] = 0.1, 0.3
    assert [round(normalised(tree, RULE, 0, q), 9) for q in (0.1, 0.25, 0.3, 0.5, -1.0)] == [
        0.0, 0.75, 1.0, 1.0, 0.0,
    ]  # fmt: skip
    tree.high[0] = 0.104
    assert normalised(tree, RULE, 0, 0.102) == pytest.approx(0.2)
    assert normalised(tree, Rule(value_delta_max=0.001), 0, 0.102) == pytest.approx(0.5)


def test_q_of_an_action_not_tried():
    tree = node_by_hand([3, 1, 0], [0.5, 0.3, 0.2], (0.5, 0.1), 0.2, [False, False, True])
    assert untried(tree, RULE, 0, 0) == pytest.approx((0.2 + 0.5 + 0.1) / 3)
    tree = node_by_hand([0, 0, 0], [0.5, 0.3, 0.2], (0, 0), 0.2, [True] * 3)
    assert untried(tree, RULE, 0, 0) == 0.2


def random_case(seed):
    """Roots of four rows: other key points, tokens, steps left, sharpness and constants each."""
    rng = np.random.default_rng(seed)
    k = int(rng.integers(2, 12))
    numbers = [int(rng.integers(2, k + 1)) for _ in range(4)]
    points = np.arange(k) < np.array(numbers)[:, None]
    tokens = [
        [(start + i) % n for i in range(int(rng.integers(0, 4)))]
        for n, start in ((n, int(rng.integers(n))) for n in numbers)
    ]
    left = rng.choice([1, 2, 3, 5, 40], 4)
    rule = Rule(gamma=float(rng.choice([1.0, 0.9])), value_delta_max=float(rng.choice([0.01, 0.3])))
    args = SearchArgs(int(rng.integers(1, 60)), float(rng.uniform(0.05, 0.6)), rule=rule)
    model = RandomModel(k, seed, float(rng.choice([0.3, 1.0, 4.0])))
    legal = legal_actions(points, roots(points, tokens).first)
    noise = dirichlet([np.random.default_rng([seed, row]) for row in range(4)], legal)
    return model, roots(points, tokens, left), args, noise if seed % 3 else None, tokens


@pytest.mark.parametrize("seed", range(50))
def test_visits_are_those_of_a_search_written_plainly(seed):
    """Fifty batches of four trees."""
    model, roots, args, noise, tokens = random_case(seed)
    found = search(model, roots, args, noise)
    for row in range(4):
        oracle = Oracle(
            lambda path, row=row: model.answer((row, *path)),
            int(roots.points[row].sum()), model.max_key_points, tokens[row], int(roots.left[row]),
            args.rule, None if noise is None else noise[row], args.noise_share,
        )  # fmt: skip
        for _ in range(args.n_simulations):
            oracle.simulate()
        np.testing.assert_array_equal(found.visits[row], oracle.visits())
        assert found.values[row] == pytest.approx(oracle.root_value, abs=1e-12)
        for action, child in oracle.root.children.items():
            assert found.q[row, action] == pytest.approx(oracle.q(child), abs=1e-12)
        assert np.isnan(found.q[row, found.visits[row] == 0]).all()
        assert found.visits[row].sum() == args.n_simulations


def test_one_search_twice_is_the_same_and_rows_do_not_depend_on_each_other():
    model, several, args, noise, _ = random_case(4)
    first, again = (search(model, several, args, noise) for _ in range(2))
    for one, other in zip(first[:4], again[:4], strict=True):
        np.testing.assert_array_equal(one, other)
    alone = Roots(*(part[:1] for part in several))
    row = search(model, alone, args, noise[:1])
    np.testing.assert_array_equal(row.visits[0], first.visits[0])
    np.testing.assert_array_equal(row.values[0], first.values[0])


def test_parity_in_every_node():
    points = np.arange(6) < 4  # two of six are padding
    found = search(RandomModel(6), roots([points], [[0, 2, 3]]), SearchArgs(200))
    tree = found.tree
    assert found.visits[0, [3, 4, 5, 6]].sum() == 0  # the waiting one, padding, END
    used = np.flatnonzero(tree.visits[0] > 0)
    assert tree.depth[0, used].max() >= 4
    for node in used:
        tokens = []
        at = node
        while at > 0:
            tokens.insert(0, int(tree.action[0, at]))
            at = tree.parent[0, at]
        every = [0, 2, 3, *tokens]
        if 6 in every:
            assert every.index(6) == len(every) - 1
            assert every.index(6) % 2 == 0
            assert tree.newest[0, node] == -1
            continue
        assert all(a != b for a, b in zip(every[::2], every[1::2], strict=False))
        assert max(every) < 4


def test_end_is_worth_nothing_is_met_again_and_ends_the_tree():
    class Loves(RandomModel):
        """All hope on END, which brings 9 and 9 more if one believes it."""

        def answer(self, path):
            logits = np.zeros(self.max_key_points + 1, np.float32)
            logits[-1] = 5.0
            return 9.0, logits, 9.0 if path[-1] == self.max_key_points else -0.5

    model = Loves(3)
    found = search(model, roots(np.ones((1, 3), bool), [[]]), SearchArgs(20))
    end = found.tree.newest[0, 0]
    while found.tree.action[0, end] != 3:
        end = found.tree.sibling[0, end]
    assert found.q[0, 3] == 0.0
    assert found.visits[0, 3] > 10
    assert found.tree.is_over[0, end]
    assert found.tree.newest[0, end] == -1
    assert model.n_calls == 20  # asked in each simulation, not read
    assert found.tree.visits[0].sum() > 21  # nodes that END took the place of stay empty
    assert (found.tree.visits[0] == 0).sum() == found.visits[0, 3] - 1


def test_no_step_beyond_the_last():
    model = RandomModel(5)
    found = search(model, roots(np.ones((3, 5), bool), [[], [1], []], [1, 2, 0]), SearchArgs(30))
    assert found.tree.depth.max(axis=1).tolist() == [1, 2, 0]
    assert found.visits.sum(axis=1).tolist() == [30, 30, 0]
    deepest = (found.tree.depth[1] == 2) & (found.tree.visits[1] > 0)
    assert (found.tree.value[1, deepest] == 0.0).all()
    # the reward of a first end is not read, that of the second end is
    assert (found.tree.reward[0] == 0.0).all()
    assert (found.tree.reward[1, found.tree.depth[1] == 1] != 0.0).any()


def test_a_row_with_one_key_point_can_only_end():
    points = np.array([[True, False, False], [False, False, False]])
    found = search(RandomModel(3), roots(points, [[], []]), SearchArgs(7))
    assert found.visits.tolist() == [[0, 0, 0, 7]] * 2


def test_no_simulations_and_no_rows():
    found = search(RandomModel(3), roots(np.ones((2, 3), bool), [[], [0]]), SearchArgs(0))
    assert found.visits.sum() == 0
    assert found.prior.sum(axis=1) == pytest.approx([1.0, 1.0])
    assert found.prior[1, [0, 3]].tolist() == [0.0, 0.0]

    class Nobody(RandomModel):
        def initial(self, tokens, steps, n_nodes):
            return np.zeros((0, 4)), np.zeros(0)

        def recurrent(self, node, parents, actions):
            return np.zeros(0), np.zeros((0, 4)), np.zeros(0)

    nothing = Roots(np.zeros((0, 2), int), *np.zeros((2, 0), int), np.zeros((0, 3), bool))
    assert search(Nobody(3), nothing, SearchArgs(4)).visits.shape == (0, 4)


@pytest.mark.parametrize("wrong", ["logits", "inf logits", "value", "reward", "root"])
def test_a_model_that_has_diverged_is_told(wrong):
    class Broken(RandomModel):
        def answer(self, path):
            reward, logits, value = super().answer(path)
            if path[0] == 1 and (wrong == "root" or len(path) == 3):
                if "logits" in wrong:
                    logits[:] = np.nan if wrong == "logits" else -np.inf
                reward = np.nan if wrong == "reward" else reward
                value = np.inf if wrong in ("value", "root") else value
            return reward, logits, value

    with pytest.raises(RoadMetricsError, match=r"^row 1 of the batch: .* no finite numbers"):
        search(Broken(4), roots(np.ones((2, 4), bool), [[], []]), SearchArgs(40))


def test_minus_infinity_where_an_action_is_illegal_is_no_error():
    class Masked(RandomModel):
        def answer(self, path):
            reward, logits, value = super().answer(path)
            if (len(path) - 1) % 2:
                logits[[path[-1], -1]] = -np.inf
            return reward, logits, value

    points = np.ones((1, 4), bool)
    masked, plain = (
        search(model, roots(points, [[]]), SearchArgs(60)).visits
        for model in (Masked(4), RandomModel(4))
    )
    np.testing.assert_array_equal(masked, plain)


def test_noise_is_drawn_over_legal_actions_and_mixed_in():
    legal = np.array([[True, True, False, True], [False, True, True, False]])
    noise = dirichlet([np.random.default_rng(row) for row in range(2)], legal, 0.3)
    assert (noise[~legal] == 0).all()
    points = np.ones((2, 3), bool)
    model, several = RandomModel(3), roots(points, [[], [0]])
    plain, stirred = (
        search(model, several, SearchArgs(0), one) for one in (None, np.full((2, 4), 0.25))
    )
    expected = 0.75 * plain.prior + 0.25 * 0.25
    legal = legal_actions(points, several.first)
    assert stirred.prior[legal] == pytest.approx(expected[legal], abs=1e-7)
    assert (stirred.prior[~legal] == 0).all()


def test_first_simulation_follows_the_prior():
    for seed in range(5):
        model = RandomModel(9, seed)
        found = search(model, roots(np.ones((1, 9), bool), [[]]), SearchArgs(1))
        assert found.visits[0].argmax() == found.prior[0].argmax()


def test_rule_of_the_environment():
    pytest.importorskip("gymnasium")
    from roadmetrics import RoadGraph
    from roadmetrics.env import BuildRoads

    gt = RoadGraph([(0, 0), (9, 0), (9, 9)], [(0, 1)], "px")
    env = BuildRoads([(gt,)], weights={"ccq": 1.0}, max_key_points=5, max_edges=4)
    observation, _ = env.reset(seed=0)
    is_over = False
    for action in (2, 0, 1, 2, 5):
        assert not is_over
        one = Roots(
            observation["tokens"][None], np.zeros(1, int), np.ones(1, int),
            observation["key_point_mask"][None] > 0,
        )  # fmt: skip
        legal = legal_actions(one.points, one.first)[0]
        np.testing.assert_array_equal(legal, observation["action_mask"] > 0)
        observation, _, is_over, _, _ = env.step(action)
    assert is_over


@pytest.mark.parametrize(("options", "told"), [
    ({"n_simulations": -1}, "n_simulations"), ({"noise_share": 2.0}, "noise_share"),
    ({"noise_alpha": 0.0}, "noise_alpha"), ({"rule": Rule(value_delta_max=0.0)}, "delta_max"),
])  # fmt: skip
def test_settings_that_make_no_sense(options, told):
    with pytest.raises(RoadMetricsError, match=told):
        SearchArgs(**options)
