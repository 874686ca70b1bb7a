"""Holes and marbles (TOPO): the metric, and one file for each published program."""

from .metric import HM, OverTiles, Procedure

__all__ = ["HM", "OverTiles", "Procedure"]
