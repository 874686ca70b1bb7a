"""Refine anybody's predictions with a trained network: a folder of graphs in, a folder out.

  reference-models refine runs/refiner --images towns/images --init pred --out refined
  roadmetrics score --gt towns/graphs --pred refined

Key points and first edges come from the predictions (graphs or masks, in pixels of the images).
A tile that cannot be refined is passed on as it is, and a line says why.
"""

from __future__ import annotations

import argparse

from roadmetrics.cli.output import ProgressLine, printable, say

from ..arguments import add_arguments
from ..refine_settings import RefineArgs
from .calls import call_of

HELP = "refine predicted road graphs"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``refine``."""
    add_arguments(parser, RefineArgs)


def run(namespace: argparse.Namespace) -> int:
    """Refine, and say what became of the tiles."""
    from ..refine import refine

    args = call_of(RefineArgs, namespace)
    counts = refine(args, lambda line: say(line, "reference-models"), ProgressLine("refined"))
    print(f"{printable(args.out)}: {counts}")
    return 0
