"""Paths that stay connected.

References
----------
L. Citraro, M. Kozinski, P. Fua, "Towards reliable evaluation of algorithms for road network
reconstruction from aerial images", ECCV 2020, doi:10.1007/978-3-030-58604-1_42 (OPT-P);
code: lcit/metrics_delin@30f1ad9, path_based/path_connectivity_metric.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, final

import numpy as np

from ...graph import RoadGraph
from ...metric import (
    MAX_SEED,
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
from . import citraro
from .chains import Chains, chains_of
from .counts import PathCounts
from .explained import Explained, explained

_CODE = "lcit/metrics_delin@30f1ad9 path_connectivity_metric.py"
_ANAGNOSTIDIS = "Anagnostidis et al. 2022 give no numbers: those of the code they cite"


class Procedure(Enum):
    """Roads between junctions, longest first; or the published program's random chains."""

    ROADS = "roads"
    CITRARO = "citraro"


def _published(mark: Any) -> dict[str, Constant]:
    return {
        "procedure": mark(Procedure.CITRARO),
        "snap_dist": mark(25.0),
        "piece": mark(25.0),
        "existing_dist": mark(10.0),
        "corridor": mark(25.0),
        "max_hops": mark(5),
        "seed": assumed(0, "the original sets no seed"),
    }


@final
@dataclass(frozen=True, kw_only=True)
class Path(Metric):
    """Of each network's roads, the chance that the other joins two places of the same road.

    Examples
    --------
    >>> import roadmetrics as rm
    >>> gt = rm.RoadGraph([(0, 0), (400, 0)], [(0, 1)])
    >>> cut = rm.RoadGraph([(0, 0), (150, 0), (250, 0), (400, 0)], [(0, 1), (2, 3)])
    >>> {name: round(x, 3) for name, x in rm.path(gt, cut).parts.items()}
    {'precision': 1.0, 'recall': 0.281, 'f1': 0.439}
    >>> rm.path(rm.RoadGraph([], []), rm.RoadGraph([], [])).value
    1.0
    """

    name: ClassVar[str] = "path"
    title: ClassVar[str] = "Connected paths"
    reference: ClassVar[str] = "Citraro, Kozinski and Fua 2020 (OPT-P)"
    formula: ClassVar[str] = (
        "a road of length L, of which the other network joins parts of lengths l_k, scores "
        "sum l_k^2 / L^2; recall is the mean over gt's roads by length, precision over pred's; "
        "a road of the other network explains one road only"
    )
    revision: ClassVar[int] = 2
    headline: ClassVar[str] = "f1"
    published: ClassVar[Published] = "mean_parts"  # OPTP.aggregate: f1 of mean precision and recall
    counts_type: ClassVar[type[Counts]] = PathCounts
    perfect: ClassVar[Mapping[str, float]] = {"precision": 1.0, "recall": 1.0, "f1": 1.0}
    failed: ClassVar[Mapping[str, float]] = {"precision": 0.0, "recall": 0.0, "f1": 0.0}

    snap_dist: float = parameter(
        stated(25.0, _CODE + ":471 th_snap=25"),
        "farthest that a place of a road may lie from the other network",
        is_length=True,
    )
    piece: float = parameter(
        stated(25.0, _CODE + ":297 pathSegmThreshold"),
        "roads are matched in straight pieces of at most this length; 0: uncut between bends",
        is_length=True,
    )
    procedure: Procedure = parameter(
        assumed(Procedure.ROADS, "nothing drawn; an added edge changes little"),
        "whose steps are followed",
    )
    existing_dist: float = parameter(
        stated(10.0, _CODE + ":471 th_existing=10"),
        "citraro: a place on an edge this near to its end is that end",
        is_length=True,
    )
    corridor: float = parameter(
        stated(25.0, _CODE + ":298 connectionEdgeDistThreshold"),
        "citraro: routes keep within this distance of their piece",
        is_length=True,
    )
    max_hops: int = parameter(
        stated(5, _CODE + ":300 maxInspectedNodes"), "citraro: edges of a route at most", least=1
    )
    seed: int = parameter(
        assumed(0, "any"), "citraro: seed of Python's generator", least=0, most=MAX_SEED
    )

    presets: ClassVar[Mapping[str, Preset]] = {
        "citraro2020": Preset(
            "metrics_delin's OPT-P: random chains through junctions, plain mean, early break",
            _published(lambda value: stated(value, _CODE + ":265-469, :471 and :297-300")),
        ),
        "anagnostidis2022": Preset(
            "Anagnostidis et al. 2022: the same program",
            _published(lambda value: assumed(value, _ANAGNOSTIDIS)),
        ),
    }

    def count_tile(self, gt: RoadGraph, pred: RoadGraph) -> PathCounts:
        """Score and weight of the chains of both sides."""
        sums: dict[str, Any] = {}
        if self.procedure is Procedure.CITRARO:
            sums = dict(self._program().count(gt, pred, self.seed))
        else:
            for side, graph, other in (("gt", gt, pred), ("pred", pred, gt)):
                chains, found = self._explained(graph, other)
                sums[f"matched_{side}"] = float(np.sum(chains.steps * found.credit))
                sums[f"total_{side}"] = float(np.sum(chains.steps))
        return PathCounts(n_tiles=1, gt_length=gt.length, pred_length=pred.length, **sums)

    def chain_scores(
        self, graph: RoadGraph, other: RoadGraph, chains: list[list[int]]
    ) -> list[float]:
        """The published program's scores of given chains of ``graph``, as vertex lists, in order.

        Each is matched to what the earlier ones left of ``other``; chains that come when nothing
        is left, or that have one vertex only, have none. Of coincident vertices the first stands
        for all.
        """
        return self._program().chain_scores(graph, other, chains)

    def _program(self) -> citraro.Program:
        return citraro.Program(
            self.existing_dist, self.snap_dist, self.piece, self.corridor, self.max_hops
        )

    def _explained(self, graph: RoadGraph, other: RoadGraph) -> tuple[Chains, Explained]:
        chains = chains_of(graph, self.piece)
        return chains, explained(chains, other, self.snap_dist)

    def ratios(self, counts: PathCounts) -> dict[str, float]:
        """Means over the chains of either side."""
        return {
            "precision": ratio(counts.matched_pred, counts.total_pred),
            "recall": ratio(counts.matched_gt, counts.total_gt),
        }

    def combine(self, ratios: Mapping[str, float]) -> dict[str, float]:
        """The two and their harmonic mean, 0 where both are 0."""
        p, r = ratios["precision"], ratios["recall"]
        return {"precision": p, "recall": r, "f1": harmonic_mean(p, r)}

    def explain_tile(self, gt: RoadGraph, pred: RoadGraph) -> dict[str, Any]:
        """Pieces of the roads of both sides with their share of the score, by the default steps."""
        shown: dict[str, Any] = {}
        for side, graph, other in (("gt", gt, pred), ("pred", pred, gt)):
            chains, found = self._explained(graph, other)
            is_piece = np.ones(len(chains.xy), dtype=bool)
            is_piece[chains.ptr[:-1]] = False
            ends = np.flatnonzero(is_piece)
            shown[f"{side}_piece_xy"] = np.stack([chains.xy[ends - 1], chains.xy[ends]], axis=1)
            shown[f"{side}_piece_credit"] = found.credit[ends]
            shown[f"{side}_piece_cost"] = chains.steps[ends] * (1.0 - found.credit[ends])
            if side == "gt":
                is_matched = found.is_matched > 0
                shown["match_xy"] = np.stack([chains.xy, found.place], axis=1)[is_matched]
        return shown
