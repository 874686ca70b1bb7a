"""What search asks of a model: arrays in, arrays out, hidden states stay with the model.

B rows, K key points (padded), A = K + 1 actions: 0 .. K-1 a key point, K = END. A model is called
in this order, always with all B rows of its batch, so that its arrays have one shape throughout:

1. ``begin(tasks)`` once for a batch of episodes: images and key points are encoded here, once.
2. ``initial(tokens, steps, n_nodes)`` before each move: evaluates the position of every row and
   keeps its hidden state as node 0 of that row; states of an earlier search may be forgotten.
3. ``recurrent(node, parents, actions)`` for node 1, 2, .. n_nodes - 1: row b goes from the state at
   (b, parents[b]) by actions[b] to a new one, kept at (b, node).

Rows whose episode is over, and rows that meet an end of the tree again, are passed with valid
parents and actions, too; what comes back for them is not read. END may be passed as an action.
Nothing that is returned is changed, and nothing is kept after the next call.

Units: rewards and values are changes of the score (an edge brings some 0.005; values are sums of
what is to come, undiscounted). A model that learns scaled ones divides before it answers.
A reward is read where an action completes an edge, nowhere else; a value not where the episode
ends. Logits may be -inf where an action is illegal: they are not read there.

Rows may depend on each other to the last bit (matrix products of other batch sizes round
otherwise), so the unit of work of self-play is a batch of fixed episode numbers: see selfplay.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.floating[Any]]
LongArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


class TaskLike(Protocol):
    """What self-play itself reads of a `Task`; the model reads what it likes."""

    @property
    def id(self) -> str: ...

    @property
    def key_points(self) -> npt.NDArray[np.float64]:
        """[N, 2] of the image's pixels."""

    @property
    def start(self) -> npt.NDArray[np.integer[Any]]:
        """[M, 2] edges that are drawn already."""

    def patch(self) -> Any:
        """A `roadmetrics.env.Patch`."""


class Model(Protocol):
    """See the top of the file.

    ``max_key_points`` is K. ``step`` of a position is the share of the steps that are used, as in
    the environment's observation; each action adds 1 / max_steps.
    """

    @property
    def max_key_points(self) -> int: ...

    def begin(self, tasks: Sequence[TaskLike | None]) -> None:
        """Take up B tasks; None is a row that is not used."""

    def initial(
        self, tokens: LongArray, steps: LongArray, n_nodes: int
    ) -> tuple[FloatArray, FloatArray]:
        """Logits [B, A] and values [B] of positions.

        ``tokens`` [B, T]: the starting graph's, then what was drawn, then -1; ``steps`` [B]:
        actions since the start of the episode.
        """

    def recurrent(
        self, node: int, parents: LongArray, actions: LongArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Rewards [B], logits [B, A] and values [B] after ``actions`` [B] from ``parents`` [B]."""
