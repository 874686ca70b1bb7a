"""The tasks that a refiner plays: key points of the ground truth, or of a prediction. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from roadmetrics.errors import RoadMetricsError
from roadmetrics.graph import RoadGraph
from roadmetrics.io.files import shown
from roadmetrics.load import read

from .data import Photos, open_data
from .data.scene import Scene, crops
from .graph_settings import GraphTrainArgs
from .keypoints import KeyPointOptions, key_points_of
from .refiner_settings import RefinerArgs
from .task import Task
from .tasks import segmentation_task
from .truth_tasks import truth_tasks

Found = TypeVar("Found")


@dataclass(frozen=True)
class Deal:
    """``tasks`` as they are rewarded in the end; ``early`` the same, rewarded by the prediction."""

    tasks: Sequence[Task]
    early: Sequence[Task]


def deal_of(args: RefinerArgs, arm: GraphTrainArgs) -> Deal:
    """The tasks of a run; squares and key points are made as those of the ARM.

    Raises RoadMetricsError for a data set without tasks, and predictions that do not fit it.
    """
    told = replace(arm, layout=args.layout, split=args.split)
    if not args.init:
        tasks = truth_tasks(told, args.data)
        return Deal(_some(tasks, args.data), tasks)
    both = _some(_predicted(args, arm), args.data)
    return Deal([task for task, _ in both], [early for _, early in both])


def board_steps(args: RefinerArgs, arm: GraphTrainArgs) -> int:
    """Actions of an episode, the same in training and drawing: values are of the share used."""
    return args.max_steps or 2 * arm.max_key_points + 8


def _predicted(args: RefinerArgs, arm: GraphTrainArgs) -> list[tuple[Task, Task]]:
    """Tasks of the images' squares, from their predictions, and the same with those as their truth.

    Squares without key points have none. What a curriculum rewards first are the prediction's own
    roads, those of its dead ends among them.
    """
    options = KeyPointOptions(max_key_points=arm.max_key_points)
    found = []
    with Photos() as photos:
        for whole in open_data(args.data, args.layout, args.split):
            drawn = _prediction(Path(args.init), whole)
            for scene in crops(whole, arm.side, arm.overlap) if arm.side else [whole]:
                x0, y0, x1, y1 = scene.bounds()
                image = np.array(photos.open(scene.image)[y0:y1, x0:x1])
                part = _part(drawn, x0, y0, x1, y1)
                if _fits(part, options, arm.max_edges):
                    task = segmentation_task(scene.id, image, part, options, scene.graph())
                    found.append((task, replace(task, gt=part)))
    return found


def _fits(part: RoadGraph, options: KeyPointOptions, max_edges: int) -> bool:
    """Whether there is something to join, and room for more edges than are drawn already."""
    found = key_points_of(part, options)
    return len(found.points) >= 2 and len(found.start) < max_edges


def _prediction(folder: Path, scene: Scene) -> RoadGraph:
    path = folder / f"{scene.id}.json"
    if not path.is_file():
        raise RoadMetricsError(f"{shown(path)}: there is no prediction of {scene.id}")
    drawn = read(path)
    if not isinstance(drawn, RoadGraph) or drawn.unit != "px":
        raise RoadMetricsError(f"{shown(path)}: give a graph in pixels of the image")
    return drawn


def _part(graph: RoadGraph, x0: int, y0: int, x1: int, y1: int) -> RoadGraph:
    """What lies in pixels x0 to x1 - 1, y0 to y1 - 1, which then begin at 0, 0."""
    cut = graph.clipped((x0 - 0.5, y0 - 0.5, x1 - 0.5, y1 - 0.5))
    extent = (-0.5, -0.5, x1 - x0 - 0.5, y1 - y0 - 0.5)
    return replace(cut, vertices=cut.vertices - [x0, y0], extent=extent, weights=None)


def _some(tasks: list[Found], data: str) -> list[Found]:
    if not tasks:
        raise RoadMetricsError(f"{shown(data)}: there is no task in it: no image has key points")
    return tasks
