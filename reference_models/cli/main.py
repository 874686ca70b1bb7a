"""Parse, run the verb, and turn what went wrong into one line and an exit code.

Exit codes: 0 done, 2 usage, 3 bad input.
"""

from __future__ import annotations

from roadmetrics.cli.program import parser_of
from roadmetrics.cli.program import run as run_program

from ..crowded import saying
from . import (
    choose,
    close_gaps,
    evaluate,
    predict,
    refine,
    synth,
    train,
    train_graph,
    train_refiner,
)

TYPE_CHECKING = False  # importing typing would slow --help down
if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Sequence

NAME = "reference-models"
VERBS = {
    "synth": synth,
    "train": train,
    "choose": choose,
    "predict": predict,
    "evaluate": evaluate,
    "train-graph": train_graph,
    "train-refiner": train_refiner,
    "refine": refine,
    "close-gaps": close_gaps,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code. ``--help`` and usage errors raise SystemExit."""
    with saying(NAME):
        return run_program(NAME, build_parser, argv, no_memory="use less --jobs or --together")


def build_parser() -> ArgumentParser:
    """Build the parser of all verbs."""
    return parser_of(
        NAME,
        "Baselines for road extraction, and the synthetic towns they learn from.",
        "exit codes: 0 done, 2 usage, 3 bad input",
        VERBS,
    )
