"""Episodes played side by side, and positions searched again with newer weights.

The same numbers come out however the work is spread: the unit of work is a fixed set of episodes
(`Unit`), its batch has one shape (rows that are over stay in it), and the random numbers of an
episode depend on the seed and its number alone. So with any model the episodes of a unit are the
same on any worker of the same kind of machine; with one whose rows do not depend on each other (no
network on floating-point batches promises that) they are the same in units of any size, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from roadmetrics.errors import RoadMetricsError

from .chance import best, dirichlet, drawn, shares, temperature
from .driver import Found, Roots, SearchArgs, legal_actions, search
from .episode import Episode
from .game import Board, Drawing, Game, Scored, padded
from .model import BoolArray, FloatArray, Model, TaskLike

ACTS, DEALS = 1, 2  # purposes of random numbers: noise and actions of an episode; its task


class Unit(NamedTuple):
    """Episodes ``first`` to ``first + n - 1``, by the weights ``version``.

    ``progress`` is the share of the training that is done: it sets the temperature.
    """

    number: int
    first: int
    n: int
    version: int = 0
    progress: float = 0.0


@dataclass(frozen=True)
class PlayArgs:
    """What episodes depend on beside the model: all of it, and nothing else."""

    seed: int = 0
    board: Board = Board()
    search: SearchArgs = SearchArgs()
    weights: tuple[tuple[str, float], ...] | None = None  # of the score; None: RewardScorer's
    is_noisy: bool = True
    heat: float = 1.0  # times the temperature of a unit's progress


@dataclass
class _Row:
    """One episode while it is played."""

    game: Game
    rng: np.random.Generator
    actions: list[int] = field(default_factory=list)
    rewards: list[float] = field(default_factory=list)
    shares: list[FloatArray] = field(default_factory=list)
    values: list[float] = field(default_factory=list)


def task_of(seed: int, number: int, n_tasks: int) -> int:
    """The task of an episode: each once in every n_tasks episodes, in an order drawn anew.

    >>> [sorted(task_of(0, number, 5) for number in range(n, n + 5)) for n in (0, 5)]
    [[0, 1, 2, 3, 4], [0, 1, 2, 3, 4]]
    >>> task_of(0, 0, 0)
    Traceback (most recent call last):
    ...
    roadmetrics.errors.RoadMetricsError: no task to play
    """
    if n_tasks < 1:
        raise RoadMetricsError("no task to play")
    order = np.random.default_rng([seed, DEALS, number // n_tasks]).permutation(n_tasks)
    return int(order[number % n_tasks])


def play_unit(model: Model, tasks: Sequence[TaskLike], args: PlayArgs, unit: Unit) -> list[Episode]:
    """The episodes of a unit, with rewards; in the order of their numbers.

    Raises RoadMetricsError for a task without ground truth, or one that does not fit the board.
    """
    numbers = range(unit.first, unit.first + unit.n)
    chosen = [task_of(args.seed, number, len(tasks)) for number in numbers]
    weights = None if args.weights is None else dict(args.weights)
    rows = [
        _Row(
            Scored(tasks[task], args.board, weights),
            np.random.default_rng([args.seed, ACTS, number]),
        )
        for number, task in zip(numbers, chosen, strict=True)
    ]
    starts = [list(row.game.tokens) for row in rows]
    heat = args.heat * temperature(unit.progress)
    _play(model, [tasks[task] for task in chosen], rows, args, heat, args.is_noisy)
    return [
        Episode(
            number, task, np.array(start, int), np.array(row.actions), np.array(row.rewards),
            np.array(row.shares, np.float32), np.array(row.values),
            np.full(len(row.actions), unit.version),
        )
        for number, task, start, row in zip(numbers, chosen, starts, rows, strict=True)
    ]  # fmt: skip


def draw_roads(
    model: Model, tasks: Sequence[TaskLike], args: PlayArgs, heat: float = 0.0
) -> list[list[int]]:
    """The tokens of each task, its start included, without noise and rewards: for evaluation.

    Heat 0 takes the action that was tried most. With no simulations that of the highest prior.
    """
    rngs = (np.random.default_rng([args.seed, ACTS, number]) for number in range(len(tasks)))
    rows = [_Row(Drawing(task, args.board), rng) for task, rng in zip(tasks, rngs, strict=False)]
    _play(model, tasks, rows, args, heat, False)
    return [row.game.tokens for row in rows]


def _play(
    model: Model, tasks: Sequence[TaskLike], rows: list[_Row], args: PlayArgs, heat: float,
    is_noisy: bool,
) -> None:  # fmt: skip
    model.begin(tasks)
    points = _points(tasks, args.board.max_key_points)
    while any(row.game.left for row in rows):
        roots = Roots(
            padded([row.game.tokens for row in rows], 2 * args.board.max_edges),
            np.array([len(row.actions) for row in rows]),
            np.array([row.game.left for row in rows]), points,
        )  # fmt: skip
        noise = None
        if is_noisy and args.search.noise_share:
            rngs = [row.rng if row.game.left else None for row in rows]
            noise = dirichlet(rngs, legal_actions(points, roots.first), args.search.noise_alpha)
        found = search(model, roots, args.search, noise)
        for number, row in enumerate(rows):
            if row.game.left:
                _act(row, number, found, heat)


def _act(row: _Row, number: int, found: Found, heat: float) -> None:
    """Choose by visits, take the step, write both down."""
    visits, prior = found.visits[number], found.prior[number]
    if heat == 0.0:
        action = int(best(visits, found.q[number], prior))
    else:
        action = drawn(shares(visits, prior, heat), row.rng)
    row.shares.append(shares(visits, prior))
    row.values.append(float(found.values[number]))
    row.actions.append(action)
    row.rewards.append(row.game.step(action))


def _points(tasks: Sequence[TaskLike | None], k: int) -> BoolArray:
    """[B, K] real key points."""
    counts = [0 if task is None else len(task.key_points) for task in tasks]
    return np.arange(k) < np.array(counts, int)[:, None]


class Place(NamedTuple):
    """Position ``position`` of an episode."""

    episode: Episode
    position: int


def search_again(
    model: Model, tasks: Sequence[TaskLike], places: Sequence[Place], args: PlayArgs, n_rows: int
) -> tuple[FloatArray, FloatArray]:
    """Shares [N, A] and root values [N] of positions by the model as it is now, without noise.

    Searched in batches of ``n_rows``, the last one filled up with rows that are not searched.
    `Episode.renewed` takes the result.
    """
    board, found = args.board, []
    for first in range(0, len(places), n_rows):
        part = places[first : first + n_rows]
        idle = n_rows - len(part)
        chosen = [*(tasks[one.episode.task] for one in part), *[None] * idle]
        tokens = [_before(one) for one in part]
        steps = np.array([one.position for one in part] + [0] * idle)
        room = 2 * board.max_edges - np.array([len(row) for row in tokens] + [0] * idle)
        left = np.minimum(board.max_steps - steps, room)
        left[len(part) :] = 0
        model.begin(chosen)
        roots = Roots(
            padded(tokens + [[]] * idle, 2 * board.max_edges), steps, left,
            _points(chosen, board.max_key_points),
        )  # fmt: skip
        result = search(model, roots, args.search)
        policy = shares(result.visits, result.prior)
        found.append((policy[: len(part)], result.values[: len(part)]))
    if not found:
        return np.zeros((0, board.max_key_points + 1)), np.zeros(0)
    return np.concatenate([one[0] for one in found]), np.concatenate([one[1] for one in found])


def _before(place: Place) -> list[int]:
    tokens: list[int] = place.episode.tokens.tolist()
    return tokens[: place.episode.place(place.position)]
