"""Sub-graphs (OPT-G): the metric, and a file for the published program."""

from .metric import Procedure, Subgraph

__all__ = ["Procedure", "Subgraph"]
