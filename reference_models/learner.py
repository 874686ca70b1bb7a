"""A network that learns: what every training keeps, saves and refuses.

Two promises of each: a killed run goes on from its checkpoint, and weights that are no finite
numbers are never saved, so that there is a checkpoint to go on from.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Generic, NoReturn, Protocol, TypeVar

import torch
from torch import Tensor, nn

from roadmetrics.errors import RoadMetricsError
from roadmetrics.io.files import shown

from .checkpoint import State, has_checkpoint, load, save
from .models import Scheduled, dtype_of, rate_at

Report = Callable[[int, int, float], None]  # steps done, steps in all, loss
Made = TypeVar("Made")


class Learning(Protocol):
    """The options that every script that trains has."""

    @property
    def out(self) -> str: ...
    @property
    def lr(self) -> float: ...


class Stepping(Learning, Scheduled, Protocol):
    """The options of a script whose work is steps on batches."""

    @property
    def precision(self) -> str: ...
    @property
    def checkpoint_every(self) -> int: ...


class Learner:
    """A network on its device, and its optimizer."""

    def __init__(self, args: Learning, net: Any, optimizer: Any, device: torch.device) -> None:
        if device.type == "cuda":
            torch.backends.cudnn.deterministic = True
        self.net, self.optimizer, self.device = net, optimizer, device
        self._out, self._lr = args.out, args.lr

    def spoilt(self, what: str) -> NoReturn:
        """Raise RoadMetricsError for numbers that went out of bounds."""
        raise RoadMetricsError(
            f"{shown(self._out)}: {what}: train another --out with a lower --lr (now "
            f"{self._lr:g}); the last checkpoint is kept"
        )

    def check_weights(self, when: str) -> None:
        """Raise RoadMetricsError where a weight is no finite number; to be called by each save."""
        if not all(bool(torch.isfinite(each).all()) for each in self.net.state_dict().values()):
            self.spoilt(f"after {when} the weights hold NaN or infinity")


class StepLearner(Learner, ABC, Generic[Made]):
    """A `Learner` by steps on batches; ``losses`` are those of the steps so far."""

    def __init__(self, args: Stepping, net: Any, optimizer: Any, device: torch.device) -> None:
        super().__init__(args, net, optimizer, device)
        self.schedule, self.dtype = args, dtype_of(args.precision, device)
        is_scaled = self.dtype == torch.float16 and device.type == "cuda"
        self.scaler = torch.amp.GradScaler(device.type, enabled=is_scaled)
        self.losses: list[float] = []

    @abstractmethod
    def step(self, batch: Made) -> None:
        """One step; raises RoadMetricsError where the prediction holds NaN."""

    def go_on(self, folder: Path, make: Callable[[int], Made], report: Report | None) -> int:
        """Steps from the last checkpoint to the end, on the batches ``make(step)``; the first."""
        began, end = self.resume(folder), self.schedule.steps
        for batch in ahead(make, began, end):
            self.step(batch)
            done = len(self.losses)
            if report is not None:
                report(done, end, self.losses[-1])
            if done % self.schedule.checkpoint_every == 0 or done == end:
                self.save(folder)
        return began

    def set_rate(self) -> None:
        """The learning rate of this step."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate_at(self.schedule, len(self.losses))

    def descend(self, loss: Tensor, clip: float | None = None) -> None:
        """Learn from a loss; ``clip``: the largest norm of the gradient."""
        if not torch.isfinite(loss):
            self.spoilt(f"step {len(self.losses) + 1}: the loss is no finite number")
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        if clip is not None:
            self.scaler.unscale_(self.optimizer)
            nn.utils.clip_grad_norm_(self.net.parameters(), clip)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.losses.append(loss.item())

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
        self.check_weights(f"step {len(self.losses)}")
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
