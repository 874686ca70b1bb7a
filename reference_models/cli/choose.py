"""Choose the threshold of a trained network on validation images, and keep it in the run.

  reference-models choose runs/topo --data validation-towns

Distances at most, or probabilities at least the threshold are road. Every one of a list is tried;
that with the highest mean of the metrics --by is kept.
"""

from __future__ import annotations

import argparse

from roadmetrics.cli.output import ProgressLine

from ..arguments import add_arguments
from ..settings import ChooseArgs
from .calls import call_of, loaded

HELP = "choose a trained network's threshold"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``choose``."""
    add_arguments(parser, ChooseArgs)


def run(namespace: argparse.Namespace) -> int:
    """Choose, and show what was tried."""
    args = call_of(ChooseArgs, namespace)
    choice = loaded("choose").choose(args, ProgressLine("tried"))
    for threshold, score in choice.tried.items():
        mark = "  chosen" if threshold == choice.threshold else ""
        print(f"{threshold:g}  {score:.4f}{mark}")
    return 0
