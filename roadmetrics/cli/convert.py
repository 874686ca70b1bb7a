"""Convert a graph or mask to another format, chosen by the suffix of OUT.

A mask becomes a graph where OUT is a graph format: threshold, thin, trace, simplify.

  roadmetrics convert road.png road.graph --threshold 0.4
  roadmetrics convert city.geojson city.json
"""

from __future__ import annotations

import argparse

from .numbers import positive, share
from .output import say

HELP = "convert a graph or mask to another format"
GRAPH_SUFFIXES = (".json", ".npz", ".graph", ".geojson")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``convert``."""
    parser.add_argument("source", metavar="IN")
    parser.add_argument("target", metavar="OUT")
    parser.add_argument("--threshold", type=share, metavar="P",
                        help="probability from which a pixel is road (default 0.5)")  # fmt: skip
    parser.add_argument("--gsd", type=positive, metavar="METRES",
                        help="size of a pixel: write metres")  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Read, vectorize where the target asks for it, scale, write."""
    from pathlib import Path

    from ..graph import Mask
    from ..load import read, write
    from .compiling import announce_compiling

    tile = read(args.source, threshold=args.threshold)
    if args.gsd is not None:
        tile = tile.scaled(args.gsd)
    if isinstance(tile, Mask) and Path(args.target).suffix.lower() in GRAPH_SUFFIXES:
        announce_compiling()
        tile = tile.graph
    write(tile, args.target)
    if Path(args.target).suffix.lower() == ".graph" and tile.unit == "m":
        say(f"{args.target}: a .graph file keeps no unit: these metres will be read as pixels")
    say(f"{args.target}: {tile!r}")
    return 0
