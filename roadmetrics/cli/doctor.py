"""Find out whether predictions lie in the frame of the ground truth, and what to change if not.

Tried are exchanged and mirrored axes, all turns by 90 degrees, half and double scale, the ratio of
the extents, and shifts, on at most 20 tiles. --pred-axis and --flip-y say what is done already.

  roadmetrics doctor --gt gt/ --pred pred/
  roadmetrics doctor --gt gt/ --pred pred/ --bounds 0,0,2048,2048 --format json
  roadmetrics doctor --gt gt/ --pred pred.csv --images images/ --flip-y

Exit codes: 0 nothing to change, 1 a change is advised or nothing matches, 2 usage, 3 bad input.
"""

from __future__ import annotations

import argparse

from .output import UsageError, check_place, deliver
from .score import add_pairing, add_tiles, check_sources, form_of

HELP = "find swapped, mirrored, shifted or scaled predictions"
ADVISED = 1


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``doctor``."""
    what = parser.add_argument_group("what")
    what.add_argument("--gt", metavar="PATH", help="ground truth: a folder or a file")
    what.add_argument("--pred", metavar="PATH", help="predictions: a folder or a file")
    add_pairing(parser.add_argument_group("which prediction belongs to which ground truth"))
    add_tiles(parser.add_argument_group("how files become tiles"))
    how = parser.add_argument_group("output")
    how.add_argument("--format", choices=["table", "json"],
                     help="default: by the suffix of --out, else a table on a terminal, "
                     "json elsewhere")  # fmt: skip
    how.add_argument("--out", metavar="FILE", help="write there instead of standard output")


def run(args: argparse.Namespace) -> int:
    """Examine, print, and tell whether anything is to be changed."""
    check_sources(args)
    check_place(args.out)
    form = args.format or form_of(args.out)
    if form not in ("table", "json"):
        raise UsageError(f"--out {args.out}: doctor writes .txt and .json")
    from ..examination import doctor

    found = doctor(
        args.gt, args.pred, layout=args.layout, missing=args.missing, tiles=args.tiles,
        split=args.split, pairs=args.pairs, gsd=args.gsd, bounds=args.bounds,
        pred_axis=args.pred_axis, flip_y=args.flip_y, threshold=args.threshold,
        images=args.images, unit=args.unit,
    )  # fmt: skip
    deliver(found.render(form), args.out)
    return 0 if found.verdict == "nothing to change" else ADVISED
