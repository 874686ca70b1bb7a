"""What a refiner's policy draws without search, given more time: the best of several drawings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from roadmetrics.errors import RoadMetricsError

from .decoding import Drawn, beam, greedy, sampled
from .graph_batches import PADDING, GraphBatch, batch_of, drawing_of
from .graph_drawing import Edges, joined
from .graph_models import config_of, inputs_of
from .models import device_of
from .muzero_batch import edge_facts
from .nets.arm import Encoding
from .nets.dynamics import Facts
from .nets.muzero import MuZeroNet
from .refiner_tasks import board_steps
from .task import Task
from .train_refiner import refiner_of

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.floating[Any]]
ROWS = 256  # drawings that are made side by side


class PolicyDrawer:
    """Draws by the policy of a run of ``train-refiner`` alone.

    ``samples``: of so many drawings, the first of which takes the most probable token each time and
    the others draw it, the one whose edges' rewards, as the network foretells them one action
    ahead, add up to most. ``beam``: the most probable drawing that a beam of that width finds.
    """

    def __init__(
        self, run: str | Path, device: str = "auto", *, samples: int = 1, beam: int = 0,
        seed: int = 0,
    ) -> None:  # fmt: skip
        if samples < 1 or beam < 0:
            raise RoadMetricsError("samples must be 1 or more, beam 0 or more")
        self.net, args, self.arm = refiner_of(Path(run), device_of(device))
        self.samples, self.beam, self.seed = samples, beam, seed
        self.max_edges = min(self.arm.max_edges, board_steps(args, self.arm) // 2)

    def many(self, tasks: Sequence[Task]) -> list[Edges]:
        """Edges of each task, in order."""
        together, found = max(ROWS // self.samples, 1), []
        for at in range(0, len(tasks), together):
            found += self._some(tasks[at : at + together], at)
        return found

    def _some(self, tasks: Sequence[Task], at: int) -> list[Edges]:
        net, side = self.net, config_of(self.arm).image
        fits = (side, self.arm.max_key_points, self.arm.max_edges)
        drawings = [replace(drawing_of(task, *fits), target=None) for task in tasks]
        batch, device = batch_of(drawings), next(net.parameters()).device
        with torch.inference_mode():
            encoding = net.arm.encode(*inputs_of(batch, net.arm.encoder, device))
            start = torch.from_numpy(batch.tokens).to(device)
            if self.beam:
                drawn = beam(net.arm, encoding, start, self.max_edges, self.beam)
            else:
                drawn = self._best(batch, encoding, start, np.random.default_rng([self.seed, at]))
        return [joined(one.start, new.edges) for one, new in zip(drawings, drawn, strict=True)]

    def _best(
        self, batch: GraphBatch, encoding: Encoding, start: Tensor, rng: np.random.Generator
    ) -> list[Drawn]:
        """One of ``samples`` drawings of each row."""
        first = greedy(self.net.arm, encoding, start, self.max_edges)
        if self.samples == 1:
            return first
        rows = torch.arange(len(start), device=start.device).repeat_interleave(self.samples - 1)
        more = sampled(self.net.arm, encoding.take(rows), start[rows], self.max_edges, rng)
        n, m = len(first), self.samples - 1
        every = [[first[k], *more[k * m : (k + 1) * m]] for k in range(n)]
        wide = torch.arange(n, device=start.device).repeat_interleave(self.samples)
        values = foretold_gain(
            self.net, encoding.take(wide), batch.key_points[wide.cpu().numpy()],
            [_tokens(batch.tokens[k], one) for k, row in enumerate(every) for one in row],
        ).reshape(n, self.samples)  # fmt: skip
        return [row[int(k)] for row, k in zip(every, values.argmax(axis=1), strict=True)]


def foretold_gain(
    net: MuZeroNet, encoding: Encoding, key_points: Floats, rows: Sequence[Ints]
) -> Floats:
    """[B] what the rewards of each row's edges are expected to add up to, in scores.

    ``key_points`` [B, K, 2] as shares of the image's side; ``rows``: the tokens of each. A reward
    is foretold from the state of the tokens before it.
    """
    tokens = np.full((len(rows), max(map(len, rows), default=0)), PADDING, np.int64)
    for k, row in enumerate(rows):
        tokens[k, : len(row)] = row
    facts = edge_facts(tokens, key_points)
    row, place = np.nonzero(facts.completes)
    device = encoding.points.device
    with torch.inference_mode():
        states = net.arm.decode(encoding, torch.from_numpy(tokens).to(device))
        at, action = torch.from_numpy(row).to(device), torch.from_numpy(tokens[row, place])
        hidden = net.dynamics.begin(states[at, torch.from_numpy(place).to(device)])
        told = Facts(*(torch.from_numpy(each[row, place]).to(device) for each in facts))
        _, reward = net.dynamics(hidden, encoding.points[at, action.to(device)], told)
        rewards = net.support.decode(reward).double().cpu().numpy()
    gain: Floats = np.bincount(row, rewards, len(rows)).astype(np.float64)
    return gain


def _tokens(start: Ints, drawn: Drawn) -> Ints:
    """Those that are given, and those of the new edges."""
    return np.concatenate([start[start != PADDING], drawn.edges.ravel()])
