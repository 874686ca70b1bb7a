"""What episodes are played on: the environment with its rewards, or the rules alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from roadmetrics.errors import RoadMetricsError

from .model import LongArray, TaskLike


@dataclass(frozen=True)
class Board:
    """What fits: K key points, edges (the starting graph's included), actions of an episode."""

    max_key_points: int = 64
    max_edges: int = 128
    max_steps: int = 256

    def __post_init__(self) -> None:
        if self.max_key_points < 2 or self.max_edges < 1 or self.max_steps < 1:
            raise RoadMetricsError("a board takes 2 key points, an edge and a step at least")


class Game(Protocol):
    """One episode; tokens are those of the starting graph and of what was drawn."""

    @property
    def tokens(self) -> list[int]: ...

    @property
    def left(self) -> int:
        """Actions until it is cut off; 0 where it is over."""

    def step(self, action: int) -> float:
        """Take a legal action; its reward."""


class Drawing:
    """The rules of `BuildRoads` without rewards, for images whose roads nobody knows.

    >>> import types
    >>> task = types.SimpleNamespace(id="a", key_points=np.zeros((3, 2)), start=np.array([[0, 1]]))
    >>> game = Drawing(task, Board(4, 3, 9))
    >>> game.left, game.step(1), game.step(2), game.left
    (4, 0.0, 0.0, 2)
    >>> game.step(4), game.left, game.tokens
    (0.0, 0, [0, 1, 1, 2])
    """

    def __init__(self, task: TaskLike, board: Board) -> None:
        check_fits(task, board)
        self.board, self.n_steps, self.is_over = board, 0, False
        self.tokens: list[int] = np.asarray(task.start, int).ravel().tolist()

    @property
    def left(self) -> int:
        """Steps and room for tokens, whichever is less."""
        room = 2 * self.board.max_edges - len(self.tokens)
        return 0 if self.is_over else min(self.board.max_steps - self.n_steps, room)

    def step(self, action: int) -> float:
        """No reward."""
        if action == self.board.max_key_points:
            self.is_over = True
        else:
            self.tokens.append(int(action))
        self.n_steps += 1
        return 0.0


class Scored(Drawing):
    """The environment `BuildRoads` of a task with ground truth; ``weights`` of its score."""

    def __init__(
        self, task: TaskLike, board: Board, weights: Mapping[str, float] | None = None
    ) -> None:
        from roadmetrics.env import BuildRoads  # gymnasium is an extra

        super().__init__(task, board)
        patch = task.patch()
        if patch.gt is None:
            raise RoadMetricsError(f"{task.id}: no ground truth: nothing to score an episode by")
        self.env = BuildRoads(  # the model has the picture
            [patch._replace(image=None)], weights=weights, illegal="raise", image_shape=(1, 1, 1),
            max_key_points=board.max_key_points, max_edges=board.max_edges,
            max_steps=board.max_steps,
        )  # fmt: skip
        observation, _ = self.env.reset(options={"patch": 0})
        self.tokens = _real(observation["tokens"])

    def step(self, action: int) -> float:
        """What the action adds to the score."""
        observation, reward, is_end, is_cut, _ = self.env.step(int(action))
        self.tokens = _real(observation["tokens"])
        self.n_steps += 1
        self.is_over = is_end or is_cut
        return float(reward)


def _real(tokens: npt.NDArray[Any]) -> list[int]:
    return [int(token) for token in tokens if token >= 0]


def check_fits(task: TaskLike, board: Board) -> None:
    """Raise RoadMetricsError for a task with more key points or edges than the board takes."""
    n, m = len(task.key_points), len(task.start)
    if n > board.max_key_points:
        raise RoadMetricsError(
            f"{task.id}: {n} key points, more than max_key_points={board.max_key_points}: raise it"
        )
    if m >= board.max_edges:
        raise RoadMetricsError(
            f"{task.id}: it starts with {m} edges, which leaves no room in "
            f"max_edges={board.max_edges}: raise it"
        )


def padded(rows: list[list[int]], width: int) -> LongArray:
    """[B, width] tokens, -1 behind.

    >>> padded([[3, 4], []], 3).tolist(), padded([], 3).shape
    ([[3, 4, -1], [-1, -1, -1]], (0, 3))
    """
    found = np.full((len(rows), width), -1, np.int64)
    for row, tokens in enumerate(rows):
        found[row, : len(tokens)] = tokens
    return found
