"""Predict the scenes of a data set, write their ground truth beside, and score."""

from __future__ import annotations

from pathlib import Path

from roadmetrics.errors import RoadMetricsError
from roadmetrics.evaluate import score_folders
from roadmetrics.io.files import shown, write_bytes
from roadmetrics.load import write
from roadmetrics.report import Report

from .data import Photos, open_data
from .predict import Predictor, Progress
from .settings import EvaluateArgs, check_name, made

SCORES = "scores.json"


def evaluate(args: EvaluateArgs, progress: Progress | None = None) -> Report:
    """Fill ``args.out`` with gt/ID.json, pred/ID.json and scores.json; the report comes back.

    Graphs are in pixels of the scene. ``roadmetrics score --gt OUT/gt --pred OUT/pred`` gives the
    same numbers. Raises RoadMetricsError for a folder that holds something else.
    """
    check_name(args.out, "--out")
    predictor = Predictor(args.run, args)
    threshold = predictor.threshold(args.threshold)
    scenes = open_data(args.data, args.layout, args.split)
    out = Path(args.out)
    gt, pred = out / "gt", out / "pred"
    _check_only(out, {scene.id for scene in scenes})
    for folder in (out, gt, pred):
        made(folder)
    with Photos() as photos:
        for done, scene in enumerate(scenes, start=1):
            values = predictor.map(scene, photos)
            write(scene.graph(), gt / f"{scene.id}.json")
            write(predictor.roads(values, threshold, scene), pred / f"{scene.id}.json")
            if progress is not None:
                progress(done, len(scenes))
    report = score_folders(gt, pred, layout="exact", protocol=args.protocol, jobs=args.jobs)
    write_bytes(out / SCORES, (report.to_json() + "\n").encode())
    return report


def _check_only(out: Path, ids: set[str]) -> None:
    """Raise RoadMetricsError where graphs of other scenes would be scored, too."""
    for folder in (out / "gt", out / "pred"):
        held = {file.stem for file in folder.iterdir()} if folder.is_dir() else set()
        if other := sorted(held - ids):
            raise RoadMetricsError(
                f"{shown(folder)}: holds {other[0]} of another run: give a new folder"
            )
