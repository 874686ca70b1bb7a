"""Train a network on key points; go on where a killed run stopped, with the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from roadmetrics.errors import RoadMetricsError
from roadmetrics.io.files import shown

from .checkpoint import State, has_checkpoint, load, open_run, read_run, save
from .graph_batches import Drawing, GraphBatch, GraphBatches, drawing_of
from .graph_models import answer_of, config_of, make_graph_net, set_standard
from .graph_settings import GraphTrainArgs
from .graph_validation import Validation, validated
from .models import cast, device_of, dtype_of, rate_at, set_threads
from .settings import check_name
from .task import Task
from .train import ahead
from .truth_tasks import truth_tasks

Report = Callable[[int, int, float], None]  # steps done, steps in all, loss
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

    With ``args.valid`` the run is validated at the end. Raises RoadMetricsError in one line that
    names the file or the task; the checkpoint stays.
    """
    tasks = list(truth_tasks(args, args.data))
    valid = list(truth_tasks(args, args.valid)) if args.valid else []
    return train_on(args, tasks, valid, report)


def train_on(
    args: GraphTrainArgs, tasks: Iterable[Task], valid: Iterable[Task],
    report: Report | None = None,
) -> GraphTrained:  # fmt: skip
    """The same on tasks of any source; `train_graph` makes those with ground-truth key points."""
    check_name(args.out, "--out")
    set_threads(args.threads)
    folder, device = Path(args.out), device_of(args.device)
    drawings, held_out = drawings_of(args, tasks), drawings_of(args, valid)
    batches = GraphBatches(drawings, args.batch, args.seed, args.flips)
    open_run(folder, args)
    trainer = GraphTrainer(args, drawings, device)
    began = trainer.resume(folder)
    for batch in ahead(batches.batch, began, args.steps):
        trainer.step(batch)
        done = len(trainer.losses)
        if report is not None:
            report(done, args.steps, trainer.losses[-1])
        if done % args.checkpoint_every == 0 or done == args.steps:
            trainer.save(folder)
    validation = validated(trainer.net, held_out, args, folder) if held_out else None
    return GraphTrained(folder, began, trainer.losses, validation)


def drawings_of(args: GraphTrainArgs, tasks: Iterable[Task]) -> list[Drawing]:
    """Tasks at the network's size, kept in memory; each must have a target."""
    side = config_of(args).image
    found = [drawing_of(task, side, args.max_key_points, args.max_edges) for task in tasks]
    for one in found:
        one.tokens()
    return found


class GraphTrainer:
    """A network, its optimizer, and the losses of the steps so far."""

    def __init__(self, args: GraphTrainArgs, drawings: list[Drawing], device: torch.device) -> None:
        if device.type == "cuda":
            torch.backends.cudnn.deterministic = True
        self.args, self.device, self.dtype = args, device, dtype_of(args.precision, device)
        net: Any = make_graph_net(args)
        set_standard(net.encoder, drawings)
        self.net: Any = net.to(device).train()
        self.optimizer = torch.optim.AdamW(
            self.net.parameters(), lr=args.lr, weight_decay=args.weight_decay
        )
        is_scaled = self.dtype == torch.float16 and device.type == "cuda"
        self.scaler = torch.amp.GradScaler(device.type, enabled=is_scaled)
        self.losses: list[float] = []

    def step(self, batch: GraphBatch) -> None:
        """One step on a batch; raises RoadMetricsError where the prediction holds NaN."""
        number = len(self.losses)
        torch.manual_seed(_seed_of(self.args.seed, number))
        for group in self.optimizer.param_groups:
            group["lr"] = rate_at(self.args, number)
        with cast(self.device, self.dtype):
            answer = answer_of(self.net, batch, self.device)
        self._check(answer.logits, batch)
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(answer.loss).backward()
        self.scaler.unscale_(self.optimizer)
        nn.utils.clip_grad_norm_(self.net.parameters(), self.args.clip)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.losses.append(answer.loss.item())

    def _check(self, logits: torch.Tensor, batch: GraphBatch) -> None:
        is_bad = logits.detach().isnan().flatten(1).any(dim=1).tolist()
        if any(is_bad):
            bad = [name for name, each in zip(batch.ids, is_bad, strict=True) if each]
            raise RoadMetricsError(
                f"{shown(self.args.out)}: step {len(self.losses) + 1}: the prediction holds NaN "
                f"for {', '.join(bad)}: lower --lr (now {self.args.lr:g}); the last checkpoint is "
                "kept"
            )

    def resume(self, folder: Path) -> int:
        """Load the checkpoint if there is one; steps done."""
        if not has_checkpoint(folder):
            return 0
        state = load(folder, self.net)
        self.optimizer.load_state_dict(state.optimizer)
        if state.scaler:
            self.scaler.load_state_dict(state.scaler)
        self.losses = state.losses
        return state.step

    def save(self, folder: Path) -> None:
        """Write the checkpoint."""
        state = State(
            len(self.losses), self.losses, self.optimizer.state_dict(), self.scaler.state_dict()
        )
        save(folder, self.net, state)


def _seed_of(seed: int, step: int) -> int:
    """For dropout of a step, whenever it is run."""
    return int(np.random.SeedSequence([seed, DROPOUT, step]).generate_state(1)[0])


def graph_net_of(folder: Path, device: torch.device) -> tuple[Any, GraphTrainArgs, int]:
    """The trained network of a run, its options and steps, ready to predict."""
    args = read_run(folder, GraphTrainArgs)
    net: Any = make_graph_net(args)
    state = load(folder, net)
    return net.to(device).eval(), args, state.step
