"""Terms whose only state is a pool of the ground truth's points near each edge drawn."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Self

from .near_edges import Pool, push_near, with_room
from .roads import Roads
from .terms import Term


class PoolTerm(Term):
    """A pool that follows the stack; subclasses have a ``truth`` with xy [n, 2] and snap_dist."""

    truth: Any
    pool: Pool

    @abstractmethod
    def value(self, roads: Roads) -> float:
        """The metric's value from the pool as it is."""

    def reserve(self) -> None:
        """Make room for one more edge."""
        self.pool = with_room(self.pool, len(self.truth.xy))

    def pop(self, roads: Roads, u: int, v: int) -> None:
        """As before (u, v) was drawn."""
        self.pool.size[0] -= 1

    def rebuild(self, roads: Roads) -> float:
        """All edges of the stack, one after the other."""
        self.pool.size[0] = 0
        for u, v in roads.stack:
            self.reserve()
            push_near(self.pool, self.truth.xy, self.truth.snap_dist, roads.drawn.xy, u, v)
        return self.value(roads)

    def copy(self) -> Self:
        """What follows the edges is copied."""
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin.pool = Pool._make(array.copy() for array in self.pool)
        return twin
