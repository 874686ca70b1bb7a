"""Models for tests: random ones, and ones that know the rules and the rewards."""

from __future__ import annotations

import itertools
import os
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from reference_models.search.driver import SearchArgs
from reference_models.search.game import Board
from reference_models.search.selfplay import PlayArgs, Unit, play_unit
from roadmetrics import RoadGraph
from roadmetrics.errors import RoadMetricsError
from roadmetrics.patches import Patch


class RandomModel:
    """Logits, rewards and values that depend on the path (row, tokens since the root) alone."""

    def __init__(self, k, seed=0, sharp=1.0):
        self.max_key_points, self.seed, self.sharp = k, seed, sharp
        self.n_calls = 0

    def begin(self, tasks):
        self.tasks = list(tasks)

    def answer(self, path):
        """(reward, logits [A], value) at the end of a path (row, action, action, ...)."""
        rng = np.random.default_rng([self.seed, *path])
        logits = self.sharp * rng.normal(size=self.max_key_points + 1)
        return 0.05 * rng.normal(), logits.astype(np.float32), 0.2 * rng.normal()

    def initial(self, tokens, steps, n_nodes):
        self.paths = {(row, 0): (row,) for row in range(len(tokens))}
        _, logits, values = zip(*(self.answer((row,)) for row in range(len(tokens))), strict=True)
        return np.array(logits), np.array(values)

    def recurrent(self, node, parents, actions):
        self.n_calls += 1
        answers = []
        for row, (parent, action) in enumerate(
            zip(parents.tolist(), actions.tolist(), strict=True)
        ):
            path = (*self.paths[row, parent], action)
            self.paths[row, node] = path
            answers.append(self.answer(path))
        rewards, logits, values = zip(*answers, strict=True)
        return np.array(rewards), np.array(logits), np.array(values)


class TrueModel:
    """Knows the rules and the score: ``score`` maps a frozenset of edges (i < j) to a number.

    Priors are even, or ``bias(row, tokens)`` [A]. Values: "best", what can still be had in ``left``
    steps; "greedy", what drawing the best edge each time brings.
    """

    def __init__(self, score, k, left, value="best", bias=None):
        self.max_key_points, self.left, self.bias = k, left, bias
        self.score = lru_cache(None)(score)
        self.worth = lru_cache(None)({"best": self.best, "greedy": self.greedy}[value])
        self.pairs = list(itertools.combinations(range(k), 2))

    def begin(self, tasks):
        pass

    def best(self, edges, first, left):
        """The most that ``left`` tokens can add to the score from here."""
        if left <= 0:
            return 0.0
        if first >= 0:
            gains = [
                self.gain(edges, (first, a)) + self.worth(edges | {edge(first, a)}, -1, left - 1)
                for a in range(self.max_key_points)
                if a != first
            ]
            return max(gains)
        return max(
            0.0, *(self.worth(edges, a, left - 1) for a in range(self.max_key_points) if left > 1)
        )

    def greedy(self, edges, first, left):
        before = self.score(edges)
        if first >= 0 and left > 0:
            ends = [edge(first, a) for a in range(self.max_key_points) if a != first]
            edges, left = edges | {max(ends, key=lambda e: self.gain(edges, e))}, left - 1
        while left >= 2:
            one = max(self.pairs, key=lambda e: self.gain(edges, e))
            if self.gain(edges, one) <= 0:
                break
            edges, left = edges | {one}, left - 2
        return self.score(edges) - before

    def gain(self, edges, pair):
        return self.score(edges | {edge(*pair)}) - self.score(edges)

    def answer(self, row, tokens):
        if self.max_key_points in tokens:  # END: nobody reads this
            return np.nan, np.full(self.max_key_points + 1, np.nan), np.nan
        edges, first = drawn(tokens)
        logits = np.zeros(self.max_key_points + 1) if self.bias is None else self.bias(row, tokens)
        completes = len(tokens) > 0 and len(tokens) % 2 == 0
        reward = self.gain(drawn(tokens[:-2])[0], tokens[-2:]) if completes else 0.0
        return reward, logits, self.worth(edges, first, self.left - len(tokens))

    def initial(self, tokens, steps, n_nodes):
        self.paths = {(row, 0): tuple(one[one >= 0].tolist()) for row, one in enumerate(tokens)}
        _, logits, values = zip(*(self.answer(*key_path) for key_path in self.rows(0)), strict=True)
        return np.array(logits), np.array(values)

    def rows(self, node):
        return [(row, path) for (row, at), path in self.paths.items() if at == node]

    def recurrent(self, node, parents, actions):
        for row, (parent, action) in enumerate(
            zip(parents.tolist(), actions.tolist(), strict=True)
        ):
            self.paths[row, node] = (*self.paths[row, parent], action)
        answers = [self.answer(*one) for one in self.rows(node)]
        rewards, logits, values = zip(*answers, strict=True)
        return np.array(rewards), np.array(logits), np.array(values)


def edge(i, j):
    return (min(i, j), max(i, j))


def drawn(tokens):
    """The edges (i < j) that tokens have drawn, and the key point that waits."""
    pairs = zip(tokens[::2], tokens[1::2], strict=False)
    return frozenset(edge(*pair) for pair in pairs), tokens[-1] if len(tokens) % 2 else -1


@dataclass(frozen=True, eq=False)
class Streets:
    """A task: a street from the first key point to the second, and so on to the last."""

    id: str
    key_points: np.ndarray
    start: np.ndarray
    gt: RoadGraph | None

    def patch(self):
        return Patch(self.gt, self.key_points, None, self.start)


def streets(n_points, number=0, n_start=0, has_gt=True):
    rng = np.random.default_rng([77, number])
    xy = 12.0 * np.stack([np.arange(n_points), rng.integers(0, 9, n_points)], axis=1)
    edges = np.stack([np.arange(n_points - 1), np.arange(1, n_points)], axis=1)
    gt = RoadGraph(xy, edges, "px", extent=(-1.0, -1.0, 200.0, 200.0))
    return Streets(f"streets{number}", xy, edges[:n_start], gt if has_gt else None)


TASKS = [streets(4), streets(5, 1, 1), streets(3, 2)]
BOARD = Board(max_key_points=6, max_edges=5, max_steps=7)
PLAY = PlayArgs(5, BOARD, SearchArgs(6), weights=(("ccq", 1.0),))


class TaskModel:
    """Answers that depend on the task and all tokens alone, whatever row they are in."""

    def __init__(self, k, seed=0):
        self.max_key_points, self.seed = k, seed
        self.shapes = set()

    def begin(self, tasks):
        self.ids = [sum(task.id.encode()) if task is not None else 0 for task in tasks]

    def answers(self, node):
        rows = [(row, path) for (row, at), path in self.paths.items() if at == node]
        drawn = []
        for row, path in rows:
            rng = np.random.default_rng([self.seed, self.ids[row], *path])
            logits = rng.normal(size=self.max_key_points + 1).astype(np.float32)
            drawn.append((0.05 * rng.normal(), logits, 0.2 * rng.normal()))
        rewards, logits, values = zip(*drawn, strict=True)
        return np.array(rewards), np.array(logits), np.array(values)

    def initial(self, tokens, steps, n_nodes):
        self.shapes.add(tokens.shape)
        self.paths = {(row, 0): tuple(one[one >= 0].tolist()) for row, one in enumerate(tokens)}
        return self.answers(0)[1:]

    def recurrent(self, node, parents, actions):
        for row, (parent, action) in enumerate(
            zip(parents.tolist(), actions.tolist(), strict=True)
        ):
            self.paths[row, node] = (*self.paths[row, parent], action)
        return self.answers(node)


class FakePlayer:
    """Weights are the seed of the model; ``folder`` tells who plays what, and who is to die."""

    def __init__(self, folder=None):
        self.folder = None if folder is None else Path(folder)
        self.loaded = []

    def load(self, weights):
        self.model = TaskModel(BOARD.max_key_points, int(weights))
        self.loaded.append(int(weights))

    def play(self, unit):
        if self.folder is not None:
            (self.folder / f"{unit.number}.{os.getpid()}.{time.monotonic_ns()}").touch()
            if (self.folder / f"stop{unit.number}").exists():
                time.sleep(600)
            if (self.folder / f"fail{unit.number}").exists():
                raise RoadMetricsError(f"unit {unit.number} cannot be played")
            if (self.folder / f"die{unit.number}").exists():
                os._exit(1)
        return play_unit(self.model, TASKS, PLAY, unit)


def same(one, other):
    """Whether two lists of episodes are equal to the last bit."""
    names = ("number", "task", "start", "actions", "rewards", "shares", "values", "versions")
    return len(one) == len(other) and all(
        np.array_equal(getattr(a, name), getattr(b, name))
        for a, b in zip(one, other, strict=True)
        for name in names
    )


UNITS = [Unit(k, 4 * k, 4, version=k // 3) for k in range(6)]
WEIGHTS = {0: b"3", 1: b"8"}


def expected():
    """Every unit by itself."""
    return [
        play_unit(
            TaskModel(PLAY.board.max_key_points, int(WEIGHTS[unit.version])), TASKS, PLAY, unit
        )
        for unit in UNITS
    ]


def collected(crew):
    """All units, weights of the second half published while the first is played."""
    found = []
    crew.publish(0, WEIGHTS[0])
    for unit in UNITS[:3]:
        crew.submit(unit)
    found.append(crew.collect())
    crew.publish(1, WEIGHTS[1])
    for unit in UNITS[3:]:
        crew.submit(unit)
    return found + [crew.collect() for _ in UNITS[1:]]


def check(found):
    assert len(found) == len(UNITS)
    assert all(same(one, other) for one, other in zip(found, expected(), strict=True))
    assert [one.number for unit in found for one in unit] == list(range(24))
