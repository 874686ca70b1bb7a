"""Keeps C libraries from writing to standard error: what they find comes back as an error."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_one_at_a_time = threading.RLock()  # two that overlap would leave it silent for good


@contextmanager
def silent_stderr() -> Iterator[None]:
    """Nothing that is written to file descriptor 2 inside the block appears anywhere.

    It holds for the whole process: keep the block short. Without a standard error nothing happens.
    """
    with _one_at_a_time:
        try:
            kept = os.dup(2)
        except OSError:  # closed
            yield
            return
        try:
            sink = os.open(os.devnull, os.O_WRONLY)
            os.dup2(sink, 2)
            os.close(sink)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
