"""Score a submission, and write its result. Nothing of it is run or imported.

What is printed are aggregates only. Exit code 1 where the submission gets no rank: a tile is
missing or failed, or a rule is broken; the result says why.

  leaderboard score nauru-damage our-method
  leaderboard score city-scale our-method --gt 20cities --private ../hidden/counts
"""

from __future__ import annotations

import argparse

from roadmetrics.cli.output import ProgressLine, print_text, printable, processes

from .options import add_board, add_gt, add_jobs, board_of, say

TYPE_CHECKING = False  # importing typing would slow --help down
if TYPE_CHECKING:
    from typing import Any

HELP = "score a submission and write its result"
NO_RANK = 1


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``score``."""
    parser.add_argument("benchmark", metavar="BENCHMARK")
    parser.add_argument("name", metavar="SUBMISSION")
    add_gt(parser)
    parser.add_argument("--private", metavar="DIR", help="folder for the counts of private tiles, "
                        "outside of the board: ranks are made from them")  # fmt: skip
    add_board(parser)
    add_jobs(parser)


def run(args: argparse.Namespace) -> int:
    """Score, write, and print the totals."""
    import time
    from datetime import UTC, datetime

    from roadmetrics.cli.compiling import announce_compiling

    from ..publish import publish
    from ..scoring import score

    board, started, clock = board_of(args), datetime.now(UTC), time.perf_counter()
    benchmark = board.benchmark(args.benchmark)
    submission = board.submission(args.benchmark, args.name)
    if benchmark.is_private and args.private is None:
        say("--private is not given: the order over private tiles cannot be made from this result")
    announce_compiling()
    scoring = score(
        benchmark, submission, args.gt, predictions=args.predictions,
        jobs=processes(args.jobs, "leaderboard"), progress=ProgressLine(),
    )  # fmt: skip
    document = publish(
        board, scoring, started=started, wall_seconds=time.perf_counter() - clock,
        jobs=args.jobs, private=args.private,
    )  # fmt: skip
    print_text(table(document))
    for line in [*document["reasons"], *(flag["text"] for flag in document["flags"])]:
        say(line)
    return 0 if document["status"] == "ok" else NO_RANK


def table(document: dict[str, Any]) -> str:
    """Values and intervals of a result, by metric, in the parts that it has."""
    from roadmetrics.tables import as_text

    rows = [
        [key, part, f"{one['value']:.4f}", _interval(one), str(one["n"])]
        for part, totals in document["totals"].items() for key, one in totals.items()
    ]  # fmt: skip
    mine, counts = document["submission"], document["counts"]["all"]
    title = f"{mine['name']} on {document['benchmark']['name']}: {document['status']}"
    foot = f"scored {counts['ok']} of {counts['tiles']} tiles"
    body = [as_text(["metric", "tiles", "value", "95 % interval", "n"], rows)] if rows else []
    return "\n".join(printable(title) if i == 0 else text
                     for i, text in enumerate([title, *body, foot]))  # fmt: skip


def _interval(one: dict[str, Any]) -> str:
    low_high = one["ci95"] and one["ci95"][one["headline"]]
    return "{:.4f} .. {:.4f}".format(*low_high) if low_high else "-"
