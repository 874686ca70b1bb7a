"""Score predictions against ground truth.

Without --metric every registered metric's default is scored. Ground truth is the denominator: a
missing prediction is an error unless --missing says otherwise.

  roadmetrics score --gt gt/ --pred pred/
  roadmetrics score --gt gt/ --pred pred/ --metric ccq --metric ccq,slack=8 --per-tile
  roadmetrics score --pairs pairs.csv --format json --out scores.json --fail-under ccq=0.6
"""

from __future__ import annotations

import argparse
import math
import os
import sys

from ..errors import RoadMetricsError
from ..layouts import CHOICES
from .numbers import bounds, count, gsd, positive, share
from .output import ProgressLine, UsageError, check_place, deliver, processes, say

TYPE_CHECKING = False  # importing typing would slow --help down
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..report import Report

HELP = "score predictions against ground truth"
BELOW = 1
FORM_OF_SUFFIX = {".json": "json", ".csv": "csv", ".md": "md", ".tex": "latex", ".txt": "table"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``score``."""
    what = parser.add_argument_group("what")
    what.add_argument("--gt", metavar="PATH", help="ground truth: a folder or a file")
    what.add_argument("--pred", metavar="PATH", help="predictions: a folder or a file")
    what.add_argument("--metric", action="append", metavar="NAME",
                      help="NAME[:PRESET][,FIELD=VALUE...], may be given again")  # fmt: skip
    what.add_argument("--protocol", metavar="NAME",
                      help="a paper's table instead: its metrics, its columns in its order "
                      "(see roadmetrics list)")  # fmt: skip
    add_pairing(parser.add_argument_group("which prediction belongs to which ground truth"))
    add_tiles(parser.add_argument_group("how files become tiles"))
    how = parser.add_argument_group("output")
    add_output(how)
    how.add_argument("--jobs", type=count, metavar="N",
                     help="processes, 0 for one a core (default 1, and 0 with Ray)")  # fmt: skip
    how.add_argument("--engine", type=_engine, default="processes", metavar="NAME",
                     help="processes (default), ray, or ray://HOST[:PORT]: a Ray cluster",
                     )  # fmt: skip
    how.add_argument("--resume", metavar="FILE",
                     help="log of the run: tiles that it has are not scored again")  # fmt: skip
    how.add_argument("--shard", metavar="I/N", help="part I of N of the tiles: see merge")
    how.add_argument("--tile-time", type=positive, metavar="SECONDS",
                     help="a tile that takes longer is scored zero, and the run goes on",
                     )  # fmt: skip
    how.add_argument("--tile-memory", type=positive, metavar="MIB",
                     help="a tile that needs more is scored zero, and the run goes on",
                     )  # fmt: skip
    how.add_argument("--fail-under", action="append", default=[], metavar="METRIC=X",
                     help="exit with 1 where the value is less; may be given again")  # fmt: skip


def add_output(group: argparse._ArgumentGroup) -> None:
    """Add --format, --out and --per-tile."""
    group.add_argument("--format", choices=["table", "json", "csv", "md", "latex"],
                       help="default: by the suffix of --out, else a table on a terminal, "
                       "json elsewhere")  # fmt: skip
    group.add_argument("--out", metavar="FILE", help="write there instead of standard output")
    group.add_argument("--per-tile", action="store_true", help="a row for each tile, too")


def run(args: argparse.Namespace) -> int:
    """Score, print, and test --fail-under."""
    floors = [_floor(text) for text in args.fail_under]
    check_sources(args)
    if args.protocol and args.metric:
        raise UsageError("give either --metric or --protocol")
    form = args.format or form_of(args.out)
    check_place(args.out)
    from ..evaluate import named_metrics, score_folders
    from ..protocols import protocol
    from .compiling import announce_compiling

    metrics = named_metrics(protocol(args.protocol).metrics if args.protocol else args.metric)
    for name, _ in floors:
        if name not in metrics:
            raise UsageError(f"--fail-under {name}: not among the metrics {', '.join(metrics)}")
    announce_compiling()
    report = score_folders(
        args.gt, args.pred, args.metric, layout=args.layout, missing=args.missing,
        tiles=args.tiles, split=args.split, pairs=args.pairs, gsd=args.gsd, bounds=args.bounds,
        pred_axis=args.pred_axis, flip_y=args.flip_y, threshold=args.threshold,
        images=args.images, unit=args.unit, jobs=_jobs(args), engine=args.engine,
        tile_time=args.tile_time, tile_memory=args.tile_memory, resume=args.resume,
        shard=args.shard, progress=ProgressLine(), protocol=args.protocol,
    )  # fmt: skip
    deliver(report.render(form, per_tile=args.per_tile), args.out)
    tell_left_out(report)
    if args.threshold is not None and not _is_any_mask(report):
        say("--threshold has no effect: no tile is a probability map or mask")
    return BELOW if _below(report, floors) else 0


def _engine(text: str) -> str:
    from ..parallel import check_engine

    try:
        check_engine(text)
    except RoadMetricsError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _jobs(args: argparse.Namespace) -> int | None:
    """At most one a core of this machine; a cluster knows its own."""
    if args.jobs is None or args.engine.startswith("ray://"):
        jobs: int | None = args.jobs
        return jobs
    return processes(args.jobs)


def tell_left_out(report: Report) -> None:
    """Say what was missing, unmatched or ignored: nothing is left out in silence."""
    for note, tiles in _notes(report).items():
        say(f"tile {tiles[0]}: {note}" if len(tiles) == 1 else f"tiles {few(tiles)}: {note}")
    if repairs := report.repairs():
        say(f"in reading: {repairs}")
    if report.lengths.is_flagged:
        say(f"roads drawn twice? {report.lengths.line()}")
    tell_split(report.run.get("split"))
    if report.run.get("tiles"):
        from ..splits import count_note

        if note := count_note(str(report.run["layout"]), report.n_tiles):
            say(note)
    if report.missing:
        say(f"without prediction: {few(report.missing)}; {report.summary()[0]}")
    if report.unmatched:
        say(f"predictions without ground truth, not scored: {few(report.unmatched)}")
    if ignored := report.run.get("ignored"):
        say(f"not part of layout {report.run['layout']}, not read: {few(ignored)}")


def tell_split(split: Mapping[str, Any] | None) -> None:
    """Say which tiles of a published split are not here."""
    if split and split["absent"]:
        from ..splits import told

        say(f"{told(split)} have a ground truth here; not here: {few(split['absent'])}")
    for note in split["notes"] if split else ():
        say(note)


def _notes(report: Report) -> dict[str, list[str]]:
    """What was noted of tiles, each once, and of which."""
    notes: dict[str, list[str]] = {}
    for tile in report.tiles.values():
        for note in tile.notes:
            notes.setdefault(note, []).append(tile.id)
    return notes


def add_pairing(group: argparse._ArgumentGroup) -> None:
    """Add what tells which files belong together."""
    add_layout(group)
    group.add_argument(
        "--pairs", metavar="FILE", help="a table id,gt,pred[,gsd,bounds,image] instead"
    )
    which = group.add_mutually_exclusive_group()
    which.add_argument("--tiles", metavar="FILE", help="score these only, one id a line")
    which.add_argument("--split", metavar="NAME",
                       help="these only: a published split of the layout, such as test",
                       )  # fmt: skip
    group.add_argument("--missing", choices=["error", "zero", "skip"], default="error",
                       help="of a prediction: error (default), score 0, or leave out")  # fmt: skip


def add_layout(group: argparse._ActionsContainer) -> None:
    """Add --layout."""
    group.add_argument("--layout", default="auto", choices=CHOICES, metavar="NAME",
                       help=f"how file names tell the tile: {', '.join(CHOICES)} (default auto)",
                       )  # fmt: skip


def add_tiles(group: argparse._ArgumentGroup) -> None:
    """Add --gsd, --bounds, --pred-axis, --flip-y, --images, --unit and --threshold."""
    group.add_argument("--gsd", type=gsd, metavar="METRES", help="size of a pixel")
    group.add_argument("--bounds", type=bounds, metavar="X0,Y0,X1,Y1",
                       help="clip both to this box: pixels, or projected metres")  # fmt: skip
    group.add_argument("--pred-axis", choices=["xy", "yx"], default="xy",
                       help="yx: predictions give y before x")  # fmt: skip
    group.add_argument("--flip-y", action="store_true",
                       help="predictions have y the other way up in their tile")  # fmt: skip
    group.add_argument("--images", metavar="PATH",
                       help="images named after the tiles, a folder or one file; a GeoTIFF joins "
                       "pixels with longitudes and latitudes")  # fmt: skip
    group.add_argument("--unit", choices=["px", "m"], default="px",
                       help="with --images: score in pixels of the image, or in metres on the "
                       "ground (default px)")  # fmt: skip
    group.add_argument("--threshold", type=share, metavar="P",
                       help="probability from which a pixel is road (default 0.5)")  # fmt: skip


def check_sources(args: argparse.Namespace) -> None:
    """Raise UsageError unless it is said what is compared with what, once."""
    if args.pairs and (args.gt or args.pred):
        raise UsageError("give either --pairs, or --gt and --pred")
    if not args.pairs and not (args.gt and args.pred):
        raise UsageError("give --gt and --pred, or --pairs")
    if args.pairs and (args.layout != "auto" or args.split):
        raise UsageError("--layout and --split do not apply to --pairs")


def _is_any_mask(report: Report) -> bool:
    sides = [side for tile in report.tiles.values() for side in (tile.gt, tile.pred) if side]
    return any(side.get("kind") == "mask" for side in sides)


def _below(report: Report, floors: list[tuple[str, float]]) -> bool:
    lost = [(name, floor) for name, floor in floors if report.value(name) < floor]
    for name, floor in lost:
        say(f"{name} is {report.value(name):.6g}, below --fail-under {floor:g}")
    return bool(lost)


def form_of(out: str | None) -> str:
    """The format that the suffix of --out names; else a table on a terminal, JSON elsewhere."""
    if out is None:
        return "table" if sys.stdout.isatty() else "json"
    name = os.path.basename(out)
    suffix = name[name.rfind(".") :].lower() if "." in name else ".json"
    if suffix not in FORM_OF_SUFFIX:
        known = ", ".join(FORM_OF_SUFFIX)
        raise UsageError(f"--out {out}: {suffix} is none of {known}: say --format")
    return FORM_OF_SUFFIX[suffix]


def _floor(text: str) -> tuple[str, float]:
    name, _, value = text.rpartition("=")
    try:
        floor = float(value)
    except ValueError:
        floor = math.nan
    if not name or math.isnan(floor):
        raise UsageError(f"--fail-under is METRIC=X, not {text!r}")
    return name, floor


def few(names: object) -> str:
    """How many, and the first ten."""
    every = list(names)  # type: ignore[call-overload]
    more = f" and {len(every) - 10} more" if len(every) > 10 else ""
    return f"{len(every)}: {', '.join(every[:10])}{more}"
