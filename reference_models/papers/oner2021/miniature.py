"""Towns, training, thresholds and scores of each row and seed; what is there is not made again."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from shutil import rmtree
from typing import Any

import numpy as np

from roadmetrics.errors import RoadMetricsError
from roadmetrics.graph import RoadGraph
from roadmetrics.io.files import MIB, read_bytes, shown, write_bytes
from roadmetrics.io.strict_json import parse_json
from roadmetrics.load import read, write

from ...settings import ChooseArgs, EvaluateArgs, TrainArgs
from ...towns.folder import write_towns
from ...towns.options import Options
from ..told import Told, say
from ..towns_made import check_towns
from .rows import row
from .settings import TableArgs

SCORED = ("test", "clear")
SECONDS = "seconds.json"  # processor time of training, in the folder of a run


def make_towns(args: TableArgs) -> None:
    """The four folders of towns; those of other options are a RoadMetricsError.

    ``valid`` has another seed than ``train``, ``test`` a third; ``clear`` is ``test`` without
    trees over roads.
    """
    seed = args.data_seed
    parts = {
        "train": (args.n_train, seed, args.difficulty),
        "valid": (args.n_valid, seed + 1, args.difficulty),
        "test": (args.n_test, seed + 2, args.difficulty),
        "clear": (args.n_test, seed + 2, 0.0),
    }
    for part, (n, own, difficulty) in parts.items():
        folder = args.data(part)
        options = Options(
            size=args.size, metres_per_pixel=args.gsd, difficulty=difficulty,
            style=args.style,  # type: ignore[arg-type]  # argparse has seen to it
        )  # fmt: skip
        if folder.is_dir():
            check_towns(folder, n, own, options)
            continue
        folder.parent.mkdir(parents=True, exist_ok=True)
        say(f"towns: {part}, {n} tiles")
        draft = folder.with_name(f"{folder.name}.part")
        rmtree(draft, ignore_errors=True)  # of a call that was killed
        write_towns(draft, n, own, options, jobs=args.jobs)
        if part == "train":
            move_labels(draft, args.label_jitter, own)
        draft.replace(folder)


def move_labels(folder: Path, size: float, seed: int) -> None:
    """Move every vertex of the towns' graphs at random, as somebody draws who is not careful."""
    if not size:
        return
    for k, path in enumerate(sorted((folder / "graphs").glob("*.json"))):
        graph = read(path)
        assert isinstance(graph, RoadGraph)
        step = size * np.random.default_rng([seed, k]).normal(size=graph.vertices.shape)
        write(replace(graph, vertices=graph.vertices + step), path)


def make_unit(args: TableArgs, unit: tuple[str, int]) -> None:
    """Train, choose and score one row with one seed, as far as that is not done."""
    from ...choose import choose
    from ...evaluate import SCORES, evaluate
    from ...predict import THRESHOLD
    from ...train import train

    name, seed = unit
    run = args.run(name, seed)
    options = row(name).args(str(args.data("train")), str(run), seed, args.options)
    check_run(run, options)
    if all((run / part / SCORES).is_file() for part in SCORED):
        return
    run.parent.mkdir(parents=True, exist_ok=True)
    began = time.process_time()
    trained = train(options, Told(f"{name}, seed {seed}", 0.02))
    if trained.began < len(trained.losses):
        _note_seconds(run, time.process_time() - began)
    common: dict[str, Any] = {"run": str(run), "tile": args.size + 32, "overlap": 0,
                              "device": options.device, "threads": options.threads}  # fmt: skip
    if not (run / THRESHOLD).is_file():
        say(f"{name}, seed {seed}: choosing a threshold")
        choose(ChooseArgs(data=str(args.data("valid")), **common))
    for part in SCORED:
        say(f"{name}, seed {seed}: scoring {part}")
        evaluate(EvaluateArgs(data=str(args.data(part)), out=str(run / part), **common))


def check_run(run: Path, options: TrainArgs) -> None:
    """Raise RoadMetricsError for a run that is there with other options, or on other towns."""
    from ...checkpoint import RUN, open_run, read_args

    if not (run / RUN).is_file():
        return
    open_run(run, options)
    held, now = Path(read_args(run).data).name, Path(options.data).name
    if held != now:
        raise RoadMetricsError(
            f"{shown(run)}: it learned from {held}, not {now}: give the same options again, or "
            "another --work"
        )


def _note_seconds(run: Path, seconds: float) -> None:
    """Add to what earlier parts of the run took; those that were killed are not known."""
    path = run / SECONDS
    before = parse_json(read_bytes(path, MIB), shown(path)) if path.is_file() else 0.0
    write_bytes(path, json.dumps(float(before) + seconds).encode())
