"""Junctions by the number of their roads."""

from .counts import JunctionCounts
from .metric import Junction

__all__ = ["Junction", "JunctionCounts"]
