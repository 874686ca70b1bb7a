"""From tiles to one number: mean over tiles, score of summed counts, or of mean ratios."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from operator import add

from .bootstrap import interval
from .metric import Metric
from .results import TileScore, Total


def total(metric: Metric, scores: Sequence[TileScore], unit: str, *, is_any_read: bool) -> Total:
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
        value=ways[cls.published][cls.headline],
        published=cls.published,
        **ways,
        ci95=interval(metric, keys, [s.parts for s in scores], [s.counts for s in scores]),
        n=len(scores),
        signature=metric.signature(unit),
        headline=cls.headline,
        lower_is_better=cls.lower_is_better,
    )


def mean_of(values: Sequence[float]) -> float:
    """Mean, exactly rounded: the same in any order.

    >>> mean_of([0.1] * 10), mean_of([])
    (0.1, 0.0)
    """
    return math.fsum(values) / len(values) if values else 0.0
