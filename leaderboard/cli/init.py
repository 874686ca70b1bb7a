"""Make a board: folders, benchmark definitions, the files that continuous integration runs.

The folder is empty or not there yet; a repository without any file will do.

  leaderboard init board
  leaderboard init board --title "Roads of our valley" --benchmark nauru-damage
"""

from __future__ import annotations

import argparse

from roadmetrics.cli.output import print_text

HELP = "make a board"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``init``."""
    parser.add_argument("folder", metavar="DIR", help="a folder that is empty or not there yet")
    parser.add_argument("--title", default="Leaderboard", help="title of the pages")
    parser.add_argument("--benchmark", action="append", metavar="NAME",
                        help="definitions to take, may be given again (default: all)",
                        )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Write the folder."""
    from ..making import make_board

    benchmarks = make_board(args.folder, args.title, args.benchmark)
    print_text(f"{args.folder}: a board with {', '.join(benchmarks)}")
    return 0
