"""Processes that take one thing at a time, are watched, and are replaced when they are ended."""

from __future__ import annotations

import math
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Generic, TypeVar

from .errors import RoadMetricsError

Thing = TypeVar("Thing")
Result = TypeVar("Result")

MIB = 1 << 20
MEMORY = Path("/proc/self/statm")  # what Linux says of the process's memory, in pages
ONE_THREAD = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS",
    "ROADMETRICS_THREADS",
)  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """Of one thing: seconds, and MiB of memory beyond what a worker takes by itself."""

    seconds: float | None = None
    memory: float | None = None

    def __bool__(self) -> bool:
        return self.seconds is not None or self.memory is not None

    def told(self) -> str:
        """Why a thing was ended that took too long."""
        return f"it took more than {self.seconds:g} s"


@dataclass(frozen=True)
class Outcome(Generic[Result]):
    """What became of thing ``index``: its result, an error that it raised, or why it was ended."""

    index: int
    result: Result | None = None
    error: Exception | None = None
    ended: str = ""


class Queue:
    """Things still to be begun, in an order.

    After an error only what stands before it among all things is begun: the first error is the
    same however many workers there are.
    """

    def __init__(self, order: Sequence[int]) -> None:
        self._waiting = list(reversed(order))
        self._first_error = math.inf

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def take(self) -> int:
        return self._waiting.pop()

    def again(self, index: int) -> None:
        if index < self._first_error:
            self._waiting.append(index)

    def tell(self, outcome: Outcome[Any]) -> None:
        if outcome.error is not None:
            self._first_error = min(self._first_error, outcome.index)
            self._waiting = [index for index in self._waiting if index < self._first_error]


class _Worker:
    """One process and the thing that it has in hand."""

    def __init__(self, work: Callable[[Any], Any], limits: Limits) -> None:
        context = get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(
            target=_serve, args=(theirs, work, limits.memory), daemon=True
        )
        with _interrupt_held_back(), one_thread():
            self.process.start()
        theirs.close()
        self.index = -1
        self.is_spent = False  # to be replaced
        self.since = math.inf  # its clock starts when it is ready: libraries take seconds to load

    def give(self, index: int, thing: Any) -> None:
        self.index = index
        if self.since < math.inf:
            self.since = time.monotonic()
        self.connection.send((index, thing))

    def take(self) -> Outcome[Any] | None:
        """The outcome of the thing in hand, None where the worker says that it is ready.

        A process that died has no outcome to send.
        """
        try:
            outcome: Outcome[Any] | None = self.connection.recv()
        except (EOFError, OSError):
            self.process.join()
            code = self.process.exitcode
            outcome = Outcome(self.index, ended=f"its process died (exit code {code})")
        self.since = time.monotonic()
        if outcome is not None:
            self.index, self.is_spent = -1, bool(outcome.ended)
        return outcome

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()


def outcomes(
    work: Callable[[Thing], Result],
    things: Sequence[Thing],
    order: Sequence[int],
    n_workers: int,
    limits: Limits,
) -> Iterator[Outcome[Result]]:
    """What becomes of every thing, as it is done, begun in ``order`` by ``n_workers`` processes."""
    queue = Queue(order)
    workers = [_Worker(work, limits) for _ in range(n_workers)]
    try:
        while True:
            for worker in workers:
                if worker.index < 0 and queue:
                    index = queue.take()
                    worker.give(index, things[index])
            busy = [worker for worker in workers if worker.index >= 0]
            if not busy:
                return
            for worker in _ready(busy, limits.seconds):
                outcome = worker.take() if worker.connection.poll() else _too_long(worker, limits)
                if outcome is not None:
                    queue.tell(outcome)
                    yield outcome
            for worker in [worker for worker in workers if worker.is_spent]:
                worker.end()
                workers[workers.index(worker)] = _Worker(work, limits)
    finally:
        for worker in workers:
            worker.end()


def _ready(busy: list[_Worker], seconds: float | None) -> list[_Worker]:
    """Workers that have an outcome, or have taken too long."""
    left = None
    first = min(worker.since for worker in busy)
    if seconds is not None and first < math.inf:
        left = max(0.0, first + seconds - time.monotonic())
    wait([worker.connection for worker in busy], left)
    now = time.monotonic()
    return [
        worker for worker in busy
        if worker.connection.poll() or (seconds is not None and now - worker.since >= seconds)
    ]  # fmt: skip


def _too_long(worker: _Worker, limits: Limits) -> Outcome[Any]:
    index, worker.index, worker.is_spent = worker.index, -1, True
    return Outcome(index, ended=limits.told())


def _serve(connection: Connection, work: Callable[[Any], Any], memory: float | None) -> None:
    """Answer things with outcomes until the other side is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    connection.send(None)
    while True:
        try:
            index, thing = connection.recv()
        except (EOFError, OSError):
            return
        try:
            connection.send(done(index, work, thing, memory))
        except OSError:  # killed: nobody waits for it
            return


def done(index: int, work: Callable[[Any], Any], thing: Any, memory: float | None) -> Outcome[Any]:
    """The outcome of one thing in this process, which may take ``memory`` MiB more than it has."""
    try:
        with _at_most(memory):
            return Outcome(index, work(thing))
    except MemoryError:
        if memory is None:
            return Outcome(index, error=RoadMetricsError("not enough memory: use fewer --jobs"))
        return Outcome(index, ended=f"it needed more than {memory:g} MiB")
    except Exception as error:
        return Outcome(index, error=error)


@contextmanager
def _at_most(memory: float | None) -> Iterator[None]:
    """Let allocations fail beyond ``memory`` MiB more than the process has now."""
    if memory is None:
        yield
        return
    import resource

    now = int(MEMORY.read_text().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (now + int(memory * MIB), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


@contextmanager
def one_thread() -> Iterator[None]:
    """Processes started meanwhile use one thread each, in every library."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _interrupt_held_back() -> Iterator[None]:
    """Processes started meanwhile never see Ctrl-C, which is for this one, and for after."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # unblocks the signal when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
