"""What APLS counts, whichever procedure does it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from ...metric import Counts


@dataclass(frozen=True, kw_only=True)
class APLSCounts(Counts):
    """Sums over routes in each direction; nodes and control points as the procedure has them.

    ``spread``: sums over the nodes drawn of the squares and products of their errors (e) and
    routes (r), less what drawing without replacement saves; 0 where nothing is drawn.
    """

    gt_error: float = 0.0
    gt_routes: float = 0.0
    pred_error: float = 0.0
    pred_routes: float = 0.0
    n_control_gt: int = 0
    n_control_pred: int = 0
    n_nodes_gt: int = 0
    n_nodes_pred: int = 0
    gt_spread_ee: float = 0.0
    gt_spread_er: float = 0.0
    gt_spread_rr: float = 0.0
    pred_spread_ee: float = 0.0
    pred_spread_er: float = 0.0
    pred_spread_rr: float = 0.0

    def standard_errors(self) -> dict[str, float]:
        """Of the two directions, where nodes were drawn."""
        both = {
            "gt_to_pred": (self.gt_error, self.gt_routes, self.gt_spread_ee, self.gt_spread_er,
                           self.gt_spread_rr),
            "pred_to_gt": (self.pred_error, self.pred_routes, self.pred_spread_ee,
                           self.pred_spread_er, self.pred_spread_rr),
        }  # fmt: skip
        if not self.gt_spread_rr and not self.pred_spread_rr:
            return {}
        return {name: _error_of_ratio(*sums) for name, sums in both.items()}


def _error_of_ratio(error: float, routes: float, ee: float, er: float, rr: float) -> float:
    """Standard error of error / routes; ee, er, rr: sums of products over the nodes drawn."""
    if not routes:
        return 0.0
    share = error / routes
    return math.sqrt(max(ee - 2 * share * er + share * share * rr, 0.0)) / routes


class OneWay(NamedTuple):
    """Routes of one graph scored on the other."""

    error: float  # sum of min(1, |L - L'| / L), 1 for a route that is missing
    routes: float  # number of routes
    n_control: int
    n_nodes: int
    spread: tuple[float, float, float] = (0.0, 0.0, 0.0)  # ee, er, rr of drawn nodes, else 0
