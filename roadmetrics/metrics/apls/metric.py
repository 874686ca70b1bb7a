"""Average path length similarity.

References
----------
A. Van Etten, D. Lindenbaum, T. M. Bacastow, "SpaceNet: a remote sensing dataset and challenge
series", 2018, arXiv:1807.01232; code: CosmiQ/apls@4a78807, the SpaceNet 3 scorer (Java),
songtaohe/Sat2Graph@7ca4a34, htcr/sam_road@04b67c5, TonyXuQAQ/RNGDetPlusPlus@c016e47.
S. Anagnostidis et al., "Mastering spatial graph prediction of road networks", 2022, Eq. 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, final

import numpy as np

from ...graph import RoadGraph
from ...metric import (
    MAX_COUNT,
    MAX_SEED,
    Counts,
    Metric,
    Preset,
    Published,
    Unit,
    assumed,
    harmonic_mean,
    parameter,
    stated,
)
from ...snap import check_spacing
from . import cosmiq, exact, sat2graph, spacenet
from .counts import APLSCounts, OneWay

_CQ = "CosmiQ/apls@4a78807 apls.py"
_TC = "SpaceNet 3 scorer"
_S2G = "songtaohe/Sat2Graph@7ca4a34 main.go"
_SAM = "htcr/sam_road@04b67c5 spacenet_metrics main.go"
_PAPER = "Van Etten et al. 2018, as in their code, " + _CQ


class Procedure(Enum):
    """Whose steps: the definition itself, or one of the published programs."""

    EXACT = "exact"
    SPACENET = "spacenet"
    COSMIQ = "cosmiq"
    SAT2GRAPH = "sat2graph"


class Combine(Enum):
    """How the two directions make one number."""

    HARMONIC = "harmonic"
    ARITHMETIC = "arithmetic"
    GT_ONLY = "gt_only"


class Coincident(Enum):
    """cosmiq: what a control point does that falls on a node."""

    STEAL = "steal"
    SHARE = "share"


class Lengths(Enum):
    """Route lengths from geometry, or from the weights that the graph's source gives."""

    GEOMETRY = "geometry"
    GIVEN = "given"


def _sat2graph(
    summary: str, source: str, region: float, margin: float, interval: float, gate: int,
    min_path: float, hops: int,
) -> Preset:  # fmt: skip
    return Preset(
        summary,
        {
            "procedure": stated(Procedure.SAT2GRAPH, source),
            "combine_by": stated(Combine.ARITHMETIC, source + " apls(), (a + b) / 2"),
            "snap_dist": stated(10.0, source + " GPSDistance < 10.0, strict"),
            "min_path_length": stated(min_path, source + " min_distance_filter"),
            "region": stated(region, source + " region_size"),
            "margin": stated(margin, source + " margin_size"),
            "interval": stated(interval, source + " interval_2, in vertices 2 m apart"),
            "gate": stated(gate, source + " interval_1"),
            "hops": stated(hops, source + " prop_step"),
            "no_route": assumed(0.0, "the original gives NaN"),
            "unit": stated(Unit.M, source + ", metres on a projection at 41 N"),
        },
    )


def _cosmiq(summary: str, **constants: Any) -> Preset:
    return Preset(
        summary,
        {
            "procedure": stated(Procedure.COSMIQ, _CQ + " make_graphs, compute_apls_metric"),
            "combine_by": stated(Combine.HARMONIC, _CQ + ":2225 scipy.stats.hmean"),
            "snap_dist": stated(4.0, _CQ + " --max_snap_dist 4"),
            "spacing": stated(50.0, _CQ + " --linestring_delta 50"),
            "curvature": stated(-1.0, _CQ + ":3598 --is_curved_eps -1, always insert"),
            "min_path_length": stated(0.001, _CQ + " --min_path_length 0.001"),
            "coincident": stated(Coincident.STEAL, _CQ + " allow_renaming 1"),
            "lengths": stated(Lengths.GIVEN, _CQ + " weight='length', an attribute"),
            "both_empty": stated(0, _CQ + ":2137"),
            "no_route": stated(0.0, _CQ + ":2067"),
            "unit": stated(Unit.M, _CQ + ", UTM metres"),
            **constants,
        },
    )


def _definition(summary: str, combine: Combine, reason: str) -> Preset:
    return Preset(
        summary,
        {
            "combine_by": stated(combine, reason),
            "snap_dist": assumed(4.0, "no parameters are published: SpaceNet's"),
            "spacing": assumed(50.0, "no parameters are published: SpaceNet's"),
            "unit": assumed(Unit.ANY, "no unit is published: that of the graphs"),
        },
    )


@final
@dataclass(frozen=True, kw_only=True)
class APLS(Metric):
    """Average path length similarity: do routes have the length they should?

    Examples
    --------
    >>> import roadmetrics as rm
    >>> gt = rm.RoadGraph([(0, 0), (100, 0)], [(0, 1)], unit="m")
    >>> half = rm.RoadGraph([(0, 3), (52, 3)], [(0, 1)], unit="m")
    >>> rm.apls(gt, half).parts["gt_to_pred"]  # the two ends of one route of three
    0.33333333333333337
    >>> rm.apls(rm.RoadGraph([], []), rm.RoadGraph([], [])).value
    1.0
    """

    name: ClassVar[str] = "apls"
    title: ClassVar[str] = "Average path length similarity"
    reference: ClassVar[str] = "Van Etten, Lindenbaum and Bacastow 2018, arXiv:1807.01232"
    formula: ClassVar[str] = (
        "S(A to B) = 1 - mean over routes (a, b) of A of min(1, |L(a, b) - L(a', b')| / L(a, b)), "
        "1 where a', b' or the route is missing; APLS = harmonic mean of S(gt to pred) and "
        "S(pred to gt)"
    )
    revision: ClassVar[int] = 1
    headline: ClassVar[str] = "apls"
    published: ClassVar[Published] = "mean"  # SpaceNet averages tiles
    counts_type: ClassVar[type[Counts]] = APLSCounts
    perfect: ClassVar[Mapping[str, float]] = {"gt_to_pred": 1.0, "pred_to_gt": 1.0, "apls": 1.0}
    failed: ClassVar[Mapping[str, float]] = {"gt_to_pred": 0.0, "pred_to_gt": 0.0, "apls": 0.0}

    snap_dist: float = parameter(
        stated(4.0, _PAPER + " --max_snap_dist 4"),
        "farthest that a control point may lie from the other graph",
        is_length=True,
    )
    spacing: float = parameter(
        stated(50.0, _PAPER + " --linestring_delta 50"),
        "control points along a road are at most this far apart; 0: none between junctions",
        is_length=True,
    )
    combine_by: Combine = parameter(
        stated(Combine.HARMONIC, _PAPER + ":2225 hmean"), "how the two directions make one number"
    )
    procedure: Procedure = parameter(
        assumed(Procedure.EXACT, "every route, ties to the better"), "whose steps are followed"
    )
    min_path_length: float = parameter(
        assumed(0.0, "every route counts"), "shorter routes are left out (cosmiq, sat2graph)",
        is_length=True,
    )  # fmt: skip
    both_empty: int = parameter(
        assumed(1, "nothing to find and nothing found"),
        "score where neither has a road, 1 or 0",
        least=0,
        most=1,
    )
    no_route: float = parameter(
        assumed(1.0, "no route is wrong"),
        "one-way score where there are roads but no routes",
        least=0,
        most=1,
    )
    merge_dist: float = parameter(
        stated(0.031, _TC + " P2.java:83, a tenth of a pixel of 0.31 m"),
        "spacenet: points nearer than this are one, and a tenth of its pixel",
        is_length=True,
        least=1e-6,
    )
    curvature: float = parameter(
        assumed(-1.0, "always"), "cosmiq: edges straighter than this get no midpoints"
    )
    coincident: Coincident = parameter(
        assumed(Coincident.SHARE, "no control point is lost"),
        "cosmiq: on a node, steal or share it",
    )
    lengths: Lengths = parameter(
        assumed(Lengths.GEOMETRY, "what is drawn"), "cosmiq: lengths of geometry, or weights given"
    )
    max_nodes: int = parameter(
        assumed(0, "all of them"),
        "cosmiq: control points drawn from the nodes; 0: all, no drawing",
        least=0,
        most=MAX_COUNT,
    )
    sources: int = parameter(
        assumed(0, "all of them"),
        "exact: control points, drawn along the roads, from which routes start; 0: all",
        least=0,
        most=MAX_COUNT,
    )
    seed: int = parameter(
        assumed(0, "any"), "cosmiq, exact: seed of that drawing", least=0, most=MAX_SEED
    )
    region: float = parameter(
        assumed(2048.0, "City-scale tiles"), "sat2graph: side of the tile", is_length=True
    )
    margin: float = parameter(
        assumed(100.0, "City-scale tiles"), "sat2graph: border without control points",
        is_length=True,
    )  # fmt: skip
    interval: float = parameter(
        assumed(25.0, "City-scale tiles"),
        "sat2graph: vertices 2 m apart between control points",
        least=1,
    )
    gate: int = parameter(
        assumed(37, "City-scale tiles"),
        "sat2graph: chains of more vertices get control points",
        least=0,
        most=MAX_COUNT,
    )
    hops: int = parameter(
        assumed(4, "City-scale tiles"),
        "sat2graph: a matched vertex blocks others this near",
        least=0,
        most=MAX_COUNT,
    )

    presets: ClassVar[Mapping[str, Preset]] = {
        "spacenet": Preset(
            "the official SpaceNet 3 scorer (TopCoder, Java): the published SpaceNet numbers",
            {
                "procedure": stated(Procedure.SPACENET, _TC + " Metrics.java, Graph.java"),
                "combine_by": stated(Combine.HARMONIC, _TC + " Metrics.java score()"),
                "snap_dist": stated(4.0, _TC + " Metrics.java MAX_SNAP_DISTANCE = 4 / 0.31 px"),
                "spacing": stated(50.0, _TC + " Metrics.java PATH_DELTA = 50 / 0.31 px"),
                "merge_dist": stated(0.031, _TC + " P2.java:83, 0.1 px of 0.31 m"),
                "both_empty": stated(1, _TC + " Metrics.java score()"),
                "no_route": stated(1.0, _TC + " Metrics.java scoreOneWay()"),
                "unit": stated(Unit.M, _TC + ", 0.31 m a pixel"),
            },
        ),
        "cosmiq": _cosmiq("CosmiQ's Python with its command line defaults"),
        "cosmiq-sample": _cosmiq(
            "CosmiQ's Python without midpoints: the sample output that it ships (0.7362)",
            curvature=stated(1000.0, _CQ + ":2849 execute(is_curved_eps=10**3), never insert"),
        ),
        "cosmiq-large": _cosmiq(
            "CosmiQ's Python for graphs of 500 nodes and more: nodes drawn at random",
            max_nodes=stated(1000, _CQ + " --max_nodes 1000"),
        ),
        "sat2graph": _sat2graph(
            "Sat2Graph's Go program: City-scale numbers (SAM-Road's and RNGDet++'s too)",
            _S2G, 2048.0, 100.0, 25.0, 37, 100.0, 4,
        ),
        "sat2graph-352": _sat2graph(
            "Sat2Graph's Go program with its fourth argument: SpaceNet crops of 352 m",
            _S2G, 352.0, 30.0, 15.0, 22, 30.0, 3,
        ),
        "samroad": _sat2graph(
            "SAM-Road's cityscale_metrics: Sat2Graph's program unchanged but for a library's type",
            "htcr/sam_road@04b67c5 cityscale_metrics/apls/main.go", 2048.0, 100.0, 25.0, 37,
            100.0, 4,
        ),
        "samroad-352": _sat2graph(
            "SAM-Road's and RNGDet++'s fork for SpaceNet crops: control points 20 m apart",
            _SAM, 352.0, 30.0, 10.0, 15, 30.0, 3,
        ),
        "anagnostidis2022": _definition(
            "Eq. 4 as printed: ground truth to prediction only",
            Combine.GT_ONLY, "Anagnostidis et al. 2022, Eq. 4",
        ),
        "oner2021": _definition(
            "named, not specified, in Oner et al. 2021: SpaceNet's numbers",
            Combine.HARMONIC, "Van Etten et al. 2018, which Oner et al. 2021 cite",
        ),
    }  # fmt: skip

    def count_tile(self, gt: RoadGraph, pred: RoadGraph) -> APLSCounts:
        """Errors and routes in both directions."""
        check_spacing(self._route_length(gt) + self._route_length(pred), self.spacing)
        forth, back = self._both_ways(gt, pred)
        return APLSCounts(
            n_tiles=1, gt_length=gt.length, pred_length=pred.length,
            gt_error=forth.error, gt_routes=forth.routes,
            pred_error=back.error, pred_routes=back.routes,
            n_control_gt=forth.n_control, n_control_pred=back.n_control,
            n_nodes_gt=forth.n_nodes, n_nodes_pred=back.n_nodes,
            gt_spread_ee=forth.spread[0], gt_spread_er=forth.spread[1],
            gt_spread_rr=forth.spread[2], pred_spread_ee=back.spread[0],
            pred_spread_er=back.spread[1], pred_spread_rr=back.spread[2],
        )  # fmt: skip

    def _route_length(self, graph: RoadGraph) -> float:
        """Total length as the control points are laid along it."""
        if self.lengths is Lengths.GIVEN and graph.weights is not None:
            return max(float(graph.weights.sum()), graph.length)
        return graph.length

    def _both_ways(self, gt: RoadGraph, pred: RoadGraph) -> tuple[OneWay, OneWay]:
        if self.procedure is Procedure.EXACT:
            drawing = (self.spacing, self.snap_dist, self.sources, self.seed)
            return exact.score_routes(gt, pred, *drawing), exact.score_routes(pred, gt, *drawing)
        if self.procedure is Procedure.SPACENET:
            return spacenet.score_both_ways(gt, pred, self.spacing, self.snap_dist, self.merge_dist)
        if self.procedure is Procedure.SAT2GRAPH:
            box = sat2graph.Box(self.region, self.margin, self.gate, self.interval)
            return sat2graph.score_both_ways(
                gt, pred, box, self.snap_dist, self.hops, self.min_path_length
            )
        return cosmiq.score_both_ways(
            gt, pred, spacing=self.spacing, snap_dist=self.snap_dist, curvature=self.curvature,
            min_path_length=self.min_path_length,
            is_stealing=self.coincident is Coincident.STEAL,
            is_given=self.lengths is Lengths.GIVEN,
            max_nodes=self.max_nodes, seed=self.seed,
        )  # fmt: skip

    def ratios(self, counts: APLSCounts) -> dict[str, float]:
        """The two one-way scores."""
        return {
            "gt_to_pred": self._one_way(counts.gt_error, counts.gt_routes),
            "pred_to_gt": self._one_way(counts.pred_error, counts.pred_routes),
        }

    def _one_way(self, error: float, routes: float) -> float:
        return min(max(1.0 - error / routes, 0.0), 1.0) if routes else self.no_route

    def combine(self, ratios: Mapping[str, float]) -> dict[str, float]:
        """One number from the two directions."""
        forth, back = ratios["gt_to_pred"], ratios["pred_to_gt"]
        value = {
            Combine.HARMONIC: harmonic_mean(forth, back),
            Combine.ARITHMETIC: (forth + back) / 2,
            Combine.GT_ONLY: forth,
        }[self.combine_by]
        return {"gt_to_pred": forth, "pred_to_gt": back, "apls": value}

    def explain_tile(self, gt: RoadGraph, pred: RoadGraph) -> dict[str, Any]:
        """Control points, credit 1 - mean penalty of their routes, by the exact procedure.

        Half the penalty of a route is the cost of either end; the costs of both sides sum to
        1 - apls (where the empty rule does not decide). ``{side}_control_is_snapped`` tells what
        is near the other network at all.
        """
        check_spacing(gt.length + pred.length, self.spacing)
        forth, back = (
            exact.explain_routes(a, b, self.spacing, self.snap_dist)
            for a, b in ((gt, pred), (pred, gt))
        )
        scores = [
            self._one_way(float(np.sum(way.penalty)), float(np.sum(way.routes)))
            for way in (forth, back)
        ]
        result: dict[str, Any] = {}
        for side, way, weight in zip(
            ("gt", "pred"), (forth, back), self._weights(*scores), strict=True
        ):
            result |= {
                f"{side}_control_xy": way.points,
                f"{side}_control_credit": np.where(
                    way.routes > 0, 1 - way.penalty / np.maximum(way.routes, 1), way.is_snapped
                ),
                f"{side}_control_cost": weight * way.penalty / max(float(np.sum(way.routes)), 1.0),
                f"{side}_control_is_snapped": way.is_snapped,
            }
        return result

    def _weights(self, forth: float, back: float) -> tuple[float, float]:
        """How much of 1 - apls a one-way error is: they make 1 - apls of the two errors.

        Harmonic mean F of a and b: 1 - F = (1 - a) b / (a + b) + (1 - b) a / (a + b).
        """
        if self.combine_by is Combine.GT_ONLY:
            return 1.0, 0.0
        if self.combine_by is Combine.ARITHMETIC or forth + back == 0:
            return 0.5, 0.5
        return back / (forth + back), forth / (forth + back)
