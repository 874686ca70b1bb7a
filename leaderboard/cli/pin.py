"""Fix the tiles of a benchmark and the digest of its ground truth. Done once a version.

Tiles that tiles.csv has already stay as they are; without it they are those of the split.

  leaderboard pin city-scale --gt 20cities
  leaderboard pin our-town --gt hidden/our-town --private-share 2026-spring
"""

from __future__ import annotations

import argparse

from roadmetrics.cli.output import print_text

from .options import add_board, board_of

HELP = "fix the tiles of a benchmark and the digest of its ground truth"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``pin``."""
    parser.add_argument("benchmark", metavar="BENCHMARK")
    parser.add_argument("--gt", metavar="DIR", help="the ground truth")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--part", choices=["public", "private"], default="public",
                     help="what new tiles are (default public)")  # fmt: skip
    how.add_argument("--private-share", metavar="SEED", help="make two of three new tiles private, "
                     "drawn by this text")  # fmt: skip
    add_board(parser)


def run(args: argparse.Namespace) -> int:
    """Write tiles.csv and the digest."""
    from ..pinning import pin

    board = board_of(args)
    mark = board.benchmark(args.benchmark)
    digest = pin(mark, mark.truth_folder(args.gt), part=args.part, split_on=args.private_share)
    parts = list(board.benchmark(args.benchmark).tiles.values())
    print_text(f"{args.benchmark}: {len(parts)} tiles, {parts.count('private')} of them private, "
               f"{digest}")  # fmt: skip
    return 0
