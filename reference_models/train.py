"""Train a network on crops; go on where a killed run stopped, with the same numbers."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import torch
from torch import Tensor, nn

from roadmetrics.errors import RoadMetricsError
from roadmetrics.io.files import shown

from .checkpoint import State, has_checkpoint, load, open_run, save
from .crops import Batch, Crops, check_scenes
from .data import Photos, open_data
from .models import StepLoss, cast, device_of, dtype_of, make_net, rate_at, set_threads
from .settings import TrainArgs, check_name

Report = Callable[[int, int, float], None]  # steps done, steps in all, loss
Made = TypeVar("Made")


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
        began = trainer.resume(folder)
        for batch in ahead(crops.batch, began, args.steps):
            trainer.step(batch)
            done = len(trainer.losses)
            if report is not None:
                report(done, args.steps, trainer.losses[-1])
            if done % args.checkpoint_every == 0 or done == args.steps:
                trainer.save(folder)
    return Trained(folder, began, trainer.losses)


class Trainer:
    """A network, its optimizer, and the losses of the steps so far.

    ``is_fresh``: no checkpoint follows, so that weights for the ResNet are read.
    """

    def __init__(self, args: TrainArgs, device: torch.device, is_fresh: bool = True) -> None:
        if device.type == "cuda":
            torch.backends.cudnn.deterministic = True
        self.args, self.device, self.dtype = args, device, dtype_of(args.precision, device)
        self.net = make_net(args, with_weights=is_fresh).to(device).train()
        self.loss = StepLoss(args)
        self.optimizer = torch.optim.Adam(
            self.net.parameters(), lr=args.lr, weight_decay=args.weight_decay
        )
        is_scaled = self.dtype == torch.float16 and device.type == "cuda"
        self.scaler = torch.amp.GradScaler(device.type, enabled=is_scaled)
        self.losses: list[float] = []

    def step(self, batch: Batch) -> None:
        """One step on a batch; raises RoadMetricsError where the prediction holds NaN."""
        number = len(self.losses)
        for group in self.optimizer.param_groups:
            group["lr"] = rate_at(self.args, number)
        images = torch.from_numpy(batch.images).to(self.device, non_blocking=True)
        distances = torch.from_numpy(batch.distances).to(self.device, non_blocking=True)
        with cast(self.device, self.dtype):
            output = self.net(images)
        self._check(output, batch)
        loss = self.loss(output, distances, number)
        if not torch.isfinite(loss):
            self._spoilt(f"step {number + 1}: the loss is no finite number")
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.losses.append(loss.item())

    def _check(self, output: Tensor | list[Tensor], batch: Batch) -> None:
        last = (output[-1] if isinstance(output, list) else output).detach().float()
        is_good = torch.isfinite(last).flatten(1).all(dim=1).tolist()
        if not all(is_good):
            bad = [s.image for s, good in zip(batch.scenes, is_good, strict=True) if not good]
            self._spoilt(
                f"step {len(self.losses) + 1}: the prediction holds NaN or infinity for "
                f"{', '.join(map(shown, bad))}"
            )

    def _spoilt(self, what: str) -> NoReturn:
        raise RoadMetricsError(
            f"{shown(self.args.out)}: {what}: train another --out with a lower --lr (now "
            f"{self.args.lr:g}); the last checkpoint is kept"
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
        """Write the checkpoint; RoadMetricsError where the weights are no finite numbers."""
        if not all(bool(torch.isfinite(each).all()) for each in self.net.parameters()):
            self._spoilt(f"after step {len(self.losses)} the weights hold NaN or infinity")
        state = State(
            len(self.losses), self.losses, self.optimizer.state_dict(), self.scaler.state_dict()
        )
        save(folder, self.net, state)


def ahead(make: Callable[[int], Made], first: int, end: int) -> Iterator[Made]:
    """The batches of all steps, the next made in another thread while one is used."""
    if first >= end:
        return
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(make, first)
        for step in range(first, end):
            batch = coming.result()
            if step + 1 < end:
                coming = pool.submit(make, step + 1)
            yield batch


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
    from .checkpoint import read_args

    args = read_args(folder)
    net: Any = make_net(args, with_weights=False)
    state = load(folder, net)
    return net.to(device).eval(), args, state.step
