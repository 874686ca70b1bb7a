"""Compare methods: documents that ``roadmetrics score --out`` wrote, each against the first.

For every metric common to all: the difference of the value that its source publishes, a paired
bootstrap interval and a paired permutation test over tiles, and tiles won, lost and tied. Documents
whose metrics, tiles or ground truths differ are refused. docs/compare.md says how it is done.

  roadmetrics compare baseline.json ours.json
  roadmetrics compare a.json b.json c.json --metric apls --per-tile 20
"""

from __future__ import annotations

import argparse

from .numbers import count
from .output import check_place, deliver, say
from .score import form_of

HELP = "compare scored methods tile by tile, with interval and p-value"
LISTED = 10


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``compare``."""
    parser.add_argument("documents", metavar="FILE", nargs="+", help="documents of score --out")
    parser.add_argument("--baseline", metavar="FILE",
                        help="compare with this one instead of the first")  # fmt: skip
    parser.add_argument("--metric", action="append", metavar="NAME",
                        help="only this one, as it was asked for; may be given again")  # fmt: skip
    parser.add_argument("--common-tiles", action="store_true",
                        help="leave out tiles that not every document scored")  # fmt: skip
    parser.add_argument("--per-tile", nargs="?", const=LISTED, default=0, type=count, metavar="N",
                        help=f"list the N tiles that differ most (default {LISTED}); stands "
                        "after the files")  # fmt: skip
    parser.add_argument("--format", choices=["table", "json", "csv", "md", "latex"],
                        help="default: by the suffix of --out, else a table on a terminal, "
                        "json elsewhere")  # fmt: skip
    parser.add_argument("--out", metavar="FILE", help="write there instead of standard output")


def run(args: argparse.Namespace) -> int:
    """Compare and print."""
    check_place(args.out)
    from ..comparison import compare

    found = compare(
        args.documents, baseline=args.baseline, metrics=args.metric, common_tiles=args.common_tiles
    )
    form = args.format or form_of(args.out)
    deliver(found.render(form, per_tile=args.per_tile), args.out)
    if found.not_common and form in ("json", "csv"):  # the others hold it in words
        say(f"metrics not in every document, not compared: {', '.join(found.not_common)}")
    return 0
