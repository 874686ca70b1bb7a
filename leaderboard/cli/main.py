"""Parse, run the verb, and turn what went wrong into one line and an exit code.

Exit codes: 0 done, 1 no rank or (verify) another number, 2 usage, 3 bad input.
"""

from __future__ import annotations

import argparse
import os
import sys

from roadmetrics import __version__
from roadmetrics.cli.output import UsageError, open_streams, printable
from roadmetrics.errors import RoadMetricsError

from . import build, check, init, new, pending, pin, rank, score, verify

TYPE_CHECKING = False  # importing typing would slow --help down
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

USAGE, BAD_INPUT, BROKEN_PIPE, INTERRUPTED = 2, 3, 141, 130
_VERBS = {
    "init": init, "new": new, "check": check, "score": score, "rank": rank, "verify": verify,
    "pin": pin, "pending": pending, "build": build,
}  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code. ``--help`` and usage errors raise SystemExit."""
    open_streams()
    try:
        args = build_parser().parse_args(argv)
        code: int = args.run(args)
        sys.stdout.flush()
        return code
    except UsageError as error:
        return _complain(error, USAGE)
    except RoadMetricsError as error:
        return _complain(error, BAD_INPUT)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing left to flush
        return BROKEN_PIPE
    except KeyboardInterrupt:
        return INTERRUPTED
    except MemoryError as error:
        return _complain(RoadMetricsError(f"not enough memory: {error or 'no more'}"), BAD_INPUT)
    except OSError as error:
        return _complain(RoadMetricsError(f"cannot read or write: {error}"), BAD_INPUT)


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong with a call in one line, without the whole usage."""

    def error(self, message: str) -> NoReturn:
        """Exit with 2."""
        self.exit(USAGE, f"leaderboard: error: {message} (see {self.prog} --help)\n")


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of all verbs."""
    parser = OneLineParser(
        prog="leaderboard",
        description="Score submitted prediction folders, rank them honestly, publish a page.",
        epilog="exit codes: 0 done, 1 no rank or (verify) another number, 2 usage, 3 bad input",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"leaderboard {__version__}")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for name, verb in _VERBS.items():
        one = verbs.add_parser(
            name, help=verb.HELP, description=verb.__doc__, allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        verb.configure(one)
        one.set_defaults(run=verb.run)
    return parser


def _complain(error: Exception, code: int) -> int:
    line = printable(" ".join(str(error).split()))
    print(f"leaderboard: error: {line}", file=sys.stderr)
    return code
