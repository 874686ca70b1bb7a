"""Squares of one town are alike: intervals resample towns, never squares by themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from roadmetrics.graph import FloatArray
from roadmetrics.paired import resampled_sums

LEVEL = (0.025, 0.975)


def town_of(square: str) -> str:
    """The tile that a square was cut from, by `data.scene.crops`.

    >>> town_of("town_2023_00012_128_0")
    'town_2023_00012'
    """
    return square.rsplit("_", 2)[0]


def sums_by_town(x: FloatArray, towns: Sequence[str]) -> FloatArray:
    """[C, K] sums of x [n, K] over the squares of each of C towns, by name.

    >>> sums_by_town(np.array([[1.0], [2.0], [4.0]]), ["b", "a", "b"]).tolist()
    [[2.0], [5.0]]
    >>> sums_by_town(np.zeros((0, 1)), []).shape
    (0, 1)
    """
    names, town = np.unique(np.array(towns, dtype=str), return_inverse=True)
    sums = np.zeros((len(names), x.shape[1]))
    np.add.at(sums, town, x)
    return sums


def resampled_towns(x: FloatArray, towns: Sequence[str]) -> tuple[FloatArray, FloatArray] | None:
    """Sums [B, K] over resampled towns and the squares [B, 1] that are in them.

    None below ten towns. The same towns are drawn for every ``x``.
    """
    n = np.ones((len(x), 1))
    sums = resampled_sums(sums_by_town(np.concatenate([x, n], axis=1), towns))
    return None if sums is None else (sums[:, :-1], sums[:, -1:])


def mean_interval(values: npt.ArrayLike, towns: Sequence[str]) -> tuple[float, float] | None:
    """95 % of the mean of values [n] of squares; None below ten towns.

    >>> mean_interval([0.5] * 10, list("abcdefghij")), mean_interval([], [])
    ((0.5, 0.5), None)
    """
    x = np.asarray(values, dtype=np.float64)[:, None]
    return ratio_interval([x], towns, lambda sums, n: (sums / n)[:, 0])


def ratio_interval(
    each: Sequence[FloatArray],
    towns: Sequence[str],
    value: Callable[[FloatArray, FloatArray], FloatArray],
) -> tuple[float, float] | None:
    """95 % of what follows from sums over squares; None below ten towns.

    ``each``: [n, K] of the squares for each seed; ``value``: from sums [B, K] and numbers of
    squares [B, 1] to [B]. Seeds are averaged.
    """
    drawn = [resampled_towns(x, towns) for x in each]
    found = [value(*one) for one in drawn if one is not None]
    if not found:
        return None
    low, high = np.quantile(np.mean(found, axis=0), LEVEL)
    return float(low), float(high)
