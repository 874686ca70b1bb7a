"""Convert a graph or mask to another format, chosen by the suffix of OUT.

A mask becomes a graph where OUT is a graph format: threshold, thin, trace, simplify.

  roadmetrics convert road.png road.graph --threshold 0.4
  roadmetrics convert city.geojson city.json
  roadmetrics convert country.gpkg country.npz --uncompressed
"""

from __future__ import annotations

import argparse

from .numbers import gsd, share
from .output import say

HELP = "convert a graph or mask to another format"
WITHOUT_UNIT = (".graph", ".png", ".npy")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``convert``."""
    parser.add_argument("source", metavar="IN")
    parser.add_argument("target", metavar="OUT")
    parser.add_argument("--tile", metavar="ID", help="which tile of a SpaceNet CSV")
    parser.add_argument("--threshold", type=share, metavar="P",
                        help="probability from which a pixel is road (default 0.5)")  # fmt: skip
    parser.add_argument("--gsd", type=gsd, metavar="METRES",
                        help="size of a pixel: write metres")  # fmt: skip
    parser.add_argument("--uncompressed", action="store_true",
                        help="an .npz whose arrays are used in their place, not read")  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Read, vectorize where the target asks for it, scale, write."""
    from pathlib import Path

    from ..graph import Mask
    from ..io.files import located, shown
    from ..io.repairs import Repairs, told
    from ..load import GRAPH_SUFFIXES, read, write
    from .compiling import announce_compiling

    repairs = Repairs()
    tile = read(args.source, threshold=args.threshold, tile=args.tile, repairs=repairs)
    if repairs:
        say(f"{shown(args.source)}: {told(repairs)}")
    if args.threshold is not None and not isinstance(tile, Mask):
        say(f"{shown(args.source)}: --threshold has no effect: it is no probability map")
    if args.gsd is not None:
        with located(shown(args.source)):
            tile = tile.scaled(args.gsd)
    if isinstance(tile, Mask) and Path(args.target).suffix.lower() in GRAPH_SUFFIXES:
        announce_compiling()
        tile = tile.graph
    merged = Repairs()
    write(tile, args.target, compressed=False if args.uncompressed else None, repairs=merged)
    if merged:
        say(f"{args.target}: {told(merged)}")
    suffix = Path(args.target).suffix.lower()
    if suffix in WITHOUT_UNIT and tile.unit == "m":
        say(f"{args.target}: a {suffix} file keeps no unit: these metres will be read as pixels")
    say(f"{args.target}: {tile!r}")
    return 0
