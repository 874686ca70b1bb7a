"""Join the documents of all shards of a run: the result is what one run would have given.

roadmetrics score --gt gt/ --pred pred/ --shard 1/8 --out part1.json   # and 2/8 ... 8/8, anywhere
roadmetrics merge part*.json --out scores.json
"""

from __future__ import annotations

import argparse

from .output import check_place, deliver
from .score import add_output, form_of, tell_left_out

HELP = "join the documents of all shards of a run"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``merge``."""
    parser.add_argument("documents", metavar="FILE", nargs="+", help="documents of score --shard")
    add_output(parser.add_argument_group("output"))


def run(args: argparse.Namespace) -> int:
    """Read, join, print."""
    form = args.format or form_of(args.out)
    check_place(args.out)
    from ..merge import merge

    report = merge(args.documents)
    deliver(report.render(form, per_tile=args.per_tile), args.out)
    tell_left_out(report)
    return 0
