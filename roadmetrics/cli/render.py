"""Draw what was matched, missed and invented on a tile, and what a metric saw there.

The picture is SVG or PNG, by the suffix of --out. With --sheet several predictions stand side by
side, one row a tile, the ground truth first; a name for the column may stand before a prediction:
NAME=PATH. Without --metric roads are compared by distance alone.

  roadmetrics render --gt gt/ --pred pred/ --tile paris --metric apls --out paris.png
  roadmetrics render --gt gt/ --pred pred/ --tile paris --images images/ --out paris.svg
  roadmetrics render --sheet --gt gt/ --pred A/ --pred "ours=B/" --metric apls --out sheet.png
"""

from __future__ import annotations

import argparse

from .numbers import count, positive
from .one_tile import add_sources, chosen, pairs_of, read_tile
from .output import UsageError, check_place, say

TYPE_CHECKING = False  # importing typing would slow --help down
if TYPE_CHECKING:
    from typing import Any

HELP = "draw what was matched, missed and invented, as SVG or PNG"
ROWS = 4  # tiles on a sheet where none is named
LEAST, MOST = 200, 8000  # pixels of --width


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``render``."""
    add_sources(parser, preds=True)
    how = parser.add_argument_group("the picture")
    how.add_argument("--out", metavar="FILE", required=True, help="an .svg or .png file")
    how.add_argument("--metric", metavar="NAME", action="append", default=[],
                     help="NAME[:PRESET][,FIELD=VALUE...]; several with --sheet")  # fmt: skip
    how.add_argument("--sheet", action="store_true", help="several predictions and tiles")
    how.add_argument("--image", metavar="FILE", help="image to lie under the roads")
    how.add_argument("--tolerance", type=positive, default=5.0, metavar="X",
                     help="distance within which roads match, in their unit (default 5)",
                     )  # fmt: skip
    how.add_argument("--width", type=count, metavar="PIXELS",
                     help="default 900; of a sheet 300 a column")  # fmt: skip
    how.add_argument("--attribution", default="", metavar="TEXT", help="a line below")


def run(args: argparse.Namespace) -> int:
    """Read, draw, write."""
    _check(args)
    check_place(args.out)
    from ..metric import parse_with
    from ..metrics import METRICS
    from ..render.save import check_suffix, save
    from .compiling import announce_compiling

    check_suffix(args.out)
    metrics = [parse_with(name, METRICS) for name in args.metric]
    announce_compiling()
    scene = _sheet(args, metrics) if args.sheet else _single(args, metrics)
    save(scene, args.out)
    say(f"{args.out}: {scene.width} x {scene.height} pixels")
    return 0


def _check(args: argparse.Namespace) -> None:
    if args.image and args.images:
        raise UsageError("give either --image or --images")
    if args.width is not None and not LEAST <= args.width <= MOST:
        raise UsageError(f"--width must be {LEAST} to {MOST} pixels, not {args.width}")
    if args.sheet and args.image:
        raise UsageError("a sheet takes a folder of images: --images DIR")
    several = {"--pred": args.pred, "--tile": args.tile or [], "--metric": args.metric}
    for name, given in several.items():
        if len(given) > 1 and not args.sheet:
            raise UsageError(f"several {name} make a sheet: add --sheet")


def _single(args: argparse.Namespace, metrics: list[Any]) -> Any:
    from ..render.tile import tile_scene

    _, path = _named(args.pred[0])
    pair = chosen(pairs_of(args, path), args.tile[0] if args.tile else None, args.gt)
    gt, pred = read_tile(args, pair)
    return tile_scene(
        gt, pred, metrics[0] if metrics else None, tile=pair.id, photo=_photo(args, pair.id),
        width=args.width or 900, tolerance=args.tolerance, attribution=args.attribution,
    )  # fmt: skip


def _sheet(args: argparse.Namespace, metrics: list[Any]) -> Any:
    from ..render.sheet import SheetRow, sheet_scene

    named = [_named(text) for text in args.pred]
    _check_names([name for name, _ in named])
    found = [pairs_of(args, path) for _, path in named]
    tiles = args.tile or list(found[0])[:ROWS]
    if len(tiles) < len(found[0]) and not args.tile:
        say(f"the first {ROWS} of {len(found[0])} tiles; choose with --tile ID, again and again")
    rows = [
        SheetRow(
            tile,
            [read_tile(args, chosen(pairs, tile, args.gt)) for pairs in found],
            _photo(args, tile),
        )
        for tile in tiles
    ]
    return sheet_scene(
        rows, [name for name, _ in named], metrics, width=args.width,
        tolerance=args.tolerance, attribution=args.attribution,
    )  # fmt: skip


def _check_names(names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"two columns of the sheet are called {name}: say NAME=PATH")


def _named(text: str) -> tuple[str, str]:
    """(name, path) of NAME=PATH, or of a path that names itself."""
    import os

    name, equals, path = text.partition("=")
    if equals and name and path and not os.path.exists(text):
        return name, path
    return os.path.basename(os.path.normpath(text)), text


def _photo(args: argparse.Namespace, tile: str) -> Any:
    if not (args.image or args.images):
        return None
    from pathlib import Path

    from ..images import image_of
    from ..render.photo import open_photo

    return open_photo(Path(args.image) if args.image else image_of(Path(args.images), tile))
