"""Parse, run the verb, and turn what went wrong into one line and an exit code.

Exit codes: 0 done, 1 below --fail-under or (doctor) a change is advised, 2 usage, 3 bad input.
"""

from __future__ import annotations

import sys

from ..errors import SignatureError
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
from .output import UsageError
from .program import parser_of
from .program import run as run_program

TYPE_CHECKING = False  # importing typing would slow --help down
if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Sequence

NAME = "roadmetrics"
_VERBS = {
    "score": score, "list": list_metrics, "show": show, "convert": convert, "demo": demo,
    "describe": describe, "compare": compare, "merge": merge, "signature": signature,
    "explain": explain, "render": render, "noise": noise,
    "validate": validate, "doctor": doctor,
}  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code. ``--help`` and usage errors raise SystemExit."""
    return run_program(
        NAME,
        build_parser,
        _joined(sys.argv[1:] if argv is None else argv),
        usage=(UsageError, SignatureError),
        no_file=lambda error: f"cannot write the result: {error.strerror}",
    )


def build_parser() -> ArgumentParser:
    """Build the parser of all verbs."""
    return parser_of(
        NAME,
        "Score reconstructed road networks against ground truth.",
        "exit codes: 0 done, 1 below --fail-under or (doctor) a change is advised, 2 usage, "
        "3 bad input",
        _VERBS,
    )


def _joined(argv: Sequence[str]) -> list[str]:
    """``--bounds -5,0,9,9`` as ``--bounds=-5,0,9,9``: argparse takes the number for an option."""
    joined: list[str] = []
    for word in argv:
        if joined and joined[-1] == "--bounds":
            joined[-1] = f"--bounds={word}"
        else:
            joined.append(word)
    return joined
