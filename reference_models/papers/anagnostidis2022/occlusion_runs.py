"""Towns, predictions, training, drawings and scores of the experiment; what is there stays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from shutil import copyfile, rmtree
from typing import Any

from roadmetrics.errors import RoadMetricsError
from roadmetrics.evaluate import score_folders
from roadmetrics.io.files import shown, write_bytes

from ...graph_settings import GraphTrainArgs
from ...refine import refine
from ...refine_settings import RefineArgs
from ...refiner_settings import RefinerArgs
from ...settings import made
from ...towns.folder import write_towns
from ...towns.options import Options
from ..told import Told, say
from ..towns_made import check_towns
from .miniature import METRICS, SCORES
from .occlusion_settings import ROWS, SEEDED, OcclusionArgs
from .segmented import about_run, check_made_with, close_towns, draw_targets, emptied, predict_towns

Unit = tuple[str, int, str]  # row, seed, part of the towns to score
TRAIN = "train"  # towns of all shares together
TOGETHER = 32  # tiles that are drawn on at once


def check_segmentation(args: OcclusionArgs) -> None:
    """Raise RoadMetricsError for another segmentation than before, or one that saw our towns."""
    about = about_run(args.segmentation)
    seeds = {*args.train_seeds, args.test_seed}
    if about["towns"] and about["towns"]["seed"] in seeds:
        raise RoadMetricsError(
            f"{shown(args.segmentation)}: it learned from towns of seed {about['towns']['seed']}, "
            "which are used here: its predictions of them would be too good: give other seeds"
        )
    Path(args.work).mkdir(exist_ok=True)
    check_made_with(Path(args.work), {
        "segmentation": about["digest"], "side": args.side, "overlap": args.overlap,
        "drawn_by": args.drawn_by,
    })  # fmt: skip


def make_towns(args: OcclusionArgs) -> None:
    """The folders of towns to score and to train on; the latter once more, all in one folder."""
    for part, difficulty in args.scored_parts.items():
        _part(args, part, args.n_test, args.test_seed, difficulty)
    n_parts = len(args.learned_parts)
    for k, (part, difficulty) in enumerate(args.learned_parts.items()):
        n = args.n_train // n_parts + (k < args.n_train % n_parts)
        _part(args, part, n, args.train_seeds[k], difficulty)
    _join([args.data(part) for part in args.learned_parts], args.data(TRAIN))


def _part(args: OcclusionArgs, part: str, n: int, seed: int, difficulty: float) -> None:
    options = Options(size=args.size, metres_per_pixel=args.gsd, difficulty=difficulty)
    folder = args.data(part)
    if folder.is_dir():
        check_towns(folder, n, seed, options)
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    say(f"towns: {part}, {n} tiles")
    write_towns(folder, n, seed, options, jobs=args.jobs)


def _join(parts: list[Path], out: Path) -> None:
    """A folder of the images and graphs of several; their tiles have different names."""
    files = [path for part in parts for kind in ("images", "graphs")
             for path in (part / kind).iterdir()]  # fmt: skip
    if out.is_dir():
        held = sum(1 for kind in ("images", "graphs") for _ in (out / kind).iterdir())
        if held != len(files):
            raise RoadMetricsError(f"{shown(out)}: not the towns of the shares: take it away")
        return
    draft = out.with_name(f"{out.name}.part")
    rmtree(draft, ignore_errors=True)
    for path in files:
        (draft / path.parent.name).mkdir(parents=True, exist_ok=True)
        copyfile(path, draft / path.parent.name / path.name)
    draft.replace(out)


def make_predictions(args: OcclusionArgs, part: str) -> None:
    """The segmentation on one part of the towns; with maps on those to score."""
    maps = None if part == TRAIN else args.maps(part)
    predict_towns(args.segmentation, args.data(part), args.size, args.pred(part), maps)


def arm_args(args: OcclusionArgs, seed: int) -> GraphTrainArgs:
    """Options of training the ARM on the segmentation's key points."""
    return GraphTrainArgs(
        net="arm", data=str(args.data(TRAIN)), init=str(args.pred(TRAIN)),
        out=str(args.run("arm", seed)), scale="small", image=args.side, side=args.side, overlap=0,
        max_key_points=args.max_key_points, max_edges=args.max_edges, batch=args.batch, lr=args.lr,
        steps=args.steps, seed=seed, threads=1, device="cpu",
    )  # fmt: skip


def refiner_args(args: OcclusionArgs, seed: int) -> RefinerArgs:
    """Options of training the refiner, from the ARM of the same seed."""
    return RefinerArgs(
        arm=str(args.run("arm", seed)), data=str(args.data(TRAIN)), init=str(args.pred(TRAIN)),
        curriculum=args.curriculum, out=str(args.run("refiner", seed)), units=args.units,
        updates=args.updates, simulations=args.simulations, lr=args.refiner_lr, seed=seed,
        threads=1, device="cpu",
    )  # fmt: skip


def check_run(args: OcclusionArgs, name: str, seed: int) -> None:
    """Raise RoadMetricsError for a run that is there with other options."""
    from ...checkpoint import RUN, open_run

    if (args.run(name, seed) / RUN).is_file():
        own: Any = refiner_args(args, seed) if name == "refiner" else arm_args(args, seed)
        open_run(args.run(name, seed), own)


def train(args: OcclusionArgs, unit: tuple[str, int]) -> None:
    """Train ARM or refiner with one seed, as far as that is not done."""
    from ...train_graph import train_graph
    from ...train_refiner import train_refiner

    name, seed = unit
    check_run(args, name, seed)
    rows = [row for row in SEEDED if args.run(row, seed) == args.run(name, seed)]
    if all((args.scored(*unit) / SCORES).is_file() for unit in _units(args, rows, seed)):
        return
    args.run(name, seed).parent.mkdir(parents=True, exist_ok=True)
    told = Told(f"{name}, seed {seed}")
    if name == "arm":
        train_graph(arm_args(args, seed), told)
    else:
        train_refiner(refiner_args(args, seed), told)


def units_of(args: OcclusionArgs) -> list[Unit]:
    """Everything that is drawn and scored: rows without a run once."""
    rows = [ROWS, *[SEEDED] * (args.seeds - 1)]
    return [unit for seed in range(args.seeds) for unit in _units(args, rows[seed], seed)]


def _units(args: OcclusionArgs, rows: Sequence[str], seed: int) -> list[Unit]:
    return [(name, seed, part) for name in rows for part in args.scored_parts]


def draw_and_score(args: OcclusionArgs, unit: Unit) -> None:
    """What one row draws on one part of the towns, and its scores, if not there."""
    if (args.scored(*unit) / SCORES).is_file():
        return
    name, seed, part = unit
    out = args.scored(*unit)
    say(f"{name}, seed {seed}, {part}: scoring" if name in SEEDED else f"{name}, {part}: scoring")
    made(out.parent.parent)
    made(out.parent)
    made(out)
    pred = out / "pred"
    if name == "segmentation":
        pred = args.pred(part)
    elif name == "gaps":
        close_towns(args.pred(part), args.maps(part), pred)
    elif name == "bound":
        draw_targets(args.data(part), args.pred(part), pred)
    else:
        _refine(args, name, seed, part, pred)
    report = score_folders(args.data(part) / "graphs", pred, METRICS, layout="exact", jobs=1)
    write_bytes(out / SCORES, (report.to_json() + "\n").encode())


def _refine(args: OcclusionArgs, name: str, seed: int, part: str, out: Path) -> None:
    """What ``reference-models refine`` does; whole or not at all. It stays if there."""
    from ...models import set_threads

    if out.is_dir():
        return
    set_threads(1)
    draft = emptied(out)
    kept = {"dead_ends": "keep", "small": 0.0} if name.endswith("-kept") else {}
    own: dict[str, Any] = {"run": str(args.run(name, seed)), **kept}
    if name.startswith("refiner"):
        own["simulations"] = args.drawn_by
    refine(RefineArgs(
        images=str(args.data(part) / "images"), init=str(args.pred(part)), out=str(draft),
        side=args.side, overlap=args.overlap, together=TOGETHER, device="cpu", **own,
    ), say)  # fmt: skip
    draft.replace(out)
