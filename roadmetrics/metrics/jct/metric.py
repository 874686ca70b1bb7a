"""Junction score: which junctions were found, by place and by the directions of their roads.

References
----------
F. Bastani, S. He, S. Abbar, M. Alizadeh, H. Balakrishnan, S. Chawla, S. Madden, D. DeWitt,
"RoadTracer: automatic extraction of road networks from aerial images", CVPR 2018,
doi:10.1109/CVPR.2018.00496; code: mitroadmaps/roadtracer@fb6019a, junction_metric.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, final

import numpy as np

from ...graph import RoadGraph
from ...metric import (
    Counts,
    Metric,
    Preset,
    Published,
    Unit,
    assumed,
    harmonic_mean,
    parameter,
    ratio,
    stated,
)
from . import roadtracer, strict
from .counts import JCTCounts, Judged, frame_of, in_vain, is_nothing

_CODE = "mitroadmaps/roadtracer@fb6019a junction_metric.go"
_OWN = "RoadTracer's, with scale 1: it is left to the unit of the graphs"


class Procedure(Enum):
    """Both graphs clustered alike and matched in no order, or the steps of RoadTracer's program."""

    STRICT = "strict"
    ROADTRACER = "roadtracer"


@final
@dataclass(frozen=True, kw_only=True)
class JCT(Metric):
    """Recall over gt's junctions, precision over pred's, each by the share of roads that agree.

    RoadTracer's F_correct is ``recall`` here, its F_error is ``f_error``.

    Examples
    --------
    >>> import roadmetrics as rm
    >>> arms = [(0, 0), (90, 0), (0, 90), (-90, 0), (0, -90)]
    >>> cross = rm.RoadGraph(arms, [(0, 1), (0, 2), (0, 3), (0, 4)])
    >>> tee = rm.RoadGraph(arms, [(0, 1), (0, 2), (0, 3)])
    >>> {name: round(x, 3) for name, x in rm.jct(cross, tee).parts.items()}
    {'precision': 1.0, 'recall': 0.75, 'f1': 0.857, 'f_error': 0.0}
    >>> rm.jct(rm.RoadGraph([], []), rm.RoadGraph([], [])).value
    1.0
    """

    name: ClassVar[str] = "jct"
    title: ClassVar[str] = "Junction score"
    reference: ClassVar[str] = "Bastani et al. 2018 (RoadTracer)"
    formula: ClassVar[str] = (
        "recall (F_correct) = sum of f_correct / gt junctions; precision = 1 - sum of f_error / "
        "pred junctions; f_error (F_error) = sum of f_error / (sum of f_error + sum of f_correct); "
        "f_correct, f_error: share of arms found, invented; 0 and 1 without a match"
    )
    revision: ClassVar[int] = 1
    headline: ClassVar[str] = "f1"
    published: ClassVar[Published] = "mean"  # RoadTracer: averaged over 15 cities
    counts_type: ClassVar[type[Counts]] = JCTCounts
    perfect: ClassVar[Mapping[str, float]] = {
        "precision": 1.0, "recall": 1.0, "f1": 1.0, "f_error": 0.0}  # fmt: skip
    failed: ClassVar[Mapping[str, float]] = {
        "precision": 0.0, "recall": 0.0, "f1": 0.0, "f_error": 1.0}  # fmt: skip
    lower_is_better: ClassVar[frozenset[str]] = frozenset({"f_error"})

    cluster_radius: float = parameter(
        stated(50.0, _CODE + ":12"),
        "junctions nearer than this are one, times scale",
        is_length=True,
    )
    angle_dist: float = parameter(
        stated(65.0, _CODE + ":13"),
        "how far along a road its direction is taken, times scale",
        is_length=True,
    )
    match_dist: float = parameter(
        stated(65.0, _CODE + ":14"),
        "farthest that matched junctions lie apart, inclusive, times scale",
        is_length=True,
    )
    scale: float = parameter(assumed(1.0, _OWN), "factor of these three lengths", least=1e-9)
    border: float = parameter(
        assumed(0.0, "the whole tile is judged"),
        "junctions so near the sides of the tile are not judged; not times scale",
        is_length=True,
    )
    procedure: Procedure = parameter(
        assumed(Procedure.STRICT, "identical graphs score 1, and no order matters"),
        "whose steps are followed",
    )

    presets: ClassVar[Mapping[str, Preset]] = {
        "strict": Preset(
            "both graphs clustered alike; the default by its name",
            {"procedure": assumed(Procedure.STRICT, "as the default")},
        ),
        "roadtracer": Preset(
            "RoadTracer's program in its own pixels of about 0.6 m, in ascending order of vertices",
            {
                "procedure": stated(Procedure.ROADTRACER, _CODE),
                "cluster_radius": stated(50.0, _CODE + ":12"),
                "angle_dist": stated(65.0, _CODE + ":13"),
                "match_dist": stated(65.0, _CODE + ":14"),
                "scale": stated(1.7, _CODE + " main: Scale: 1.7"),
                "border": stated(300.0, _CODE + " main: AddTol(-300)"),
                "unit": stated(Unit.PX, _CODE + ", pixels of the map tiles"),
            },
        ),
        "oner2021": Preset(
            "Oner et al. 2021 report F1 of recall and precision; no constant is published",
            {
                "procedure": assumed(Procedure.ROADTRACER, "not published: RoadTracer's code"),
                "cluster_radius": assumed(50.0, "not published: " + _CODE + ":12"),
                "angle_dist": assumed(65.0, "not published: " + _CODE + ":13"),
                "match_dist": assumed(65.0, "not published: " + _CODE + ":14"),
                "scale": assumed(1.7, "not published: that of RoadTracer's main"),
                "border": assumed(0.0, "not published: tiles smaller than 600 would have nothing"),
            },
        ),
    }

    def count_tile(self, gt: RoadGraph, pred: RoadGraph) -> JCTCounts:
        """Junctions of both sides, and how right they are.

        Where one side has no road and the other no junction, one counts as missed or invented, so
        that the tile lowers a sum over tiles as it fails on its own.
        """
        sums = self._judge(gt, pred).sums()
        if not sums["n_gt"] and not sums["n_pred"] and (gt.length == 0) != (pred.length == 0):
            sums |= {"n_gt": 1} if gt.length else {"n_pred": 1, "error": 1.0}
        return JCTCounts(n_tiles=1, gt_length=gt.length, pred_length=pred.length, **sums)

    def ratios(self, counts: JCTCounts) -> dict[str, float]:
        """Precision, recall and F_error; all perfect where no junction is on either side."""
        if not counts.n_gt and not counts.n_pred:
            return {name: self.perfect[name] for name in ("precision", "recall", "f_error")}
        judged = counts.error + counts.correct
        return {
            "precision": ratio(counts.n_pred - counts.error, counts.n_pred),
            "recall": ratio(counts.correct, counts.n_gt),
            "f_error": counts.error / judged if judged else self.failed["f_error"],
        }

    def combine(self, ratios: Mapping[str, float]) -> dict[str, float]:
        """The ratios, and the harmonic mean of the first two."""
        precision, recall = ratios["precision"], ratios["recall"]
        f1 = harmonic_mean(precision, recall)
        return {"precision": precision, "recall": recall, "f1": f1, "f_error": ratios["f_error"]}

    def explain_tile(self, gt: RoadGraph, pred: RoadGraph) -> dict[str, Any]:
        """Junctions that count, how right each is, and which are matched.

        The costs of gt's junctions sum to 1 - recall, those of pred's to 1 - precision.
        """
        judged = self._judge(gt, pred)
        a, b, matches = judged.gt, judged.pred, judged.matches
        gt_credit = judged.gt_credit[judged.gt_counts]
        error = judged.pred_error[judged.pred_counts]
        return {
            "gt_junction_xy": a.xy[judged.gt_counts],
            "gt_junction_credit": gt_credit,
            "gt_junction_cost": (1.0 - gt_credit) / max(len(gt_credit), 1),
            "pred_junction_xy": b.xy[judged.pred_counts],
            "pred_junction_credit": 1.0 - error,
            "pred_junction_cost": error / max(len(error), 1),
            "match_xy": np.stack([a.xy[matches.gt], b.xy[matches.pred]], axis=1),
        }

    def _judge(self, gt: RoadGraph, pred: RoadGraph) -> Judged:
        steps = strict if self.procedure is Procedure.STRICT else roadtracer
        k = self.scale
        lengths = (self.cluster_radius * k, self.angle_dist * k, self.match_dist * k)
        frame = frame_of(gt, pred, self.border)
        judged = steps.judge(gt, pred, *lengths, frame)
        return in_vain(judged) if frame and is_nothing(frame) else judged
