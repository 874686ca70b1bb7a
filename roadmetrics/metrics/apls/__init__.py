"""Average path length similarity: the metric, and one file for each procedure that computes it."""

from .counts import APLSCounts, OneWay
from .metric import APLS, Coincident, Combine, Lengths, Procedure

__all__ = ["APLS", "APLSCounts", "Coincident", "Combine", "Lengths", "OneWay", "Procedure"]
