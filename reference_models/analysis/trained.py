"""A trained run that draws in order, and the square that it is shown; needs torch."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import cast

import numpy as np
import numpy.typing as npt
import torch

from roadmetrics.errors import RoadMetricsError
from roadmetrics.graph import FloatArray
from roadmetrics.io.files import shown
from roadmetrics.pairs import few

from ..data import Photos, open_data
from ..data.scene import Scene, crops
from ..graph_batches import batch_of, drawing_of
from ..graph_drawing import GraphDrawer, RefinerDrawer
from ..graph_models import inputs_of
from ..graph_settings import GraphTrainArgs
from ..nets.arm import ARM
from ..refine import open_refiner, searches
from ..refine_settings import TruthOptions
from ..refiner_settings import RefinerArgs
from ..refiner_tasks import deal_of
from ..search.driver import Found, Roots, search
from ..search.game import padded
from ..search_model import SearchModel
from ..task import Task
from ..tasks import scene_task
from .attention_flow_maths import mixed
from .run_options import RunArgs

Edges = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Shown:
    """A run's drawer and the task that it is shown."""

    drawer: GraphDrawer | RefinerDrawer
    task: Task


def opened(args: RunArgs) -> Shown:
    """The run and its task, whose key points are made as those of the run's training.

    Raises RoadMetricsError for a run of another kind and a square that is not there.
    """
    drawer = cast(
        GraphDrawer | RefinerDrawer, open_refiner(args.run, "auto", searches(args.simulations))
    )
    made = drawer.args if isinstance(drawer, GraphDrawer) else drawer.arm
    return Shown(drawer, _task(args, replace(made, layout="auto", split="")))


def _task(args: RunArgs, made: GraphTrainArgs) -> Task:
    if args.init:
        told = RefinerArgs(arm=args.run, data=args.data, out=args.run, init=args.init)
        tasks = {task.id: task for task in deal_of(told, made).tasks}
        images = {name: name.rsplit("_", 2)[0] if made.side else name for name in tasks}
        return tasks[_name(args, images)]
    scenes, images = {}, {}
    for whole in open_data(args.data):
        for scene in crops(whole, made.side, made.overlap) if made.side else [whole]:
            scenes[scene.id], images[scene.id] = scene, whole.id
    return _truth_task(scenes[_name(args, images)], made)


def _truth_task(scene: Scene, made: GraphTrainArgs) -> Task:
    options = TruthOptions(**{one.name: getattr(made, one.name) for one in fields(TruthOptions)})
    with Photos() as photos:
        return scene_task(scene, photos, options, made.seed)


def _name(args: RunArgs, images: dict[str, str]) -> str:
    """The square that is meant, of squares and the images that they belong to."""
    if args.tile in images or not args.tile:
        return args.tile or next(iter(images))
    found = [name for name, image in images.items() if image == args.tile]
    if len(found) == 1:
        return found[0]
    where = f"--tile {args.tile}: {shown(args.data)}"
    if found:
        raise RoadMetricsError(f"{where} has {len(found)} squares of it: give one: {few(found)}")
    raise RoadMetricsError(f"{where} has no such image or square; it has {few([*images])}")


def attention_of(seen: Shown, edges: Edges) -> list[FloatArray]:
    """Of each layer of Transformer II [T + 1, T + 1] while it reads edges [M, 2]: T = 2 M tokens.

    Rows are the mean over heads and the place itself, half and half.
    """
    drawer = seen.drawer
    arm = cast(ARM, drawer.net if isinstance(drawer, GraphDrawer) else drawer.net.arm)
    device = next(arm.parameters()).device
    drawing = drawing_of(seen.task, arm.config.image, drawer.max_key_points, drawer.max_edges)
    with torch.no_grad():
        encoding = arm.encode(*inputs_of(batch_of([drawing]), arm.encoder, device))
        tokens = torch.from_numpy(edges.reshape(1, -1)).to(device)
        layers = arm.attention(encoding, tokens)
    return [mixed(layer[0].double().cpu().numpy()) for layer in layers]


def search_at(seen: Shown, step: int) -> tuple[Found, list[int]]:
    """The search before move ``step``, counted from 0, and the key points that are drawn by then.

    Raises RoadMetricsError for a run without search and a move that the episode does not have.
    """
    drawer, task = seen.drawer, seen.task
    if not isinstance(drawer, RefinerDrawer):
        raise RoadMetricsError("a run of train-graph has no search: give one of train-refiner")
    (tokens,) = drawer.tokens([task])
    n_start, board = task.start.size, drawer.board
    n = len(tokens) - n_start
    left = min(board.max_steps - step, 2 * board.max_edges - n_start - step)
    if step > n or left < 1:
        raise RoadMetricsError(
            f"--step {step}: {task.id} has {n + (n < board.max_steps)} moves, counted from 0"
        )
    before = tokens[: n_start + step]
    model = SearchModel(drawer.net, drawer.max_key_points, board.max_steps)
    model.begin([task])
    points = np.arange(drawer.max_key_points) < len(task.key_points)
    roots = Roots(
        padded([before], 2 * board.max_edges), np.array([step]), np.array([left]), points[None]
    )
    return search(model, roots, drawer.search), before
