"""Junction score: the metric, its default steps, and those of RoadTracer's program."""

from .counts import JCTCounts
from .metric import JCT, Procedure

__all__ = ["JCT", "JCTCounts", "Procedure"]
