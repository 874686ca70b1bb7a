"""Actors of Ray that play units and stay, so that libraries and weights load once.

A worker that dies costs the unit that it had in hand: that is played again, from the same numbers.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from roadmetrics import __version__
from roadmetrics.errors import RoadMetricsError
from roadmetrics.ray_workers import LOOK, TRIES, RayEngine, reason_of
from roadmetrics.workers import Outcome, done

from .crew import Make, Player, Turns
from .episode import Episode
from .selfplay import Unit


@dataclass
class _Worker:
    """An actor, and the unit that it has in hand: None until it is ready."""

    actor: Any
    unit: Unit | None = None


class RayCrew:
    """A `Crew` on a Ray that has been begun."""

    def __init__(self, engine: RayEngine, n_workers: int, make: Make) -> None:
        self.ray, self.name, self.turns = engine.ray, engine.name, Turns()
        options: dict[str, Any] = {"num_cpus": 1, "max_restarts": 0, "max_task_retries": 0}
        if engine.environment:
            options["runtime_env"] = dict(engine.environment)
        actor: Any = self.ray.remote(**options)(_Host)
        self.make: Callable[[], Any] = partial(actor.remote, make, os.getcwd())
        self.sent: dict[int, Any] = {}  # references of weights by version
        self.busy: dict[Any, _Worker] = {}  # by the reference that each is to answer
        self.idle: list[_Worker] = []
        self.todo: list[Unit] = []  # by number, the next one last
        self.played: dict[int, Outcome[list[Episode]]] = {}
        self.deaths: Counter[int] = Counter()  # by unit
        self.n_lost = 0  # workers that ended before they were ready, one after the other
        for _ in range(n_workers):
            self._hire()

    def publish(self, version: int, weights: bytes) -> None:
        """See `Crew`."""
        self.turns.publish(version, weights)
        self.sent[version] = self.ray.put(weights)

    def submit(self, unit: Unit) -> None:
        """See `Crew`."""
        self.turns.submit(unit)
        self.todo.insert(0, unit)
        self._look(0.0)

    def collect(self) -> list[Episode]:
        """See `Crew`; others are played meanwhile."""
        unit = self.turns.next()
        try:
            while unit.number not in self.played:
                self._look(LOOK)
        except ConnectionError as error:
            reason = " ".join(str(error).split())[:200]
            raise RoadMetricsError(f"{self.name} is lost: {reason}") from None
        self.turns.done()
        self.sent = {version: self.sent[version] for version in self.turns.weights}
        return _result(self.played.pop(unit.number))

    def dismiss(self) -> None:
        """End the workers."""
        with suppress(Exception):  # the cluster may be gone
            for worker in (*self.busy.values(), *self.idle):
                self.ray.kill(worker.actor)

    def _hire(self) -> None:
        worker = _Worker(self.make())
        self.busy[worker.actor.version.remote()] = worker

    def _look(self, patience: float) -> None:
        """Hand units out, and take up what has come within ``patience`` seconds."""
        while self.todo and self.idle:
            worker, unit = self.idle.pop(), self.todo.pop()
            worker.unit = unit
            ref = worker.actor.play.remote(unit, unit.version, self.sent[unit.version])
            self.busy[ref] = worker
        refs, _ = self.ray.wait(list(self.busy), num_returns=1, timeout=patience)
        for ref in refs:
            worker = self.busy.pop(ref)
            if worker.unit is None:
                self._welcome(worker, ref)
            else:
                self._take(worker, worker.unit, ref)

    def _welcome(self, worker: _Worker, ref: Any) -> None:
        """It is ready, or another is hired; RoadMetricsError where that goes on."""
        try:
            version = self.ray.get(ref)
        except self.ray.exceptions.RayError as error:
            self.n_lost += 1
            if self.n_lost >= TRIES:
                raise RoadMetricsError(
                    f"{self.name} cannot start a worker: {reason_of(error)} (is roadmetrics "
                    "installed on every node?)"
                ) from None
            self._hire()
            return
        if version != __version__:
            raise RoadMetricsError(
                f"{self.name} has roadmetrics {version}, here is {__version__}: install one"
            )
        self.n_lost = 0
        self.idle.append(worker)

    def _take(self, worker: _Worker, unit: Unit, ref: Any) -> None:
        """The episodes of a unit; it is played again where its worker died."""
        worker.unit = None
        try:
            self.played[unit.number] = self.ray.get(ref)
        except self.ray.exceptions.RayTaskError as error:  # it lives, its answer cannot be sent
            told = RoadMetricsError(reason_of(error))
            self.played[unit.number] = Outcome(unit.number, error=told)
        except self.ray.exceptions.RayError:
            self._hire()
            self.deaths[unit.number] += 1
            if self.deaths[unit.number] < TRIES:
                self.todo.append(unit)  # others wait for it
                return
            ended = f"unit {unit.number}: its worker died {TRIES} times"
            self.played[unit.number] = Outcome(unit.number, ended=ended)
            return
        self.idle.append(worker)


def _result(outcome: Outcome[list[Episode]]) -> list[Episode]:
    if outcome.error is not None:
        raise outcome.error
    if outcome.ended:
        raise RoadMetricsError(f"{outcome.ended}: for want of memory, perhaps")
    assert outcome.result is not None
    return outcome.result


class _Host:
    """What runs in a worker."""

    def __init__(self, make: Make, folder: str) -> None:
        with suppress(OSError):  # paths may be absolute
            os.chdir(folder)
        self.player: Player = make()
        self.held = -1

    def version(self) -> str:
        return __version__

    def play(self, unit: Unit, version: int, weights: bytes) -> Outcome[list[Episode]]:
        """The episodes, or the error."""

        def work(unit: Unit) -> list[Episode]:
            if version != self.held:
                self.player.load(weights)
                self.held = version
            return self.player.play(unit)

        return done(unit.number, work, unit, None)
