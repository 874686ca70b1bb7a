"""Which differences between submissions the tiles bear out: draws, tests against the best, ranks.

References
----------
M. Mogstad, J. Romano, A. Shaikh, D. Wilhelm, "Inference for Ranks with Applications to Mobility
across Neighbourhoods and Academic Achievement across Countries", Rev. Econ. Studies 91, 2024.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from roadmetrics.documents import TileRecord
from roadmetrics.graph import FloatArray
from roadmetrics.metric import Metric
from roadmetrics.paired import TIE, features, headlines, holm, p_value, resampled_sums, swapped_sums

LEVEL = 0.95
Records = Sequence[TileRecord]  # of the tiles, in one order


@dataclass(frozen=True)
class Versus:
    """A submission against the best one of a metric."""

    best: str
    difference: float
    ci95: tuple[float, float] | None
    p: float
    p_holm: float


@dataclass(frozen=True)
class Column:
    """One metric over the tiles: by submission its value, and [B] draws of it (None: few tiles)."""

    metric: Metric
    values: Mapping[str, float]
    draws: Mapping[str, FloatArray] | None
    features: Mapping[str, FloatArray]
    n_tiles: int

    @property
    def is_lower_better(self) -> bool:
        """Of the headline."""
        cls = type(self.metric)
        return cls.headline in cls.lower_is_better

    @property
    def goodness(self) -> dict[str, float]:
        """Values, turned so that more is better."""
        sign = -1.0 if self.is_lower_better else 1.0
        return {name: sign * value for name, value in self.values.items()}

    @property
    def best(self) -> list[str]:
        """The best by value, several where tied, in order of name."""
        good = self.goodness
        most = max(good.values(), default=0.0)
        return sorted(name for name, value in good.items() if most - value <= TIE)


def column(metric: Metric, records: Mapping[str, Records]) -> Column:
    """The values and draws of one metric; every submission has the same tiles in one order."""
    x = {name: features(metric, tiles) for name, tiles in records.items()}
    n = len(next(iter(x.values()), ()))
    values = {k: float(headlines(metric, v.sum(axis=0)[None], n)[0]) for k, v in x.items()}
    sums = resampled_sums(np.hstack(list(x.values()))) if x else None
    if sums is None:
        return Column(metric, values, None, x, n)
    each = np.split(sums, len(x), axis=1)
    draws = {name: headlines(metric, own, n) for name, own in zip(x, each, strict=True)}
    return Column(metric, values, draws, x, n)


def against_best(one: Column) -> dict[str, Versus]:
    """Every other submission against the best: paired interval, permutation test, Holm's p."""
    if not one.values:
        return {}
    best = one.best[0]
    others = [name for name in one.values if name != best]
    tests = {}
    for name in others:
        first, second = swapped_sums(one.features[best], one.features[name])
        a, b = (headlines(one.metric, sums, one.n_tiles) for sums in (first, second))
        interval = None
        if one.draws is not None:
            low, high = np.quantile(one.draws[name] - one.draws[best], [0.025, 0.975])
            interval = float(low), float(high)
        tests[name] = (float(b[0] - a[0]), interval, p_value(b - a))
    corrected = holm([p for _, _, p in tests.values()])
    return {
        name: Versus(best, *tests[name], p_holm)
        for name, p_holm in zip(tests, corrected, strict=True)
    }


def ranks(goodness: Mapping[str, float]) -> dict[str, int]:
    """1, 1, 3 where two tie: one more than the number that are better by more than 1e-12.

    >>> ranks({"a": 0.5, "b": 0.7, "c": 0.7})
    {'a': 3, 'b': 1, 'c': 1}
    """
    values = np.array(list(goodness.values()))
    return {name: 1 + int((values > value + TIE).sum()) for name, value in goodness.items()}


def rank_intervals(
    goodness: Mapping[str, float], draws: Mapping[str, FloatArray]
) -> dict[str, tuple[int, int]]:
    """Ranks that the tiles leave open, for all at once with 95 % confidence.

    From simultaneous intervals of all differences (the largest studentized one bounds them all):
    the lowest place is one more than the number that are surely better, the highest the number
    that are not surely worse.

    >>> wide = np.linspace(-1, 1, 101)
    >>> rank_intervals({"a": 9.0, "b": 1.0, "c": 1.1}, {"a": 9 + wide, "b": 1 - wide, "c": wide})
    {'a': (1, 1), 'b': (2, 3), 'c': (2, 3)}
    """
    names = list(goodness)
    value = np.array([goodness[name] for name in names])
    drawn = np.stack([draws[name] for name in names])  # [S, B]
    apart = value[:, None] - value[None, :]
    spread = np.array([(row - drawn).std(axis=1) for row in drawn])
    is_known = spread > TIE
    largest = np.zeros(drawn.shape[1])
    for i, row in enumerate(drawn):
        off = np.abs(row - drawn - apart[i][:, None])[is_known[i]] / spread[i][is_known[i], None]
        largest = np.maximum(largest, off.max(axis=0, initial=0.0))
    bound = float(np.quantile(largest, LEVEL))
    is_better = apart > np.where(is_known, bound * spread, TIE)
    n_better, n_worse = is_better.sum(axis=0), is_better.sum(axis=1)
    return {
        name: (1 + int(n_better[i]), len(names) - int(n_worse[i])) for i, name in enumerate(names)
    }


def mean_rank(columns: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Mean over metrics of the rank by goodness; those that tie share the mean of their places.

    >>> mean_rank([{"a": 1.0, "b": 0.0}, {"a": 1.0, "b": 1.0}])
    {'a': 1.25, 'b': 1.75}
    """
    names = list(columns[0]) if columns else []
    table = np.array([[one[name] for name in names] for one in columns])
    return dict(zip(names, _mean_ranks(table[:, :, None])[:, 0].tolist(), strict=True))


def mean_rank_draws(columns: Sequence[Column]) -> Mapping[str, FloatArray] | None:
    """[B] mean ranks of each submission over the draws; None where there are none."""
    table = []
    for one in columns:
        if one.draws is None:
            return None
        sign = -1.0 if one.is_lower_better else 1.0
        table.append([sign * draw for draw in one.draws.values()])
    return dict(zip(columns[0].values, _mean_ranks(np.array(table)), strict=True))


def _mean_ranks(goodness: FloatArray) -> FloatArray:
    """[S, B] from [metrics, S, B]; differences of rounding are none."""
    found: FloatArray = rankdata(-np.round(goodness, 12), axis=1).mean(axis=0)
    return found
