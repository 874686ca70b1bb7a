"""See how metrics answer to growing damage of the ground truth: one kind at a time, seeded.

Kinds: gaps, missing roads, false roads, doubling, jitter, shift, missed junctions, split roads. The
table says what their strengths mean; lengths are in the unit of the graphs. Without --metric every
registered metric's default is asked. An --out of .svg or .png is a plot.

  roadmetrics noise --gt gt/
  roadmetrics noise --gt gt/ --metric apls --metric ccq,slack=8 --draws 5 --out noise.csv
  roadmetrics noise --gt city.json --jobs 0 --out noise.svg
"""

from __future__ import annotations

import argparse

from .numbers import bounds, count, gsd, share
from .output import ProgressLine, UsageError, check_place, deliver, processes, say
from .score import form_of

TYPE_CHECKING = False  # importing typing would slow --help down
if TYPE_CHECKING:
    from ..noise_kinds import Kind

HELP = "see how metrics answer to growing damage of the ground truth"
MOST_DRAWS = 1000


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``noise``."""
    parser.add_argument("--gt", metavar="PATH", required=True, help="ground truth: folder or file")
    parser.add_argument("--metric", action="append", metavar="NAME",
                        help="NAME[:PRESET][,FIELD=VALUE...], may be given again")  # fmt: skip
    parser.add_argument("--kind", action="append", metavar="NAME",
                        help="this damage only, may be given again")  # fmt: skip
    parser.add_argument("--draws", type=count, default=1, metavar="N",
                        help="times each damage is drawn on each tile (default 1)")  # fmt: skip
    parser.add_argument("--seed", type=count, default=0, metavar="N", help="default 0")
    parser.add_argument("--gsd", type=gsd, metavar="METRES", help="size of a pixel")
    parser.add_argument("--bounds", type=bounds, metavar="X0,Y0,X1,Y1",
                        help="clip to this box: pixels, or projected metres")  # fmt: skip
    parser.add_argument("--threshold", type=share, metavar="P",
                        help="probability from which a pixel is road (default 0.5)")  # fmt: skip
    how = parser.add_argument_group("output")
    how.add_argument("--format", choices=["table", "json", "csv", "md", "latex"],
                     help="default: by the suffix of --out, else a table on a terminal, "
                     "json elsewhere")  # fmt: skip
    how.add_argument("--out", metavar="FILE",
                     help="write there; .svg or .png: a plot, and the table on standard output",
                     )  # fmt: skip
    how.add_argument("--jobs", type=count, default=1, metavar="N",
                     help="processes, 0 for one a core (default 1)")  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Damage, score, print or plot."""
    check_place(args.out)
    if not 1 <= args.draws <= MOST_DRAWS:
        raise UsageError(f"--draws must be 1 to {MOST_DRAWS}, not {args.draws}")
    from ..evaluate import named_metrics
    from ..load import read_tiles
    from ..noise import study
    from .compiling import announce_compiling

    kinds = _kinds(args.kind)
    metrics = named_metrics(args.metric)
    tiles = read_tiles(args.gt, threshold=args.threshold)
    if args.bounds is not None:
        tiles = {key: tile.clipped(args.bounds) for key, tile in tiles.items()}
    if args.gsd is not None:
        tiles = {key: t if t.unit == "m" else t.scaled(args.gsd) for key, t in tiles.items()}
    announce_compiling()
    result = study(
        tiles, metrics, kinds=kinds, draws=args.draws, seed=args.seed,
        jobs=processes(args.jobs), progress=ProgressLine(),
    )  # fmt: skip
    if args.out is None or not args.out.lower().endswith((".svg", ".png")):
        deliver(result.render(args.format or form_of(args.out)), args.out)
        return 0
    from ..render.plot import noise_scene
    from ..render.save import save

    save(noise_scene(result), args.out)
    say(f"{args.out}: the plot")
    deliver(result.render(args.format or form_of(None)), None)
    return 0


def _kinds(names: list[str] | None) -> tuple[Kind, ...]:
    from ..noise_kinds import KINDS

    known = {kind.name: kind for kind in KINDS}
    for name in names or ():
        if name not in known:
            raise UsageError(f"there is no damage {name!r}: there are {', '.join(known)}")
    return tuple(kind for kind in KINDS if names is None or kind.name in names)
