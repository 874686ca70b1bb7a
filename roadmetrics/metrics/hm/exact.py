"""Holes and marbles with nothing drawn: walks from places spaced along both networks.

From each start the walk in each graph begins at all places within the matching distance and follows
the roads; a graph that has none there is not walked. So a second copy of a road that is joined to
nothing is walked as well, and its marbles find no free holes.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ...graph import RoadGraph
from ...tally import Ground, Tally, ground, over_starts, record
from ...walk import path_room, path_walk, walk_path


def walk_all(
    gt: RoadGraph,
    pred: RoadGraph,
    *,
    spacing: float,
    start_spacing: float,
    radius: float,
    match_dist: float,
) -> Ground:
    """Walk from every start on both networks, and match holes and marbles one to one."""
    field = ground(gt, pred, spacing, start_spacing, match_dist)
    a = path_walk(gt, field.gt, field.starts, match_dist)
    b = path_walk(pred, field.pred, field.starts, match_dist)

    def walk(tally: Tally, first: int, last: int) -> None:
        _walk(a, b, path_room(a), path_room(b), first, last, float(radius), field.near, tally)

    over_starts(field, walk)
    return field


@njit(cache=True, nogil=True)
def _walk(a, b, room_a, room_b, first, last, radius, near, tally):  # type: ignore[no-untyped-def]
    """Add the walks of some starts to the tally; a and b are the PathWalks of gt and pred."""
    n, m = len(tally.seen), len(tally.pred_seen)
    rows, columns = np.empty(n, np.int64), np.empty(m, np.int64)
    row_mate, column_mate = np.empty(n, np.int64), np.empty(m, np.int64)
    rank = np.full(m, -1, np.int64)
    for s in range(first, last):
        h = walk_path(a, s, radius, room_a, rows)
        k = walk_path(b, s, radius, room_b, columns)
        record(near, rows[:h], columns[:k], tally, rank, row_mate, column_mate)
