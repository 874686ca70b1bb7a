"""Holes and marbles, TOPO: do walks from one place find the same roads on both maps?

References
----------
J. Biagioni, J. Eriksson, "Inferring road maps from Global Positioning System traces: survey and
comparative evaluation", Transportation Research Record 2291, 2012, doi:10.3141/2291-08;
code: lcit/metrics_delin@30f1ad9 graph_based/holes_marbles_metric.py; songtaohe/Sat2Graph@7ca4a34
metrics/topo; htcr/sam_road@04b67c5; CosmiQ/apls@4a78807 topo_metric.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, final

from ...graph import RoadGraph
from ...marbles import MarbleCounts, drawn_sums, marble_parts, marble_ratios
from ...metric import MAX_SEED, Counts, Metric, Preset, Published, Unit, assumed, parameter, stated
from ...tally import shown, sums
from . import citraro, cosmiq, exact, sat2graph

_CODE = "lcit/metrics_delin@30f1ad9 holes_marbles_metric.py"
_S2G = "songtaohe/Sat2Graph@7ca4a34 metrics/topo"
_SAM = "htcr/sam_road@04b67c5"
_CQ = "CosmiQ/apls@4a78807 topo_metric.py"
_ONER = "Oner et al. 2021 report F1 and no parameters: the group's code"
DEGREE = 111111.0  # metres, main.py xy2latlon


class Procedure(Enum):
    """Walks from places along both networks, or the steps of a published program."""

    EXACT = "exact"
    CITRARO = "citraro"
    SAT2GRAPH = "sat2graph"
    COSMIQ = "cosmiq"


class OverTiles(Enum):
    """How the scores of tiles make one: see `Metric.aggregation`."""

    POOLED = "pooled"
    MEAN = "mean"
    MEAN_PARTS = "mean_parts"


def _citraro(summary: str, give: Any, source: str) -> Preset:
    return Preset(
        summary,
        {
            "procedure": give(Procedure.CITRARO, source),
            "spacing": give(10.0, source + " spacing=10"),
            "radius": give(300.0, source + " dist_limit=300"),
            "match_dist": give(25.0, source + " dist_matching=25, strict"),
            "simplify": give(5.0, source + " epsilon=5"),
            "n_starts": give(1000, source + " N=1000"),
            "seed": assumed(999, "the code's seed=999 fixes only a part of its draws"),
        },
    )


def _sat2graph(
    summary: str, source: str, degrees: float, small_extent: float, way: OverTiles, why: str
) -> Preset:
    return Preset(
        summary,
        {
            "procedure": stated(Procedure.SAT2GRAPH, source + "/topo.py"),
            "radius": stated(degrees * DEGREE, f"{source}/main.py r = {degrees:.5f} degrees"),
            "small_extent": stated(small_extent, source + "/main.py lat_top_left - min_lat < 0.01"),
            "spacing": stated(0.00005 * DEGREE, source + "/main.py -interval 0.00005 degrees"),
            "start_spacing": stated(0.0005 * DEGREE, source + "/topo.py:100 density = 0.00050"),
            "match_dist": stated(0.0001 * DEGREE, source + "/main.py 0.00010 degrees, strict"),
            "over_tiles": stated(way, why),
            "unit": stated(Unit.M, source + ", 1 m = 1/111111 degree at 41 N"),
        },
    )


@final
@dataclass(frozen=True, kw_only=True)
class HM(Metric):
    """Holes dug along the true roads, marbles dropped along the predicted ones.

    Examples
    --------
    >>> import roadmetrics as rm
    >>> gt = rm.RoadGraph([(0, 0), (100, 0)], [(0, 1)])
    >>> half = rm.RoadGraph([(0, 3), (50, 3)], [(0, 1)])
    >>> {name: round(x, 3) for name, x in rm.hm(gt, half).parts.items()}
    {'precision': 1.0, 'recall': 0.333, 'f1': 0.5}
    >>> rm.hm(rm.RoadGraph([], []), rm.RoadGraph([], [])).value
    1.0
    """

    name: ClassVar[str] = "hm"
    title: ClassVar[str] = "Holes and marbles (TOPO)"
    reference: ClassVar[str] = "Biagioni and Eriksson 2012, doi:10.3141/2291-08"
    formula: ClassVar[str] = (
        "over starts p on both networks, with H_p (M_p) the points along gt (pred) at most radius "
        "by road from all places within match_dist of p: precision = matched / sum |M_p|, recall = "
        "matched / sum |H_p|, one to one within match_dist; f1 their harmonic mean"
    )
    revision: ClassVar[int] = 1
    headline: ClassVar[str] = "f1"
    published: ClassVar[Published] = "pooled"  # compute_scores_roadtracer.py HolesMarbles.aggregate
    counts_type: ClassVar[type[Counts]] = MarbleCounts
    perfect: ClassVar[Mapping[str, float]] = {"precision": 1.0, "recall": 1.0, "f1": 1.0}
    failed: ClassVar[Mapping[str, float]] = {"precision": 0.0, "recall": 0.0, "f1": 0.0}

    spacing: float = parameter(
        stated(10.0, _CODE + " spacing=10"), "holes and marbles are about this far apart",
        is_length=True, least=1e-6,
    )  # fmt: skip
    start_spacing: float = parameter(
        assumed(50.0, "five points: what a walk sees changes slowly"),
        "exact, sat2graph: starts along a road are about this far apart",
        is_length=True,
        least=1e-6,
    )
    radius: float = parameter(
        stated(300.0, _CODE + " dist_limit=300"),
        "how far a walk goes: along the roads, or (citraro, cosmiq) as the crow flies",
        is_length=True,
    )
    match_dist: float = parameter(
        stated(25.0, _CODE + " dist_matching=25"),
        "farthest that a marble falls into a hole, and that a walk begins from its start",
        is_length=True,
    )
    procedure: Procedure = parameter(
        assumed(Procedure.EXACT, "walks from every road, nothing drawn"), "whose steps are followed"
    )
    simplify: float = parameter(
        stated(5.0, _CODE + " epsilon=5"),
        "citraro: vertices this near the line of their neighbours are removed first",
        is_length=True,
    )
    small_extent: float = parameter(
        assumed(0.0, "never"),
        "sat2graph: the radius is halved where both networks together are less high",
        is_length=True,
    )
    n_starts: int = parameter(
        stated(1000, _CODE + " N=1000"), "citraro, cosmiq: starts that are drawn", least=1
    )
    seed: int = parameter(
        assumed(0, "any"), "citraro, cosmiq: seed of all draws", least=0, most=MAX_SEED
    )

    over_tiles: OverTiles = parameter(
        stated(OverTiles.POOLED, "metrics_delin HolesMarbles.aggregate; CosmiQ's main"),
        "how the scores of tiles make one value",
    )

    presets: ClassVar[Mapping[str, Preset]] = {
        "citraro2020": _citraro(
            "metrics_delin: random starts, a hole takes its nearest marble, its slips kept",
            stated, _CODE,
        ),
        "oner2021": _citraro(
            "Oner et al. 2021 report F1 only: the group's code, assumed", assumed, _ONER + ":"
        ),
        "sat2graph": _sat2graph(
            "Sat2Graph's TOPO: City-scale tiles of 2 km", _S2G, 0.003, 0.01 * DEGREE,
            OverTiles.MEAN, _SAM + " cityscale_metrics/topo.py: mean of the tiles' F1",
        ),
        "sat2graph-spacenet": _sat2graph(
            "TOPO on SpaceNet tiles of 400 m: half the radius",
            _SAM + " spacenet_metrics/topo", 0.0015, 0.0,
            OverTiles.MEAN_PARTS, _SAM + " spacenet_metrics/topo.py: F1 of mean p and mean r",
        ),
        "samroad": _sat2graph(
            "SAM-Road's copy of Sat2Graph's TOPO: City-scale tiles",
            _SAM + " cityscale_metrics/topo", 0.003, 0.01 * DEGREE,
            OverTiles.MEAN, _SAM + " cityscale_metrics/topo.py: mean of the tiles' F1",
        ),
        "cosmiq": Preset(
            "CosmiQ's TOPO: random nodes, marbles take the nearest free hole in turn",
            {
                "procedure": stated(Procedure.COSMIQ, _CQ),
                "spacing": stated(30.0, _CQ + " interval=30"),
                "radius": stated(150.0, _CQ + " subgraph_radius=150"),
                "match_dist": stated(5.0, _CQ + " hole_size=5"),
                "n_starts": stated(20, _CQ + " n_measurement_nodes=20"),
                "unit": stated(Unit.M, _CQ + ", UTM metres"),
                "seed": assumed(0, "the original has none"),
            },
        ),
    }  # fmt: skip

    def count_tile(self, gt: RoadGraph, pred: RoadGraph) -> MarbleCounts:
        """Holes, marbles and matches of all walks."""
        found = {
            Procedure.EXACT: self._count_exact,
            Procedure.CITRARO: self._count_citraro,
            Procedure.SAT2GRAPH: self._count_sat2graph,
            Procedure.COSMIQ: self._count_cosmiq,
        }[self.procedure](gt, pred)
        return MarbleCounts(n_tiles=1, gt_length=gt.length, pred_length=pred.length, **found)

    def _count_exact(self, gt: RoadGraph, pred: RoadGraph) -> dict[str, Any]:
        return sums(self._walk(gt, pred))

    def _walk(self, gt: RoadGraph, pred: RoadGraph) -> Any:
        return exact.walk_all(
            gt, pred, spacing=self.spacing, start_spacing=self.start_spacing,
            radius=self.radius, match_dist=self.match_dist,
        )  # fmt: skip

    def _count_citraro(self, gt: RoadGraph, pred: RoadGraph) -> dict[str, Any]:
        return drawn_sums(
            citraro.draw_counts(
                gt, pred, spacing=self.spacing, radius=self.radius, match_dist=self.match_dist,
                simplify=self.simplify, n_starts=self.n_starts, seed=self.seed,
            )
        )  # fmt: skip

    def _count_sat2graph(self, gt: RoadGraph, pred: RoadGraph) -> dict[str, Any]:
        found = sat2graph.topo(
            gt, pred, spacing=self.spacing, start_spacing=self.start_spacing, radius=self.radius,
            match_dist=self.match_dist, small_extent=self.small_extent,
        )  # fmt: skip
        return found.sums()

    def _count_cosmiq(self, gt: RoadGraph, pred: RoadGraph) -> dict[str, Any]:
        return drawn_sums(
            cosmiq.draw_counts(
                gt, pred, spacing=self.spacing, radius=self.radius, match_dist=self.match_dist,
                n_starts=self.n_starts, seed=self.seed,
            )
        )  # fmt: skip

    def ratios(self, counts: MarbleCounts) -> dict[str, float]:
        """Precision and recall over all walks."""
        return marble_ratios(counts)

    def combine(self, ratios: Mapping[str, float]) -> dict[str, float]:
        """Precision, recall, and their harmonic mean."""
        return marble_parts(ratios)

    def explain_tile(self, gt: RoadGraph, pred: RoadGraph) -> dict[str, Any]:
        """Holes and marbles, how often each matched, by the exact procedure."""
        return shown(self._walk(gt, pred))
