"""Paths that stay connected."""

from .counts import PathCounts
from .metric import Path

__all__ = ["Path", "PathCounts"]
