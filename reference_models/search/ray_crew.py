"""Actors of Ray that play units and stay, so that libraries and weights load once.

A worker that dies costs the unit that it had in hand: that is played again, from the same numbers.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from roadmetrics.errors import RoadMetricsError
from roadmetrics.ray_actors import LOOK, TRIES, Host
from roadmetrics.ray_workers import RayEngine
from roadmetrics.workers import Outcome, done

from .crew import Make, Player, Turns
from .episode import Episode
from .selfplay import Unit


class RayCrew:
    """A `Crew` on a Ray that has been begun."""

    def __init__(self, engine: RayEngine, n_workers: int, make: Make) -> None:
        self.ray, self.turns = engine.ray, Turns()
        self.actors = engine.actors(_Host, make)
        self.sent: dict[int, Any] = {}  # references of weights by version
        self.units: dict[int, Unit] = {}  # by number, until they are played
        self.todo: list[int] = []  # numbers, the next one last
        self.played: dict[int, Outcome[list[Episode]]] = {}
        self.deaths: Counter[int] = Counter()  # by unit
        self.actors.hire(n_workers)

    def publish(self, version: int, weights: bytes) -> None:
        """See `Crew`."""
        self.turns.publish(version, weights)
        self.sent[version] = self.ray.put(weights)

    def submit(self, unit: Unit) -> None:
        """See `Crew`."""
        self.turns.submit(unit)
        self.units[unit.number] = unit
        self.todo.insert(0, unit.number)
        self._look(0.0)

    def collect(self) -> list[Episode]:
        """See `Crew`; others are played meanwhile."""
        unit = self.turns.next()
        try:
            while unit.number not in self.played:
                self._look(LOOK)
        except ConnectionError as error:
            raise self.actors.lost(error) from None
        self.turns.done()
        self.sent = {version: self.sent[version] for version in self.turns.weights}
        return _result(self.played.pop(unit.number))

    def dismiss(self) -> None:
        """End the workers."""
        self.actors.dismiss()

    def _look(self, patience: float) -> None:
        """Hand units out, and take up what has come within ``patience`` seconds."""
        while self.todo and self.actors.idle:
            worker, unit = self.actors.idle.pop(), self.units[self.todo.pop()]
            ref = worker.actor.play.remote(unit, self.sent[unit.version])
            self.actors.give(worker, unit.number, ref)
        for worker, outcome in self.actors.answers(patience):
            self._take(worker.number, outcome)

    def _take(self, number: int, outcome: Outcome[list[Episode]] | None) -> None:
        """The episodes of a unit; it is played again where its worker died."""
        if outcome is None:
            self.deaths[number] += 1
            if self.deaths[number] < TRIES:
                self.todo.append(number)  # others wait for it
                return
            outcome = Outcome(number, ended=f"unit {number}: its worker died {TRIES} times")
        self.played[number] = outcome
        del self.units[number]


def _result(outcome: Outcome[list[Episode]]) -> list[Episode]:
    if outcome.error is not None:
        raise outcome.error
    if outcome.ended:
        raise RoadMetricsError(f"{outcome.ended}: for want of memory, perhaps")
    assert outcome.result is not None
    return outcome.result


class _Host(Host):
    """What runs in a worker."""

    def __init__(self, folder: str, make: Make) -> None:
        super().__init__(folder)
        self.player: Player = make()
        self.held = -1

    def play(self, unit: Unit, weights: bytes) -> Outcome[list[Episode]]:
        """The episodes, or the error."""

        def work(unit: Unit) -> list[Episode]:
            if unit.version != self.held:
                self.player.load(weights)
                self.held = unit.version
            return self.player.play(unit)

        return done(unit.number, work, unit, None)
