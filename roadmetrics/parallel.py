"""One function over many things, in this process or in several."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, get_context, resource_tracker
from typing import TypeVar

from .errors import RoadMetricsError

Thing = TypeVar("Thing")
Result = TypeVar("Result")


def mapped(work: Callable[[Thing], Result], things: Sequence[Thing], jobs: int) -> Iterator[Result]:
    """Results in the order of the things; ``jobs`` processes, 0 for one a core, never more.

    The first is done here, so that kernels compile once. Raises RoadMetricsError where a process
    dies.

    >>> list(mapped(abs, [-1, 2], 1)), list(mapped(abs, [], 4))
    ([1, 2], [])
    """
    n_workers = min(jobs or n_cores(), n_cores(), len(things) - 1)
    if n_workers <= 1:
        yield from map(work, things)
        return
    yield work(things[0])
    pool = ProcessPoolExecutor(n_workers, mp_context=get_context("spawn"))
    others = set(active_children())
    try:
        with _interrupt_held_back():
            results = pool.map(work, things[1:], chunksize=max(1, len(things) // (8 * n_workers)))
        yield from results
    except KeyboardInterrupt:
        for process in set(active_children()) - others:
            process.terminate()
        raise
    except BrokenProcessPool:
        raise RoadMetricsError(
            "a worker process died, perhaps for want of memory: use fewer --jobs"
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def n_cores() -> int:
    """Cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


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
