"""Rank the submissions of a benchmark (of all, where none is named), and write the order.

What was not scored whole has no rank; the table says why.

  leaderboard rank nauru-damage
  leaderboard rank city-scale --private ../hidden/counts
"""

from __future__ import annotations

import argparse

from roadmetrics.cli.output import print_text

from .options import add_board, board_of

TYPE_CHECKING = False  # importing typing would slow --help down
if TYPE_CHECKING:
    from typing import Any

HELP = "rank the submissions of a benchmark"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``rank``."""
    parser.add_argument("benchmark", metavar="BENCHMARK", nargs="?")
    parser.add_argument("--private", metavar="DIR", help="folder of the counts of private tiles")
    add_board(parser)


def run(args: argparse.Namespace) -> int:
    """Compute, write, and print the order."""
    from .. import schema
    from ..ranking import rank
    from ..store import as_json, write_file

    board = board_of(args)
    names = [args.benchmark] if args.benchmark else board.benchmark_names()
    for name in names:
        if not args.benchmark and not board.result_names(name):
            continue
        document = rank(board, name, args.private)
        schema.require(document, "ranking", f"ranking of {name}")
        write_file(board.ranking_path(name), as_json(document))
        print_text(table(document))
    return 0


def table(document: dict[str, Any]) -> str:
    """The order as text: rank and its interval, then every metric; * marks not worse than best."""
    from roadmetrics.tables import as_text

    keys = [one["key"] for one in document["metrics"]]
    rows = [
        [_rank(row), row["submission"], *(_cell(row["metrics"].get(key)) for key in keys),
         _share(row, "ratio"), _share(row, "pred_duplicated")]
        for row in (*document["rows"], *document["unranked"])
    ]  # fmt: skip
    header = ["rank", "submission", *keys, "length", "twice"]
    lines = [
        f"{document['benchmark']['name']}: {document['rule']['text']}",
        as_text(header, rows),
        "(..): ranks that the tiles leave open at 95 %; *: the test does not tell it from the best",
        *(f"{row['submission']}: no rank: {row['why']}" for row in document["unranked"]),
        *(f"{len(one['rows'])} more in a table of their own: {one['why']}"
          for one in document["others"]),
    ]  # fmt: skip
    return "\n".join(lines)


def _rank(row: dict[str, Any]) -> str:
    if row["rank"] is None:
        return "-"
    low_high = row["rank_interval"]
    interval = "" if low_high is None else " ({}-{})".format(*low_high)
    return f"{row['rank']}{'=' * row['is_tied']}{interval}"


def _cell(one: dict[str, Any] | None) -> str:
    return "-" if one is None else f"{one['value']:.4f}{'*' if one['is_not_worse'] else ' '}"


def _share(row: dict[str, Any], key: str) -> str:
    value = None if row["lengths"] is None else row["lengths"][key]
    return "-" if value is None else f"{value:.3f}"
