"""Workers of Ray: actors of one core that score one tile at a time.

This process hands the tiles out, looks at the clock, and begins a tile again whose worker died.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from . import __version__
from .errors import RoadMetricsError
from .workers import ONE_THREAD, Limits, Outcome, Queue, done

TRIES = 3  # times that a tile is begun whose worker dies
LOOK = 1.0  # seconds between looks at the clock: Ctrl-C waits no longer
ONE_EACH = {"env_vars": dict.fromkeys(ONE_THREAD, "1")}  # threads, as Ray is told


@dataclass(frozen=True)
class RayEngine:
    """An `Engine` on a Ray that has been begun."""

    ray: Any
    name: str
    environment: Mapping[str, Any]  # of the workers, as Ray's runtime_env
    least: int = 1

    def most(self, jobs: int) -> int:
        """As many as asked for: a cluster that grows may come to have them."""
        return jobs or max(int(self.ray.cluster_resources().get("CPU", 1)), 1)

    def outcomes(
        self,
        work: Callable[[Any], Any],
        things: Sequence[Any],
        order: Sequence[int],
        n_workers: int,
        limits: Limits,
    ) -> Iterator[Outcome[Any]]:
        """As `workers.outcomes`; a thing whose worker died is begun again, `TRIES` times in all."""
        crew = _Crew(self, work, limits)
        try:
            crew.hire(n_workers)
            yield from crew.outcomes(things, Queue(order))
        except ConnectionError as error:
            reason = " ".join(str(error).split())[:200]
            raise RoadMetricsError(f"{self.name} is lost: {reason}") from None
        finally:
            crew.dismiss()


@dataclass
class _Worker:
    """An actor, and what it has in hand; -1 until it is ready."""

    actor: Any
    index: int = -1
    since: float = 0.0


class _Crew:
    """The workers of one run, by the reference that each is to answer."""

    def __init__(self, engine: RayEngine, work: Callable[[Any], Any], limits: Limits) -> None:
        self.engine, self.ray, self.limits = engine, engine.ray, limits
        options: dict[str, Any] = {"num_cpus": 1, "max_restarts": 0, "max_task_retries": 0}
        if engine.environment:
            options["runtime_env"] = dict(engine.environment)
        actor: Any = self.ray.remote(**options)(_Scorer)
        self.make: Callable[[], Any] = partial(actor.remote, work, os.getcwd(), limits.memory)
        self.busy: dict[Any, _Worker] = {}
        self.idle: list[_Worker] = []
        self.n_lost = 0  # workers that ended before they were ready, one after the other

    def hire(self, n: int = 1) -> None:
        for _ in range(n):
            worker = _Worker(self.make())
            self.busy[worker.actor.version.remote()] = worker

    def dismiss(self) -> None:
        with suppress(Exception):  # the cluster may be gone
            for worker in (*self.busy.values(), *self.idle):
                self.ray.kill(worker.actor)

    def outcomes(self, things: Sequence[Any], queue: Queue) -> Iterator[Outcome[Any]]:
        deaths: Counter[int] = Counter()
        while queue or any(worker.index >= 0 for worker in self.busy.values()):
            while queue and self.idle:
                self._give(self.idle.pop(), queue.take(), things)
            for worker, outcome in self._answers():
                if outcome is None:  # it died
                    deaths[worker.index] += 1
                    if deaths[worker.index] < TRIES:
                        queue.again(worker.index)
                        continue
                    outcome = Outcome(worker.index, ended=f"its worker died {TRIES} times")
                queue.tell(outcome)
                yield outcome

    def _give(self, worker: _Worker, index: int, things: Sequence[Any]) -> None:
        worker.index, worker.since = index, time.monotonic()
        self.busy[worker.actor.done.remote(index, things[index])] = worker

    def _answers(self) -> list[tuple[_Worker, Outcome[Any] | None]]:
        """Outcomes of this moment; None of a worker that died."""
        refs, _ = self.ray.wait(list(self.busy), num_returns=1, timeout=self._patience())
        found: list[tuple[_Worker, Outcome[Any] | None]] = []
        for ref in refs:
            worker = self.busy.pop(ref)
            if worker.index < 0:
                self._welcome(worker, ref)
            else:
                found.append((worker, self._outcome(worker, ref)))
        return found + self._too_long()

    def _patience(self) -> float:
        if self.limits.seconds is None:
            return LOOK
        since = min((w.since for w in self.busy.values() if w.index >= 0), default=time.monotonic())
        return min(LOOK, max(0.0, since + self.limits.seconds - time.monotonic()))

    def _welcome(self, worker: _Worker, ref: Any) -> None:
        """It is ready, or another is hired; RoadMetricsError where that goes on."""
        try:
            version = self.ray.get(ref)
        except self.ray.exceptions.RayError as error:
            self.n_lost += 1
            if self.n_lost >= TRIES:
                raise RoadMetricsError(
                    f"{self.engine.name} cannot start a worker: {reason_of(error)} (is roadmetrics "
                    "installed on every node?)"
                ) from None
            self.hire()
            return
        if version != __version__:
            raise RoadMetricsError(
                f"{self.engine.name} has roadmetrics {version}, here is {__version__}: install one"
            )
        self.n_lost = 0
        self.idle.append(worker)

    def _outcome(self, worker: _Worker, ref: Any) -> Outcome[Any] | None:
        try:
            outcome: Outcome[Any] = self.ray.get(ref)
        except self.ray.exceptions.RayTaskError as error:  # it lives, but its answer cannot be sent
            outcome = Outcome(worker.index, error=RoadMetricsError(reason_of(error)))
        except self.ray.exceptions.RayError:
            self.hire()
            return None
        self.idle.append(worker)
        return outcome

    def _too_long(self) -> list[tuple[_Worker, Outcome[Any] | None]]:
        """Workers whose time is over are ended, and others hired."""
        if self.limits.seconds is None:
            return []
        now = time.monotonic()
        late = {
            ref: worker for ref, worker in self.busy.items()
            if worker.index >= 0 and now - worker.since >= self.limits.seconds
        }  # fmt: skip
        for ref, worker in late.items():
            del self.busy[ref]
            self.ray.kill(worker.actor)
            self.hire()
        return [(w, Outcome(w.index, ended=self.limits.told())) for w in late.values()]


class _Scorer:
    """What runs in a worker."""

    def __init__(self, work: Callable[[Any], Any], folder: str, memory: float | None) -> None:
        self.work, self.memory = work, memory
        with suppress(OSError):  # paths may be absolute
            os.chdir(folder)

    def version(self) -> str:
        return __version__

    def done(self, index: int, thing: Any) -> Outcome[Any]:
        return done(index, self.work, thing, self.memory)


def reason_of(error: BaseException) -> str:
    """The last line that says something: Ray puts tracebacks before it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:200]
