"""Actors of Ray that stay, so that libraries load once; another is hired for one that dies."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from . import __version__
from .errors import RoadMetricsError
from .workers import Outcome

TRIES = 3  # times that something is begun whose worker dies
LOOK = 1.0  # seconds between looks at the clock: Ctrl-C waits no longer


@dataclass
class Worker:
    """An actor, and the number of what it has in hand; -1 until it is ready."""

    actor: Any
    number: int = -1
    since: float = 0.0


class Host:
    """What runs in a worker; each kind adds a method that gives an `Outcome`."""

    def __init__(self, folder: str) -> None:
        with suppress(OSError):  # paths may be absolute
            os.chdir(folder)

    def version(self) -> str:
        return __version__


class Actors:
    """The workers of one run: busy ones by the reference that each is to answer, and idle ones.

    ``name``: of the cluster, for messages; ``host``: made in each worker of this process's folder
    and ``given``.
    """

    def __init__(
        self, ray: Any, name: str, environment: Mapping[str, Any], host: type[Host], *given: Any
    ) -> None:
        self.ray, self.name = ray, name
        options: dict[str, Any] = {"num_cpus": 1, "max_restarts": 0, "max_task_retries": 0}
        if environment:
            options["runtime_env"] = dict(environment)
        actor: Any = ray.remote(**options)(host)
        self.make: Callable[[], Any] = partial(actor.remote, os.getcwd(), *given)
        self.busy: dict[Any, Worker] = {}
        self.idle: list[Worker] = []
        self.n_lost = 0  # workers that ended before they were ready, one after the other

    def hire(self, n: int = 1) -> None:
        for _ in range(n):
            worker = Worker(self.make())
            self.busy[worker.actor.version.remote()] = worker

    def dismiss(self) -> None:
        with suppress(Exception):  # the cluster may be gone
            for worker in (*self.busy.values(), *self.idle):
                self.ray.kill(worker.actor)

    def give(self, worker: Worker, number: int, ref: Any) -> None:
        """The worker has a thing in hand; its `Outcome` comes by the reference."""
        worker.number, worker.since = number, time.monotonic()
        self.busy[ref] = worker

    def answers(self, patience: float) -> list[tuple[Worker, Outcome[Any] | None]]:
        """Outcomes that came within ``patience`` seconds; None of a worker that died."""
        refs, _ = self.ray.wait(list(self.busy), num_returns=1, timeout=patience)
        found: list[tuple[Worker, Outcome[Any] | None]] = []
        for ref in refs:
            worker = self.busy.pop(ref)
            if worker.number < 0:
                self._welcome(worker, ref)
            else:
                found.append((worker, self._outcome(worker, ref)))
        return found

    def end(self, ref: Any) -> None:
        """End a busy worker, and hire another."""
        self.ray.kill(self.busy.pop(ref).actor)
        self.hire()

    def lost(self, error: ConnectionError) -> RoadMetricsError:
        """What to raise where the cluster does not answer any more."""
        return RoadMetricsError(f"{self.name} is lost: {' '.join(str(error).split())[:200]}")

    def _welcome(self, worker: Worker, ref: Any) -> None:
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
            self.hire()
            return
        if version != __version__:
            raise RoadMetricsError(
                f"{self.name} has roadmetrics {version}, here is {__version__}: install one"
            )
        self.n_lost = 0
        self.idle.append(worker)

    def _outcome(self, worker: Worker, ref: Any) -> Outcome[Any] | None:
        try:
            outcome: Outcome[Any] = self.ray.get(ref)
        except self.ray.exceptions.RayTaskError as error:  # it lives, but its answer cannot be sent
            outcome = Outcome(worker.number, error=RoadMetricsError(reason_of(error)))
        except self.ray.exceptions.RayError:
            self.hire()
            return None
        self.idle.append(worker)
        return outcome


def reason_of(error: BaseException) -> str:
    """The last line that says something: Ray puts tracebacks before it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:200]
