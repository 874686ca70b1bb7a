"""A trained segmentation's predictions on folders of towns, and their gaps closed; kept."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from shutil import rmtree
from typing import Any

import numpy as np

from roadmetrics.errors import RoadMetricsError
from roadmetrics.graph import RoadGraph
from roadmetrics.io.files import MIB, read_bytes, shown, write_bytes
from roadmetrics.io.strict_json import parse_json
from roadmetrics.load import read, write

from ...keypoints import key_points_of
from ...patchwork import NO_CAP
from ...refine import close_folder
from ...refine_settings import CloseGapsArgs, KeyPointOptions
from ...settings import PredictArgs, made
from ...targets import targets_of
from ...towns.folder import MANIFEST
from ..told import say

MADE_WITH = "made_with.json"
MARGIN = 16  # mirrored pixels around a tile, as reference-models predict has it


def predict_towns(run: str, towns: Path, size: int, pred: Path, maps: Path | None = None) -> None:
    """Fill ``pred`` with graphs, and ``maps`` with maps, of a folder of towns; whole or not at all.

    ``size``: side of the tiles in pixels, each predicted at once. Folders that are there stay.
    """
    from ...predict import predict

    if pred.is_dir() and (maps is None or maps.is_dir()):
        return
    say(f"segmentation: {towns.name}")
    drafts = [emptied(folder) for folder in (pred, maps) if folder is not None]
    predict(PredictArgs(
        run=run, images=str(towns / "images"), out=str(drafts[0]),
        maps=str(drafts[1]) if maps else "", tile=size + 2 * MARGIN, overlap=0, margin=MARGIN,
        device="cpu", threads=1,
    ))  # fmt: skip
    if maps:
        rmtree(maps, ignore_errors=True)
        drafts[1].replace(maps)
    drafts[0].replace(pred)


def close_towns(pred: Path, maps: Path, out: Path) -> None:
    """Fill ``out`` with the predictions, gaps closed; whole or not at all. It stays if there."""
    if not out.is_dir():
        draft = emptied(out)
        close_folder(CloseGapsArgs(init=str(pred), maps=str(maps), out=str(draft)), say)
        draft.replace(out)


def draw_targets(towns: Path, pred: Path, out: Path) -> None:
    """Fill ``out`` with what a refiner that knows the truth draws; whole or not at all.

    These are the edges of `targets.targets_of`, beside the starting edges, which stay.
    """
    if out.is_dir():
        return
    draft = emptied(out)
    made(draft)
    for path in sorted(pred.glob("*.json")):
        tile, truth = read(path), read(towns / "graphs" / path.name)
        assert isinstance(tile, RoadGraph)
        assert isinstance(truth, RoadGraph)
        found = key_points_of(tile, KeyPointOptions(max_key_points=NO_CAP))
        edges = np.concatenate([found.start, targets_of(found.points, truth)])
        write(RoadGraph(found.points, edges, extent=truth.extent), draft / path.name)
    draft.replace(out)


def emptied(folder: Path) -> Path:
    """A free name beside a folder, for a draft of it; what holds the folder is there then."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = folder.with_name(f"{folder.name}.part")
    rmtree(draft, ignore_errors=True)  # of a call that was killed
    return draft


def about_run(run: str) -> dict[str, Any]:
    """What a segmentation is: options, digest of weights and threshold, towns it learned from.

    The towns are null where their manifest is not found. Raises RoadMetricsError for a folder that
    is no run with a threshold.
    """
    from ...checkpoint import CHECKPOINT, read_args
    from ...predict import THRESHOLD

    folder = Path(run)
    args = read_args(folder)
    if not (folder / THRESHOLD).is_file():
        raise RoadMetricsError(
            f"{shown(folder)}: no threshold has been chosen: reference-models choose "
            f"{shown(folder)} --data VALIDATION"
        )
    state = hashlib.blake2b(digest_size=16)
    for name in (CHECKPOINT, THRESHOLD):
        state.update(read_bytes(folder / name, 1024 * MIB))
    return {
        "net": args.net, "loss": args.loss, "base": args.base, "steps": args.steps,
        "batch": args.batch, "crop": args.crop, "seed": args.seed, "digest": state.hexdigest(),
        "towns": _towns_of(folder, args.data),
    }  # fmt: skip


def _towns_of(run: Path, data: str) -> dict[str, Any] | None:
    """Seed, number and options of the towns that a run learned from.

    They lie where the run says, or beside the run's own folder as papers' tables have it.
    """
    for folder in (Path(data), run.resolve().parent.parent / "towns" / Path(data).name):
        path = folder / MANIFEST
        if path.is_file():
            held = parse_json(read_bytes(path, 64 * MIB), shown(path))
            return {"seed": held["seed"], "tiles": len(held["tiles"]), **held["options"]}
    return None


def check_made_with(work: Path, held: dict[str, Any]) -> None:
    """Note what predictions and drawings depend on, once; RoadMetricsError where it was another."""
    path = work / MADE_WITH
    if not path.is_file():
        write_bytes(path, (json.dumps(held, indent=1) + "\n").encode())
        return
    before = parse_json(read_bytes(path, MIB), shown(path))
    if other := sorted(key for key in held if before.get(key) != held[key]):
        raise RoadMetricsError(
            f"{shown(path)}: what is there was made with another {' and '.join(other)}: give the "
            "same again, or another --work"
        )
