"""What the junction metric counts, and where each count comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ...graph import FloatArray, RoadGraph
from ...metric import Counts

LongArray = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class JunctionCounts(Counts):
    """Orders (numbers of roads at a place) that agree, and those of pred and of gt."""

    tp: int = 0
    pp: int = 0
    ap: int = 0


class Pairs(NamedTuple):
    """Places that were compared: order 0 where one side has nothing; K in all."""

    gt_xy: FloatArray  # [K, 2] where order 0: the place of pred
    pred_xy: FloatArray  # [K, 2]
    gt_order: LongArray  # [K]
    pred_order: LongArray  # [K]
    gt_node: LongArray  # [K] vertex, -1 where the place is none: a foot, or nothing
    pred_node: LongArray  # [K]

    def turned(self) -> Pairs:
        """The two sides exchanged."""
        a_xy, b_xy, a_order, b_order, a, b = self
        return Pairs(b_xy, a_xy, b_order, a_order, b, a)

    def totals(self) -> dict[str, int]:
        """tp, pp and ap."""
        return {
            "tp": int(np.minimum(self.gt_order, self.pred_order).sum()),
            "pp": int(self.pred_order.sum()),
            "ap": int(self.gt_order.sum()),
        }


def united(kind: Any, *parts: Any) -> Any:
    """Tables of one kind (named tuples of columns), one after the other."""
    return kind(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def control_nodes(graph: RoadGraph) -> LongArray:
    """Vertices at which one road, or three or more, meet.

    >>> control_nodes(RoadGraph([(0, 0), (1, 0), (2, 0)], [(0, 1), (1, 2)])).tolist()
    [0, 2]
    >>> control_nodes(RoadGraph([], [])).tolist()
    []
    """
    return np.flatnonzero((graph.degrees == 1) | (graph.degrees > 2))
