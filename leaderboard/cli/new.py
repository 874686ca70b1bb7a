"""Make a submission: a folder with a submission.toml to fill in, and one for the predictions.

What is not given here is left to be filled in, and `check` says what is not.

  leaderboard new nauru-damage our-method
  leaderboard new nauru-damage our-method --title "Ours" --author "A. Author" --training-data none
"""

from __future__ import annotations

import argparse

from roadmetrics.cli.output import print_text

from .options import add_board, board_of

HELP = "make a submission to fill in"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``new``."""
    parser.add_argument("benchmark", metavar="BENCHMARK")
    parser.add_argument("name", metavar="SUBMISSION", help="a-z, 0-9 and -: team-method, say")
    parser.add_argument("--title", help="as it stands in the table")
    parser.add_argument("--author", action="append", default=[], help="may be given again")
    parser.add_argument("--training-data", action="append", default=[], metavar="NAME",
                        help="what the method was trained on, may be given again; or none",
                        )  # fmt: skip
    add_board(parser)


def run(args: argparse.Namespace) -> int:
    """Write the folder."""
    from datetime import UTC, datetime

    from ..submission import write_template

    board = board_of(args)
    board.benchmark(args.benchmark)
    folder = board.submission_folder(args.benchmark, args.name)
    today = datetime.now(UTC).date().isoformat()
    write_template(folder, today, args.title, tuple(args.author), tuple(args.training_data))
    print_text(f"{folder}: fill in submission.toml, put predictions into predictions/, then call "
               f"leaderboard check {args.benchmark} {args.name}")  # fmt: skip
    return 0
