"""One function over many things, in this process or in several."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from .errors import RoadMetricsError
from .workers import Limits, Outcome, outcomes

Thing = TypeVar("Thing")
Result = TypeVar("Result")

NO_LIMITS = Limits()
RAY = re.compile(r"ray(?:://(?P<host>[\w.-]+|\[[0-9a-fA-F:]+\])(?::(?P<port>\d{1,5}))?)?", re.ASCII)


class Engine(Protocol):
    """What scores things outside of this process."""

    @property
    def least(self) -> int:
        """Workers below which everything is done here."""

    def most(self, jobs: int) -> int:
        """Workers for ``jobs``, which is 0 for as many as there are places."""

    def outcomes(
        self,
        work: Callable[[Any], Any],
        things: Sequence[Any],
        order: Sequence[int],
        n_workers: int,
        limits: Limits,
    ) -> Iterator[Outcome[Any]]:
        """What becomes of every thing: see `workers.outcomes`."""


class Processes:
    """Processes on this machine."""

    least = 2
    outcomes = staticmethod(outcomes)

    def most(self, jobs: int) -> int:
        return min(jobs or n_cores(), n_cores())


PROCESSES = Processes()


def check_engine(text: str) -> re.Match[str] | None:
    """Raise RoadMetricsError unless ``text`` names an engine; host and port of a Ray.

    >>> check_engine("processes"), check_engine("ray://head")["host"]
    (None, 'head')
    >>> check_engine("")
    Traceback (most recent call last):
    ...
    roadmetrics.errors.RoadMetricsError: an engine is processes, ray or ray://HOST[:PORT], not ''
    """
    found = RAY.fullmatch(text)
    if found is None and text != "processes":
        raise RoadMetricsError(f"an engine is processes, ray or ray://HOST[:PORT], not {text!r}")
    return found


def mapped(work: Callable[[Thing], Result], things: Sequence[Thing], jobs: int) -> Iterator[Result]:
    """Results in the order of the things; ``jobs`` processes, 0 for one a core, never more.

    Raises the first error in that order, and RoadMetricsError where a process dies.

    >>> list(mapped(abs, [-1, 2], 1)), list(mapped(abs, [], 4))
    ([1, 2], [])
    """
    held: dict[int, Result] = {}
    turn = 0
    for outcome in finished(work, things, jobs):
        held[outcome.index] = result_of(outcome)
        while turn in held:
            yield held.pop(turn)
            turn += 1


def finished(
    work: Callable[[Thing], Result],
    things: Sequence[Thing],
    jobs: int,
    *,
    limits: Limits = NO_LIMITS,
    costs: Sequence[float] | None = None,
    engine: Engine = PROCESSES,
) -> Generator[Outcome[Result]]:
    """Outcomes as they come, the dearest thing begun first; `mapped` tells of ``jobs``.

    Without limits one thing is done here first, so that kernels compile once; with limits none is.
    An error comes last, and is that of the first thing that has one.
    """
    order = list(range(len(things)))
    if costs is not None:
        order.sort(key=lambda i: -costs[i])
    n_workers = min(engine.most(jobs), len(things) - (0 if limits else 1))
    if n_workers < engine.least and not limits:
        yield from (Outcome(i, work(thing)) for i, thing in enumerate(things))
        return
    if not limits:
        here = 0 if costs is None else order[-1]  # the cheapest: the others wait for it
        order.remove(here)
        yield Outcome(here, work(things[here]))
    errors: list[Outcome[Result]] = []
    for outcome in engine.outcomes(work, things, order, max(n_workers, 1), limits):
        if outcome.error is None:
            yield outcome
        else:
            errors.append(outcome)
    if errors:
        yield min(errors, key=lambda outcome: outcome.index)


def result_of(outcome: Outcome[Result]) -> Result:
    """The result; raises the error, and RoadMetricsError for a process that was ended."""
    if outcome.error is not None:
        raise outcome.error
    if outcome.ended:
        raise RoadMetricsError(
            f"a worker process died, perhaps for want of memory: use fewer --jobs ({outcome.ended})"
        )
    return outcome.result  # type: ignore[return-value]  # it is Result where nothing went wrong


def n_cores() -> int:
    """Cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
