"""What TLTS counts, whichever procedure does it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from ...metric import Counts

SAME = 1e-9  # a difference equal to the tolerance is inside it, whatever the rounding


@dataclass(frozen=True, kw_only=True)
class TLTSCounts(Counts):
    """Number of routes in each class, and in all."""

    correct: int = 0
    too_long: int = 0
    too_short: int = 0
    infeasible: int = 0
    n_routes: int = 0
    n_drawn: int = 0  # of n_routes, those drawn at random

    def standard_errors(self) -> dict[str, float]:
        """Of every class, a share of the routes drawn."""
        if not self.n_drawn:
            return {}
        shares = {
            "correct": self.correct,
            "too_long": self.too_long,
            "too_short": self.too_short,
            "infeasible": self.infeasible,
            "2l+2s": self.too_long + self.too_short,
        }
        n = self.n_routes
        return {name: math.sqrt(k / n * (1 - k / n) / n) for name, k in shares.items()}


def limit_of(
    own: npt.NDArray[np.float64], tolerance: float, same: float = 0.0
) -> npt.NDArray[np.float64]:
    """By how much a route may differ in length and still be correct; ``same``: by rounding."""
    limit: npt.NDArray[np.float64] = (tolerance * (1 + SAME) + SAME) * own + same
    return limit


def classify(
    own: npt.NDArray[np.float64],
    found: npt.NDArray[np.float64],
    tolerance: float,
    same: float = 0.0,
) -> dict[str, int]:
    """Number of routes by class; ``own`` [n] positive, ``found`` [n] inf where there is none.

    >>> import numpy as np
    >>> classify(np.array([10.0, 10.0]), np.array([10.4, np.inf]), 0.05)["correct"]
    1
    >>> classify(np.array([]), np.array([]), 0.05)["n_routes"]
    0
    """
    is_missing = ~np.isfinite(found)
    excess = np.where(is_missing, 0.0, found) - own
    limit = limit_of(own, tolerance, same)
    is_long, is_short = excess > limit, -excess > limit
    groups = {
        "correct": ~is_missing & ~is_long & ~is_short,
        "too_long": ~is_missing & is_long,
        "too_short": ~is_missing & is_short,
        "infeasible": is_missing,
    }
    counts = {name: int(np.count_nonzero(group)) for name, group in groups.items()}
    return counts | {"n_routes": len(own)}


@njit(cache=True, nogil=True)
def add_classes(own, found, tolerance, same, counts):  # type: ignore[no-untyped-def]
    """Add the routes of two tables to counts [4]: correct, too long, too short, infeasible.

    As `classify`; an entry of ``own`` that is 0 or inf is no route.
    """
    relative = tolerance * (1 + SAME) + SAME
    width = own.shape[1]
    groups = np.zeros((4, width), np.int64)
    for row in range(len(own)):
        lengths, likest = own[row], found[row]
        for w in range(width):
            is_route = (lengths[w] > 0.0) & (lengths[w] < np.inf)
            excess, limit = likest[w] - lengths[w], relative * lengths[w] + same
            is_found = is_route & (likest[w] < np.inf)
            is_long, is_short = excess > limit, -excess > limit
            groups[0, w] += is_found & ~is_long & ~is_short
            groups[1, w] += is_found & is_long
            groups[2, w] += is_found & is_short
            groups[3, w] += is_route & ~is_found
    for k in range(4):
        counts[k] += groups[k].sum()
