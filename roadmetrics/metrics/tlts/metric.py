"""Too long, too short.

References
----------
J. D. Wegner, J. A. Montoya-Zegarra, K. Schindler, "A higher-order CRF model for road network
extraction", CVPR 2013, doi:10.1109/CVPR.2013.222; code: lcit/metrics_delin@30f1ad9,
path_based/toolong_tooshort_metric.py; CosmiQ/apls@4a78807 sp_metric.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, final

import numpy as np
import numpy.typing as npt

from ...graph import RoadGraph
from ...index import resolution
from ...metric import (
    MAX_COUNT,
    MAX_SEED,
    Counts,
    Metric,
    Preset,
    Published,
    Unit,
    assumed,
    parameter,
    stated,
)
from ...routes import Block, over_blocks, route_blocks
from ...routing import network_of
from ...snap import control_points, snap
from . import citraro, cosmiq_sp
from .counts import TLTSCounts, add_classes, limit_of

_CODE = "lcit/metrics_delin@30f1ad9 toolong_tooshort_metric.py"
_SP = "CosmiQ/apls@4a78807 sp_metric.py"
_WEGNER = "Wegner et al. 2013, as quoted by later code"
_CLASSES = ("correct", "too_long", "too_short", "infeasible")


class Procedure(Enum):
    """All routes between control points, or a published program's draws."""

    EXACT = "exact"
    CITRARO = "citraro"
    COSMIQ_SP = "cosmiq-sp"


class Unmatched(Enum):
    """exact: a route whose end is not on the prediction is infeasible, or left out."""

    INFEASIBLE = "infeasible"
    SKIP = "skip"


@final
@dataclass(frozen=True, kw_only=True)
class TLTS(Metric):
    """Share of ground-truth routes that the prediction keeps within 5 % of their length.

    Examples
    --------
    >>> import roadmetrics as rm
    >>> gt = rm.RoadGraph([(0, 0), (100, 0)], [(0, 1)])
    >>> half = rm.RoadGraph([(0, 3), (50, 3)], [(0, 1)])
    >>> {name: round(x, 3) for name, x in rm.tlts(gt, half).parts.items()}
    {'correct': 0.333, 'too_long': 0.0, 'too_short': 0.0, 'infeasible': 0.667, '2l+2s': 0.0}
    >>> rm.tlts(rm.RoadGraph([], []), rm.RoadGraph([], [])).value
    1.0
    """

    name: ClassVar[str] = "tlts"
    title: ClassVar[str] = "Too long, too short"
    reference: ClassVar[str] = "Wegner, Montoya-Zegarra and Schindler 2013"
    formula: ClassVar[str] = (
        "of the routes (a, b) of gt with length L and length L' in pred: correct |L' - L| <= "
        "tolerance L, too_long L' > L, too_short L' < L, infeasible: no such route; 2l+2s = "
        "too_long + too_short"
    )
    revision: ClassVar[int] = 1
    headline: ClassVar[str] = "correct"
    published: ClassVar[Published] = "mean"  # compute_scores_roadtracer.py TooLongTooShort
    counts_type: ClassVar[type[Counts]] = TLTSCounts
    perfect: ClassVar[Mapping[str, float]] = {
        "correct": 1.0,
        "too_long": 0.0,
        "too_short": 0.0,
        "infeasible": 0.0,
        "2l+2s": 0.0,
    }
    failed: ClassVar[Mapping[str, float]] = {**perfect, "correct": 0.0, "infeasible": 1.0}
    lower_is_better: ClassVar[frozenset[str]] = frozenset(
        {"too_long", "too_short", "infeasible", "2l+2s"}
    )

    snap_dist: float = parameter(
        stated(25.0, _CODE + " max_node_dist=25"),
        "farthest that the end of a route may lie from the prediction",
        is_length=True,
    )
    tolerance: float = parameter(
        stated(0.05, _WEGNER + ": up to 5 %"),
        "share of its length by which a route may differ",
        least=0,
    )
    spacing: float = parameter(
        assumed(50.0, "as for APLS, so that both score the same routes"),
        "exact: control points along a road are at most this far apart",
        is_length=True,
    )
    unmatched: Unmatched = parameter(
        stated(Unmatched.INFEASIBLE, _CODE), "exact: routes with an end that is not on pred"
    )
    procedure: Procedure = parameter(
        assumed(Procedure.EXACT, "every route, nothing drawn"), "whose steps are followed"
    )
    n_routes: int = parameter(
        stated(1000, _CODE + " n_paths=1000"),
        "citraro, cosmiq-sp: routes that are drawn",
        least=1,
        most=MAX_COUNT,
    )
    seed: int = parameter(
        assumed(0, "any"),
        "citraro, cosmiq-sp: seed of numpy's legacy stream",
        least=0,
        most=MAX_SEED,
    )

    presets: ClassVar[Mapping[str, Preset]] = {
        "citraro2020": Preset(
            "metrics_delin: 1001 random routes of fewest hops on oversampled graphs",
            {
                "procedure": stated(Procedure.CITRARO, _CODE),
                "snap_dist": stated(25.0, _CODE + " max_node_dist=25, strict"),
                "tolerance": stated(0.05, _CODE + " perc_length=0.05"),
                "n_routes": stated(1000, _CODE + " n_paths=1000, and one more is drawn"),
                "seed": assumed(0, "the original's default is no seed"),
            },
        ),
        "cosmiq-sp": Preset(
            "CosmiQ's shortest-path metric: random pairs of nodes, shortest by length",
            {
                "procedure": stated(Procedure.COSMIQ_SP, _SP),
                "snap_dist": stated(5.0, _SP + " query_radius = 5 in its main"),
                "tolerance": stated(0.05, _SP + " length_buffer=0.05"),
                "n_routes": stated(500, _SP + " n_routes = 500 in its main"),
                "unit": stated(Unit.M, _SP + ", UTM metres"),
                "seed": assumed(0, "the original has none"),
            },
        ),
        "wegner2013": Preset(
            "end points on both networks: routes with an unmatched end are left out",
            {
                "tolerance": stated(0.05, _WEGNER + ": the same length up to 5 %"),
                "unmatched": stated(Unmatched.SKIP, _WEGNER + ": points on both networks"),
                "snap_dist": assumed(25.0, "the quotation gives no radius: the later code's"),
                "spacing": assumed(50.0, "the paper draws until percentages converge: all routes"),
            },
        ),
        "anagnostidis2022": Preset(
            "Anagnostidis et al. 2022 report correct and 2l+2s; no constant is published",
            {
                "tolerance": assumed(0.05, _WEGNER + ": 5 %, the measure's first definition"),
                "snap_dist": assumed(25.0, "not published: the code of Citraro et al. 2020"),
                "spacing": assumed(50.0, "not published: all routes between points 50 apart"),
            },
        ),
        "oner2021": Preset(
            "Oner et al. 2021 report the share of correct routes, 5 %",
            {
                "tolerance": stated(
                    0.05, "Oner et al. 2021, on metrics: relative length difference within 5 %"
                ),
                "snap_dist": assumed(25.0, "not published: the group's code"),
                "spacing": assumed(50.0, "not published"),
            },
        ),
    }

    def count_tile(self, gt: RoadGraph, pred: RoadGraph) -> TLTSCounts:
        """Routes of the ground truth by class."""
        if self.procedure is Procedure.EXACT:
            groups = self._count_exact(gt, pred)
        else:
            program = citraro if self.procedure is Procedure.CITRARO else cosmiq_sp
            groups = program.count_routes(
                gt, pred, self.snap_dist, self.tolerance, self.n_routes, self.seed
            )
            groups["n_drawn"] = groups["n_routes"]
        return TLTSCounts(n_tiles=1, gt_length=gt.length, pred_length=pred.length, **groups)

    def _count_exact(self, gt: RoadGraph, pred: RoadGraph) -> dict[str, int]:
        places, points = control_points(gt, self.spacing)
        candidates = snap(pred, points, self.snap_dist)
        is_snapped = np.diff(candidates.ptr) > 0
        same = 4 * resolution(gt)
        # without any prediction nothing is skipped: the routes must count when pooled
        is_skipping = self.unmatched is Unmatched.SKIP and pred.length > 0

        def classes(blocks: Iterator[Block]) -> npt.NDArray[np.int64]:
            counts = np.zeros(4, dtype=np.int64)
            for routes in (routes for block in blocks for routes in block.routes()):
                if is_skipping:
                    routes.own[~is_snapped[routes.end]] = 0.0
                    routes.own[:, ~is_snapped[routes.start]] = 0.0
                add_classes(routes.own, routes.likest, self.tolerance, same, counts)
            return counts

        found = over_blocks(classes, network_of(gt), places, network_of(pred), candidates)
        counts = sum(found, np.zeros(4, dtype=np.int64))
        return dict(zip(_CLASSES, counts.tolist(), strict=True)) | {"n_routes": int(counts.sum())}

    def ratios(self, counts: TLTSCounts) -> dict[str, float]:
        """Share of each class; no route that could be judged, all infeasible."""
        if not counts.n_routes:
            return {name: self.failed[name] for name in _CLASSES}
        return {name: getattr(counts, name) / counts.n_routes for name in _CLASSES}

    def combine(self, ratios: Mapping[str, float]) -> dict[str, float]:
        """The classes, and too long plus too short."""
        parts = {name: ratios[name] for name in _CLASSES}
        return parts | {"2l+2s": min(parts["too_long"] + parts["too_short"], 1.0)}

    def explain_tile(self, gt: RoadGraph, pred: RoadGraph) -> dict[str, Any]:
        """Control points of gt and their share of correct routes, by the exact procedure.

        Half of each wrong route is the cost of either end; the costs sum to 1 - correct.
        ``gt_control_is_snapped`` tells which are on the prediction at all.
        """
        places, points = control_points(gt, self.spacing)
        candidates = snap(pred, points, self.snap_dist)
        is_snapped = np.diff(candidates.ptr) > 0
        good, count = np.zeros(len(points)), np.zeros(len(points))
        for block in route_blocks(network_of(gt), places, network_of(pred), candidates, both=True):
            is_route = np.isfinite(block.own) & (block.own > 0)
            if self.unmatched is Unmatched.SKIP:
                is_route &= is_snapped[block.end][:, None] & is_snapped[block.start]
            length = np.where(is_route, block.own, 0.0)
            found = np.where(is_route, block.likest, np.inf)
            is_good = np.abs(found - length) <= limit_of(length, self.tolerance, 4 * resolution(gt))
            good[block.end] += is_good.sum(axis=1)
            count[block.end] += is_route.sum(axis=1)
        return {
            "gt_control_xy": points,
            "gt_control_credit": np.where(count > 0, good / np.maximum(count, 1), is_snapped),
            "gt_control_cost": (count - good) / max(float(np.sum(count)), 1.0),
            "gt_control_is_snapped": is_snapped,
        }
