"""The tasks that a refiner plays: key points of the ground truth, or of a prediction. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from roadmetrics.errors import RoadMetricsError
from roadmetrics.io.files import shown

from .graph_settings import GraphTrainArgs
from .predicted_tasks import predicted_tasks
from .refiner_settings import RefinerArgs
from .task import Task
from .truth_tasks import truth_tasks

Found = TypeVar("Found")


@dataclass(frozen=True)
class Deal:
    """``tasks`` as they are rewarded in the end; ``early`` the same, rewarded by the prediction."""

    tasks: Sequence[Task]
    early: Sequence[Task]


def deal_of(args: RefinerArgs, arm: GraphTrainArgs) -> Deal:
    """The tasks of a run; squares and key points are made as those of the ARM.

    What a curriculum rewards first are the prediction's own roads, those of its dead ends among
    them. Raises RoadMetricsError for a data set without tasks, and predictions that do not fit it.
    """
    told = replace(arm, layout=args.layout, split=args.split)
    if not args.init:
        tasks = truth_tasks(told, args.data)
        return Deal(some(tasks, args.data), tasks)
    both = some(predicted_tasks(told, args.data, args.init), args.data)
    return Deal([task for task, _ in both], [replace(task, gt=part) for task, part in both])


def learned_tasks(args: GraphTrainArgs, folder: str) -> list[Task]:
    """The tasks of ``train-graph``: of predictions where ``args.init`` names them.

    Raises RoadMetricsError as `deal_of` does.
    """
    if not args.init:
        return truth_tasks(args, folder)
    return [task for task, _ in some(predicted_tasks(args, folder, args.init), folder)]


def board_steps(args: RefinerArgs, arm: GraphTrainArgs) -> int:
    """Actions of an episode, the same in training and drawing: values are of the share used."""
    return args.max_steps or 2 * arm.max_key_points + 8


def some(tasks: list[Found], data: str) -> list[Found]:
    """The tasks; RoadMetricsError where there is none.

    >>> some([], "towns")
    Traceback (most recent call last):
    ...
    roadmetrics.errors.RoadMetricsError: towns: there is no task in it: no image has key points
    """
    if not tasks:
        raise RoadMetricsError(f"{shown(data)}: there is no task in it: no image has key points")
    return tasks
