"""The parts of one long computation, in threads: kernels let go of Python's lock."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TypeVar

from .errors import RoadMetricsError
from .parallel import n_cores

Part = TypeVar("Part")
Result = TypeVar("Result")

NAMES = ("ROADMETRICS_THREADS", "NUMBA_NUM_THREADS")  # the first that is set counts


def n_threads() -> int:
    """Threads that one score may use: what the environment says, else one a core.

    A process that scores tiles beside others has one. Raises RoadMetricsError for other text.
    """
    for name in NAMES:
        if text := os.environ.get(name):
            if not (text.isascii() and text.isdigit() and 0 < int(text) < 10_000):
                raise RoadMetricsError(f"{name} is a number of threads, 1 or more, not {text!r}")
            return int(text)
    return n_cores()


def in_threads(work: Callable[[Part], Result], parts: Sequence[Part]) -> list[Result]:
    """Results in the order of the parts, whichever is done first; at once for a single part.

    >>> in_threads(abs, [-1, 2]), in_threads(abs, [])
    ([1, 2], [])
    """
    n = min(n_threads(), len(parts)) if len(parts) > 1 else 1
    if n == 1:
        return [work(part) for part in parts]
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(n)
    try:
        return list(pool.map(work, parts))
    finally:
        pool.shutdown(cancel_futures=True)


def ranges(n: int, least: int) -> list[tuple[int, int]]:
    """0 .. n cut into one part for each thread, none much shorter than ``least``.

    >>> ranges(5, 10), ranges(0, 10)
    ([(0, 5)], [(0, 0)])
    """
    k = max(1, min(n_threads(), n // least)) if n >= 2 * least else 1
    return [(n * i // k, n * (i + 1) // k) for i in range(k)]
