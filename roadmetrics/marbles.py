"""What metrics of holes and marbles count: points of walks, how many matched, and their spread."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np

from .graph import FloatArray
from .metric import Counts, harmonic_mean, ratio

SUMS = ("right", "marbles", "filled", "holes")
PRODUCTS = tuple(itertools.combinations_with_replacement(range(4), 2))


@dataclass(frozen=True, kw_only=True)
class MarbleCounts(Counts):
    """Sums over walks: marbles dropped along pred, holes dug along gt, and those that matched.

    A point counts once for each walk that comes by. ``n_drawn`` and the sums of products say how
    walks drawn at random vary; they are 0 where none was drawn.
    """

    right: float = 0.0  # marbles that fell into a hole
    marbles: float = 0.0
    filled: float = 0.0  # holes with a marble
    holes: float = 0.0
    n_walks: int = 0
    n_drawn: int = 0
    right_right: float = 0.0
    right_marbles: float = 0.0
    right_filled: float = 0.0
    right_holes: float = 0.0
    marbles_marbles: float = 0.0
    marbles_filled: float = 0.0
    marbles_holes: float = 0.0
    filled_filled: float = 0.0
    filled_holes: float = 0.0
    holes_holes: float = 0.0

    def standard_errors(self) -> dict[str, float]:
        """Monte Carlo standard errors of precision, recall and f1; {} where nothing was drawn.

        Delta method for ratios of sums over independent walks. Walks of several tiles are taken as
        drawn from all tiles alike, which errs on the large side.
        """
        if self.n_drawn < 2:
            return {}
        ratios = marble_ratios(self)
        p, r = ratios["precision"], ratios["recall"]
        by_p = [ratio(1.0, self.marbles), -ratio(p, self.marbles), 0.0, 0.0]
        by_r = [0.0, 0.0, ratio(1.0, self.holes), -ratio(r, self.holes)]
        scale = ratio(2.0, (p + r) ** 2)
        by_f1 = [scale * (r * r * a + p * p * b) for a, b in zip(by_p, by_r, strict=True)]
        named = {"precision": by_p, "recall": by_r, "f1": by_f1}
        return {name: self._error_along(gradient) for name, gradient in named.items()}

    def _error_along(self, gradient: list[float]) -> float:
        """Standard error of the linear function of the sums; its residuals add up to 0."""
        total = 0.0
        for a, b in PRODUCTS:
            product = getattr(self, f"{SUMS[a]}_{SUMS[b]}")
            total += gradient[a] * gradient[b] * product * (1 if a == b else 2)
        spread = max(total, 0.0) * self.n_drawn / (self.n_drawn - 1)
        return float(np.sqrt(spread))


def drawn_sums(rows: FloatArray) -> dict[str, Any]:
    """Fields of MarbleCounts from walks drawn at random: [n, 4] as SUMS names them.

    >>> import numpy as np
    >>> drawn_sums(np.array([[1., 2., 1., 4.]]))["holes"]
    4.0
    >>> drawn_sums(np.zeros((0, 4)))["n_walks"]
    0
    """
    table = np.asarray(rows, dtype=np.float64).reshape(-1, 4)
    sums = dict(zip(SUMS, table.sum(axis=0).tolist(), strict=True))
    products = table.T @ table
    return {
        **sums,
        "n_walks": len(table),
        "n_drawn": len(table),
        **{f"{SUMS[a]}_{SUMS[b]}": float(products[a, b]) for a, b in PRODUCTS},
    }


def marble_ratios(counts: MarbleCounts) -> dict[str, float]:
    """Precision and recall; 0 where there is nothing to divide by."""
    return {
        "precision": ratio(counts.right, counts.marbles),
        "recall": ratio(counts.filled, counts.holes),
    }


def marble_parts(ratios: Any) -> dict[str, float]:
    """Precision, recall and their harmonic mean."""
    p, r = ratios["precision"], ratios["recall"]
    return {"precision": p, "recall": r, "f1": harmonic_mean(p, r)}
