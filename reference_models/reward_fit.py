"""How much of held-out rewards the dynamics of a refiner foretells, up to five actions ahead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
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


def reward_fit(run: str | Path, tasks: Sequence[Task], seed: int = 0) -> dict[str, float]:
    """R^2 over the rewards of edges, by how many actions ahead they were foretold, and of all.

    Episodes are drawn from the policy without search or noise, one of each task. 1 is all that
    can be foretold, 0 no more than the mean of the rewards; below that, less. The sum over the
    five actions has its own R^2.
    """
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
    found, real, completes = [], [], []
    rng = np.random.default_rng([seed, len(tasks)])
    for _ in range(0, PLACES, 128):
        sample = replay.sample(128, rng)
        batch = muzero_batch_of(sample, drawings, arm.max_key_points, play.board.max_steps)
        rewards, is_edge = foretold_rewards(net, batch)
        found.append(np.where(is_edge, rewards, 0.0))
        real.append(np.where(is_edge, batch.rewards, 0.0))
        completes.append(is_edge)
    return _told(np.concatenate(found), np.concatenate(real), np.concatenate(completes))


def _told(found: Floats, real: Floats, is_edge: npt.NDArray[np.bool_]) -> dict[str, float]:
    """By the number of actions, of all edges, and of the sum."""
    each = {
        f"{k + 1}": r_squared(found[is_edge[:, k], k], real[is_edge[:, k], k])
        for k in range(found.shape[1])
    }
    is_whole = is_edge.any(axis=1)
    return {
        **each, "all": r_squared(found[is_edge], real[is_edge]),
        "sum": r_squared(found.sum(axis=1)[is_whole], real.sum(axis=1)[is_whole]),
    }  # fmt: skip


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
