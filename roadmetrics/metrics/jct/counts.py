"""What the junction score counts, and the clusters and matches it counts from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ...graph import BoolArray, Bounds, FloatArray, RoadGraph
from ...metric import Counts

LongArray = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class JCTCounts(Counts):
    """Junctions judged on each side, and the sums of f_correct over gt and f_error over pred."""

    n_gt: int = 0
    n_pred: int = 0
    correct: float = 0.0
    error: float = 0.0


class Clusters(NamedTuple):
    """Junctions taken together, and the roads that leave them."""

    xy: FloatArray  # [K, 2] place of each cluster
    arm_ptr: LongArray  # [K + 1]
    arms: FloatArray  # [A, 2] from the cluster's place to where its arm's direction is taken
    member_ptr: LongArray  # [K + 1]
    members: LongArray  # vertices, of the graph that was clustered


class Matches(NamedTuple):
    """Pairs of clusters; each cluster is in one at most."""

    gt: LongArray  # [P]
    pred: LongArray  # [P]
    f_correct: FloatArray  # [P] share of gt's arms that pred has
    f_error: FloatArray  # [P] share of pred's arms that gt lacks


class Judged(NamedTuple):
    """One tile judged: which clusters count, and how right each of them is."""

    gt: Clusters
    pred: Clusters
    matches: Matches
    gt_counts: BoolArray  # [K_gt]
    pred_counts: BoolArray  # [K_pred]

    @property
    def gt_credit(self) -> FloatArray:
        """[K_gt] f_correct, 0 where missed."""
        return _spread(self.matches.gt, self.matches.f_correct, len(self.gt.xy), 0.0)

    @property
    def pred_error(self) -> FloatArray:
        """[K_pred] f_error, 1 where invented."""
        return _spread(self.matches.pred, self.matches.f_error, len(self.pred.xy), 1.0)

    def sums(self) -> dict[str, Any]:
        """The counts of this tile, but for its lengths."""
        return {
            "n_gt": int(np.count_nonzero(self.gt_counts)),
            "n_pred": int(np.count_nonzero(self.pred_counts)),
            "correct": float(np.sum(self.gt_credit[self.gt_counts])),
            "error": float(np.sum(self.pred_error[self.pred_counts])),
        }


def frame_of(gt: RoadGraph, pred: RoadGraph, border: float) -> Bounds | None:
    """Where junctions are judged: the tile's extent less the border; None: everywhere.

    Without an extent it is the common bounding box, and then a border of 0 excludes nothing.
    """
    box = gt.extent or pred.extent
    if box is None:
        if border == 0:
            return None
        places = np.concatenate([gt.vertices, pred.vertices, np.zeros((1, 2))])
        places = places[:-1] if len(places) > 1 else places
        box = (*places.min(axis=0).tolist(), *places.max(axis=0).tolist())
    x0, y0, x1, y1 = box
    return x0 + border, y0 + border, x1 - border, y1 - border


def is_inside(xy: FloatArray, box: Bounds | None) -> BoolArray:
    """[K] whether a point lies in the box, its sides included."""
    if box is None:
        return np.ones(len(xy), dtype=bool)
    low, high = np.array(box[:2]), np.array(box[2:])
    inside: BoolArray = np.all((xy >= low) & (xy <= high), axis=1)
    return inside


def is_nothing(box: Bounds) -> bool:
    """Whether a border took all of a tile."""
    return box[0] > box[2] or box[1] > box[3]


def in_vain(judged: Judged) -> Judged:
    """Every junction counts and none is matched: what a tile gives that its border swallows.

    A border too wide for a tile then shows as 0, not as a tile without junctions, which is perfect.
    """
    nothing = judged.matches._replace(**{f: v[:0] for f, v in judged.matches._asdict().items()})
    gt_counts, pred_counts = (np.ones(len(side.xy), bool) for side in (judged.gt, judged.pred))
    return Judged(judged.gt, judged.pred, nothing, gt_counts, pred_counts)


def _spread(index: LongArray, values: FloatArray, n: int, otherwise: float) -> FloatArray:
    spread = np.full(n, otherwise)
    spread[index] = values
    return spread
