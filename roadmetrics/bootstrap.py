"""Percentile bootstrap over tiles.

References
----------
B. Efron, R. Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from .graph import FloatArray
from .metric import Counts, Metric

N_RESAMPLES = 1000
SEED = 20210621
MIN_TILES = 10  # fewer tiles do not show how tiles vary


def settings() -> dict[str, int]:
    """What the run record says about the intervals."""
    return {"resamples": N_RESAMPLES, "seed": SEED, "min_tiles": MIN_TILES}


def interval(
    metric: Metric,
    keys: Sequence[str],
    parts: Sequence[Mapping[str, float]],
    counts: Sequence[Counts],
) -> dict[str, tuple[float, float]] | None:
    """95 % interval of every part under the metric's published way; None below ten tiles.

    ``keys`` names the parts that are ratios; ``parts`` and ``counts`` hold one entry a tile. The
    same tiles in the same order give the same interval: the generator is seeded here.
    """
    n = len(parts)
    if n < MIN_TILES:
        return None
    rng = np.random.Generator(np.random.PCG64(SEED))
    weights = rng.multinomial(n, np.full(n, 1 / n), size=N_RESAMPLES) / 1.0  # [B, n] times drawn
    names = list(type(metric).perfect)
    if metric.aggregation == "pooled":
        rows = _pooled(metric, names, counts, weights)
    elif metric.aggregation == "mean_parts":
        ratios = weights @ _column(parts, keys) / n
        rows = _combined(metric, names, keys, ratios)
    else:
        rows = weights @ _column(parts, names) / n
    low, high = np.quantile(rows, [0.025, 0.975], axis=0)
    return {name: (float(low[i]), float(high[i])) for i, name in enumerate(names)}


def _column(parts: Sequence[Mapping[str, float]], names: Sequence[str]) -> FloatArray:
    """[n, names]"""
    return np.array([[tile[name] for name in names] for tile in parts], dtype=np.float64)


def _combined(
    metric: Metric, names: Sequence[str], keys: Sequence[str], ratios: FloatArray
) -> FloatArray:
    """[B, parts] from the mean ratios [B, keys]."""
    every = [metric.combine(dict(zip(keys, row, strict=True))) for row in ratios.tolist()]
    return _column(every, names)


def _pooled(
    metric: Metric, names: Sequence[str], counts: Sequence[Counts], weights: FloatArray
) -> FloatArray:
    """[B, parts] of the summed counts."""
    kind = type(metric).counts_type
    fields = [f.name for f in dataclasses.fields(kind)]
    sums = weights @ _column([tile.as_dict() for tile in counts], fields)
    every = [metric.parts(kind(**dict(zip(fields, row, strict=True)))) for row in sums.tolist()]
    return _column(every, names)
