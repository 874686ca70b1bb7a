"""The empty rule in kernels: what a metric says where a side has no road."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..graph import FloatArray, RoadGraph
from ..metric import Metric


def empty_rule(metric: Metric, gt: RoadGraph) -> FloatArray:
    """[3] length of the ground truth, value where both have no road, value where one has none."""
    headline = metric.headline
    return np.array([gt.length, metric.both_empty_parts()[headline], metric.failed[headline]])


@njit(cache=True, nogil=True)
def drawn_length(drawn):  # type: ignore[no-untyped-def]
    """Length of all roads drawn."""
    total = 0.0
    for k in range(drawn.n_edges[0]):
        total += drawn.length[k]
    return total


@njit(cache=True, nogil=True)
def is_decided(rule, length):  # type: ignore[no-untyped-def]
    """Whether the empty rule decides."""
    return rule[0] == 0.0 or length == 0.0


@njit(cache=True, nogil=True)
def decided(rule, length):  # type: ignore[no-untyped-def]
    """What it says."""
    return rule[1] if rule[0] == 0.0 and length == 0.0 else rule[2]


@njit(cache=True, nogil=True)
def harmonic(a, b):  # type: ignore[no-untyped-def]
    """2ab / (a + b), 0 where both are 0."""
    return 2 * a * b / (a + b) if a + b > 0 else 0.0
