"""Say everything that is wrong with a submission, at once. Needs no ground truth.

Exit code 3 where anything would keep it from a rank.

  leaderboard check nauru-damage our-method
"""

from __future__ import annotations

import argparse

from roadmetrics.cli.output import ProgressLine, print_text, printable, processes

from .options import add_board, add_jobs, board_of

HELP = "say everything that is wrong with a submission"
WRONG = 3


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``check``."""
    parser.add_argument("benchmark", metavar="BENCHMARK")
    parser.add_argument("name", metavar="SUBMISSION")
    parser.add_argument("--predictions", metavar="FILE", help="the .zip of a submission that has "
                        "only its digest on the board")  # fmt: skip
    add_board(parser)
    add_jobs(parser)


def run(args: argparse.Namespace) -> int:
    """Look, print, and tell whether anything is wrong."""
    from ..checking import check

    found = check(
        board_of(args), args.benchmark, args.name, predictions=args.predictions,
        jobs=processes(args.jobs, "leaderboard"), progress=ProgressLine("read"),
    )  # fmt: skip
    lines = [f"wrong: {line}" for line in found.wrong]
    lines += [f"note: {line}" for line in found.notes]
    lines.append(f"{args.name}: read {found.n_read} of {found.n_tiles} tiles, "
                 f"{len(found.wrong) or 'nothing'} wrong")  # fmt: skip
    print_text("\n".join(printable(line) for line in lines))
    return WRONG if found.wrong else 0
