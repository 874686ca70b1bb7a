"""How much of held-out rewards the dynamics of a refiner foretells, up to five actions ahead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from .graph_batches import drawing_of
from .graph_models import config_of
from .muzero_loss import foretold_rewards
from .muzero_sample import muzero_batch_of
from .refiner_player import play_args
from .search.driver import SearchArgs
from .search.replay import Replay, ReplayArgs
from .search.selfplay import Unit, play_unit
from .search_model import SearchModel
from .task import Task
from .train_refiner import refiner_of

Floats = npt.NDArray[np.float64]
PLACES = 2048  # positions, drawn evenly with repetition
TOGETHER = 32  # episodes side by side


@dataclass(frozen=True, eq=False)
class Foretold:
    """Rewards [N, U] of N positions as expected and as they came; which complete an edge [N, U].

    ``tasks`` [N]: which task a position is of. What completes no edge is 0.
    """

    found: Floats
    real: Floats
    is_edge: npt.NDArray[np.bool_]
    tasks: npt.NDArray[np.int64]

    def parts(self) -> dict[str, tuple[Floats, Floats, npt.NDArray[np.int64]]]:
        """Expected, real and task by the number of actions ahead, of all edges, of their sum."""
        every = {
            f"{k + 1}": (self.found[is_edge, k], self.real[is_edge, k], self.tasks[is_edge])
            for k, is_edge in enumerate(self.is_edge.T)
        }
        wide = np.broadcast_to(self.tasks[:, None], self.is_edge.shape)
        edges, some = self.is_edge, self.is_edge.any(axis=1)
        every["all"] = self.found[edges], self.real[edges], wide[edges]
        every["sum"] = self.found[some].sum(axis=1), self.real[some].sum(axis=1), self.tasks[some]
        return every


def reward_fit(run: str | Path, tasks: Sequence[Task], seed: int = 0) -> dict[str, float]:
    """R^2 over the rewards of edges, by how many actions ahead they were foretold, and of all.

    Episodes are drawn from the policy without search or noise, one of each task. 1 is all that
    can be foretold, 0 no more than the mean of the rewards; below that, less. The sum over the
    five actions has its own R^2.
    """
    parts = foretold(run, tasks, seed).parts()
    return {key: r_squared(found, real) for key, (found, real, _) in parts.items()}


def foretold(run: str | Path, tasks: Sequence[Task], seed: int = 0) -> Foretold:
    """The rewards that `reward_fit` is of."""
    net, args, arm = refiner_of(Path(run), torch.device("cpu"))
    play = play_args(args, arm)
    play = replace(play, seed=seed, search=SearchArgs(0, 0.0), is_noisy=False)
    model = SearchModel(net, arm.max_key_points, play.board.max_steps)
    replay = Replay(ReplayArgs(capacity=len(tasks), alpha=0.0, priority="position",
                               unroll=args.unroll))  # fmt: skip
    for first in range(0, len(tasks), TOGETHER):
        n = min(TOGETHER, len(tasks) - first)
        for episode in play_unit(model, tasks, play, Unit(0, first, n)):
            replay.add(episode)
    side = config_of(arm).image
    drawings = [drawing_of(task, side, arm.max_key_points, arm.max_edges) for task in tasks]
    parts: list[Foretold] = []
    rng = np.random.default_rng([seed, len(tasks)])
    for _ in range(0, PLACES, 128):
        sample = replay.sample(128, rng)
        batch = muzero_batch_of(sample, drawings, arm.max_key_points, play.board.max_steps)
        rewards, is_edge = foretold_rewards(net, batch)
        of_task = np.array([one.task for one in sample.episodes])[sample.rows]
        parts.append(Foretold(np.where(is_edge, rewards, 0.0),
                              np.where(is_edge, batch.rewards, 0.0), is_edge, of_task))  # fmt: skip
    return Foretold(*(
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("found", "real", "is_edge", "tasks")
    ))  # fmt: skip


def sums_by_task(told: Foretold, n_tasks: int) -> dict[str, Floats]:
    """[n_tasks, 4] of each part: what `r_squared_of_sums` is made from; they add up over tasks."""
    return {
        key: np.stack([np.bincount(task, weights, n_tasks) for weights in _terms(found, real)], 1)
        for key, (found, real, task) in told.parts().items()
    }


def _terms(found: Floats, real: Floats) -> tuple[Floats, ...]:
    """Of each reward: one, itself, its square, the square of the error."""
    return np.ones(len(real)), real, np.square(real), np.square(found - real)


def r_squared(found: Floats, real: Floats) -> float:
    """1 less the share of the variance of ``real`` that ``found`` leaves; 0 where it has none.

    >>> r_squared(np.array([1.0, 2.0]), np.array([1.0, 2.0]))
    1.0
    >>> r_squared(np.zeros(0), np.zeros(0))
    0.0
    """
    if not len(real) or not np.ptp(real):
        return 0.0
    return float(1 - np.square(found - real).sum() / np.square(real - real.mean()).sum())


def r_squared_of_sums(sums: Floats) -> Floats:
    """R^2 [B] from sums [B, 4] over tasks: number, rewards, their squares, squared errors.

    >>> r_squared_of_sums(np.array([[2.0, 3.0, 5.0, 0.0], [0.0, 0.0, 0.0, 0.0]])).tolist()
    [1.0, 0.0]
    """
    n, real, square, error = sums.T
    spread = square - np.divide(real**2, n, out=np.zeros_like(real), where=n > 0)
    is_some = spread > 1e-12
    return np.where(is_some, 1 - error / np.where(is_some, spread, 1.0), 0.0)
