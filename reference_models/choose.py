"""The threshold of a run: tried on validation images, the same list and rule for every method."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from roadmetrics.errors import RoadMetricsError
from roadmetrics.evaluate import named_metrics
from roadmetrics.graph import RoadGraph
from roadmetrics.io.files import write_bytes
from roadmetrics.metric import Metric

from .data import Photos, open_data
from .predict import THRESHOLD, Predictor, Progress
from .settings import ChooseArgs, listed


@dataclass(frozen=True)
class Choice:
    """The threshold, and the mean score of each that was tried, ascending."""

    threshold: float
    tried: Mapping[float, float]
    n_scenes: int


def choose(args: ChooseArgs, progress: Progress | None = None) -> Choice:
    """Try thresholds on the scenes and leave the best in the folder of the run.

    A threshold's score is the mean of the metrics in ``args.by`` over scenes, in pixels; of equal
    ones the lowest threshold wins. Raises RoadMetricsError as the readers do.
    """
    metrics = list(named_metrics(args.by.split("+")).values())
    predictor = Predictor(args.run, args)
    if predictor.is_distance:
        thresholds = listed(args.distances, "--distances")
    else:
        thresholds = listed(args.probabilities, "--probabilities")
    scenes = open_data(args.data, args.layout, args.split)
    scores = np.zeros((len(scenes), len(thresholds)))
    with Photos() as photos:
        for i, scene in enumerate(scenes):
            values, gt = predictor.map(scene, photos), scene.graph()
            for k, threshold in enumerate(thresholds):
                scores[i, k] = mean_score(metrics, gt, predictor.roads(values, threshold, scene))
            if progress is not None:
                progress(i + 1, len(scenes))
    means = scores.mean(axis=0)
    best = thresholds[int(np.argmax(means))]
    choice = Choice(best, dict(zip(thresholds, means.tolist(), strict=True)), len(scenes))
    _write(args, choice, predictor.step)
    return choice


def mean_score(metrics: list[Metric], gt: RoadGraph, pred: RoadGraph) -> float:
    """The mean of several metrics of one scene, each the higher the better."""
    for metric in metrics:
        if type(metric).headline in type(metric).lower_is_better:
            raise RoadMetricsError(f"--by {metric}: lower is better there: choose another")
    return float(np.mean([metric(gt, pred).value for metric in metrics]))


def _write(args: ChooseArgs, choice: Choice, step: int) -> None:
    document = {
        "threshold": choice.threshold, "step": step, "by": args.by, "scenes": choice.n_scenes,
        "data": args.data, "split": args.split,
        "tried": [[threshold, score] for threshold, score in choice.tried.items()],
    }  # fmt: skip
    text = json.dumps(document, indent=1, allow_nan=False) + "\n"
    write_bytes(Path(args.run) / THRESHOLD, text.encode())
