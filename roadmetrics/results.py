"""What scoring leaves: one metric on one tile, one tile, one metric over all tiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .graph import Bounds
from .metric import Counts, Published

Parts = Mapping[str, float]


@dataclass(frozen=True)
class TileScore:
    """One metric on one tile. A missing prediction that counts zero has the parts ``failed``."""

    value: float
    parts: Parts
    counts: Counts
    standard_errors: Parts = field(default_factory=dict)


@dataclass(frozen=True)
class Total:
    """One metric over ``n`` tiles, aggregated in all three ways; ``value`` is as ``published``.

    ``ci95`` is that of the published way, None below ten tiles. ``standard_errors`` says how far
    another seed would move the published value of a part; it is empty where nothing is drawn.
    """

    value: float
    published: Published
    mean: Parts
    pooled: Parts
    mean_parts: Parts
    ci95: Mapping[str, tuple[float, float]] | None
    n: int
    signature: str
    headline: str
    lower_is_better: frozenset[str]
    standard_errors: Parts = field(default_factory=dict)


@dataclass(frozen=True)
class TileResult:
    """One tile: what was read, and what each metric counted.

    ``status``: "ok", "missing" (no prediction: scored as one without roads), "failed" (beyond a
    limit of time or memory: likewise) or "skipped".
    """

    id: str
    status: Literal["ok", "missing", "failed", "skipped"]
    gt: Mapping[str, Any]
    pred: Mapping[str, Any] | None
    unit: str | None = None
    extent: Bounds | None = None
    gsd: float | None = None
    bounds: Bounds | None = None
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    scores: Mapping[str, TileScore] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """What the document says of the tile, of plain types."""
        return {
            "status": self.status,
            "gt": dict(self.gt),
            "pred": None if self.pred is None else dict(self.pred),
            "unit": self.unit,
            "extent": None if self.extent is None else list(self.extent),
            "gsd": self.gsd,
            "bounds": None if self.bounds is None else list(self.bounds),
            "notes": list(self.notes),
            "seconds": round(self.seconds, 6),
            "scores": {
                key: {
                    "value": s.value,
                    "parts": dict(s.parts),
                    **errors_dict(s.standard_errors),
                    "counts": s.counts.as_dict(),
                }
                for key, s in self.scores.items()
            },
        }


def errors_dict(errors: Parts) -> dict[str, Any]:
    """Standard errors for a document: only of what draws at random."""
    return {"standard_errors": dict(errors)} if errors else {}
