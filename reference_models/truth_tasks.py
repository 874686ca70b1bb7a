"""Tasks with ground-truth key points, made as a run's options say. No torch."""

from __future__ import annotations

import warnings
from dataclasses import fields

from roadmetrics.io.files import shown

from .graph_settings import GraphTrainArgs
from .task import Task
from .tasks import CrowdedWarning, TruthOptions, tasks_of


def truth_tasks(args: GraphTrainArgs, folder: str) -> list[Task]:
    """Tasks with ground-truth key points; how many were crowded is said once."""
    options = TruthOptions(**{one.name: getattr(args, one.name) for one in fields(TruthOptions)})
    with warnings.catch_warnings(record=True) as crowded:
        warnings.simplefilter("always", CrowdedWarning)
        tasks = list(tasks_of(folder, options, args.seed, layout=args.layout, split=args.split))
    n = sum(issubclass(each.category, CrowdedWarning) for each in crowded)
    if n:
        warnings.warn(
            f"{shown(folder)}: {n} of {len(tasks)} images have more than {args.max_key_points} key "
            "points, and lost some: raise --max-key-points", CrowdedWarning, stacklevel=2,
        )  # fmt: skip
    return tasks
