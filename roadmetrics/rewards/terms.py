"""What a term of the reward is; `choice` says which metric has which.

A metric becomes a term in two steps. A `Ground` holds what follows from the metric and the ground
truth alone; it is made once a scorer, shared by all copies of it, and never changes. Its `begin`
makes a `Term` for the key points of an episode: arrays that follow from those, and a state that
follows the edges.

The rules of a term:

- The scorer changes the `Roads` first and then tells the term: `push` when one edge was put on top
  of the stack, `pop` when the top edge was taken off, `rebuild` when anything else happened (reset,
  an edge taken out from below).
- The state follows from the sequence of edges on the stack and nothing else: after push and pop it
  is what it was, bit for bit. The value may depend on the order of the edges in its last bits only.
- `push` and `rebuild` return the metric's value for `Roads.graph()`, to 1e-9. A kernel that meets a
  case it does not decide (a tie that a library decides, room that is used up) returns NaN, and the
  scorer asks the full metric for this step.
- `copy` shares what never changes and copies the rest. Nothing is global and nothing is locked:
  two copies may run in two threads.
- A term that keeps no state writes `rebuild` alone (see `Stateless`).
- `Roads.drawn` holds the edges, sorted, for kernels; `chains.chains_of` contracts them to the
  chains that `routing.network_of` has; `empties` is the empty rule. `choice.FORMS` lists the forms.
- Kernels are njit(cache=True, nogil=True), serial: threads of numba's own do not survive a fork.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, Self

from ..graph import RoadGraph
from ..metric import Metric
from .roads import Roads


class Term(ABC):
    """One metric in one episode."""

    @abstractmethod
    def push(self, roads: Roads, u: int, v: int) -> float:
        """The value once edge (u, v), u < v, is on top of the stack."""

    @abstractmethod
    def pop(self, roads: Roads, u: int, v: int) -> None:
        """Edge (u, v) was taken off the top: be as before it came."""

    @abstractmethod
    def rebuild(self, roads: Roads) -> float:
        """The value for the edges on the stack, whatever came before."""

    @abstractmethod
    def copy(self) -> Self:
        """A term of the same state that changes on its own."""

    # What a batch needs; a term without a `push_many` is pushed on its own.

    push_many: ClassVar[Callable[..., None] | None] = None
    """njit (records, members, us, vs, low, high, values): for each k from low to high the value of
    term b = members[k], whose record is records[k], once (us[b], vs[b]) is drawn, in values[b];
    nothing where us[b] < 0. `Roads.drawn` holds the edge already. It may write records[k] anew."""

    def reserve(self) -> None:  # noqa: B027 (most need nothing)
        """Make room for one more edge: kernels cannot."""

    def record(self, roads: Roads) -> tuple[Any, ...]:
        """The arrays of this term for `push_many`, of the same types in each of its kind."""
        return ()

    def pushed(self, records: Any, k: int) -> None:  # noqa: B027
        """`push_many` drew an edge; records[k] is this term's."""


class Ground(ABC):
    """One metric and the ground truth: what all episodes share."""

    way: str  # "incremental", "compiled" or "full metric"
    what: str  # one line for `RewardScorer.explain`

    def __init__(self, metric: Metric, gt: RoadGraph) -> None:
        self.metric, self.gt = metric, gt

    @classmethod
    @abstractmethod
    def fits(cls, metric: Metric, gt: RoadGraph) -> bool:
        """Whether this form computes this metric, with its parameters, on this ground truth."""

    @abstractmethod
    def begin(self, roads: Roads) -> Term:
        """A term for the key points ``roads.xy``; `Term.rebuild` comes before any `Term.push`."""


class Stateless(Term):
    """A term that starts from the roads each time: subclasses write `rebuild`."""

    def push(self, roads: Roads, u: int, v: int) -> float:
        """The value."""
        return self.rebuild(roads)

    def pop(self, roads: Roads, u: int, v: int) -> None:
        """Nothing is kept."""

    def copy(self) -> Self:
        """Nothing changes: itself."""
        return self


class FullGround(Ground):
    """Any metric."""

    way = "full metric"
    what = "the metric itself, on the whole graph at every step"

    @classmethod
    def fits(cls, metric: Metric, gt: RoadGraph) -> bool:
        """Any."""
        return True

    def begin(self, roads: Roads) -> Term:
        """The same for all key points."""
        return FullTerm(self)


class FullTerm(Stateless):
    """Calls the metric."""

    def __init__(self, ground: FullGround) -> None:
        self.ground = ground

    def rebuild(self, roads: Roads) -> float:
        """The metric's value."""
        return self.ground.metric(self.ground.gt, roads.graph()).value
