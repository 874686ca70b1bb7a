"""What TLTS counts, whichever procedure does it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

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


def classify(
    own: npt.NDArray[np.float64], found: npt.NDArray[np.float64], tolerance: float
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
    limit = (tolerance * (1 + SAME) + SAME) * own
    is_long, is_short = excess > limit, -excess > limit
    groups = {
        "correct": ~is_missing & ~is_long & ~is_short,
        "too_long": ~is_missing & is_long,
        "too_short": ~is_missing & is_short,
        "infeasible": is_missing,
    }
    counts = {name: int(np.count_nonzero(group)) for name, group in groups.items()}
    return counts | {"n_routes": len(own)}
