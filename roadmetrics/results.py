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

    ``status``: "ok", "missing" (no prediction: scored as one without roads) or "skipped".
    """

    id: str
    status: Literal["ok", "missing", "skipped"]
    gt: Mapping[str, Any]
    pred: Mapping[str, Any] | None
    unit: str | None = None
    extent: Bounds | None = None
    gsd: float | None = None
    bounds: Bounds | None = None
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    scores: Mapping[str, TileScore] = field(default_factory=dict)
