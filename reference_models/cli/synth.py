"""Make synthetic towns: images, masks of road, vegetation, shadow and houses over road, graphs.

The same seed gives the same masks and graphs on every machine. Trees along the streets cover the
share --difficulty of the road; those of a lower difficulty are among those of a higher one.

  reference-models synth --out towns --tiles 100 --difficulty 0.3
  reference-models synth --out fields --tiles 100 --style canals --seed 1
  roadmetrics score --gt towns/graphs --pred PREDICTIONS
"""

from __future__ import annotations

import argparse

from roadmetrics.cli.numbers import count, gsd, share
from roadmetrics.cli.output import ProgressLine, UsageError, printable

HELP = "make synthetic towns"
STYLES = ("suburb", "arid", "canals")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``synth``."""
    parser.add_argument("--out", metavar="DIR", required=True, help="a new folder")
    parser.add_argument("--tiles", metavar="N", type=count, required=True, help="how many")
    parser.add_argument("--size", metavar="PIXELS", type=count, default=400,
                        help="side of a tile, 64 to 1024 (default 400)")  # fmt: skip
    parser.add_argument("--difficulty", metavar="SHARE", type=_difficulty, default=0.3,
                        help="share of the road under trees, 0 to 0.9 (default 0.3)")  # fmt: skip
    parser.add_argument("--seed", metavar="N", type=count, default=0, help="default 0")
    parser.add_argument("--style", choices=STYLES, default=STYLES[0], help="default suburb")
    parser.add_argument("--gsd", metavar="METRES", type=gsd, default=0.5,
                        help="size of a pixel, 0.25 to 2 (default 0.5)")  # fmt: skip
    parser.add_argument("--oblique", metavar="DEGREES", type=_degrees, default=0.0,
                        help="how far the camera looks aside, 0 to 40 (default 0)")  # fmt: skip
    parser.add_argument("--jobs", metavar="N", type=count, default=0,
                        help="processes; 0 for one a core (default)")  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Make the folder; say what it holds."""
    from pathlib import Path

    from roadmetrics.errors import RoadMetricsError

    from ..towns.folder import write_towns
    from ..towns.options import Options

    if not args.out:
        raise UsageError("--out needs the name of a folder")
    if not args.tiles:
        raise UsageError("--tiles must be 1 or more, not 0")
    try:
        options = Options(
            size=args.size, metres_per_pixel=args.gsd, difficulty=args.difficulty,
            style=args.style, oblique=args.oblique,
        )  # fmt: skip
    except RoadMetricsError as error:
        raise UsageError(str(error)) from None
    manifest = write_towns(
        Path(args.out), args.tiles, args.seed, options,
        jobs=args.jobs, progress=ProgressLine("made"),
    )  # fmt: skip
    reached = [tile["difficulty"] for tile in manifest["tiles"]]
    mean = sum(reached) / len(reached)
    print(f"{printable(args.out)}: {len(reached)} tiles of {args.size} px, style {args.style}")
    print(f"road under trees {mean:.3f}, from {min(reached):.3f} to {max(reached):.3f}")
    short = sum(one < args.difficulty for one in reached)
    if short:
        print(f"{short} of them fell short of {args.difficulty:g}: trees cannot hide more of them")
    print(f"digest {manifest['digest']}")
    return 0


def _difficulty(text: str) -> float:
    return 0.0 if text in ("0", "0.0") else share(text)


def _degrees(text: str) -> float:
    from roadmetrics.cli.numbers import positive

    return 0.0 if text in ("0", "0.0") else positive(text)
