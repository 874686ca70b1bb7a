"""Metrics as rewards: the scores that the metrics give, edge by edge while a graph is drawn."""

from .batch import RewardBatch
from .scorer import RewardScorer

__all__ = ["RewardBatch", "RewardScorer"]
