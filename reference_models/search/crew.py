"""What plays units of work, and in which order: what crews here and on Ray have in common."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from roadmetrics.errors import RoadMetricsError

from .episode import Episode
from .selfplay import Unit


class Player(Protocol):
    """Plays units; made once by each worker."""

    def load(self, weights: bytes) -> None:
        """Take up the weights of a version."""

    def play(self, unit: Unit) -> list[Episode]:
        """The episodes of a unit, by its number of episodes and by the weights loaded last."""


Make = Callable[[], Player]


class Crew(Protocol):
    """Units are submitted, and their episodes collected in the order of their numbers."""

    def publish(self, version: int, weights: bytes) -> None:
        """Weights for units that are submitted after this. A version is published once."""

    def submit(self, unit: Unit) -> None:
        """Numbers go up by 1 from 0; its version has been published."""

    def collect(self) -> list[Episode]:
        """Wait for the unit that is next; raises the error that playing it raised."""


class Turns:
    """What both crews check and keep: weights by version, while units need them.

    >>> turns = Turns()
    >>> turns.publish(0, b"a")
    >>> turns.submit(Unit(0, 0, 4, version=0))
    >>> turns.submit(Unit(2, 8, 4, version=0))
    Traceback (most recent call last):
    ...
    roadmetrics.errors.RoadMetricsError: unit 2: the next one is 1
    """

    def __init__(self) -> None:
        self.weights: dict[int, bytes] = {}
        self.newest = -1
        self.waiting: deque[Unit] = deque()  # submitted, not collected yet
        self.n_submitted = 0

    def publish(self, version: int, weights: bytes) -> None:
        if version <= self.newest:
            raise RoadMetricsError(f"weights {version} are not newer than {self.newest}")
        self.weights[version], self.newest = weights, version

    def submit(self, unit: Unit) -> None:
        if unit.number != self.n_submitted:
            raise RoadMetricsError(f"unit {unit.number}: the next one is {self.n_submitted}")
        if unit.version not in self.weights:
            raise RoadMetricsError(f"unit {unit.number}: weights {unit.version} are not published")
        self.n_submitted += 1
        self.waiting.append(unit)

    def next(self) -> Unit:
        """The unit that is to be collected; RoadMetricsError without one."""
        if not self.waiting:
            raise RoadMetricsError("no unit is left to collect: submit one first")
        return self.waiting[0]

    def done(self) -> None:
        """The next unit is collected; weights that nothing needs any more are dropped."""
        self.waiting.popleft()
        needed = {unit.version for unit in self.waiting} | {self.newest}
        self.weights = {v: weights for v, weights in self.weights.items() if v in needed}
