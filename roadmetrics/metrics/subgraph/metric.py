"""Sub-graphs around starts on both networks, compared point by point.

References
----------
L. Citraro, M. Kozinski, P. Fua, "Towards reliable evaluation of algorithms for road network
reconstruction from aerial images", ECCV 2020, doi:10.1007/978-3-030-58604-1_42;
code: lcit/metrics_delin@30f1ad9, graph_based/holes_marbles_new_metric.py (opt_g), common.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, final

from ...graph import RoadGraph
from ...marbles import MarbleCounts, drawn_sums, marble_parts, marble_ratios
from ...metric import MAX_SEED, Counts, Metric, Preset, Published, assumed, parameter, stated
from ...tally import shown, sums
from . import citraro, exact

_CODE = "lcit/metrics_delin@30f1ad9 holes_marbles_new_metric.py"
_NONE = "Anagnostidis et al. 2022 give no parameters: those of the code that they name"


class Procedure(Enum):
    """Starts spaced along both networks, or the published program's draws."""

    EXACT = "exact"
    CITRARO = "citraro"


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


@final
@dataclass(frozen=True, kw_only=True)
class Subgraph(Metric):
    """Precision and recall of the points of sub-graphs around starts on both networks.

    Examples
    --------
    >>> import roadmetrics as rm
    >>> gt = rm.RoadGraph([(0, 0), (100, 0)], [(0, 1)])
    >>> half = rm.RoadGraph([(0, 3), (50, 3)], [(0, 1)])
    >>> rm.subgraph(gt, half).parts["precision"], round(rm.subgraph(gt, half).parts["recall"], 3)
    (1.0, 0.333)
    >>> rm.subgraph(rm.RoadGraph([], []), rm.RoadGraph([], [])).value
    1.0
    """

    name: ClassVar[str] = "subgraph"
    title: ClassVar[str] = "Sub-graphs (OPT-G)"
    reference: ClassVar[str] = "Citraro, Kozinski and Fua 2020, doi:10.1007/978-3-030-58604-1_42"
    formula: ClassVar[str] = (
        "over starts p on both networks, with G_p and P_p the points of gt and pred joined to the "
        "place of p inside a disc around p: precision = matched / sum |P_p|, recall = matched / "
        "sum |G_p|, one to one within match_dist; f1 their harmonic mean"
    )
    revision: ClassVar[int] = 1
    headline: ClassVar[str] = "f1"
    published: ClassVar[Published] = "pooled"  # compute_scores_roadtracer.py OPTG.aggregate
    counts_type: ClassVar[type[Counts]] = MarbleCounts
    perfect: ClassVar[Mapping[str, float]] = {"precision": 1.0, "recall": 1.0, "f1": 1.0}
    failed: ClassVar[Mapping[str, float]] = {"precision": 0.0, "recall": 0.0, "f1": 0.0}

    spacing: float = parameter(
        stated(10.0, _CODE + " spacing=10"), "points along a road are about this far apart",
        is_length=True, least=1e-6,
    )  # fmt: skip
    start_spacing: float = parameter(
        assumed(50.0, "five points: what a start sees changes slowly"),
        "exact: starts along a road are about this far apart",
        is_length=True,
        least=1e-6,
    )
    radius: float = parameter(
        stated(300.0, _CODE + " dist_limit=300"), "radius of a sub-graph", is_length=True
    )
    match_dist: float = parameter(
        stated(25.0, _CODE + " dist_matching=25"),
        "farthest that points match, and that a start may lie from the other graph",
        is_length=True,
    )
    procedure: Procedure = parameter(
        assumed(Procedure.EXACT, "starts on every road, nothing drawn"), "whose steps are followed"
    )
    simplify: float = parameter(
        stated(5.0, _CODE + " epsilon=5"),
        "citraro: vertices this near the line of their neighbours are removed first",
        is_length=True,
    )
    n_starts: int = parameter(
        stated(1000, _CODE + " N=1000"), "citraro: starts that are drawn", least=1
    )
    seed: int = parameter(assumed(0, "any"), "citraro: seed of all draws", least=0, most=MAX_SEED)

    presets: ClassVar[Mapping[str, Preset]] = {
        "citraro2020": _citraro(
            "metrics_delin's OPT-G: random starts, greedy matching, its slips kept", stated, _CODE
        ),
        "anagnostidis2022": _citraro(
            "Anagnostidis et al. 2022: the same code, no parameters given", assumed, _NONE + ":"
        ),
    }

    def count_tile(self, gt: RoadGraph, pred: RoadGraph) -> MarbleCounts:
        """Points of all sub-graphs, and those that matched."""
        if self.procedure is Procedure.EXACT:
            found = sums(self._walk(gt, pred))
        else:
            found = drawn_sums(
                citraro.draw_counts(
                    gt, pred, spacing=self.spacing, radius=self.radius,
                    match_dist=self.match_dist, simplify=self.simplify,
                    n_starts=self.n_starts, seed=self.seed,
                )
            )  # fmt: skip
        return MarbleCounts(n_tiles=1, gt_length=gt.length, pred_length=pred.length, **found)

    def _walk(self, gt: RoadGraph, pred: RoadGraph) -> Any:
        return exact.walk_all(
            gt, pred, spacing=self.spacing, start_spacing=self.start_spacing,
            radius=self.radius, match_dist=self.match_dist,
        )  # fmt: skip

    def ratios(self, counts: MarbleCounts) -> dict[str, float]:
        """Precision and recall over all sub-graphs."""
        return marble_ratios(counts)

    def combine(self, ratios: Mapping[str, float]) -> dict[str, float]:
        """Precision, recall, and their harmonic mean."""
        return marble_parts(ratios)

    def explain_tile(self, gt: RoadGraph, pred: RoadGraph) -> dict[str, Any]:
        """Points of both, how often each matched, by the exact procedure."""
        return shown(self._walk(gt, pred))
