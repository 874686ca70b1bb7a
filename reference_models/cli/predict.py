"""Predict road graphs of images with a trained network: ID.json for each, in pixels.

  reference-models predict runs/topo --images towns/images --out pred
  reference-models predict runs/topo --images orthophoto.tif --out pred --maps maps
  roadmetrics score --gt towns/graphs --pred pred

Large images are read and predicted in bands: memory does not grow with their height.
"""

from __future__ import annotations

import argparse

from roadmetrics.cli.output import ProgressLine, printable

from ..arguments import add_arguments
from ..settings import PredictArgs
from .calls import call_of, loaded

HELP = "predict road graphs of images"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``predict``."""
    add_arguments(parser, PredictArgs)


def run(namespace: argparse.Namespace) -> int:
    """Predict, and say how many."""
    args = call_of(PredictArgs, namespace)
    n = loaded("predict").predict(args, ProgressLine("predicted"))
    print(f"{printable(args.out)}: graphs of {n} images")
    return 0
