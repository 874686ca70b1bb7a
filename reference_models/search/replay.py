"""A small replay of episodes: positions are drawn by how wrong their values were.

References
----------
T. Schaul et al.: Prioritized experience replay, ICLR 2016, arXiv:1511.05952: P ~ p ** alpha,
weights (N P) ** -beta divided by the greatest; alpha .6, beta .4 to 1 as in EfficientZero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from roadmetrics.errors import RoadMetricsError

from .episode import Episode, returns
from .model import BoolArray, FloatArray, LongArray

SLACK = 1e-6  # added to priorities: none is 0


def beta_at(progress: float) -> float:
    """How far weights make up for priorities: .4 at the start of the training, 1 at its end.

    >>> [beta_at(share) for share in (0.0, 0.5, 1.0)]
    [0.4, 0.7, 1.0]
    """
    return 0.4 + 0.6 * min(max(progress, 0.0), 1.0)


@dataclass(frozen=True)
class ReplayArgs:
    """How much is kept, and what is learned from it.

    ``priority`` is each position's own, or its episode's mean ("episode", as Anagnostidis et al.
    have it: an episode is drawn, then a position in it evenly). Targets: see `episode.returns`.
    """

    capacity: int = 512
    alpha: float = 0.6
    priority: str = "episode"
    unroll: int = 5
    td_lambda: float = 1.0
    n_steps: int | None = None
    gamma: float = 1.0

    def __post_init__(self) -> None:
        if self.capacity < 1 or self.unroll < 0 or self.alpha < 0:
            raise RoadMetricsError("a replay has a capacity from 1, unroll and alpha from 0")
        if self.priority not in ("episode", "position"):
            raise RoadMetricsError(f"priority is episode or position, not {self.priority!r}")
        if not 0.0 <= self.td_lambda <= 1.0 or (self.n_steps is not None and self.n_steps < 1):
            raise RoadMetricsError("td_lambda lies within 0 and 1, n_steps from 1")

    def returns(self, episode: Episode) -> FloatArray:
        """[T] targets of the value."""
        return returns(episode, td_lambda=self.td_lambda, n_steps=self.n_steps, gamma=self.gamma)


class Sample(NamedTuple):
    """N positions of E episodes, each followed for U actions; padded with 0 beyond the end."""

    episodes: tuple[Episode, ...]  # [E] those that positions are of, each once, by number
    rows: LongArray  # [N] which of them
    positions: LongArray  # [N]
    places: LongArray  # [N] tokens before the position, the start's included
    steps: LongArray  # [N, U + 1] actions before
    actions: LongArray  # [N, U] END beyond the end
    rewards: FloatArray  # [N, U]
    shares: FloatArray  # [N, U + 1, A] target of the policy
    values: FloatArray  # [N, U + 1] target of the value
    counts: BoolArray  # [N, U + 1] the episode was not over there
    weights: FloatArray  # [N] of importance, the greatest is 1


class Replay:
    """Episodes in the order in which they were added; the first goes when there are too many.

    >>> one = Episode(0, 0, [], [0, 1, 2], [0, 0.5, 0], np.eye(3), [0.3, 0.4, 0], [1, 1, 1])
    >>> replay = Replay(ReplayArgs(unroll=2))
    >>> replay.add(one)
    >>> sample = replay.sample(4, np.random.default_rng(0))
    >>> sample.shares.shape, sample.weights.tolist()
    ((4, 3, 3), [1.0, 1.0, 1.0, 1.0])
    >>> Replay().sample(4, np.random.default_rng(0))
    Traceback (most recent call last):
    ...
    roadmetrics.errors.RoadMetricsError: the replay is empty: play episodes first
    """

    def __init__(self, args: ReplayArgs = ReplayArgs()) -> None:
        self.args = args
        self._episodes: dict[int, Episode] = {}  # by number
        self._priorities: dict[int, FloatArray] = {}  # [T] of each

    def __len__(self) -> int:
        return len(self._episodes)

    @property
    def episodes(self) -> list[Episode]:
        """The oldest first."""
        return list(self._episodes.values())

    @property
    def n_positions(self) -> int:
        return sum(len(episode) for episode in self._episodes.values())

    def priorities(self, number: int) -> FloatArray:
        """[T] of an episode that is held."""
        return self._priorities[number].copy()

    def add(self, episode: Episode, priorities: FloatArray | None = None) -> None:
        """Keep an episode, with priorities [T] as `priorities` gave them.

        Without them they are how far the search's values were off, and a little.

        Raises RoadMetricsError for a number that is held already, and another number of actions.
        """
        if episode.number in self._episodes:
            raise RoadMetricsError(f"episode {episode.number} is in the replay already")
        for other in self._episodes.values():
            if other.end != episode.end:
                raise RoadMetricsError(
                    f"episode {episode.number} has {episode.end} key points at most, those in the "
                    f"replay {other.end}"
                )
            break
        if priorities is None:
            priorities = np.abs(episode.values - self.args.returns(episode)) + SLACK
        self._priorities[episode.number] = _sound(priorities, len(episode))
        self._episodes[episode.number] = episode
        while len(self._episodes) > self.args.capacity:
            oldest = next(iter(self._episodes))
            del self._episodes[oldest], self._priorities[oldest]

    def replace(self, episode: Episode) -> None:
        """Put a renewed episode in the place of the old one; one that is gone stays gone."""
        if episode.number in self._episodes:
            self._episodes[episode.number] = episode

    def update(self, sample: Sample, priorities: FloatArray) -> None:
        """Set |prediction - target| [N] of the positions of a sample; those gone are left out."""
        new = _sound(priorities, len(sample.rows)) + SLACK
        for row, position, priority in zip(sample.rows, sample.positions, new, strict=True):
            held = self._priorities.get(sample.episodes[row].number)
            if held is not None:
                held[position] = priority

    def probabilities(self) -> FloatArray:
        """[P] of every position that is held, in the order of `episodes`; they add up to 1."""
        lengths = [len(episode) for episode in self._episodes.values()]
        if self.args.priority == "position":
            every = np.concatenate(list(self._priorities.values())) ** self.args.alpha
        else:
            means = np.array([one.mean() for one in self._priorities.values()])
            every = np.repeat(means**self.args.alpha / np.array(lengths), lengths)
        return np.asarray(every / every.sum())

    def places(self) -> tuple[LongArray, LongArray]:
        """(number of the episode [P], position [P]) of every position that is held."""
        lengths = [len(episode) for episode in self._episodes.values()]
        numbers = np.repeat(np.array(list(self._episodes), np.int64), lengths)
        each = [np.arange(length) for length in lengths]
        return numbers, np.concatenate(each) if each else np.zeros(0, np.int64)

    def sample(
        self, n: int, rng: np.random.Generator, beta: float = 1.0, together: int = 1
    ) -> Sample:
        """Draw n positions, with repetition: the same generator draws the same ones.

        ``together`` positions are drawn of an episode at a time: each has the probability that it
        would have alone, and fewer images are to be looked at.
        """
        if not self._episodes:
            raise RoadMetricsError("the replay is empty: play episodes first")
        probabilities = self.probabilities()
        chosen = self._chosen(probabilities, n, rng, together)
        weights = (len(probabilities) * probabilities[chosen]) ** -beta
        numbers, positions = (part[chosen] for part in self.places())
        used, rows = np.unique(numbers, return_inverse=True)
        episodes = tuple(self._episodes[int(number)] for number in used)
        return self._sample(episodes, rows.reshape(-1), positions, weights / weights.max())

    def _chosen(
        self, probabilities: FloatArray, n: int, rng: np.random.Generator, together: int
    ) -> LongArray:
        """[n] indices of positions: of each episode drawn ``together``, the last one maybe less."""
        steps = np.cumsum(probabilities)
        first = _drawn(steps, rng.random(-(-n // together)) * steps[-1])
        if together == 1:
            return first
        ends = np.cumsum([len(episode) for episode in self._episodes.values()])
        episode = np.searchsorted(ends, first, side="right")
        high = steps[ends[episode] - 1]
        low = np.concatenate([[0.0], steps[ends[:-1] - 1]])[episode]
        others = rng.random((len(first), together - 1)) * (high - low)[:, None] + low[:, None]
        last = np.minimum(_drawn(steps, others), ends[episode][:, None] - 1)
        return np.concatenate([first[:, None], last], axis=1).reshape(-1)[:n]

    def _sample(
        self,
        episodes: Sequence[Episode],
        rows: LongArray,
        positions: LongArray,
        weights: FloatArray,
    ) -> Sample:
        n, unroll, end = len(rows), self.args.unroll, episodes[0].end
        sample = Sample(
            tuple(episodes), rows, positions,
            np.array([episodes[row].place(t) for row, t in zip(rows, positions, strict=True)]),
            positions[:, None] + np.arange(unroll + 1),
            np.full((n, unroll), end), np.zeros((n, unroll)),
            np.zeros((n, unroll + 1, end + 1)), np.zeros((n, unroll + 1)),
            np.zeros((n, unroll + 1), bool), weights,
        )  # fmt: skip
        worth = [self.args.returns(episode) for episode in episodes]
        for k, (row, t) in enumerate(zip(rows, positions, strict=True)):
            one = episodes[row]
            m, u = min(unroll + 1, len(one) - t), min(unroll, len(one) - t)
            sample.actions[k, :u] = one.actions[t : t + u]
            sample.rewards[k, :u] = one.rewards[t : t + u]
            sample.shares[k, :m] = one.shares[t : t + m]
            sample.values[k, :m] = worth[row][t : t + m]
            sample.counts[k, :m] = True
        return sample


def _drawn(steps: FloatArray, at: FloatArray) -> LongArray:
    """Indices of the intervals between cumulative sums that numbers lie in."""
    found: LongArray = np.minimum(np.searchsorted(steps, at, side="right"), len(steps) - 1)
    return found


def _sound(priorities: FloatArray, n: int) -> FloatArray:
    found = np.array(priorities, np.float64).reshape(-1)
    if len(found) != n or not np.isfinite(found).all() or (found < 0).any():
        raise RoadMetricsError(f"priorities are {n} finite numbers from 0")
    return found
