"""Options that several verbs share."""

from __future__ import annotations

import argparse

from roadmetrics.cli import output
from roadmetrics.cli.numbers import count

TYPE_CHECKING = False  # importing typing would slow --help down
if TYPE_CHECKING:
    from ..board import Board


def add_board(parser: argparse.ArgumentParser) -> None:
    """Add --board."""
    parser.add_argument("--board", metavar="DIR", default=".", help="the board (default: here)")


def add_gt(parser: argparse.ArgumentParser) -> None:
    """Add --gt and --predictions."""
    parser.add_argument("--gt", metavar="DIR", help="the ground truth; default: what the benchmark "
                        "names, or the variable LEADERBOARD_GT_NAME")  # fmt: skip
    parser.add_argument("--predictions", metavar="FILE", help="the .zip of a submission that has "
                        "only its digest on the board")  # fmt: skip


def add_jobs(parser: argparse.ArgumentParser) -> None:
    """Add --jobs."""
    parser.add_argument("--jobs", type=count, default=1, metavar="N",
                        help="processes, 0 for one a core (default 1)")  # fmt: skip


def board_of(args: argparse.Namespace) -> Board:
    """The board of --board."""
    from ..board import Board

    return Board.read(args.board)


def say(line: str) -> None:
    """One line to the user, beside the data."""
    output.say(line, "leaderboard")
