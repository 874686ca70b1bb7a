"""Beside mctx, where that is installed: it is no dependency, and takes half a minute to compile.

Its `search` walks, expands and backs up by itself; what it is told is this project's PUCT, for its
own starts from another count of visits and another Q of actions not tried, and knows no range of
the whole tree: the range is fixed here, wider than any Q.
"""

import numpy as np
import pytest

from reference_models.search import driver
from reference_models.search.driver import Roots, SearchArgs, search

mctx = pytest.importorskip("mctx", reason="mctx is not installed: no dependency")
jax = pytest.importorskip("jax")
jnp = jax.numpy

K, B, S, N = 7, 64, 40, 4096  # key points, rows, simulations, answers
REACH = 2.0  # Q lies within -REACH and REACH


class Table:
    """Answers looked up by a number that depends on the path."""

    max_key_points = K

    def __init__(self, seed):
        rng = np.random.default_rng(seed)
        self.logits = rng.normal(size=(N, K + 1)).astype(np.float32)
        self.rewards, self.values = 0.05 * rng.normal(size=N), 0.2 * rng.normal(size=N)

    def begin(self, tasks):
        pass

    def initial(self, tokens, steps, n_nodes):
        self.at = np.zeros((len(tokens), n_nodes), np.int64)
        self.at[:, 0] = np.arange(len(tokens))
        return self.logits[self.at[:, 0]], self.values[self.at[:, 0]]

    def recurrent(self, node, parents, actions):
        at = after(self.at[np.arange(len(parents)), parents], actions)
        self.at[:, node] = at
        return self.rewards[at], self.logits[at], self.values[at]


def after(at, action):
    return (at * 31 + action * 7 + 1) % N


def choose(_, tree, node, depth):
    """The action by this project's formula, on mctx's arrays of one tree."""
    n = tree.children_visits[node]
    total = jnp.maximum(n.sum(), 1)
    widen = jnp.sqrt(total) * (1.25 + jnp.log((total + 19652 + 1) / 19652))
    q = tree.children_rewards[node] + tree.children_values[node]
    mean = (tree.raw_values[node] + jnp.where(n > 0, q, 0.0).sum()) / (1 + (n > 0).sum())
    share = (jnp.where(n > 0, q, mean) + REACH) / (2 * REACH)
    prior = jax.nn.softmax(tree.children_prior_logits[node]).astype(jnp.float32)
    score = share + prior.astype(jnp.float64) * widen / (1 + n)
    is_legal = tree.children_prior_logits[node] > -1e8
    return jnp.argmax(jnp.where(is_legal, score, -jnp.inf)).astype(jnp.int32)


def by_mctx(table, n_points):
    """(visits [B, A], values [B]) of the roots."""
    logits, rewards, values = (
        jnp.asarray(part, jnp.float64) for part in (table.logits, table.rewards, table.values)
    )
    is_point = jnp.arange(K) < jnp.asarray(n_points)[:, None]

    def masked(logits, first):
        legal = is_point & (jnp.arange(K) != first[:, None])
        return jnp.where(jnp.concatenate([legal, (first < 0)[:, None]], axis=1), logits, -1e9)

    def recurrent(_, key, action, state):
        at, first, is_over = state
        at = after(at, action)
        reward = jnp.where((first >= 0) & ~is_over, rewards[at], 0.0)
        is_over = is_over | (action == K)  # mctx goes on below END, where all is 0
        first = jnp.where((first < 0) & (action != K), action, -1)
        output = mctx.RecurrentFnOutput(
            reward=reward, discount=jnp.ones(B), prior_logits=masked(logits[at], first),
            value=jnp.where(is_over, 0.0, values[at]),
        )  # fmt: skip
        return output, (at, first, is_over)

    row, between = jnp.arange(B), jnp.full(B, -1)
    root = mctx.RootFnOutput(
        prior_logits=masked(logits[row], between), value=values[row],
        embedding=(row, between, jnp.zeros(B, bool)),
    )  # fmt: skip
    tree = jax.jit(
        lambda key: mctx.search(
            (), key, root=root, recurrent_fn=recurrent, num_simulations=S,
            root_action_selection_fn=lambda key, tree, node: choose(key, tree, node, 0),
            interior_action_selection_fn=choose,
        )
    )(jax.random.PRNGKey(0))  # fmt: skip
    return np.asarray(tree.summary().visit_counts), np.asarray(tree.summary().value)


@pytest.mark.parametrize("seed", range(3))
def test_visits_of_mctx(seed, monkeypatch):
    def with_range(*args, tree_of=driver.tree_of):
        tree = tree_of(*args)
        tree.low[:], tree.high[:] = -REACH, REACH
        return tree

    monkeypatch.setattr(driver, "tree_of", with_range)
    n_points = np.random.default_rng(seed).integers(2, K + 1, B)
    roots = Roots(
        np.full((B, 1), -1), np.zeros(B, int), np.full(B, 500), np.arange(K) < n_points[:, None]
    )
    found = search(Table(seed), roots, SearchArgs(S))
    assert (found.tree.low == -REACH).all()
    assert (found.tree.high == REACH).all()
    with jax.enable_x64(True):
        visits, values = by_mctx(Table(seed), n_points)
    np.testing.assert_array_equal(found.visits, visits)
    assert found.values == pytest.approx(values, abs=1e-12)
