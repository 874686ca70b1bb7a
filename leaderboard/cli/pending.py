"""List submissions that have no result yet, or one of other predictions: for a scoring job.

A line each: benchmark, submission, and the address of its predictions, or - where they lie on the
board.

  leaderboard pending
"""

from __future__ import annotations

import argparse

from roadmetrics.cli.output import print_text

from .options import add_board, board_of

HELP = "list what has no result yet"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``pending``."""
    parser.add_argument("benchmark", metavar="BENCHMARK", nargs="?")
    add_board(parser)


def run(args: argparse.Namespace) -> int:
    """Print the list."""
    from ..pending import pending

    for benchmark, name, url in pending(board_of(args), args.benchmark):
        print_text(f"{benchmark} {name} {url or '-'}")
    return 0
