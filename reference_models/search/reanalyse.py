"""Positions of the replay searched again with newer weights: their targets change, not the game."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .model import LongArray, Model, TaskLike
from .replay import Replay
from .selfplay import Place, PlayArgs, search_again


def stale(replay: Replay, version: int, n: int, rng: np.random.Generator) -> LongArray:
    """[M <= n] places in `Replay.places` that weights older than ``version`` searched last.

    Drawn evenly, none twice, ascending: positions of an episode come together.
    """
    if not len(replay):
        return np.zeros(0, np.int64)
    versions = np.concatenate([episode.versions for episode in replay.episodes])
    old = np.flatnonzero(versions < version)
    return np.sort(rng.permutation(old)[:n])


def reanalyse(
    model: Model, tasks: Sequence[TaskLike], replay: Replay, args: PlayArgs, *, version: int,
    n_positions: int, rng: np.random.Generator, n_rows: int = 16,
) -> int:  # fmt: skip
    """Give up to ``n_positions`` stale positions new shares and values; how many.

    The model holds the weights ``version``; positions are searched ``n_rows`` at a time.
    """
    chosen = stale(replay, version, n_positions, rng)
    numbers, positions = (part[chosen] for part in replay.places())
    held = {episode.number: episode for episode in replay.episodes}
    places = [Place(held[int(k)], int(t)) for k, t in zip(numbers, positions, strict=True)]
    policy, values = search_again(model, tasks, places, args, n_rows)
    for number in np.unique(numbers).tolist():
        rows = np.flatnonzero(numbers == number)
        one = held[number].renewed(positions[rows], policy[rows], values[rows], version)
        replay.replace(one)
    return len(places)
