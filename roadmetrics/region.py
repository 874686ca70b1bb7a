"""Where Sat2Graph's programs look for roads: a square tile whose corner is the origin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .graph import RoadGraph

CITY_SCALE = 2048.0  # metres, the side of a City-scale tile


def in_region(
    gt: RoadGraph, pred: RoadGraph, side: float = CITY_SCALE
) -> tuple[RoadGraph, RoadGraph]:
    """Both graphs where the region is: as they are if any of gt lies there already.

    The originals know tiles with their corner at the origin alone. Others are moved: the corner of
    gt's extent, else of the box around both, comes to lie there.

    >>> far = RoadGraph([(5000, 7000), (5010, 7000)], [(0, 1)], "m")
    >>> in_region(far, far)[1].bounds
    (0.0, 0.0, 10.0, 0.0)
    >>> in_region(RoadGraph([], []), RoadGraph([], []))[0].bounds is None
    True
    """
    is_there = ((gt.vertices >= 0) & (gt.vertices <= side)).all(axis=1)
    if is_there.any() or not len(gt.edges):
        return gt, pred
    both = np.concatenate([gt.vertices, pred.vertices])
    corner = np.array(gt.extent[:2]) if gt.extent else both.min(axis=0)
    return (
        replace(gt, vertices=gt.vertices - corner, extent=None),
        replace(pred, vertices=pred.vertices - corner, extent=None),
    )
