"""Too long, too short: the metric, and one file for each published program that draws routes."""

from .counts import TLTSCounts
from .metric import TLTS, Procedure, Unmatched

__all__ = ["TLTS", "Procedure", "TLTSCounts", "Unmatched"]
