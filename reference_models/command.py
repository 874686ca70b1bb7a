"""A module that is run with ``python -m``: its command line from a dataclass of options."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

from roadmetrics.cli.program import run

from .arguments import Arguments, add_arguments, made_from
from .crowded import saying

Made = TypeVar("Made", bound=Arguments)


def run_module(
    module: str, about: str, kind: type[Made], call: Callable[[Made], object],
    argv: Sequence[str] | None = None,
) -> int:  # fmt: skip
    """Call ``call`` with the options; 0, or 2 for a wrong call and 3 for what went wrong.

    ``module``: its full name; ``about``: its docstring, which ``--help`` prints; ``argv``: by
    default the arguments of the process.
    """

    def build_parser() -> argparse.ArgumentParser:
        parser = argparse.ArgumentParser(
            prog=f"python -m {module}", description=about, allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        add_arguments(parser, kind)
        parser.set_defaults(call_verb=lambda given: _called(call, made_from(kind, given)))
        return parser

    name = module.removeprefix("reference_models.").removeprefix("papers.")
    with saying(name):
        return run(name, build_parser, sys.argv[1:] if argv is None else argv, usage=())


def _called(call: Callable[[Made], object], args: Made) -> int:
    call(args)
    return 0
