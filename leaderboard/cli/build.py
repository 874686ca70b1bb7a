"""Write the pages of a board: static files that open from a folder and load nothing.

A map of a public tile needs its ground truth, by --gt or the variable LEADERBOARD_GT_NAME where the
board does not have it; without it the page has scores only. Nothing of private tiles is written.

  leaderboard build site
  leaderboard build site --gt city-scale=20cities
"""

from __future__ import annotations

import argparse

from roadmetrics.cli.output import ProgressLine, UsageError, print_text

from .options import add_board, board_of, say

HELP = "write the pages of a board"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``build``."""
    parser.add_argument("out", metavar="OUT", help="a folder: new, empty, or made by this command")
    parser.add_argument("--gt", metavar="NAME=DIR", action="append", default=[],
                        help="ground truth of a benchmark, for maps of its public tiles",
                        )  # fmt: skip
    parser.add_argument("--predictions", metavar="DIR", help="folder of BENCHMARK/NAME.zip, for "
                        "submissions that have only their digest on the board")  # fmt: skip
    add_board(parser)


def run(args: argparse.Namespace) -> int:
    """Build, and say how many pages there are."""
    from roadmetrics.cli.compiling import announce_compiling

    from ..site import build

    board = board_of(args)
    gt = {}
    for given in args.gt:
        name, equals, folder = given.partition("=")
        if not equals or name not in board.benchmark_names():
            raise UsageError(f"--gt {given}: expected NAME=DIR with the name of a benchmark")
        gt[name] = folder
    announce_compiling()
    built = build(board, args.out, gt=gt, archives=args.predictions,
                  progress=ProgressLine("drawn"))  # fmt: skip
    for name in built.undrawn:
        say(f"{name}: no maps: its ground truth is not part of the board (--gt {name}=DIR)")
    print_text(f"{args.out}: {built.n_pages} pages")
    return 0
