"""Score the bundled sample: the roads of Nauru, damaged in two strengths."""

from __future__ import annotations

import argparse

from .output import ProgressLine, check_place, deliver

HELP = "score the bundled sample"
STRENGTHS = ("pred_light", "pred_heavy")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``demo``."""
    parser.add_argument("--per-tile", action="store_true", help="a row for each tile, too")
    parser.add_argument("--out", metavar="FILE", help="write there instead of standard output")


def run(args: argparse.Namespace) -> int:
    """Score both predictions with every metric's default."""
    check_place(args.out)
    from .. import sample
    from ..evaluate import score_folders
    from .compiling import announce_compiling

    announce_compiling()
    folder = sample.path()
    blocks = []
    for name in STRENGTHS:
        report = score_folders(folder / "gt", folder / name, progress=ProgressLine())
        command = f"$ roadmetrics score --gt {folder / 'gt'} --pred {folder / name}"
        blocks.append(f"{command}\n\n{report.table(per_tile=args.per_tile)}")
    blocks.append("roads: (c) OpenStreetMap contributors, ODbL 1.0; the damage is ours, seeded")
    deliver("\n\n".join(blocks), args.out)
    return 0
