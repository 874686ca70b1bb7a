"""Junctions, by how many roads meet.

References
----------
L. Citraro, M. Kozinski, P. Fua, "Towards reliable evaluation of algorithms for road network
reconstruction from aerial images", ECCV 2020, doi:10.1007/978-3-030-58604-1_42 (OPT-J);
code: lcit/metrics_delin@30f1ad9, junction_based/junction_new_metric.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, final

import numpy as np

from ...graph import BoolArray, RoadGraph
from ...metric import (
    Constant,
    Counts,
    Metric,
    Preset,
    Published,
    assumed,
    harmonic_mean,
    parameter,
    ratio,
    stated,
)
from . import citraro, matching
from .counts import JunctionCounts, Pairs

_CODE = "lcit/metrics_delin@30f1ad9 junction_new_metric.py"
_ANAGNOSTIDIS = "Anagnostidis et al. 2022 give no numbers: those of the code they cite"


class Procedure(Enum):
    """Both sides alike and cheapest first, or the published program's two passes."""

    CHEAPEST = "cheapest"
    CITRARO = "citraro"


def _published(mark: Any) -> dict[str, Constant]:
    return {
        "procedure": mark(Procedure.CITRARO),
        "snap_dist": mark(25.0),
        "alpha": mark(100.0),
        "existing_dist": mark(1.0),
    }


@final
@dataclass(frozen=True, kw_only=True)
class Junction(Metric):
    """Precision and recall of road ends and junctions, weighted by how many roads meet.

    Examples
    --------
    >>> import roadmetrics as rm
    >>> gt = rm.RoadGraph([(0, 0), (100, 0), (200, 0), (100, 90)], [(0, 1), (1, 2), (1, 3)])
    >>> no_side_road = rm.RoadGraph([(0, 0), (200, 0)], [(0, 1)])
    >>> {name: round(x, 3) for name, x in rm.junction(gt, no_side_road).parts.items()}
    {'precision': 1.0, 'recall': 0.667, 'f1': 0.8}
    >>> rm.junction(rm.RoadGraph([], []), rm.RoadGraph([], [])).value
    1.0
    """

    name: ClassVar[str] = "junction"
    title: ClassVar[str] = "Junctions by order"
    reference: ClassVar[str] = "Citraro, Kozinski and Fua 2020 (OPT-J)"
    formula: ClassVar[str] = (
        "over compared places with o roads in gt and o' in pred: precision = sum min(o, o') / "
        "sum o', recall = sum min(o, o') / sum o, f1 their harmonic mean"
    )
    revision: ClassVar[int] = 1
    headline: ClassVar[str] = "f1"
    published: ClassVar[Published] = "pooled"  # OPTJ.aggregate sums tp, pp, ap
    counts_type: ClassVar[type[Counts]] = JunctionCounts
    perfect: ClassVar[Mapping[str, float]] = {"precision": 1.0, "recall": 1.0, "f1": 1.0}
    failed: ClassVar[Mapping[str, float]] = {"precision": 0.0, "recall": 0.0, "f1": 0.0}

    snap_dist: float = parameter(
        stated(25.0, _CODE + ":89 th_snap=25"),
        "farthest that compared places may lie apart",
        is_length=True,
    )
    alpha: float = parameter(
        stated(100.0, _CODE + ":89 alpha=100"),
        "what a difference of one road costs, as a distance",
        is_length=True,
    )
    existing_dist: float = parameter(
        stated(1.0, _CODE + ":89 th_existing=1"),
        "a place on a road this near to a node is that node",
        is_length=True,
    )
    procedure: Procedure = parameter(
        assumed(Procedure.CHEAPEST, "both sides alike, in no order of the file"),
        "whose steps are followed",
    )

    presets: ClassVar[Mapping[str, Preset]] = {
        "citraro2020": Preset(
            "metrics_delin's OPT-J: gt chooses first, in the order of the file",
            _published(lambda value: stated(value, _CODE + ":12-71, defaults of :89")),
        ),
        "anagnostidis2022": Preset(
            "Anagnostidis et al. 2022: the same program",
            _published(lambda value: assumed(value, _ANAGNOSTIDIS)),
        ),
    }

    def count_tile(self, gt: RoadGraph, pred: RoadGraph) -> JunctionCounts:
        """Orders that agree and orders in all."""
        return JunctionCounts(
            n_tiles=1,
            gt_length=gt.length,
            pred_length=pred.length,
            **self.pairs(gt, pred).totals(),
        )

    def pairs(self, gt: RoadGraph, pred: RoadGraph) -> Pairs:
        """The places that are compared, with their orders."""
        compare = matching.compare if self.procedure is Procedure.CHEAPEST else citraro.compare
        return compare(gt, pred, self.snap_dist, self.alpha, self.existing_dist)

    def ratios(self, counts: JunctionCounts) -> dict[str, float]:
        """Precision and recall; with no node to judge on a side nothing of it is wrong."""
        if self.procedure is Procedure.CITRARO:
            tp, pp, ap = counts.tp, counts.pp, counts.ap
            return {"precision": ratio(tp, pp), "recall": ratio(tp, ap)}
        return {
            "precision": counts.tp / counts.pp if counts.pp else 1.0,
            "recall": counts.tp / counts.ap if counts.ap else 1.0,
        }

    def combine(self, ratios: Mapping[str, float]) -> dict[str, float]:
        """The two and their harmonic mean."""
        p, r = ratios["precision"], ratios["recall"]
        return {"precision": p, "recall": r, "f1": harmonic_mean(p, r)}

    def explain_tile(self, gt: RoadGraph, pred: RoadGraph) -> dict[str, Any]:
        """Nodes of both sides with the share of their roads that agrees, and the matches."""
        pairs = self.pairs(gt, pred)
        agreed = np.minimum(pairs.gt_order, pairs.pred_order)
        is_gt, is_pred = pairs.gt_order > 0, pairs.pred_order > 0
        is_match = is_gt & is_pred
        return {
            **_side("gt", pairs.gt_xy, pairs.gt_order, agreed, is_gt),
            **_side("pred", pairs.pred_xy, pairs.pred_order, agreed, is_pred),
            "match_xy": np.stack([pairs.gt_xy[is_match], pairs.pred_xy[is_match]], axis=1),
        }


def _side(side: str, xy: Any, order: Any, agreed: Any, shown: BoolArray) -> dict[str, Any]:
    cost = (order - agreed)[shown].astype(np.float64)
    return {
        f"{side}_node_xy": xy[shown],
        f"{side}_node_credit": agreed[shown] / order[shown],
        f"{side}_node_cost": cost,
    }
