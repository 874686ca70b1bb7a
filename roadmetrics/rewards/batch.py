"""RewardBatch: many scorers, one edge each, in compiled code."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit
from numba.typed import List

from ..errors import RoadMetricsError
from ..graph import FloatArray
from ..routing import LongArray
from .roads import insert
from .scorer import Edge, RewardScorer


class RewardBatch:
    """Steps B scorers at once: arrays of actions in, an array of rewards out.

    The scorers stay what they are: reset, undo and read each of them as usual, between steps. Each
    metric is one call into compiled code for all of them, or, with several threads, one a thread.
    Threads are plain ones, started when they are needed, so that a batch works in a process that
    was forked.

    Parameters
    ----------
    scorers : RewardScorers of the same weights; none twice
    n_threads : threads that share the episodes

    Examples
    --------
    >>> import roadmetrics as rm
    >>> from roadmetrics.rewards import RewardBatch, RewardScorer
    >>> gt = rm.RoadGraph([(0, 0), (100, 0), (200, 0)], [(0, 1), (1, 2)])
    >>> scorers = [RewardScorer(gt, {"ccq": 1.0}) for _ in range(2)]
    >>> for scorer in scorers:
    ...     scorer.reset(gt.vertices)
    >>> RewardBatch(scorers).add_edges([0, 0], [1, 2]).round(3).tolist()
    [0.525, 1.0]
    >>> RewardBatch([]).add_edges([], []).tolist()
    []
    """

    def __init__(self, scorers: Sequence[RewardScorer], n_threads: int = 1) -> None:
        self.scorers = list(scorers)
        if len({id(scorer) for scorer in self.scorers}) < len(self.scorers):
            raise RoadMetricsError("a batch holds the same scorer twice: give it a copy")
        if any(s.weights != self.scorers[0].weights for s in self.scorers):
            raise RoadMetricsError("the scorers of a batch must have the same weights")
        if not isinstance(n_threads, int) or n_threads < 1:
            raise RoadMetricsError(f"n_threads must be 1 at least, not {n_threads!r}")
        self.n_threads = n_threads
        self._lists: dict[str, _Records] = {}
        self._pool: tuple[int, ThreadPoolExecutor] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_lists": {}, "_pool": None}

    @property
    def scores(self) -> FloatArray:
        """[B] score of each."""
        return np.array([scorer.score for scorer in self.scorers])

    def add_edges(
        self, i: npt.ArrayLike, j: npt.ArrayLike, active: npt.ArrayLike | None = None
    ) -> FloatArray:
        """[B] change of each score once edge (i[b], j[b]) is drawn; 0 where ``active`` is false.

        Raises RoadMetricsError for an index out of range or an edge from a point to itself, in any
        active scorer; all are then as they were.
        """
        before = self.scores
        edges = self._edges(i, j, active)
        stacks = [scorer._roads.stack.copy() for scorer in self.scorers]
        try:
            values = self._draw(edges)
        except RoadMetricsError:  # a metric refuses a graph
            for scorer, stack in zip(self.scorers, stacks, strict=True):
                scorer._take(stack)
            raise
        for scorer, edge, stack, row in zip(self.scorers, edges, stacks, values, strict=True):
            if edge is not None:
                n_added = len(scorer._roads.stack) - len(stack)
                scorer._history.append((scorer._values, None, n_added))
                scorer._values = tuple(row)
        return self.scores - before

    def _edges(self, i: Any, j: Any, active: Any) -> list[Edge | None]:
        n = len(self.scorers)
        first, second = (np.asarray(x).reshape(-1).tolist() for x in (i, j))
        on = [True] * n if active is None else np.asarray(active, dtype=bool).reshape(-1).tolist()
        if not len(first) == len(second) == len(on) == n:
            raise RoadMetricsError(
                f"a batch of {n} takes {n} edges, not {len(first)}, {len(second)}"
            )
        rows = zip(self.scorers, first, second, on, strict=True)
        return [scorer._edge(u, v) if is_on else None for scorer, u, v, is_on in rows]

    def _draw(self, edges: list[Edge | None]) -> list[list[float]]:
        """Put edges on the stacks; the values after it, a row a scorer."""
        us, vs = np.full((2, len(edges)), -1, dtype=np.int64)
        for b, (scorer, edge) in enumerate(zip(self.scorers, edges, strict=True)):
            if edge is not None and edge not in scorer._roads.edges:
                us[b], vs[b] = edge
                scorer._roads.note(*edge)
        values = {"": np.zeros(len(edges))}
        self._call("", _insert_many, [(s._roads.drawn,) for s in self.scorers], us, vs, values[""])
        for n, key in enumerate(self.scorers[0].weights if self.scorers else ()):
            values[key] = np.array([scorer._values[n] for scorer in self.scorers])
            self._push(key, us, vs, values[key])
            for b in np.flatnonzero(np.isnan(values[key])).tolist():
                scorer = self.scorers[b]
                values[key][b] = scorer._sure(key, float("nan"), scorer._roads)
        del values[""]
        return np.array(list(values.values())).T.tolist() if values else [[] for _ in edges]

    def _push(self, key: str, us: LongArray, vs: LongArray, values: FloatArray) -> None:
        """Tell one term of each scorer of its new edge."""
        terms = [scorer._terms[key] for scorer in self.scorers]
        kernel = type(terms[0]).push_many
        is_alike = all(type(term) is type(terms[0]) for term in terms)
        drawing = np.flatnonzero(us >= 0).tolist()
        if kernel is None or not is_alike:
            self._each(lambda b: self._push_one(terms[b], b, us, vs, values), drawing)
            return
        for b in drawing:
            terms[b].reserve()
        records = [t.record(s._roads) for t, s in zip(terms, self.scorers, strict=True)]
        typed = self._call(key, kernel, records, us, vs, values)
        for b in drawing:
            terms[b].pushed(typed, b)

    def _push_one(
        self, term: Any, b: int, us: LongArray, vs: LongArray, values: FloatArray
    ) -> None:
        values[b] = term.push(self.scorers[b]._roads, int(us[b]), int(vs[b]))

    def _call(
        self,
        key: str,
        kernel: Any,
        records: list[Any],
        us: LongArray,
        vs: LongArray,
        out: FloatArray,
    ) -> Any:
        """One kernel over all records, a slice a thread; the records as the kernel left them."""
        if not records:
            return records
        if key not in self._lists:
            self._lists[key] = _Records()
        typed = self._lists[key].of(records)
        n = len(records)
        members = np.arange(n)
        cuts = np.linspace(0, n, min(self.n_threads, n) + 1).astype(np.int64).tolist()
        spans = list(itertools.pairwise(cuts))
        self._each(lambda k: kernel(typed, members, us, vs, *spans[k], out), range(len(spans)))
        return typed

    def _each(self, work: Any, items: Sequence[int]) -> None:
        if self.n_threads == 1 or len(items) < 2:
            for item in items:
                work(item)
            return
        if self._pool is None or self._pool[0] != os.getpid():  # threads do not survive a fork
            self._pool = os.getpid(), ThreadPoolExecutor(self.n_threads)
        list(self._pool[1].map(work, items))


class _Records:
    """A typed list of records, written again when one of them is another than before."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.typed: Any = None

    def of(self, records: list[Any]) -> Any:
        """The list, made in kernels: numba would compile its own ways to fill one each time."""
        is_same = len(self.seen) == len(records) and all(
            a is b
            for old, new in zip(self.seen, records, strict=True)
            for a, b in zip(old, new, strict=True)
        )
        if not is_same:
            self.seen, self.typed = records, _list_of(records[0])
            for record in records[1:]:
                _append(self.typed, record)
        return self.typed


@njit(cache=True, nogil=True)
def _list_of(record):  # type: ignore[no-untyped-def]
    records = List()
    records.append(record)
    return records


@njit(cache=True, nogil=True)
def _append(records, record):  # type: ignore[no-untyped-def]
    records.append(record)


@njit(cache=True, nogil=True)
def _insert_many(records, members, us, vs, low, high, values):  # type: ignore[no-untyped-def]
    for k in range(low, high):
        if us[members[k]] >= 0:
            insert(records[k][0], us[members[k]], vs[members[k]])
