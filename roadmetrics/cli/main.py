"""Parse, run the verb, and turn what went wrong into one line and an exit code.

Exit codes: 0 done, 1 below --fail-under or (doctor) a change is advised, 2 usage, 3 bad input.
"""

from __future__ import annotations

import argparse
import os
import sys

from .. import __version__
from ..errors import RoadMetricsError, SignatureError
from . import (
    compare,
    convert,
    demo,
    describe,
    doctor,
    explain,
    list_metrics,
    merge,
    noise,
    render,
    score,
    show,
    signature,
    validate,
)
from .output import UsageError, open_streams, printable

TYPE_CHECKING = False  # importing typing would slow --help down
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

USAGE, BAD_INPUT, BROKEN_PIPE, INTERRUPTED = 2, 3, 141, 130
_VERBS = {
    "score": score, "list": list_metrics, "show": show, "convert": convert, "demo": demo,
    "describe": describe, "compare": compare, "merge": merge, "signature": signature,
    "explain": explain, "render": render, "noise": noise,
    "validate": validate, "doctor": doctor,
}  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code. ``--help`` and usage errors raise SystemExit."""
    open_streams()
    try:
        args = build_parser().parse_args(_joined(sys.argv[1:] if argv is None else argv))
        code: int = args.run(args)
        sys.stdout.flush()
        return code
    except (UsageError, SignatureError) as error:
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
    except OSError as error:  # a full disk behind standard output
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _complain(RoadMetricsError(f"cannot write the result: {error.strerror}"), BAD_INPUT)


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong with a call in one line, without the whole usage."""

    def error(self, message: str) -> NoReturn:
        """Exit with 2."""
        self.exit(USAGE, f"roadmetrics: error: {message} (see {self.prog} --help)\n")


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of all verbs."""
    parser = OneLineParser(
        prog="roadmetrics",
        description="Score reconstructed road networks against ground truth.",
        epilog="exit codes: 0 done, 1 below --fail-under or (doctor) a change is advised, 2 usage, "
        "3 bad input",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"roadmetrics {__version__}")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for name, verb in _VERBS.items():
        one = verbs.add_parser(
            name, help=verb.HELP, description=verb.__doc__, allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        verb.configure(one)
        one.set_defaults(run=verb.run)
    return parser


def _joined(argv: Sequence[str]) -> list[str]:
    """``--bounds -5,0,9,9`` as ``--bounds=-5,0,9,9``: argparse takes the number for an option."""
    joined: list[str] = []
    for word in argv:
        if joined and joined[-1] == "--bounds":
            joined[-1] = f"--bounds={word}"
        else:
            joined.append(word)
    return joined


def _complain(error: Exception, code: int) -> int:
    line = printable(" ".join(str(error).split()))
    print(f"roadmetrics: error: {line}", file=sys.stderr)
    return code
