"""A batch of search trees as arrays: PUCT of Anagnostidis et al. 2022, appendix D.1, in numba.

Node 0 is the root, node s what simulation s has added; the actions of a node are a linked list of
those tried and a row of priors of those open. Conventions, formulas and their sources are in
docs/search.md. Ties: the higher prior among actions not tried, else the lowest action.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from .model import BoolArray, FloatArray, LongArray

CLOSED = np.float32(-1.0)  # in place of the prior of an action that is illegal or was tried


class Tree(NamedTuple):
    """B trees of S + 1 nodes, A actions; of a node that is not used nothing is read."""

    open: npt.NDArray[np.float32]  # [B, S + 1, A] priors of actions not tried yet, else CLOSED
    best: LongArray  # [B, S + 1] the open action of the highest prior, -1 for none
    newest: LongArray  # [B, S + 1] the child that was added last, -1 for none
    sibling: LongArray  # [B, S + 1] the child of the same parent added before, -1 for none
    parent: LongArray  # [B, S + 1] -1 at the root
    action: LongArray  # [B, S + 1] that leads here
    prior: FloatArray  # [B, S + 1] of that action
    reward: FloatArray  # [B, S + 1] of that action
    value: FloatArray  # [B, S + 1] what the model says of the node; 0 where it ends
    total: FloatArray  # [B, S + 1] sum of the returns from here, the node's own value included
    visits: LongArray  # [B, S + 1] as many as total sums, so 1 + those of the children
    depth: LongArray  # [B, S + 1] actions from the root
    first: LongArray  # [B, S + 1] key point that waits for the second end of its edge, else -1
    is_over: BoolArray  # [B, S + 1] nothing follows: END, or no steps left
    low: FloatArray  # [B] least r + gamma v of the edges walked, inf before the first
    high: FloatArray  # [B] greatest, -inf before the first
    points: BoolArray  # [B, K] real key points
    left: LongArray  # [B] steps that the episode has; 0 for a row without search


class Rule(NamedTuple):
    """Constants of PUCT: c1, c2, gamma and the least range that Q is divided by."""

    c1: float = 1.25
    c2: float = 19652.0
    gamma: float = 1.0
    value_delta_max: float = 0.01  # a point of the score


def tree_of(points: BoolArray, first: LongArray, left: LongArray, n_simulations: int) -> Tree:
    """An empty tree over roots: see `driver.Roots`.

    >>> tree_of(np.ones((2, 3), bool), np.array([-1, 0]), np.array([9, 9]), 5).open.shape
    (2, 6, 4)
    >>> tree_of(np.ones((0, 3), bool), np.zeros(0, int), np.zeros(0, int), 5).open.shape
    (0, 6, 4)
    """
    n, size = len(points), n_simulations + 1

    def long(fill: int) -> LongArray:
        return np.full((n, size), fill, np.int64)

    def real() -> FloatArray:
        return np.zeros((n, size))

    tree = Tree(
        open=np.empty((n, size, points.shape[1] + 1), np.float32),
        best=long(-1), newest=long(-1), sibling=long(-1), parent=long(-1), action=long(-1),
        prior=real(), reward=real(), value=real(), total=real(),
        visits=long(0), depth=long(0), first=long(-1), is_over=np.zeros((n, size), bool),
        low=np.full(n, np.inf), high=np.full(n, -np.inf),
        points=np.ascontiguousarray(points), left=np.asarray(left, np.int64),
    )  # fmt: skip
    tree.first[:, 0] = first
    return tree


@njit(cache=True, nogil=True)
def plant(tree, legal, logits, values):  # type: ignore[no-untyped-def]
    """Fill the roots: open priors of ``legal`` [B, A]; the first row with a number that is none."""
    for b in range(len(values)):
        if tree.left[b] == 0:
            continue
        if not np.isfinite(values[b]) or not _softmax(logits[b], legal[b], tree.open[b, 0]):
            return b
        tree.value[b, 0] = tree.total[b, 0] = values[b]
        tree.visits[b, 0] = 1
        tree.best[b, 0] = _highest(tree.open[b, 0])
    return -1


@njit(cache=True, nogil=True)
def select(tree, rule, parents, actions, leaves):  # type: ignore[no-untyped-def]
    """Walk each tree to where it ends: node and action [B], and the child there, -1 for a new one.

    That child is the end of the episode, met again. A row without search gets node 0 and END.
    """
    for b in range(len(leaves)):
        node, action, child = 0, tree.open.shape[2] - 1, -1
        while tree.left[b] > 0:
            action, child = choice(tree, rule, b, node)
            if child < 0 or tree.is_over[b, child]:
                break
            node = child
        parents[b], actions[b], leaves[b] = node, action, child


@njit(cache=True, nogil=True)
def advance(tree, rule, node, parents, actions, leaves, rewards, logits, values):  # type: ignore[no-untyped-def]
    """`extend`, then `select` for the next simulation: taking up a tree costs 8 us a call."""
    row = extend(tree, rule, node, parents, actions, leaves, rewards, logits, values)
    if row < 0:
        select(tree, rule, parents, actions, leaves)
    return row


@njit(cache=True, nogil=True)
def choice(tree, rule, b, node):  # type: ignore[no-untyped-def]
    """The action of the highest score at a node, and the child that it leads to, -1 for a new one.

    Q + P sqrt(n) / (1 + N) (c1 + log((n + c2 + 1) / c2)), n = max(sum of N, 1).
    """
    n = max(tree.visits[b, node] - 1, 1)
    widen = np.sqrt(n) * (rule.c1 + np.log((n + rule.c2 + 1.0) / rule.c2))
    action, child, score = tree.best[b, node], -1, -np.inf
    if action >= 0:
        q = normalised(tree, rule, b, untried(tree, rule, b, node))
        score = q + tree.open[b, node, action] * widen
    k = tree.newest[b, node]
    while k >= 0:
        q = normalised(tree, rule, b, walked(tree, rule, b, k))
        one = q + tree.prior[b, k] * widen / (1.0 + tree.visits[b, k])
        if one > score or (one == score and tree.action[b, k] < action):
            action, child, score = tree.action[b, k], k, one
        k = tree.sibling[b, k]
    return action, child


@njit(cache=True, nogil=True)
def walked(tree, rule, b, k):  # type: ignore[no-untyped-def]
    """Q of the action that leads to node k: its reward and the mean of what followed."""
    return tree.reward[b, k] + rule.gamma * tree.total[b, k] / tree.visits[b, k]


@njit(cache=True, nogil=True)
def untried(tree, rule, b, node):  # type: ignore[no-untyped-def]
    """Q of an action not tried: the mean of the node's own value and of Q of those that were."""
    total, n = tree.value[b, node], 1.0
    k = tree.newest[b, node]
    while k >= 0:
        total += walked(tree, rule, b, k)
        n += 1.0
        k = tree.sibling[b, k]
    return total / n


@njit(cache=True, nogil=True)
def normalised(tree, rule, b, q):  # type: ignore[no-untyped-def]
    """Q as a share of the range seen in this tree, cut to 0 to 1; 0 before an edge was walked."""
    if tree.high[b] < tree.low[b]:
        return 0.0
    scale = max(tree.high[b] - tree.low[b], rule.value_delta_max)
    return min(max((q - tree.low[b]) / scale, 0.0), 1.0)


@njit(cache=True, nogil=True)
def extend(tree, rule, node, parents, actions, leaves, rewards, logits, values):  # type: ignore[no-untyped-def]
    """Add ``node`` to each tree, and what it is worth to all above it.

    Returns the first row in which the model gives a number that is none, -1 for no such row.
    """
    for b in range(len(leaves)):
        if tree.left[b] == 0:
            continue
        leaf = leaves[b]
        if leaf < 0:
            leaf = node
            _attach(tree, b, node, parents[b], actions[b])
            if not _evaluate(tree, b, node, rewards[b], logits[b], values[b]):
                return b
        _back_up(tree, rule, b, leaf)
    return -1


@njit(cache=True, nogil=True)
def _attach(tree, b, node, parent, action):  # type: ignore[no-untyped-def]
    tree.parent[b, node], tree.action[b, node] = parent, action
    tree.prior[b, node] = tree.open[b, parent, action]
    tree.open[b, parent, action] = CLOSED
    tree.best[b, parent] = _highest(tree.open[b, parent])
    tree.sibling[b, node] = tree.newest[b, parent]
    tree.newest[b, parent] = node
    tree.depth[b, node] = tree.depth[b, parent] + 1


@njit(cache=True, nogil=True)
def _evaluate(tree, b, node, reward, logits, value):  # type: ignore[no-untyped-def]
    """Take over the model's answer; False where a number that is read is none."""
    action, waiting = tree.action[b, node], tree.first[b, tree.parent[b, node]]
    end = tree.open.shape[2] - 1
    tree.first[b, node] = action if waiting < 0 and action != end else -1
    if waiting >= 0:
        if not np.isfinite(reward):
            return False
        tree.reward[b, node] = reward
    tree.is_over[b, node] = action == end or tree.depth[b, node] >= tree.left[b]
    if tree.is_over[b, node]:
        return True
    tree.value[b, node] = value
    legal = np.empty(end + 1, np.bool_)
    legal_here(tree.points[b], tree.first[b, node], legal)
    if not np.isfinite(value) or not _softmax(logits, legal, tree.open[b, node]):
        return False
    tree.best[b, node] = _highest(tree.open[b, node])
    return True


@njit(cache=True, nogil=True)
def legal_here(points, first, legal):  # type: ignore[no-untyped-def]
    """Fill ``legal`` [A]: all key points [K] but ``first``; between edges (-1) END, too.

    An edge needs two key points: with less, END is all there is.
    """
    n = 0
    for a in range(len(points)):
        n += points[a]
    for a in range(len(points)):
        legal[a] = points[a] and a != first and n >= 2
    legal[len(points)] = first < 0


@njit(cache=True, nogil=True)
def _back_up(tree, rule, b, node):  # type: ignore[no-untyped-def]
    """Add the value of a node to itself and, with the rewards between, to those above it."""
    worth = tree.value[b, node]
    while node >= 0:
        tree.total[b, node] += worth
        tree.visits[b, node] += 1
        if node > 0:
            q = walked(tree, rule, b, node)
            tree.low[b], tree.high[b] = min(tree.low[b], q), max(tree.high[b], q)
        worth = tree.reward[b, node] + rule.gamma * worth
        node = tree.parent[b, node]


@njit(cache=True, nogil=True)
def _softmax(logits, legal, priors):  # type: ignore[no-untyped-def]
    """Shares [A] of legal actions, CLOSED for the others; False where they are no numbers."""
    peak = -np.inf
    for a in range(len(legal)):
        if legal[a] and not logits[a] <= peak:  # NaN, too
            peak = logits[a]
    if not np.isfinite(peak):
        return False
    total = 0.0
    for a in range(len(legal)):
        if legal[a]:
            total += np.exp(np.float64(logits[a] - peak))
    if not np.isfinite(total):
        return False
    for a in range(len(legal)):
        priors[a] = np.exp(np.float64(logits[a] - peak)) / total if legal[a] else CLOSED
    return True


@njit(cache=True, nogil=True)
def _highest(priors):  # type: ignore[no-untyped-def]
    """The open action of the highest prior, the lowest of equals; -1 for none."""
    best, most = -1, np.float32(0.0)
    for a in range(len(priors)):
        if priors[a] >= 0.0 and (best < 0 or priors[a] > most):
            best, most = a, priors[a]
    return best
