"""From tiles to one number: mean over tiles, score of summed counts, or of mean ratios."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from operator import add

from .bootstrap import interval
from .metric import Counts, Metric
from .results import TileScore, Total


def total(
    metric: Metric, scores: Sequence[TileScore], unit: str | None, *, is_any_read: bool
) -> Total:
    """Aggregate the tiles of one metric; there is at least one.

    ``is_any_read`` False says that every prediction is missing: then the pooled score fails, too,
    which the sums alone could not tell from tiles without roads.
    """
    cls = type(metric)
    names = list(cls.perfect)
    keys = list(metric.ratios(cls.counts_type.zero()))
    mean = {name: mean_of([score.parts[name] for score in scores]) for name in names}
    counts = reduce(add, [score.counts for score in scores], cls.counts_type.zero())
    ways = {
        "mean": mean,
        "pooled": metric.parts(counts) if is_any_read else dict(cls.failed),
        "mean_parts": metric.combine({key: mean[key] for key in keys}),
    }
    return Total(
        value=ways[metric.aggregation][cls.headline],
        published=metric.aggregation,
        **ways,
        ci95=interval(metric, keys, [s.parts for s in scores], [s.counts for s in scores])
        if is_any_read
        else None,  # sums of nothing cannot tell a tile that failed from one without roads
        n=len(scores),
        signature=metric.signature(unit),
        headline=cls.headline,
        lower_is_better=cls.lower_is_better,
        standard_errors=_standard_errors(metric, scores, counts),
    )


def _standard_errors(
    metric: Metric, scores: Sequence[TileScore], counts: Counts
) -> dict[str, float]:
    """Monte Carlo standard errors of the published parts; tiles are drawn independently.

    Of mean_parts those of the mean, which differ to second order.
    """
    if metric.aggregation == "pooled":
        return metric.standard_errors(counts)
    of_tiles = [score.standard_errors for score in scores]
    names = dict.fromkeys(name for errors in of_tiles for name in errors)
    return {
        name: math.sqrt(math.fsum(e.get(name, 0.0) ** 2 for e in of_tiles)) / len(scores)
        for name in names
    }


def mean_of(values: Sequence[float]) -> float:
    """Mean, exactly rounded: the same in any order.

    >>> mean_of([0.1] * 10), mean_of([])
    (0.1, 0.0)
    """
    return math.fsum(values) / len(values) if values else 0.0
