"""Hand the rows in to a board's synthetic-towns: one submission a row, of one seed.

  python -m reference_models.papers.anagnostidis2022.hand_in --work work --segmentation runs/unet \
    --board BOARD --date 2026-11-28
  leaderboard check synthetic-towns anagnostidis-arm --board BOARD

Random, Cls, GCN, ARM and the refiner are those of the table, which are given key points of the
ground truth; the segmentation and its gaps closed see the images alone. Their graphs are taken from
the folder of the occlusion experiment where --occlusion names it, else made in WORK/board. The test
towns must be those of the benchmark: the digest of their manifest stands there.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from roadmetrics.errors import RoadMetricsError
from roadmetrics.io.files import shown
from roadmetrics.pairs import few

from ...arguments import check, option
from ...command import run_module
from ...needed import imported
from ...settings import made
from ..hand_in import hand_in
from .occlusion_settings import OcclusionArgs
from .submissions import DRAWN, GIVEN, NAMES, SEEN, given_entry, manifest_of, seen_entry

MODULE = "reference_models.papers.anagnostidis2022.hand_in"
BENCHMARK_PART = "test-0.5"  # of the occlusion experiment: the benchmark's towns


@dataclass(frozen=True, kw_only=True)
class HandInArgs:
    """Options of ``python -m reference_models.papers.anagnostidis2022.hand_in``."""

    work: str = option("folder that the table's command filled", metavar="DIR")
    board: str = option("folder of the board", metavar="DIR")
    date: str = option("of the submissions, such as 2026-11-28", metavar="DAY")
    segmentation: str = option("run of reference-models train with its threshold, for the rows "
                               "that see images alone", "", metavar="RUN")  # fmt: skip
    occlusion: str = option("folder that the occlusion command filled with that run", "",
                            metavar="DIR")  # fmt: skip
    benchmark: str = option("of the board", "synthetic-towns", metavar="NAME")
    rows: str = option(f"of {' '.join(NAMES)}; the last two need --occlusion",
                       " ".join(GIVEN + SEEN), metavar="ROW", is_many=True)  # fmt: skip
    seed: int = option("which of the runs", 0, least=0)

    def __post_init__(self) -> None:
        check(self)
        for row in self.rows.split():
            if row not in NAMES:
                raise RoadMetricsError(f"there is no row {row!r}: there are {', '.join(NAMES)}")
            if row not in GIVEN and not self.segmentation:
                raise RoadMetricsError(f"--segmentation RUN is needed for the row {row}")
            if row in DRAWN and not self.occlusion:
                raise RoadMetricsError(f"--occlusion DIR is needed for the row {row}")


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0, or 2 for a wrong call and 3 for what went wrong."""
    return run_module(MODULE, __doc__, HandInArgs, hand_in_rows, argv)


def hand_in_rows(args: HandInArgs) -> None:
    """Write a submission for every row; a row that is not there is an error."""
    for row in args.rows.split():
        towns, pred = graphs_of(args, row)
        check_tiles(towns, pred)
        if row in GIVEN:
            entry = given_entry(Path(args.work), row, args.seed, args.date)
        else:
            entry = seen_entry(args.segmentation, Path(args.occlusion), row, args.seed, args.date)
        folder = hand_in(Path(args.board), args.benchmark, entry, pred, towns)
        print(shown(folder), file=sys.stderr)


def graphs_of(args: HandInArgs, row: str) -> tuple[Path, Path]:
    """The folders of the towns and of the graphs drawn on them, made where they can be."""
    work = Path(args.work)
    towns = work / "towns" / "test"
    if row in GIVEN:
        return towns, work / "scores" / f"{row}-{args.seed}" / "tiles"
    imported("reference_models.predict")  # says how to get torch
    return _of_experiment(args, row) if args.occlusion else _made(args, row, towns)


def _of_experiment(args: HandInArgs, row: str) -> tuple[Path, Path]:
    from .segmented import about_run, check_made_with

    own = OcclusionArgs(work=args.occlusion, segmentation=args.segmentation, out="")
    towns = own.data(BENCHMARK_PART)
    manifest_of(towns)  # an error where there are none
    check_made_with(Path(own.work), {"segmentation": about_run(args.segmentation)["digest"]})
    if row == "segmentation":
        return towns, own.pred(BENCHMARK_PART)
    name = row.removeprefix("segmented-")
    return towns, own.scored(name, args.seed, BENCHMARK_PART) / "pred"


def _made(args: HandInArgs, row: str, towns: Path) -> tuple[Path, Path]:
    """Predicted here, and gaps closed, as far as that is not done."""
    from .segmented import about_run, check_made_with, close_towns, predict_towns

    size, home = int(manifest_of(towns)["options"]["size"]), Path(args.work) / "board"
    about = about_run(args.segmentation)
    made(home)
    check_made_with(home, {"segmentation": about["digest"]})
    pred, maps, closed = (home / name for name in ("segmentation", "maps", "gaps"))
    predict_towns(args.segmentation, towns, size, pred, maps)
    if row == "gaps":
        close_towns(pred, maps, closed)
    return towns, closed if row == "gaps" else pred


def check_tiles(towns: Path, pred: Path) -> None:
    """Raise RoadMetricsError where there is not one graph of each tile of the towns."""
    wanted = {row["id"] for row in manifest_of(towns)["tiles"]}
    held = {path.stem for path in pred.glob("*.json")}
    if not held:
        raise RoadMetricsError(f"{shown(pred)}: there are no graphs in it: run the table first")
    if other := sorted(wanted ^ held):
        raise RoadMetricsError(
            f"{shown(pred)}: {len(other)} tiles are not those of {shown(towns)}: {few(other)}"
        )


if __name__ == "__main__":
    sys.exit(main())
