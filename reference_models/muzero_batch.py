"""What MuZero learns from: positions of episodes, and what came after each. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .graph_batches import PADDING, GraphBatch

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.floating[Any]]
Bools = npt.NDArray[np.bool_]


class EdgeFacts(NamedTuple):
    """Of each token: does it complete an edge; degrees of both ends after it; the edge's length.

    ``completes`` [B, T], ``degrees`` [B, T, 2], ``length`` [B, T], a share of the image's side;
    0 where no edge is completed.
    """

    completes: Bools
    degrees: Ints
    length: Floats


def edge_facts(tokens: Ints, key_points: Floats) -> EdgeFacts:
    """Of tokens [B, T] (-1 behind) and key points [B, K, 2].

    An edge that was drawn before adds nothing to degrees.

    >>> places = np.array([[(0.0, 0.0), (0.3, 0.4), (1.0, 0.0)]])
    >>> facts = edge_facts(np.array([[0, 1, 2, 0, 1, 0]]), places)
    >>> facts.degrees[0].tolist(), facts.length[0].round(2).tolist()
    ([[0, 0], [1, 1], [0, 0], [1, 2], [0, 0], [1, 2]], [0.0, 0.5, 0.0, 1.0, 0.0, 0.5])
    >>> edge_facts(np.zeros((1, 0), np.int64), places).length.shape
    (1, 0)
    """
    b, t = tokens.shape
    facts = EdgeFacts(
        np.zeros((b, t), bool), np.zeros((b, t, 2), np.int64), np.zeros((b, t), np.float32)
    )
    joined = np.zeros((b, key_points.shape[1], key_points.shape[1]), bool)
    rows = np.arange(b)
    for second in range(1, t, 2):
        is_edge = tokens[:, second] != PADDING
        row, i, j = rows[is_edge], tokens[is_edge, second - 1], tokens[is_edge, second]
        joined[row, i, j] = joined[row, j, i] = True
        facts.completes[row, second] = True
        facts.degrees[row, second, 0] = joined[row, i].sum(axis=1)
        facts.degrees[row, second, 1] = joined[row, j].sum(axis=1)
        apart = key_points[row, i] - key_points[row, j]
        facts.length[row, second] = np.hypot(apart[:, 0], apart[:, 1])
    return facts


@dataclass(frozen=True, eq=False)
class MuZeroBatch:
    """N positions of E episodes, each followed for U actions.

    ``episodes``: images, key points, and as tokens all that was drawn, the start included.
    ``rows`` [N]: which episode; ``places`` [N]: tokens drawn before the position; ``steps``
    [N, U + 1]: the share of the steps that was used; ``shares`` [N, U + 1, K + 1] of visits, 0
    where nothing was searched; ``values`` [N, U + 1] of the return from there, ``rewards`` [N, U]
    of the actions, in scores; ``counts`` bool [N, U + 1]: an action was taken there, END at most;
    ``weights`` [N] of importance.
    """

    episodes: GraphBatch
    rows: Ints
    places: Ints
    steps: Floats
    shares: Floats
    values: Floats
    rewards: Floats
    counts: Bools
    weights: Floats

    @property
    def unroll(self) -> int:
        """U."""
        return int(self.rewards.shape[1])

    def moves(self) -> Moves:
        """The actions that were unrolled, and what is known of them."""
        tokens = np.pad(self.episodes.tokens, ((0, 0), (0, 1)), constant_values=PADDING)
        facts = edge_facts(tokens, self.episodes.key_points)
        at = self.places[:, None] + np.arange(self.unroll)
        at = np.minimum(at, tokens.shape[1] - 1)
        rows = self.rows[:, None]
        action = tokens[rows, at]
        is_drawn = self.counts[:, :-1] & (action != PADDING)
        picked = EdgeFacts(
            facts.completes[rows, at] & is_drawn, facts.degrees[rows, at], facts.length[rows, at]
        )
        return Moves(np.maximum(action, 0), is_drawn, picked)


class Moves(NamedTuple):
    """``action`` [N, U] key points, 0 where none was drawn; ``is_drawn`` [N, U]; their facts."""

    action: Ints
    is_drawn: Bools
    facts: EdgeFacts
