"""Paired statistics over tiles: bootstrap interval, permutation test, Holm's correction.

References
----------
B. Efron, R. Tibshirani, "An Introduction to the Bootstrap", 1993, chapters 13 and 15.
S. Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statistics 6, 1979.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np

from .bootstrap import MIN_TILES, N_RESAMPLES, SEED
from .documents import TileRecord
from .graph import FloatArray
from .metric import Metric

N_PERMUTATIONS = 9999
EXACT_TILES = 13  # up to 2^13 = 8192 swaps all are tried
BLOCK = 4_000_000  # swaps held at a time
TIE = 1e-12  # differences below are none


def settings(n: int) -> dict[str, int | bool]:
    """What a comparison says about its numbers, for ``n`` tiles."""
    is_exact = n <= EXACT_TILES
    return {
        "resamples": N_RESAMPLES, "seed": SEED, "min_tiles": MIN_TILES,
        "permutations": 2**n if is_exact else N_PERMUTATIONS, "is_exact": is_exact,
    }  # fmt: skip


def features(metric: Metric, tiles: Sequence[TileRecord]) -> FloatArray:
    """[n, K] numbers of each tile whose sums tell the headline; see `headlines`.

    By the metric's published way: the headline itself (mean), the ratios (mean_parts), or all
    counts and whether the prediction was read (pooled).
    """
    cls = type(metric)
    if metric.aggregation == "pooled":
        names = [f.name for f in dataclasses.fields(cls.counts_type)]
        rows = [[*(getattr(tile.counts, name) for name in names), tile.is_read] for tile in tiles]
    else:
        keys = [cls.headline] if metric.aggregation == "mean" else _ratio_names(metric)
        rows = [[tile.parts[key] for key in keys] for tile in tiles]
    return np.array(rows, dtype=np.float64)


def headlines(metric: Metric, sums: FloatArray, n: int | FloatArray) -> FloatArray:
    """[B] headline from summed features [B, K] of ``n`` tiles, as `aggregate.total` gives it.

    ``n`` [B, 1] where sums are not of equally many tiles.
    """
    cls = type(metric)
    means = sums / n
    if metric.aggregation == "mean":
        return means[:, 0]
    if metric.aggregation == "mean_parts":
        keys = _ratio_names(metric)
        combined = (metric.combine(dict(zip(keys, row, strict=True))) for row in means.tolist())
        return np.array([parts[cls.headline] for parts in combined])
    kind = cls.counts_type
    names = [f.name for f in dataclasses.fields(kind)]
    result = np.empty(len(means))
    for i, (*row, is_read) in enumerate(sums.tolist()):
        counts = kind(**dict(zip(names, row, strict=True)))
        result[i] = (metric.parts(counts) if is_read else cls.failed)[cls.headline]
    return result


def resampled_sums(x: FloatArray) -> FloatArray | None:
    """[B, K] sums over resampled tiles, the resamples of `score`; None below ten tiles."""
    n = len(x)
    if n < MIN_TILES:
        return None
    rng = np.random.Generator(np.random.PCG64(SEED))
    weights = rng.multinomial(n, np.full(n, 1 / n), size=N_RESAMPLES) / 1.0
    sums: FloatArray = weights @ x
    return sums


def swapped_sums(a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    """[P, K] sums of both methods when some of their tiles are swapped; see `settings`.

    ``a`` and ``b`` are [n, K]. The first row swaps nothing; every later one each tile with
    probability 1/2, or, for few tiles, the rows are all 2^n ways.
    """
    blocks = [
        (kept @ a + swaps @ b, kept @ b + swaps @ a)  # sums of zeros stay 0, which differences lose
        for swaps in _swaps(len(a))
        for kept in (1.0 - swaps,)
    ]
    first, second = (np.concatenate(side) for side in zip(*blocks, strict=True))
    return first, second


def p_value(differences: FloatArray) -> float:
    """Two-sided: share of the swaps whose difference is as large as that of the first row."""
    size = np.abs(differences)
    return float(np.mean(size >= size[0] - TIE))


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values corrected for their number, in their order.

    >>> holm([0.25, 0.0625, 0.125])
    [0.25, 0.1875, 0.25]
    >>> holm([])
    []
    """
    m = len(p_values)
    corrected = [0.0] * m
    highest = 0.0
    for rank, i in enumerate(sorted(range(m), key=lambda i: p_values[i])):
        highest = max(highest, min(1.0, (m - rank) * p_values[i]))
        corrected[i] = highest
    return corrected


def _swaps(n: int) -> Iterator[FloatArray]:
    """[B, n] of 0 and 1 in blocks; the very first row is all 0."""
    if n <= EXACT_TILES:
        yield (np.arange(2**n)[:, None] >> np.arange(n) & 1).astype(np.float64)
        return
    yield np.zeros((1, n))
    rng = np.random.Generator(np.random.PCG64(SEED))
    left, size = N_PERMUTATIONS, max(1, BLOCK // n)
    while left:
        rows = min(size, left)
        yield rng.integers(0, 2, size=(rows, n), dtype=np.int8).astype(np.float64)
        left -= rows


def _ratio_names(metric: Metric) -> list[str]:
    return list(metric.ratios(type(metric).counts_type.zero()))
