"""Parse, run the verb, and turn what went wrong into one line and an exit code.

Exit codes: 0 done, 1 no rank or (verify) another number, 2 usage, 3 bad input.
"""

from __future__ import annotations

from roadmetrics.cli.program import parser_of
from roadmetrics.cli.program import run as run_program

from . import build, check, init, new, pending, pin, rank, score, verify

TYPE_CHECKING = False  # importing typing would slow --help down
if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Sequence

NAME = "leaderboard"
_VERBS = {
    "init": init, "new": new, "check": check, "score": score, "rank": rank, "verify": verify,
    "pin": pin, "pending": pending, "build": build,
}  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code. ``--help`` and usage errors raise SystemExit."""
    return run_program(NAME, build_parser, argv)


def build_parser() -> ArgumentParser:
    """Build the parser of all verbs."""
    return parser_of(
        NAME,
        "Score submitted prediction folders, rank them honestly, publish a page.",
        "exit codes: 0 done, 1 no rank or (verify) another number, 2 usage, 3 bad input",
        _VERBS,
    )
