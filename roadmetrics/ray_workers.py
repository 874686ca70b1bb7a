"""Workers of Ray: actors of one core that score one tile at a time.

This process hands the tiles out, looks at the clock, and begins a tile again whose worker died.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .ray_actors import LOOK, TRIES, Actors, Host, Worker
from .workers import ONE_THREAD, Limits, Outcome, Queue, done

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
        actors = self.actors(_Scorer, work, limits.memory)
        try:
            actors.hire(n_workers)
            yield from _outcomes(actors, things, Queue(order), limits)
        except ConnectionError as error:
            raise actors.lost(error) from None
        finally:
            actors.dismiss()

    def actors(self, host: type[Host], *given: Any) -> Actors:
        """Workers of a kind, none yet hired."""
        return Actors(self.ray, self.name, self.environment, host, *given)


def _outcomes(
    actors: Actors, things: Sequence[Any], queue: Queue, limits: Limits
) -> Iterator[Outcome[Any]]:
    deaths: Counter[int] = Counter()
    while queue or any(worker.number >= 0 for worker in actors.busy.values()):
        while queue and actors.idle:
            worker, index = actors.idle.pop(), queue.take()
            actors.give(worker, index, worker.actor.done.remote(index, things[index]))
        answers = actors.answers(_patience(actors, limits))
        for worker, outcome in answers + _too_long(actors, limits):
            if outcome is None:  # it died
                deaths[worker.number] += 1
                if deaths[worker.number] < TRIES:
                    queue.again(worker.number)
                    continue
                outcome = Outcome(worker.number, ended=f"its worker died {TRIES} times")
            queue.tell(outcome)
            yield outcome


def _patience(actors: Actors, limits: Limits) -> float:
    """Seconds until there is something to look at."""
    if limits.seconds is None:
        return LOOK
    now = time.monotonic()
    since = min((w.since for w in actors.busy.values() if w.number >= 0), default=now)
    return min(LOOK, max(0.0, since + limits.seconds - now))


def _too_long(actors: Actors, limits: Limits) -> list[tuple[Worker, Outcome[Any] | None]]:
    """Workers whose time is over are ended, and others hired."""
    if limits.seconds is None:
        return []
    now = time.monotonic()
    late = {
        ref: worker for ref, worker in actors.busy.items()
        if worker.number >= 0 and now - worker.since >= limits.seconds
    }  # fmt: skip
    for ref in late:
        actors.end(ref)
    return [(w, Outcome(w.number, ended=limits.told())) for w in late.values()]


class _Scorer(Host):
    """What runs in a worker."""

    def __init__(self, folder: str, work: Callable[[Any], Any], memory: float | None) -> None:
        super().__init__(folder)
        self.work, self.memory = work, memory

    def done(self, index: int, thing: Any) -> Outcome[Any]:
        return done(index, self.work, thing, self.memory)
