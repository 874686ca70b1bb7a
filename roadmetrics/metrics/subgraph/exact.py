"""Sub-graphs with nothing drawn: starts along both networks, slips of the original mended.

The sub-graph of a start is all that is joined to it inside a disc around it, in its own graph and,
from the nearest place, in the other one. A start farther than the matching distance from the other
graph has no sub-graph there, and all points of its own are errors.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ...graph import RoadGraph
from ...tally import Ground, Tally, ground, over_starts, record
from ...walk import ball_walk, walk_ball


def walk_all(
    gt: RoadGraph,
    pred: RoadGraph,
    *,
    spacing: float,
    start_spacing: float,
    radius: float,
    match_dist: float,
) -> Ground:
    """Take the sub-graphs of every start on both networks, and match their points one to one."""
    field = ground(gt, pred, spacing, start_spacing, match_dist)
    a = ball_walk(gt, field.gt, field.starts, match_dist)
    b = ball_walk(pred, field.pred, field.starts, match_dist)

    def walk(tally: Tally, first: int, last: int) -> None:
        _walk(a, b, first, last, float(radius), field.near, tally)

    over_starts(field, walk)
    return field


@njit(cache=True, nogil=True)
def _walk(a, b, first, last, radius, near, tally):  # type: ignore[no-untyped-def]
    """Add the sub-graphs of some starts to the tally; a and b are the BallWalks of gt and pred."""
    n, m = len(tally.seen), len(tally.pred_seen)
    vertex_a, vertex_b = np.zeros(len(a.vertices), np.bool_), np.zeros(len(b.vertices), np.bool_)
    edge_a, edge_b = np.zeros(len(a.edges), np.bool_), np.zeros(len(b.edges), np.bool_)
    edges = np.empty(max(len(a.edges), len(b.edges)), np.int64)
    rows, columns = np.empty(n, np.int64), np.empty(m, np.int64)
    row_mate, column_mate = np.empty(n, np.int64), np.empty(m, np.int64)
    rank = np.full(m, -1, np.int64)
    for s in range(first, last):
        h = walk_ball(a, s, radius, vertex_a, edge_a, edges, rows)
        k = walk_ball(b, s, radius, vertex_b, edge_b, edges, columns)
        record(near, rows[:h], columns[:k], tally, rank, row_mate, column_mate)
