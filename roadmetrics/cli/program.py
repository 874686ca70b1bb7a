"""What every command line of the project does alike: verbs, one line of error, exit codes."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress

from .. import __version__
from ..errors import RoadMetricsError
from .output import UsageError, open_streams, printable

TYPE_CHECKING = False  # importing typing would slow --help down
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import ModuleType
    from typing import NoReturn

USAGE, BAD_INPUT, BROKEN_PIPE, INTERRUPTED = 2, 3, 141, 130


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong with a call in one line, without the whole usage."""

    def error(self, message: str) -> NoReturn:
        """Exit with 2."""
        program = self.prog.split()[0]
        self.exit(USAGE, f"{program}: error: {message} (see {self.prog} --help)\n")


def parser_of(
    program: str, description: str, epilog: str, verbs: Mapping[str, ModuleType]
) -> OneLineParser:
    """A parser of verbs: each a module with HELP, its docstring, ``configure`` and ``run``."""
    parser = OneLineParser(prog=program, description=description, epilog=epilog, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"{program} {__version__}")
    choices = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for name, verb in verbs.items():
        one = choices.add_parser(
            name, help=verb.HELP, description=verb.__doc__, allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        verb.configure(one)
        one.set_defaults(call_verb=verb.run)
    return parser


def run(
    program: str,
    build_parser: Callable[[], argparse.ArgumentParser],
    argv: Sequence[str] | None,
    *,
    usage: tuple[type[Exception], ...] = (UsageError,),
    no_memory: str = "",
    no_file: Callable[[OSError], str] = "cannot read or write: {}".format,
) -> int:
    """Run the verb; the exit code. ``--help`` and usage errors raise SystemExit.

    Errors of ``usage`` are errors of the call; ``no_memory`` is what to do where memory is short,
    ``no_file`` tells what an error of the system means.
    """
    open_streams()
    try:
        args = build_parser().parse_args(argv)
        code: int = args.call_verb(args)
        sys.stdout.flush()
        return code
    except usage as error:
        return complain(program, error, USAGE)
    except RoadMetricsError as error:
        return complain(program, error, BAD_INPUT)
    except BrokenPipeError:
        _drop_output()
        return BROKEN_PIPE
    except KeyboardInterrupt:
        return INTERRUPTED
    except MemoryError as error:
        return complain(program, f"not enough memory: {no_memory or error or 'no more'}", BAD_INPUT)
    except OSError as error:  # a full disk behind standard output, say
        with suppress(OSError):
            sys.stdout.flush()
        _drop_output()
        return complain(program, no_file(error), BAD_INPUT)


def complain(program: str, error: Exception | str, code: int) -> int:
    """Print what is wrong in one line; returns ``code``."""
    print(f"{program}: error: {printable(' '.join(str(error).split()))}", file=sys.stderr)
    return code


def _drop_output() -> None:
    """Let nothing be left to flush when the process ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
