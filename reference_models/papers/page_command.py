"""The command that makes a paper's page: its text for the page, and what it does in parallel."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from roadmetrics.parallel import mapped

from ..arguments import Made
from ..command import run_module
from ..crowded import saying

Unit = TypeVar("Unit")


def run_page(
    module: str, about: str | None, kind: type[Made], make: Callable[[Made, str], object],
    argv: Sequence[str] | None = None,
) -> int:  # fmt: skip
    """As `run_module`; ``make`` is given the options and the text of the command.

    0, or 2 for a wrong call and 3 for what went wrong.
    """
    given = sys.argv[1:] if argv is None else argv
    command = f"python -m {module} {shlex.join(given)}"
    return run_module(module, about or "", kind, lambda args: make(args, command), given)


def make_each(work: Callable[[Unit], object], units: Sequence[Unit], jobs: int) -> None:
    """Call ``work`` with each unit, begun in their order, ``jobs`` of them at once.

    >>> make_each(print, ["a", "b"], 1)
    a
    b
    >>> make_each(print, [], 4)
    """
    # `mapped` does the first thing in this process before the others start: nothing
    for _ in mapped(partial(_unless_none, work), [None, *units], jobs):
        pass


def _unless_none(work: Callable[[Unit], object], unit: Unit | None) -> None:
    if unit is not None:
        with saying("reference-models"):
            work(unit)
