"""What a result says of a set of tiles: sums, scores, lengths; and of one public tile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from roadmetrics.aggregate import total
from roadmetrics.lengths import Lengths
from roadmetrics.results import TileResult, Total

from .benchmark import Benchmark

DIGITS = 4  # of numbers that private tiles are part of


def counted(tiles: Sequence[TileResult]) -> dict[str, int]:
    """How many tiles there are, and what became of them.

    >>> counted([])
    {'tiles': 0, 'ok': 0, 'missing': 0, 'failed': 0}
    """
    statuses: list[str] = [tile.status for tile in tiles]
    return {"tiles": len(tiles)} | {s: statuses.count(s) for s in ("ok", "missing", "failed")}


def totals_dict(
    benchmark: Benchmark, tiles: Sequence[TileResult], *, is_rounded: bool
) -> dict[str, Any]:
    """Every metric over the tiles; nothing where there are none."""
    if not tiles:
        return {}
    is_any_read = any(tile.status == "ok" for tile in tiles)
    found = {
        key: total(metric, [tile.scores[key] for tile in tiles], benchmark.unit,
                   is_any_read=is_any_read)
        for key, metric in benchmark.metrics.items()
    }  # fmt: skip
    return {key: _total_dict(one, DIGITS if is_rounded else None) for key, one in found.items()}


def lengths_dict(tiles: Sequence[TileResult], *, is_rounded: bool) -> dict[str, Any]:
    """Length of road on both sides, and how much of it runs twice."""
    one = Lengths.of(list(tiles))
    digits = DIGITS if is_rounded else None
    numbers = {
        "gt": one.gt, "pred": one.pred, "gt_duplicated": one.gt_duplicated,
        "pred_duplicated": one.pred_duplicated,
    }  # fmt: skip
    return {
        "unit": one.unit,
        **{key: _rounded(value, digits) for key, value in numbers.items()},
        "ratio": None if one.ratio is None else _rounded(one.ratio, digits),
        "is_flagged": one.is_flagged,
    }


def tile_dict(tile: TileResult) -> dict[str, Any]:
    """A tile as the document of `roadmetrics score` has it, without paths and seconds."""
    raw = tile.to_dict()
    del raw["seconds"]
    for side in ("gt", "pred"):
        (raw[side] or {}).pop("path", None)
    return raw


def _total_dict(one: Total, digits: int | None) -> dict[str, Any]:
    parts = {"mean": one.mean, "pooled": one.pooled, "mean_parts": one.mean_parts}[one.published]
    ci95 = None
    if one.ci95 is not None:
        ci95 = {key: [_rounded(v, digits) for v in pair] for key, pair in one.ci95.items()}
    return {
        "value": _rounded(one.value, digits),
        "headline": one.headline,
        "lower_is_better": sorted(one.lower_is_better),
        "published": one.published,
        "parts": _all_rounded(parts, digits),
        "ci95": ci95,
        "standard_errors": _all_rounded(one.standard_errors, digits),
        "n": one.n,
        "signature": one.signature,
    }


def _all_rounded(values: Mapping[str, float], digits: int | None) -> dict[str, float]:
    return {key: _rounded(value, digits) for key, value in values.items()}


def _rounded(value: float, digits: int | None) -> float:
    return value if digits is None else round(value, digits)
