"""Train a network on key points; go on where a killed run stopped, with the same numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from .checkpoint import check_trained, has_checkpoint, load, open_run, read_run
from .graph_batches import Drawing, GraphBatch, GraphBatches, drawing_of
from .graph_models import answer_of, config_of, make_graph_net, set_standard
from .graph_settings import GraphTrainArgs
from .graph_validation import Validation, validated
from .learner import Report, StepLearner
from .models import cast, device_of, set_threads
from .refiner_tasks import learned_tasks
from .settings import check_name
from .task import Task

DROPOUT = 2  # stream of random numbers, beside those of `GraphBatches`


@dataclass(frozen=True)
class GraphTrained:
    """What a run came to; ``began``: the step it went on from."""

    folder: Path
    began: int
    losses: list[float]
    validation: Validation | None


def train_graph(args: GraphTrainArgs, report: Report | None = None) -> GraphTrained:
    """Train on the tasks of a folder until ``args.steps``, from the last checkpoint of the run.

    With ``args.init`` key points and starting edges are those of predictions; starting edges are
    read and not learned. With ``args.valid`` the run is validated at the end. Raises
    RoadMetricsError in one line that names the file or the task; the checkpoint stays.
    """
    tasks = learned_tasks(args, args.data)
    valid = learned_tasks(args, args.valid) if args.valid else []
    return train_on(args, tasks, valid, report)


def train_on(
    args: GraphTrainArgs, tasks: Iterable[Task], valid: Iterable[Task],
    report: Report | None = None,
) -> GraphTrained:  # fmt: skip
    """The same on tasks of any source; `train_graph` makes those of a folder."""
    check_name(args.out, "--out")
    set_threads(args.threads)
    folder, device = Path(args.out), device_of(args.device)
    drawings, held_out = drawings_of(args, tasks), drawings_of(args, valid)
    batches = GraphBatches(drawings, args.batch, args.seed, args.flips)
    trainer = GraphTrainer(args, drawings, device, is_fresh=not has_checkpoint(folder))
    open_run(folder, args)
    began = trainer.go_on(folder, batches.batch, report)
    validation = validated(trainer.net, held_out, args, folder) if held_out else None
    return GraphTrained(folder, began, trainer.losses, validation)


def drawings_of(args: GraphTrainArgs, tasks: Iterable[Task]) -> list[Drawing]:
    """Tasks at the network's size, kept in memory; each must have a target."""
    side = config_of(args).image
    found = [drawing_of(task, side, args.max_key_points, args.max_edges) for task in tasks]
    for one in found:
        one.tokens()
    return found


class GraphTrainer(StepLearner[GraphBatch]):
    """A network that learns from drawings.

    ``is_fresh``: no checkpoint follows, so that weights for the ResNet are read.
    """

    def __init__(
        self, args: GraphTrainArgs, drawings: list[Drawing], device: torch.device,
        is_fresh: bool = True,
    ) -> None:  # fmt: skip
        net: Any = make_graph_net(args, with_weights=is_fresh)
        set_standard(net.encoder, drawings)
        net = net.to(device).train()
        optimizer = torch.optim.AdamW(net.parameters(), lr=args.lr, weight_decay=args.weight_decay)
        super().__init__(args, net, optimizer, device)
        self.args = args

    def step(self, batch: GraphBatch) -> None:
        """One step on a batch; raises RoadMetricsError where the prediction holds NaN."""
        torch.manual_seed(_seed_of(self.args.seed, len(self.losses)))
        self.set_rate()
        with cast(self.device, self.dtype):
            answer = answer_of(self.net, batch, self.device)
        self._check(answer.logits, batch)
        self.descend(answer.loss, self.args.clip)

    def _check(self, logits: torch.Tensor, batch: GraphBatch) -> None:
        is_bad = logits.detach().isnan().flatten(1).any(dim=1).tolist()
        if any(is_bad):
            bad = [name for name, each in zip(batch.ids, is_bad, strict=True) if each]
            self.spoilt(
                f"step {len(self.losses) + 1}: the prediction holds NaN for {', '.join(bad)}"
            )


def _seed_of(seed: int, step: int) -> int:
    """For dropout of a step, whenever it is run."""
    return int(np.random.SeedSequence([seed, DROPOUT, step]).generate_state(1)[0])


def graph_net_of(folder: Path, device: torch.device) -> tuple[Any, GraphTrainArgs, int]:
    """The trained network of a run, its options and steps, ready to predict."""
    args = read_run(folder, GraphTrainArgs)
    check_trained(folder)
    net: Any = make_graph_net(args, with_weights=False)
    state = load(folder, net)
    return net.to(device).eval(), args, state.step
