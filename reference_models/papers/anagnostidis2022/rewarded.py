"""What the refiner is rewarded by, of each square, from the scores that were written of a row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from roadmetrics.documents import Document
from roadmetrics.graph import FloatArray

from ...by_town import town_of
from ..paired_rows import Scores, TownOf, scores_of, with_mean
from .miniature import METRICS, WEIGHTS


def rewarded(document: Document) -> dict[str, float]:
    """The weighted sum of the four metrics of each square, by its name.

    Metrics of a square, not of counts that were added up over squares: `RewardScorer` gives the
    same number for what is drawn on it.
    """
    found: dict[str, float] = {}
    for name, weight in zip(METRICS[: len(WEIGHTS)], WEIGHTS, strict=True):
        record = document.record(name)
        headline = type(record.metric).headline
        for square, one in record.tiles.items():
            found[square] = found.get(square, 0.0) + weight * one.parts[headline]
    return found


def row_scores(documents: Sequence[Document], own: TownOf = town_of) -> Scores:
    """Of the documents of all seeds: the mean reward of a square, then `METRICS`; by towns.

    ``own``: of a square's name the town's, which is resampled as a whole.
    """
    each = [rewarded(one) for one in documents]
    squares = sorted(each[0])
    values: FloatArray = np.array([[one[square] for square in squares] for one in each])
    towns = [own(square) for square in squares]
    return with_mean(scores_of(documents, METRICS, own), values, towns)
