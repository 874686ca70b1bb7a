"""What the path metric counts."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...metric import Counts


@dataclass(frozen=True, kw_only=True)
class PathCounts(Counts):
    """Sums over chains of either side of weight times score, and of weight.

    The weight is the chain's length; where chains are drawn at random it is 1, and the squares of
    the scores are summed for the standard error.
    """

    matched_gt: float = 0.0
    total_gt: float = 0.0
    matched_pred: float = 0.0
    total_pred: float = 0.0
    squares_gt: float = 0.0
    squares_pred: float = 0.0
    n_drawn: int = 0  # tiles whose chains were drawn at random

    def standard_errors(self) -> dict[str, float]:
        """Of the mean score of the chains, taken as a sample; none of fewer than two chains."""
        sides = {
            "precision": (self.matched_pred, self.squares_pred, self.total_pred),
            "recall": (self.matched_gt, self.squares_gt, self.total_gt),
        }
        if not self.n_drawn:
            return {}
        return {
            name: math.sqrt(max(squares - total * total / n, 0.0) / (n - 1) / n)
            for name, (total, squares, n) in sides.items()
            if n > 1
        }
