"""Lines on standard error while a table is made."""

from __future__ import annotations

import sys


class Told:
    """A line for each tenth of a run, with a running mean of the loss or the gain."""

    def __init__(self, name: str, newest: float = 0.05) -> None:
        self.name, self.newest, self.mean = name, newest, 0.0

    def __call__(self, done: int, n: int, value: float) -> None:
        """Take note of a step; ``newest`` is its share of the mean."""
        self.mean += (value - self.mean) * (self.newest if self.mean else 1.0)
        if done == n or done % max(n // 10, 1) == 0:
            say(f"{self.name}: step {done} of {n}, {self.mean:.4g}")


def say(line: str) -> None:
    """One line to the user."""
    print(line, file=sys.stderr, flush=True)
