"""RewardScorer: the weighted score of a graph that is being drawn, step by step."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import RoadMetricsError
from ..graph import RoadGraph
from ..metric import Metric, parse_with
from ..metrics import METRICS
from .choice import ground_of
from .roads import Roads
from .terms import Ground

Edge = tuple[int, int]
WEIGHTS: Mapping[str, float] = {"apls": 0.35, "path": 0.25, "junction": 0.25, "subgraph": 0.15}


class RewardScorer:
    """Scores of a graph while edges between fixed key points come and go.

    After every step each of ``parts`` is ``metrics[key](gt, graph()).value`` to 1e-9: the number
    that ``roadmetrics score`` prints. It depends on the set of edges, not on their order, so
    rewards add up to the difference of the last score and the first.

    Parameters
    ----------
    gt : RoadGraph
    weights : metric in full form ("apls", "apls:spacenet,snap_dist=6") to weight; default that of
        Anagnostidis et al. 2022, appendix D.1

    Raises
    ------
    RoadMetricsError : no such metric, a weight that is no finite number, a unit the metric refuses

    Examples
    --------
    >>> import roadmetrics as rm
    >>> from roadmetrics.rewards import RewardScorer
    >>> gt = rm.RoadGraph([(0, 0), (100, 0), (200, 0)], [(0, 1), (1, 2)])
    >>> scorer = RewardScorer(gt, {"ccq": 1.0})
    >>> scorer.reset([(0, 0), (100, 0), (200, 0), (50, 90)])
    >>> [round(scorer.add_edge(*edge), 3) for edge in [(0, 1), (1, 2), (1, 3)]]
    [0.525, 0.475, -0.321]
    >>> scorer.undo()
    >>> scorer.score
    1.0
    >>> nothing = RewardScorer(rm.RoadGraph([], []), {"ccq": 1.0})
    >>> nothing.score  # nothing to draw, and nothing drawn
    1.0
    """

    def __init__(self, gt: RoadGraph, weights: Mapping[str, float] = WEIGHTS) -> None:
        if not isinstance(gt, RoadGraph):
            raise RoadMetricsError(
                f"the ground truth must be a RoadGraph, not {type(gt).__name__}: a mask has .graph"
            )
        self._weights = _checked_weights(weights)
        self.gt = gt
        self.metrics: Mapping[str, Metric] = {k: parse_with(k, METRICS) for k in self._weights}
        nothing = RoadGraph([], [], gt.unit)
        for metric in self.metrics.values():
            metric._admit(gt, nothing)
        self._grounds: dict[str, Ground] = {k: ground_of(m, gt) for k, m in self.metrics.items()}
        self.reset(np.zeros((0, 2)))

    def reset(self, vertices: npt.ArrayLike, edges: npt.ArrayLike | Sequence[Any] = ()) -> None:
        """Begin an episode: key points [N, 2] and the edges [M, 2] to start from.

        Raises RoadMetricsError for coordinates or indices that make no graph, or an edge from a
        point to itself; the scorer is then as it was.
        """
        start = RoadGraph(vertices, edges, self.gt.unit)
        loops = np.asarray(edges).reshape(-1, 2)
        if len(loops) and (loops[:, 0] == loops[:, 1]).any():
            raise RoadMetricsError("an edge of the starting graph joins a key point to itself")
        roads = Roads(self.gt, start.vertices)
        roads.replace([(u, v) for u, v in start.edges.tolist()])
        terms = {key: ground.begin(roads) for key, ground in self._grounds.items()}
        values = tuple(self._sure(key, terms[key].rebuild(roads), roads) for key in terms)
        self._roads, self._terms, self._values = roads, terms, values
        # before each step: the values, what was on the stack, and how many edges it put on top
        self._history: list[tuple[tuple[float, ...], list[Edge] | None, int]] = []

    @property
    def score(self) -> float:
        """The weighted sum of the parts."""
        total: float = sum(map(operator.mul, self._weights.values(), self._values))
        return total

    @property
    def parts(self) -> dict[str, float]:
        """Each metric's value."""
        return dict(zip(self._weights, self._values, strict=True))

    @property
    def weights(self) -> dict[str, float]:
        """Each metric's weight."""
        return dict(self._weights)

    @property
    def n_steps(self) -> int:
        """How many steps `undo` can take back."""
        return len(self._history)

    def graph(self) -> RoadGraph:
        """What is drawn: every key point in order, edges sorted."""
        return self._roads.graph()

    def add_edge(self, i: int, j: int) -> float:
        """Draw an edge; the change of the score, 0 where it is there already.

        Raises RoadMetricsError where i or j is no key point, or both are the same one.
        """
        return self._add([self._edge(i, j)])

    def add_path(self, points: Iterable[int]) -> float:
        """Draw the edges from each key point to the next, in one step; the change of the score."""
        try:
            path = list(points)
        except TypeError:
            raise RoadMetricsError(f"a path is a list of key points, not {points!r}") from None
        return self._add([self._edge(i, j) for i, j in itertools.pairwise(path)])

    def remove_edge(self, i: int, j: int) -> float:
        """Take an edge out; the change of the score. Raises RoadMetricsError where it is not."""
        edge = self._edge(i, j)
        if edge not in self._roads.edges:
            raise RoadMetricsError(f"there is no edge {edge[0]}-{edge[1]} to remove")
        before, values, stack = self.score, self._values, self._roads.stack
        try:
            self._take([e for e in stack if e != edge])
        except RoadMetricsError:  # a metric refuses this graph
            self._take(stack)
            raise
        self._history.append((values, stack, 0))
        return self.score - before

    def undo(self) -> None:
        """Take the last add_edge, add_path or remove_edge back, one that changed nothing too.

        Raises RoadMetricsError where no step is left.
        """
        if not self._history:
            raise RoadMetricsError("there is no step to undo")
        values, stack, n_added = self._history.pop()
        if stack is not None:
            self._take(stack)
        for _ in range(n_added):
            edge = self._roads.pop()
            for term in self._terms.values():
                term.pop(self._roads, *edge)
        self._values = values

    def copy(self) -> RewardScorer:
        """The same scorer, history too, to go on on its own; the ground truth's side is shared."""
        twin = object.__new__(RewardScorer)
        twin.__dict__.update(self.__dict__)
        twin._roads = self._roads.copy()
        twin._terms = {key: term.copy() for key, term in self._terms.items()}
        twin._history = self._history.copy()
        return twin

    def explain(self) -> dict[str, dict[str, str]]:
        """How each metric is computed: ``way`` and, in words, ``what`` happens at a step."""
        return {k: {"way": g.way, "what": g.what} for k, g in self._grounds.items()}

    def _edge(self, i: Any, j: Any) -> Edge:
        n = len(self._roads.xy)
        try:
            u, v = operator.index(i), operator.index(j)
        except TypeError:
            raise RoadMetricsError(
                f"key points are numbered 0 to {n - 1}, not {i!r}, {j!r}"
            ) from None
        if not (0 <= u < n and 0 <= v < n):
            raise RoadMetricsError(f"edge {u}-{v}: there are {n} key points, numbered from 0")
        if u == v:
            raise RoadMetricsError(f"edge {u}-{v} joins a key point to itself")
        return (u, v) if u < v else (v, u)

    def _add(self, edges: list[Edge]) -> float:
        before, values, stack = self.score, self._values, self._roads.stack.copy()
        try:
            for edge in edges:
                if edge not in self._roads.edges:
                    self._push(edge)
        except RoadMetricsError:  # a metric refuses this graph
            self._take(stack)
            raise
        self._history.append((values, None, len(self._roads.stack) - len(stack)))
        return self.score - before

    def _push(self, edge: Edge) -> None:
        roads = self._roads
        roads.push(*edge)
        self._values = tuple([
            self._sure(key, term.push(roads, *edge), roads) for key, term in self._terms.items()
        ])  # fmt: skip

    def _take(self, stack: list[Edge]) -> None:
        roads = self._roads
        roads.replace(stack)
        self._values = tuple([
            self._sure(key, term.rebuild(roads), roads) for key, term in self._terms.items()
        ])  # fmt: skip

    def _sure(self, key: str, value: float, roads: Roads) -> float:
        """The value, from the full metric where the term does not decide."""
        if math.isnan(value):
            return self.metrics[key](self.gt, roads.graph()).value
        return value


def _checked_weights(weights: Mapping[str, float]) -> dict[str, float]:
    if not isinstance(weights, Mapping) or not weights:
        raise RoadMetricsError("weights must name a metric at least, as in {'apls': 1.0}")
    checked = {}
    for key, weight in weights.items():
        try:
            checked[key] = float(weight)
        except (TypeError, ValueError):
            checked[key] = math.nan
        if not math.isfinite(checked[key]):
            raise RoadMetricsError(f"the weight of {key} must be a finite number, not {weight!r}")
    return checked
