"""Train a network on crops; go on where a killed run stopped, with the same numbers."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from roadmetrics.io.files import shown

from .checkpoint import check_trained, has_checkpoint, load, open_run, read_args
from .crops import Batch, Crops, check_scenes
from .data import Photos, open_data
from .learner import Report, StepLearner
from .models import StepLoss, cast, device_of, make_net, set_threads
from .settings import TrainArgs, check_name


@dataclass(frozen=True)
class Trained:
    """What a run came to; ``began``: the step it went on from."""

    folder: Path
    began: int
    losses: list[float]


def train(args: TrainArgs, report: Report | None = None) -> Trained:
    """Train until ``args.steps``, from the last checkpoint in ``args.out`` if there is one.

    Crops depend on seed and step alone, so a run that was killed ends with the numbers of one that
    was not. Raises RoadMetricsError in one line that names the file; the checkpoint stays.
    """
    check_name(args.out, "--out")
    set_threads(args.threads)
    folder, device = Path(args.out), device_of(args.device)
    scenes = open_data(args.data, args.layout, args.split)
    with Photos(args.cache) as photos:
        crops = Crops(scenes, args, photos)
        check_scenes(scenes, args.empty)
        trainer = Trainer(args, device, is_fresh=not has_checkpoint(folder))
        open_run(folder, args)
        began = trainer.go_on(folder, crops.batch, report)
    return Trained(folder, began, trainer.losses)


class Trainer(StepLearner[Batch]):
    """A network that learns from crops.

    ``is_fresh``: no checkpoint follows, so that weights for the ResNet are read.
    """

    def __init__(self, args: TrainArgs, device: torch.device, is_fresh: bool = True) -> None:
        net = make_net(args, with_weights=is_fresh).to(device).train()
        optimizer = torch.optim.Adam(net.parameters(), lr=args.lr, weight_decay=args.weight_decay)
        super().__init__(args, net, optimizer, device)
        self.loss = StepLoss(args)

    def step(self, batch: Batch) -> None:
        """One step on a batch; raises RoadMetricsError where the prediction holds NaN."""
        self.set_rate()
        images = torch.from_numpy(batch.images).to(self.device, non_blocking=True)
        distances = torch.from_numpy(batch.distances).to(self.device, non_blocking=True)
        with cast(self.device, self.dtype):
            output = self.net(images)
        self._check(output, batch)
        self.descend(self.loss(output, distances, len(self.losses)))

    def _check(self, output: Tensor | list[Tensor], batch: Batch) -> None:
        last = (output[-1] if isinstance(output, list) else output).detach().float()
        is_good = torch.isfinite(last).flatten(1).all(dim=1).tolist()
        if not all(is_good):
            bad = [s.image for s, good in zip(batch.scenes, is_good, strict=True) if not good]
            self.spoilt(
                f"step {len(self.losses) + 1}: the prediction holds NaN or infinity for "
                f"{', '.join(map(shown, bad))}"
            )


class StepLine:
    """Steps, loss and time on one line of a terminal; elsewhere a line for each tenth.

    ``unit`` and ``what``: how a step and the number that is shown are called.
    """

    def __init__(self, unit: str = "step", what: str = "loss") -> None:
        self.unit, self.what = unit, what
        self.began, self.first, self.mean = time.monotonic(), 0, 0.0
        self.is_terminal = sys.stderr.isatty()

    def __call__(self, done: int, n: int, loss: float) -> None:
        """Show it; the loss is a running mean."""
        if not self.first:
            self.first, self.mean = done, loss
        self.mean += 0.05 * (loss - self.mean)
        each = (time.monotonic() - self.began) / (done - self.first + 1)
        text = (
            f"{self.unit} {done} of {n}, {self.what} {self.mean:.4g}, {each:.2f} s a {self.unit}, "
            f"{each * (n - done) / 60:.0f} min left"
        )
        if self.is_terminal:
            print(f"\r\033[K{text}", end="" if done < n else "\n", file=sys.stderr, flush=True)
        elif done == n or done % max(n // 10, 1) == 0:
            print(text, file=sys.stderr, flush=True)


def net_of(folder: Path, device: torch.device) -> tuple[nn.Module, TrainArgs, int]:
    """The trained network of a run, its options and steps, ready to predict."""
    args = read_args(folder)
    check_trained(folder)
    net: Any = make_net(args, with_weights=False)
    state = load(folder, net)
    return net.to(device).eval(), args, state.step
