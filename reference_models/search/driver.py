"""One search for each row of a batch: the model is asked for all rows at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from roadmetrics.errors import RoadMetricsError

from .model import BoolArray, FloatArray, LongArray, Model
from .tree import Rule, Tree, advance, legal_here, plant, select, tree_of, walked


@dataclass(frozen=True)
class SearchArgs:
    """How long to search, and the noise at the root (share of the prior that it takes)."""

    n_simulations: int = 50
    noise_share: float = 0.25
    noise_alpha: float = 0.3
    rule: Rule = Rule()

    def __post_init__(self) -> None:
        if self.n_simulations < 0:
            raise RoadMetricsError(f"n_simulations is 0 or more, not {self.n_simulations}")
        if not 0.0 <= self.noise_share <= 1.0 or not self.noise_alpha > 0.0:
            raise RoadMetricsError("noise_share lies within 0 and 1, noise_alpha above 0")
        if not self.rule.value_delta_max > 0.0:
            raise RoadMetricsError("value_delta_max must be above 0")


class Roots(NamedTuple):
    """B positions; K key points, tokens padded with -1 to T."""

    tokens: LongArray  # [B, T]
    steps: LongArray  # [B] actions since the start of the episode
    left: LongArray  # [B] actions until it is cut off; 0: the row is not searched
    points: BoolArray  # [B, K] real key points

    @property
    def first(self) -> LongArray:
        """[B] the key point that waits for the second end of its edge, -1 between edges."""
        n = (self.tokens >= 0).sum(axis=1)
        last = np.take_along_axis(self.tokens, np.maximum(n - 1, 0)[:, None], axis=1)[:, 0]
        return np.where(n % 2 == 1, last, -1)


class Found(NamedTuple):
    """What searches found; rows that were not searched are 0 (and NaN)."""

    visits: LongArray  # [B, A] simulations that began with the action
    values: FloatArray  # [B] mean return, the model's own value of the root included
    q: FloatArray  # [B, A] reward and mean return of the action, NaN where it was not tried
    prior: FloatArray  # [B, A] of the root, noise included; 0 where illegal
    tree: Tree


def legal_actions(points: BoolArray, first: LongArray) -> BoolArray:
    """[B, A] by the rule of the environment: see `tree.legal_here`.

    >>> legal_actions(np.array([[True, True, False]] * 2), np.array([-1, 0])).astype(int).tolist()
    [[1, 1, 0, 1], [0, 1, 0, 0]]
    >>> legal_actions(np.zeros((0, 3), bool), np.zeros(0, int)).shape
    (0, 4)
    """
    legal = np.zeros((len(points), points.shape[1] + 1), bool)
    for row, waiting in enumerate(np.asarray(first).tolist()):
        legal_here(points[row], waiting, legal[row])
    return legal


def search(
    model: Model, roots: Roots, args: SearchArgs = SearchArgs(), noise: FloatArray | None = None
) -> Found:
    """Search from every root; ``noise`` [B, A] as `chance.dirichlet` draws it, none without.

    The model has begun the tasks of the rows already. The same numbers of the model give the same
    result. Raises RoadMetricsError where the model answers with what is no number.
    """
    tree = tree_of(roots.points, roots.first, roots.left, args.n_simulations)
    logits, values = model.initial(roots.tokens, roots.steps, args.n_simulations + 1)
    legal = legal_actions(roots.points, roots.first)
    _check(plant(tree, legal, _single(logits), _double(values)))
    _root_priors(tree, legal, args.noise_share, noise)
    prior = np.where(legal & (roots.left > 0)[:, None], tree.open[:, 0], 0.0)
    parents, actions, leaves = np.zeros((3, len(legal)), np.int64)
    select(tree, args.rule, parents, actions, leaves)
    for node in range(1, args.n_simulations + 1):
        rewards, logits, values = model.recurrent(node, parents, actions)
        answer = _double(rewards), _single(logits), _double(values)
        _check(advance(tree, args.rule, node, parents, actions, leaves, *answer))
    return _found(tree, args.rule, prior)


def _root_priors(tree: Tree, legal: BoolArray, share: float, noise: FloatArray | None) -> None:
    """Mix noise into the priors of the roots: (1 - share) P + share noise."""
    if noise is None or not len(legal):
        return
    root, live = tree.open[:, 0], legal & (tree.left > 0)[:, None]
    root[live] = (1.0 - share) * root[live] + share * noise[live]
    tree.best[:, 0] = np.where(tree.left > 0, root.argmax(axis=1), -1)


def _found(tree: Tree, rule: Rule, prior: FloatArray) -> Found:
    visits, q = np.zeros(prior.shape, np.int64), np.full(prior.shape, np.nan)
    for row, child in enumerate(tree.newest[:, 0].tolist()):
        while child >= 0:
            action = tree.action[row, child]
            visits[row, action] = tree.visits[row, child]
            q[row, action] = walked(tree, rule, row, child)
            child = int(tree.sibling[row, child])
    values = tree.total[:, 0] / np.maximum(tree.visits[:, 0], 1)
    return Found(visits, values, q, prior, tree)


def _check(row: int) -> None:
    if row >= 0:
        raise RoadMetricsError(
            f"row {row} of the batch: the model's logits, value or reward are no finite numbers: "
            "did its training diverge?"
        )


def _single(logits: FloatArray) -> FloatArray:
    return np.ascontiguousarray(logits, np.float32)


def _double(values: FloatArray) -> FloatArray:
    return np.ascontiguousarray(values, np.float64)
