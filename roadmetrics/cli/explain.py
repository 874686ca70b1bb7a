"""List what cost most of a score on one tile: roads, junctions, and the metric's own things.

Roads are chains between junctions and dead ends, with all that lies on them. Shares are of what
the tile lost.

  roadmetrics explain --gt gt/ --pred pred/ --tile paris --metric apls
  roadmetrics explain --gt a.json --pred b.json --metric ccq,slack=8 --top 3 --format csv
"""

from __future__ import annotations

import argparse

from .numbers import count
from .one_tile import add_sources, chosen, pairs_of, read_tile
from .output import check_place, deliver
from .score import form_of

HELP = "list what cost most of a score on one tile"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``explain``."""
    add_sources(parser)
    parser.add_argument("--metric", metavar="NAME", required=True,
                        help="NAME[:PRESET][,FIELD=VALUE...]")  # fmt: skip
    how = parser.add_argument_group("output")
    how.add_argument("--top", type=count, default=10, metavar="N",
                     help="the dearest N of each kind (default 10)")  # fmt: skip
    how.add_argument("--format", choices=["table", "json", "csv", "md", "latex"],
                     help="default: by the suffix of --out, else a table on a terminal, "
                     "json elsewhere")  # fmt: skip
    how.add_argument("--out", metavar="FILE", help="write there instead of standard output")


def run(args: argparse.Namespace) -> int:
    """Read the tile, score it, list the causes."""
    check_place(args.out)
    from ..explain import explain
    from ..metric import parse_with
    from ..metrics import METRICS
    from .compiling import announce_compiling

    metric = parse_with(args.metric, METRICS)
    pair = chosen(pairs_of(args, args.pred), args.tile, args.gt)
    gt, pred = read_tile(args, pair)
    announce_compiling()
    explanation = explain(metric, gt, pred, pair.id)
    deliver(explanation.render(args.format or form_of(args.out), args.top), args.out)
    return 0
