"""What APLS counts, whichever procedure does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ...metric import Counts


@dataclass(frozen=True, kw_only=True)
class APLSCounts(Counts):
    """Sums over routes in each direction; nodes and control points as the procedure has them."""

    gt_error: float = 0.0
    gt_routes: float = 0.0
    pred_error: float = 0.0
    pred_routes: float = 0.0
    n_control_gt: int = 0
    n_control_pred: int = 0
    n_nodes_gt: int = 0
    n_nodes_pred: int = 0


class OneWay(NamedTuple):
    """Routes of one graph scored on the other."""

    error: float  # sum of min(1, |L - L'| / L), 1 for a route that is missing
    routes: float  # number of routes
    n_control: int
    n_nodes: int
