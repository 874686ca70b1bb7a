"""Tasks with ground-truth key points, made as a run's options say. No torch."""

from __future__ import annotations

from dataclasses import fields

from roadmetrics.io.files import shown

from .crowded import all_of
from .graph_settings import GraphTrainArgs
from .task import Task
from .tasks import TruthOptions, tasks_of


def truth_tasks(args: GraphTrainArgs, folder: str) -> list[Task]:
    """Tasks with ground-truth key points; how many were crowded is said once."""
    options = TruthOptions(**{one.name: getattr(args, one.name) for one in fields(TruthOptions)})
    made = tasks_of(folder, options, args.seed, layout=args.layout, split=args.split)
    return all_of(made, shown(folder), args.max_key_points)
