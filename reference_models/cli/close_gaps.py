"""Close the gaps of predicted road graphs along maps of probabilities or distances.

  reference-models predict RUN --images images --out pred --maps maps
  reference-models close-gaps --init pred --maps maps --out closed

Dead ends are led to other roads by the cheapest way through the map, as in DeepRoadMapper, where
there is some evidence. Nothing is learned. A tile without a map is passed on as it is.
"""

from __future__ import annotations

import argparse

from roadmetrics.cli.output import ProgressLine, printable, say

from ..arguments import add_arguments
from ..refine_settings import CloseGapsArgs
from .calls import call_of

HELP = "close gaps along weak evidence"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``close-gaps``."""
    add_arguments(parser, CloseGapsArgs)


def run(namespace: argparse.Namespace) -> int:
    """Close gaps, and say what became of the tiles."""
    from ..refine import close_folder

    args = call_of(CloseGapsArgs, namespace)
    counts = close_folder(args, lambda line: say(line, "reference-models"), ProgressLine("closed"))
    print(f"{printable(args.out)}: {counts}")
    return 0
