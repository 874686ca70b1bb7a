"""From positions of the replay to what MuZero's loss takes. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .graph_batches import PADDING, Drawing, batch_of
from .muzero_batch import MuZeroBatch
from .search.replay import Sample


def muzero_batch_of(
    sample: Sample, drawings: Sequence[Drawing], max_key_points: int, max_steps: int
) -> MuZeroBatch:
    """The positions with images and key points of their tasks; padded to ``max_key_points``."""
    used = [drawings[one.task] for one in sample.episodes]
    episodes = batch_of([replace(one, target=None) for one in used], max_key_points)
    rows = [one.tokens for one in sample.episodes]
    tokens = np.full((len(rows), max(len(row) for row in rows)), PADDING, np.int64)
    for k, row in enumerate(rows):
        tokens[k, : len(row)] = row
    return MuZeroBatch(
        replace(episodes, tokens=tokens), sample.rows, sample.places,
        np.minimum(sample.steps / max_steps, 1.0), sample.shares, sample.values, sample.rewards,
        sample.counts, sample.weights,
    )  # fmt: skip
