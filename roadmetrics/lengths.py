"""Length of road beside every score: most metrics cannot see that a road is drawn twice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .duplicates import TOLERANCE
from .results import TileResult

FLAG = 0.1  # assumed: the prediction's duplicated share may exceed the ground truth's by this much


@dataclass(frozen=True)
class Lengths:
    """Length of road over all tiles, in ``unit``, and the part of it that is duplicated."""

    gt: float
    pred: float
    gt_duplicated: float  # share, 0 to 1
    pred_duplicated: float
    unit: str | None

    @classmethod
    def of(cls, tiles: Sequence[TileResult]) -> Lengths:
        """Sums over tiles; a tile without prediction has no predicted length.

        >>> Lengths.of([]).ratio is None
        True
        """
        gt, gt_twice = _sums([tile.gt for tile in tiles])
        pred, pred_twice = _sums([tile.pred for tile in tiles])
        unit = tiles[0].unit if tiles else None
        return cls(gt, pred, gt_twice / gt if gt else 0.0, pred_twice / pred if pred else 0.0, unit)

    @property
    def ratio(self) -> float | None:
        """Predicted length by true length; None where there is no true road."""
        return self.pred / self.gt if self.gt else None

    @property
    def is_flagged(self) -> bool:
        """Whether the prediction draws notably more of its roads twice than the ground truth."""
        return self.pred_duplicated - self.gt_duplicated > FLAG

    def line(self) -> str:
        """For the foot of a score table."""
        ratio = "-" if self.ratio is None else f"{self.ratio:.3f}"
        flag = " (roads drawn twice)" if self.is_flagged else ""
        return (
            f"length ratio {ratio}; duplicated: gt {100 * self.gt_duplicated:.1f} %, "
            f"pred {100 * self.pred_duplicated:.1f} %{flag}"
        )

    def to_dict(self) -> dict[str, Any]:
        """For the document."""
        return {
            "unit": self.unit,
            "gt": {"length": self.gt, "duplicated": self.gt_duplicated},
            "pred": {"length": self.pred, "duplicated": self.pred_duplicated},
            "ratio": self.ratio,
            "duplicated_tolerance": TOLERANCE,
            "is_flagged": self.is_flagged,
        }


def _sums(sides: Sequence[Any]) -> tuple[float, float]:
    known = [side for side in sides if side and "length" in side]
    return (
        math.fsum(side["length"] for side in known),
        math.fsum(side["length"] * side["duplicated"] for side in known),
    )
