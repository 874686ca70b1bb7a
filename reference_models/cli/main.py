"""Parse, run the verb, and turn what went wrong into one line and an exit code.

Exit codes: 0 done, 2 usage, 3 bad input.
"""

from __future__ import annotations

import argparse
import os
import sys

from roadmetrics import __version__
from roadmetrics.cli.output import UsageError, open_streams, printable
from roadmetrics.errors import RoadMetricsError

from . import choose, evaluate, predict, synth, train

TYPE_CHECKING = False  # importing typing would slow --help down
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

NAME = "reference-models"
USAGE, BAD_INPUT, BROKEN_PIPE, INTERRUPTED = 2, 3, 141, 130
VERBS = {
    "synth": synth,
    "train": train,
    "choose": choose,
    "predict": predict,
    "evaluate": evaluate,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code. ``--help`` and usage errors raise SystemExit."""
    open_streams()
    try:
        args = build_parser().parse_args(argv)
        code: int = args.call(args)
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
    except MemoryError:
        return _complain(RoadMetricsError("not enough memory: use fewer --jobs"), BAD_INPUT)


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong with a call in one line, without the whole usage."""

    def error(self, message: str) -> NoReturn:
        """Exit with 2."""
        self.exit(USAGE, f"{NAME}: error: {message} (see {self.prog} --help)\n")


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of all verbs."""
    parser = OneLineParser(
        prog=NAME,
        description="Baselines for road extraction, and the synthetic towns they learn from.",
        epilog="exit codes: 0 done, 2 usage, 3 bad input",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"{NAME} {__version__}")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for name, verb in VERBS.items():
        one = verbs.add_parser(
            name, help=verb.HELP, description=verb.__doc__, allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        verb.configure(one)
        one.set_defaults(call=verb.run)
    return parser


def _complain(error: Exception, code: int) -> int:
    line = printable(" ".join(str(error).split()))
    print(f"{NAME}: error: {line}", file=sys.stderr)
    return code
