"""Rows of a paper's table over seeds, and how sure their differences are over tiles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import stdev

import numpy as np

from roadmetrics.documents import Document
from roadmetrics.graph import FloatArray
from roadmetrics.metric import Metric
from roadmetrics.paired import features, headlines, resampled_sums

from ..by_town import LEVEL, resampled_towns

TownOf = Callable[[str], str]  # from the name of a tile to what is resampled as a whole


@dataclass(frozen=True)
class Scores:
    """One row, a number a column, as fractions.

    ``values``: means over seeds; ``of_seeds`` [seeds][columns]; ``resampled`` [columns, B] the mean
    over seeds for each resample of tiles, the same resamples for every row; None below ten tiles.
    Where tiles are squares of towns, towns are what is resampled.
    """

    values: tuple[float, ...]
    of_seeds: tuple[tuple[float, ...], ...]
    resampled: FloatArray | None

    def spread(self, k: int) -> float | None:
        """Standard deviation of a column over seeds; None for one."""
        return stdev(seed[k] for seed in self.of_seeds) if len(self.of_seeds) > 1 else None


def scores_of(
    documents: Sequence[Document], metrics: Sequence[str], town_of: TownOf | None = None
) -> Scores:
    """Of the documents of all seeds of a row (`roadmetrics score` writes them)."""
    values, resampled = pooled(documents, metrics, town_of)
    of_seeds = tuple(tuple(pooled([one], metrics, town_of)[0]) for one in documents)
    return Scores(tuple(values), of_seeds, resampled)


def pooled(
    documents: Sequence[Document], metrics: Sequence[str], town_of: TownOf | None = None
) -> tuple[list[float], FloatArray | None]:
    """Of each metric the mean over documents, and the same for resampled tiles, or towns of them.

    Numbers whose sums tell a headline (`paired.features`) are averaged over documents: the mean of
    per-tile scores is the mean over seeds, pooled counts are pooled over seeds.
    """
    values, drawn = [], []
    for name in metrics:
        records = [one.record(name) for one in documents]
        metric, tiles = records[0].metric, sorted(records[0].tiles)
        each = [features(metric, [record.tiles[t] for t in tiles]) for record in records]
        x: FloatArray = np.mean(each, axis=0)  # [tiles, K]
        values.append(float(headlines(metric, x.sum(axis=0)[None], len(tiles))[0]))
        if (found := _resampled(metric, x, tiles, town_of)) is not None:
            drawn.append(found)
    return values, np.array(drawn) if drawn else None


def _resampled(
    metric: Metric, x: FloatArray, tiles: Sequence[str], town_of: TownOf | None
) -> FloatArray | None:
    """[B] headlines; None where there are too few to resample."""
    if town_of is None:
        sums = resampled_sums(x)
        return None if sums is None else headlines(metric, sums, len(tiles))
    found = resampled_towns(x, [town_of(tile) for tile in tiles])
    return None if found is None else headlines(metric, *found)


def with_mean(scores: Scores, each: FloatArray, towns: Sequence[str]) -> Scores:
    """With one more column in front: the mean over squares of ``each`` [seeds, squares].

    >>> with_mean(Scores((0.5,), ((0.5,),), None), np.array([[1.0, 0.5]]), ["a", "b"]).values
    (0.75, 0.5)
    """
    values = (float(each.mean()), *scores.values)
    means = each.mean(axis=1).tolist()
    of_seeds = tuple((mean, *seed) for mean, seed in zip(means, scores.of_seeds, strict=True))
    drawn, found = scores.resampled, resampled_towns(each.mean(axis=0)[:, None], towns)
    if drawn is not None and found is not None:
        sums, n = found
        drawn = np.concatenate([(sums / n).T, drawn])
    return Scores(values, of_seeds, drawn)


def interval(first: Scores, other: Scores, k: int) -> tuple[float, float] | None:
    """95 % of the differences of a column over resampled tiles; None below ten tiles."""
    if first.resampled is None or other.resampled is None:
        return None
    low, high = np.quantile(other.resampled[k] - first.resampled[k], LEVEL)
    return float(low), float(high)


def value_cell(scores: Scores, k: int) -> str:
    """In percent, with the standard deviation over seeds where there are several.

    >>> value_cell(Scores((0.5,), ((0.5,),), None), 0)
    '50.0'
    """
    spread = scores.spread(k)
    return f"{100 * scores.values[k]:.1f}" + ("" if spread is None else f" ± {100 * spread:.1f}")


def interval_cell(scores: Scores, k: int) -> str:
    """In percent, with 95 % over tiles or towns.

    >>> interval_cell(Scores((0.5,), ((0.5,),), None), 0)
    '50.0'
    """
    ends = of_row(scores, k)
    told = "" if ends is None else f" [{100 * ends[0]:.1f}, {100 * ends[1]:.1f}]"
    return f"{100 * scores.values[k]:.1f}{told}"


def of_row(scores: Scores, k: int) -> tuple[float, float] | None:
    """95 % of a column over resampled tiles; None below ten."""
    if scores.resampled is None:
        return None
    low, high = np.quantile(scores.resampled[k], LEVEL)
    return float(low), float(high)


def difference_cell(first: Scores, other: Scores, k: int) -> str:
    """Points between two rows, with the interval over tiles."""
    text = f"{100 * (other.values[k] - first.values[k]):+.1f}"
    if (ends := interval(first, other, k)) is not None:
        text += f" [{100 * ends[0]:+.1f}, {100 * ends[1]:+.1f}]"
    return text


def verdict(first: Scores, other: Scores, k: int, sign: int) -> str:
    """Whether ``other`` is above (sign 1) or below (-1) ``first``: over tiles and in every seed."""
    gaps = [sign * (b[k] - a[k]) for a, b in zip(first.of_seeds, other.of_seeds, strict=True)]
    n = sum(gap > 0 for gap in gaps)
    return f"{in_words(interval(first, other, k), sign, n, len(gaps))} ({n} of {len(gaps)} seeds)"


def verdict_more(first: Scores, other: Scores, k: int, base: int) -> str:
    """Whether ``other`` gains more over ``first`` in column k than in column ``base``."""
    gaps = [
        (b[k] - a[k]) - (b[base] - a[base])
        for a, b in zip(first.of_seeds, other.of_seeds, strict=True)
    ]
    n, ends = sum(gap > 0 for gap in gaps), None
    if first.resampled is not None and other.resampled is not None:
        gains = other.resampled - first.resampled
        low, high = np.quantile(gains[k] - gains[base], LEVEL)
        ends = float(low), float(high)
    more = (other.values[k] - first.values[k]) - (other.values[base] - first.values[base])
    told = "" if ends is None else f" [{100 * ends[0]:+.1f}, {100 * ends[1]:+.1f}]"
    return (
        f"{in_words(ends, 1, n, len(gaps))} ({100 * more:+.1f}{told} points, "
        f"{n} of {len(gaps)} seeds)"
    )


def in_words(ends: tuple[float, float] | None, sign: int, n_with: int, n_seeds: int) -> str:
    """In words, from the interval over tiles and the seeds that have the sign.

    >>> in_words((0.01, 0.2), 1, 3, 3), in_words((0.01, 0.2), 1, 2, 3), in_words(None, 1, 3, 3)
    ('holds', 'not told apart', 'too few tiles to say')
    >>> in_words((0.01, 0.2), -1, 0, 3)
    'does not hold, the other way'
    """
    if ends is None:
        return "too few tiles to say"
    is_with = ends[0] > 0 if sign > 0 else ends[1] < 0
    is_against = ends[1] < 0 if sign > 0 else ends[0] > 0
    if is_with and n_with == n_seeds:
        return "holds"
    return "does not hold, the other way" if is_against and n_with == 0 else "not told apart"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Markdown.

    >>> table(["a"], []).split(chr(10))
    ['| a |', '| --- |', '']
    """
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
