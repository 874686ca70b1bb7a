"""Score again what has a result, and fail where a committed number differs by more than 1e-9.

Without names: every submission of every benchmark whose ground truth can be found.

  leaderboard verify
  leaderboard verify nauru-damage light-damage
"""

from __future__ import annotations

import argparse

from roadmetrics.cli.output import ProgressLine, UsageError, print_text, printable, processes

from .options import add_board, add_gt, add_jobs, board_of, say

TYPE_CHECKING = False  # importing typing would slow --help down
if TYPE_CHECKING:
    from ..board import Board

HELP = "score again and compare with the committed results"
DIFFERENT = 1
SHOWN = 20  # differences of one result


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``verify``."""
    parser.add_argument("benchmark", metavar="BENCHMARK", nargs="?")
    parser.add_argument("name", metavar="SUBMISSION", nargs="?")
    add_gt(parser)
    add_board(parser)
    add_jobs(parser)


def run(args: argparse.Namespace) -> int:
    """Score, compare, print what differs."""
    from ..verifying import verify

    if args.gt and not args.benchmark:
        raise UsageError("--gt is of one benchmark: name it")
    if args.predictions and not args.name:
        raise UsageError("--predictions is of one submission: name it")
    board, n_different = board_of(args), 0
    for benchmark, name in _asked(board, args):
        found = verify(
            board, benchmark, name, args.gt, predictions=args.predictions,
            jobs=processes(args.jobs, "leaderboard"), progress=ProgressLine(),
        )  # fmt: skip
        n_different += bool(found)
        print_text(f"{benchmark}/{name}: {len(found) or 'nothing'} different")
        for line in found[:SHOWN]:
            print_text(f"  {printable(line)}")
    return DIFFERENT if n_different else 0


def _asked(board: Board, args: argparse.Namespace) -> list[tuple[str, str]]:
    from ..errors import BoardError

    asked = []
    for benchmark in [args.benchmark] if args.benchmark else board.benchmark_names():
        names = [args.name] if args.name else board.result_names(benchmark)
        mark = board.benchmark(benchmark)
        try:
            if names:
                mark.truth_folder(args.gt)
        except BoardError as error:
            if args.benchmark:
                raise
            say(f"not verified: {error}")
            continue
        asked += [(benchmark, name) for name in names]
    return asked
