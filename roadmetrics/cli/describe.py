"""Describe road networks: counts, lengths, and how angles, degrees and distances are spread.

With predictions the two are set side by side: length ratio, the share of length that is drawn
twice, and the Wasserstein distance of each distribution. docs/describe.md defines every number.

  roadmetrics describe gt/
  roadmetrics describe gt/ pred/ --per-tile
  roadmetrics describe gt/ pred/ --gsd 0.3 --out describe.json
"""

from __future__ import annotations

import argparse

from .one_tile import options_of
from .output import UsageError, check_place, deliver, say
from .score import add_output, add_pairing, add_tiles, few, form_of, tell_split

HELP = "describe networks: counts, angles, lengths, and what is drawn twice"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``describe``."""
    parser.add_argument("gt", metavar="GT", nargs="?", help="ground truth: a folder or a file")
    parser.add_argument("pred", metavar="PRED", nargs="?", help="predictions to set beside it")
    add_pairing(parser.add_argument_group("which prediction belongs to which ground truth"))
    add_tiles(parser.add_argument_group("how files become tiles"))
    add_output(parser.add_argument_group("output"))


def run(args: argparse.Namespace) -> int:
    """Describe and print."""
    _check_sources(args)
    check_place(args.out)
    from ..description_report import describe_folders
    from .compiling import announce_compiling

    announce_compiling()
    report = describe_folders(
        args.gt, args.pred, layout=args.layout, missing=args.missing, tiles=args.tiles,
        split=args.split,
        pairs=args.pairs, options=options_of(args),
    )  # fmt: skip
    form = args.format or form_of(args.out)
    deliver(report.render(form, per_tile=args.per_tile), args.out)
    tell_split(report.split)
    if report.missing:
        say(f"without prediction: {few(report.missing)}")
    if report.unmatched:
        say(f"predictions without ground truth, not read: {few(report.unmatched)}")
    return 0


def _check_sources(args: argparse.Namespace) -> None:
    if args.pairs and args.gt:
        raise UsageError("give either --pairs, or GT and PRED")
    if not args.pairs and not args.gt:
        raise UsageError("give GT, or --pairs")
    if args.pairs and (args.layout != "auto" or args.split):
        raise UsageError("--layout and --split do not apply to --pairs")
    if args.split and not args.pred and args.layout == "auto":
        raise UsageError("--split needs --layout, or PRED to tell the layout by")
    if not args.pairs and not args.pred and (args.pred_axis != "xy" or args.flip_y):
        raise UsageError("--pred-axis and --flip-y need PRED")
