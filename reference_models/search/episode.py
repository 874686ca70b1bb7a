"""An episode that was played: what was done, what it brought, what the search had said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from roadmetrics.errors import RoadMetricsError

from .model import FloatArray, LongArray


@dataclass(frozen=True, eq=False)
class Episode:
    """T actions; position t is the one before action t.

    Parameters
    ----------
    number : of the episode: its random numbers and its task depend on the seed and this alone
    task : index of the task among those that are played
    start : int64 [S] tokens of the graph that the episode began with
    actions : int64 [T] key points; END (K) at most as the last one
    rewards : float64 [T] changes of the score
    shares : float32 [T, K + 1] of the visits at each position: the policy's target
    values : float64 [T] of the root, as the search of the position found them
    versions : int64 [T] of the weights that searched the position last

    Raises
    ------
    RoadMetricsError : lengths that differ, END in the middle, no action

    >>> one = Episode(7, 0, [], [0, 1, 2], [0, 0.5, 0], np.eye(3), [0.3, 0.4, 0], [1, 1, 1])
    >>> one.tokens.tolist(), one.place(2), one.total
    ([0, 1], 2, 0.5)
    >>> Episode(7, 0, [], [], [], np.zeros((0, 3)), [], [])
    Traceback (most recent call last):
    ...
    roadmetrics.errors.RoadMetricsError: episode 7: it has no action
    """

    number: int
    task: int
    start: LongArray
    actions: LongArray
    rewards: FloatArray
    shares: npt.NDArray[np.float32]
    values: FloatArray
    versions: LongArray

    def __post_init__(self) -> None:
        kinds = {"start": np.int64, "actions": np.int64, "rewards": np.float64,
                 "shares": np.float32, "values": np.float64, "versions": np.int64}  # fmt: skip
        for name, kind in kinds.items():
            array = np.array(getattr(self, name), kind)
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        told = self._wrong()
        if told:
            raise RoadMetricsError(f"episode {self.number}: {told}")

    def _wrong(self) -> str:
        n, end = len(self.actions), self.end
        if not n:
            return "it has no action"
        if self.shares.ndim != 2 or end < 1:
            return f"shares have the shape {self.shares.shape}, not (actions, key points + 1)"
        for name in ("rewards", "shares", "values", "versions"):
            if len(getattr(self, name)) != n:
                return f"{n} actions, but {len(getattr(self, name))} {name}"
        if len(self.start) % 2 or ((self.start < 0) | (self.start >= end)).any():
            return "the start is no list of edges between key points"
        if ((self.actions < 0) | (self.actions > end)).any() or (self.actions[:-1] == end).any():
            return "an action is no key point, or END is not the last"
        if not all(np.isfinite(part).all() for part in (self.rewards, self.shares, self.values)):
            return "a number is not finite"
        return ""

    def __len__(self) -> int:
        return len(self.actions)

    @property
    def end(self) -> int:
        """The action END: K."""
        return int(self.shares.shape[-1]) - 1

    @property
    def tokens(self) -> LongArray:
        """All that was drawn, the start included; END is no token."""
        drawn = self.actions[self.actions != self.end]
        return np.concatenate([self.start, drawn])

    def place(self, position: int) -> int:
        """How many tokens lie before a position."""
        return len(self.start) + position

    @property
    def total(self) -> float:
        """The score at the end less that at the start."""
        return float(self.rewards.sum())

    def renewed(
        self, positions: LongArray, shares: FloatArray, values: FloatArray, version: int
    ) -> Episode:
        """The episode with what a later search says of some positions; what was done stays."""
        new: dict[str, Any] = {"shares": shares, "values": values, "versions": version}
        changed = {}
        for name, rows in new.items():
            changed[name] = getattr(self, name).copy()
            changed[name][positions] = rows
        return replace(self, **changed)


def returns(
    episode: Episode, *, td_lambda: float = 1.0, n_steps: int | None = None, gamma: float = 1.0
) -> FloatArray:
    """[T] targets of the value: TD(lambda), 1 (the default) is the sum of what came; or n-step.

    With ``n_steps`` the rewards of as many actions and the root's value after them, and lambda is
    not looked at. Beyond the end there is nothing: steps are counted, so a cut is an end, too.
    Raises RoadMetricsError for a lambda outside 0 to 1 and fewer than 1 step.

    >>> one = Episode(0, 0, [], [0, 1, 2], [0, 0.5, 0], np.eye(3), [0.3, 0.4, 0.1], [1, 1, 1])
    >>> returns(one).tolist(), returns(one, td_lambda=0.0).tolist()
    ([0.5, 0.5, 0.0], [0.4, 0.6, 0.0])
    >>> returns(one, n_steps=2).tolist()
    [0.6, 0.5, 0.0]
    """
    if not 0.0 <= td_lambda <= 1.0 or (n_steps is not None and n_steps < 1):
        raise RoadMetricsError(f"lambda {td_lambda!r} lies within 0 and 1, n_steps from 1")
    rewards, after = episode.rewards, np.append(episode.values[1:], 0.0)
    found, n = np.zeros(len(rewards)), len(rewards)
    if n_steps is None:
        worth = 0.0
        for t in range(n - 1, -1, -1):
            worth = rewards[t] + gamma * ((1 - td_lambda) * after[t] + td_lambda * worth)
            found[t] = worth
        return found
    for t in range(n):
        last = min(t + n_steps, n)
        found[t] = rewards[t:last] @ gamma ** np.arange(last - t)
        found[t] += gamma ** (last - t) * after[last - 1]
    return found
