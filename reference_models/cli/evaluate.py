"""Predict a data set and score it as a paper's table does: predict, and roadmetrics score.

  reference-models evaluate runs/topo --data test-towns --out runs/topo/test

OUT holds gt, pred and scores.json, which roadmetrics compare reads.
"""

from __future__ import annotations

import argparse

from roadmetrics.cli.output import ProgressLine, print_text

from ..arguments import add_arguments
from ..settings import EvaluateArgs
from .calls import call_of, loaded

HELP = "predict and score"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``evaluate``."""
    add_arguments(parser, EvaluateArgs)


def run(namespace: argparse.Namespace) -> int:
    """Predict, score, print the table."""
    args = call_of(EvaluateArgs, namespace)
    print_text(loaded("evaluate").evaluate(args, ProgressLine("predicted")).render("table"))
    return 0
