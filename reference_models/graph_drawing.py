"""What trained runs draw on tasks: ARM, Cls and GCN at once, a refiner by search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from roadmetrics.errors import RoadMetricsError
from roadmetrics.io.files import shown

from .decoding import greedy
from .graph_baselines import edges_above, mean_edges, random_edges
from .graph_batches import Drawing, batch_of, drawing_of
from .graph_models import config_of, inputs_of
from .graph_settings import GraphTrainArgs
from .graph_validation import pair_probabilities, threshold_of
from .models import device_of
from .nets.arm import ARM
from .refiner_player import search_args
from .refiner_tasks import board_steps
from .search.game import Board
from .search.selfplay import PlayArgs, draw_roads
from .search_model import SearchModel
from .task import Task
from .tasks import rng_of
from .train_graph import graph_net_of
from .train_refiner import refiner_of

Edges = npt.NDArray[np.int64]  # [M, 2]
TOGETHER = 32  # tasks that a network is given at once


class GraphDrawer:
    """Draws by a run of ``train-graph``: the ARM token by token, the others every likely pair.

    Starting edges are part of what comes back. Raises FormatError for a folder that holds no such
    run, and for one of cls or gcn that was not validated.
    """

    def __init__(self, run: str | Path, device: str = "auto") -> None:
        folder = Path(run)
        self.net, self.args, _ = graph_net_of(folder, device_of(device))
        is_arm = isinstance(self.net, ARM)
        self.threshold = None if is_arm else threshold_of(folder)
        self.max_key_points, self.max_edges = self.args.max_key_points, self.args.max_edges
        self.side = side_of(self.args)

    def __call__(self, task: Task) -> Edges:
        """Edges of one task."""
        return self.many([task])[0]

    def many(self, tasks: Sequence[Task]) -> list[Edges]:
        """Edges of each task, in order."""
        drawings = [self._drawing(task) for task in tasks]
        found: list[Edges] = []
        for at in range(0, len(drawings), TOGETHER):
            found += self._some(drawings[at : at + TOGETHER])
        return found

    def in_order(self, task: Task) -> Edges:
        """Edges in the order of drawing, the starting ones first; perhaps some twice.

        Raises RoadMetricsError for Cls and GCN, which have no order.
        """
        if self.threshold is not None:
            raise RoadMetricsError(
                f"a run of {self.args.net} draws all edges at once, in no order: give one of arm "
                "or of train-refiner"
            )
        drawing = self._drawing(task)
        return np.concatenate([drawing.start, self._written([drawing])[0]])

    def _drawing(self, task: Task) -> Drawing:
        image = config_of(self.args).image
        drawing = drawing_of(task, image, self.max_key_points, self.args.max_edges)
        return replace(drawing, target=None)

    def _some(self, drawings: list[Drawing]) -> list[Edges]:
        if self.threshold is None:
            pairs = self._written(drawings)
        else:
            pairs = [edges_above(p, self.threshold) for p in pair_probabilities(self.net, drawings)]
        return [joined(one.start, new) for one, new in zip(drawings, pairs, strict=True)]

    def _written(self, drawings: list[Drawing]) -> list[Edges]:
        """The edges that the ARM adds, in order."""
        batch, device = batch_of(drawings), next(self.net.parameters()).device
        with torch.no_grad():
            encoding = self.net.encode(*inputs_of(batch, self.net.encoder, device))
            start = torch.from_numpy(batch.tokens).to(device)
            drawn = greedy(self.net, encoding, start, self.args.max_edges)
        return [each.edges for each in drawn]


class RefinerDrawer:
    """Draws by a run of ``train-refiner``, with search: the action that was tried most.

    ``simulations``: of each move; None: as in training; 0: the policy alone.
    """

    def __init__(
        self, run: str | Path, device: str = "auto", simulations: int | None = None
    ) -> None:
        self.net, self.args, self.arm = refiner_of(Path(run), device_of(device))
        self.max_key_points, self.max_edges = self.arm.max_key_points, self.arm.max_edges
        self.side = side_of(self.arm)
        self.board = Board(self.max_key_points, self.max_edges, board_steps(self.args, self.arm))
        n = self.args.simulations if simulations is None else simulations
        self.search = search_args(self.args, n)

    def __call__(self, task: Task) -> Edges:
        """Edges of one task."""
        return self.many([task])[0]

    def many(self, tasks: Sequence[Task]) -> list[Edges]:
        """Edges of each task, in order; the steps that they may take are those of the training."""
        found: list[Edges] = []
        for at in range(0, len(tasks), TOGETHER):
            found += self._some(tasks[at : at + TOGETHER])
        return found

    def in_order(self, task: Task) -> Edges:
        """Edges in the order of drawing, the starting ones first; perhaps some twice."""
        return _pairs(self.tokens([task])[0])

    def tokens(self, tasks: Sequence[Task]) -> list[list[int]]:
        """Key points of each task in the order of drawing, those of the starting edges first."""
        model = SearchModel(self.net, self.max_key_points, self.board.max_steps)
        return draw_roads(model, tasks, PlayArgs(self.args.seed, self.board, self.search))

    def _some(self, tasks: Sequence[Task]) -> list[Edges]:
        return [joined(np.zeros((0, 2), np.int64), _pairs(one)) for one in self.tokens(tasks)]


class RandomDrawer:
    """Draws pairs at random, as many as the mean of the training graphs."""

    def __init__(self, training: Sequence[Task], seed: int) -> None:
        targets = [
            np.asarray(task.target, np.int64) for task in training if task.target is not None
        ]
        self.n_edges, self.seed = mean_edges(targets), seed

    def many(self, tasks: Sequence[Task]) -> list[Edges]:
        """Edges of each task, in order."""
        return [
            joined(
                task.start.astype(np.int64),
                random_edges(len(task.key_points), self.n_edges, rng_of(self.seed, task.id)),
            )
            for task in tasks
        ]


def open_graph_run(folder: Path, device: str, simulations: int | None = None) -> GraphDrawer:
    """For `refine.OPENERS`; RoadMetricsError where a search is asked for."""
    if simulations is not None:
        raise RoadMetricsError(
            f"--simulations: {shown(folder)} is a run of train-graph, which draws without search: "
            "leave it out, or give a run of train-refiner"
        )
    return GraphDrawer(folder, device)


def open_refiner_run(folder: Path, device: str, simulations: int | None = None) -> RefinerDrawer:
    """For `refine.OPENERS`."""
    return RefinerDrawer(folder, device, simulations)


def side_of(args: GraphTrainArgs) -> int:
    """Pixels of the squares that a run was trained on; those of the network for whole images."""
    return args.side or config_of(args).image


def joined(start: Edges, new: Edges) -> Edges:
    """[M, 2] each edge once, i < j, ascending.

    >>> joined(np.array([[0, 1]]), np.array([[2, 1], [1, 0]])).tolist()
    [[0, 1], [1, 2]]
    >>> joined(np.zeros((0, 2), int), np.zeros((0, 2), int)).shape
    (0, 2)
    """
    both = np.sort(np.concatenate([start.reshape(-1, 2), new.reshape(-1, 2)]), axis=1)
    return np.unique(both, axis=0).astype(np.int64)


def _pairs(tokens: Sequence[int]) -> Edges:
    """Edges of a list of tokens; a first end that waits for a second one is dropped."""
    whole = np.asarray(tokens[: len(tokens) // 2 * 2], np.int64)
    return whole.reshape(-1, 2)
