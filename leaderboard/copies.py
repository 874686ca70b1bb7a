"""Predictions that are the ground truth, or the ground truth shifted as a whole.

Methods that see the image put their junctions near the true ones, never on them; a copy puts them
there to the last digit, or all by one step.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from roadmetrics.graph import FloatArray, Mask, RoadGraph, Tile

MIN_PLACES = 8  # fewer fit by chance
SHARE = 0.9  # of the ground truth's places that a copy has
REACH = 0.02  # units: what writing coordinates with two decimals moves a place
ROUNDED = 0.75  # of a prediction in whole numbers: rounding moves a place by at most 0.71
ANCHORS = 6  # places from which a shift is guessed: one of them is in a copy that lacks a tenth
MOST = 300_000  # places that are looked at


def is_copy(gt: Tile, pred: Tile) -> bool | None:
    """Whether the prediction has nine tenths of the ground truth's places, all by one shift.

    Places are junctions and ends, of masks those of their vectors. None where the ground truth has
    too few of them to tell.

    >>> street = [[(20 * i, (7 * i * i) % 90) for i in range(12)]]
    >>> gt = RoadGraph.from_lines([*street, *[[(x, y), (x, y + 9)] for x, y in street[0]]])
    >>> is_copy(gt, gt), is_copy(gt, RoadGraph([], [])), is_copy(RoadGraph([], []), gt)
    (True, False, None)
    """
    there = _places(gt)
    if len(there) < MIN_PLACES:
        return None
    here = _places(pred, every=True)
    if len(here) < SHARE * len(there) or max(len(here), len(there)) > MOST:
        return False
    tree = cKDTree(there)
    apart = tree.query(there, k=2)[0][:, 1]
    is_whole = bool((here == np.round(here)).all())
    reach = min(ROUNDED if is_whole else REACH, 0.1 * float(np.median(apart)))
    return any(_fits(there, cKDTree(here), shift, reach) for shift in _shifts(there, here, reach))


def _places(tile: Tile, *, every: bool = False) -> FloatArray:
    """[K, 2] junctions and ends; all vertices with ``every``, or where there are too few."""
    graph: RoadGraph = tile.graph if isinstance(tile, Mask) else tile
    used = np.bincount(graph.edges.ravel(), minlength=len(graph.vertices))
    ends = graph.vertices[(used > 0) & (used != 2)]
    is_enough = len(np.unique(ends, axis=0)) >= MIN_PLACES and not every
    found: FloatArray = np.unique(ends if is_enough else graph.vertices[used > 0], axis=0)
    return found


def _shifts(there: FloatArray, here: FloatArray, reach: float) -> FloatArray:
    """[S, 2] shifts that put one anchor on a place of the prediction, and most others, too."""
    chosen = np.linspace(0, len(there) - 1, min(ANCHORS, len(there))).astype(int)
    anchors = there[chosen]
    tree = cKDTree(here)
    found = [np.zeros((1, 2))]
    for i, anchor in enumerate(anchors[:3]):
        shifts = here - anchor
        hits = np.zeros(len(shifts), dtype=int)
        for k, other in enumerate(anchors):
            if k != i:
                near, _ = tree.query(other + shifts, distance_upper_bound=3 * reach)
                hits += np.isfinite(near)
        found.append(shifts[hits >= len(anchors) - 3])
    return np.concatenate(found)[:1000]


def _fits(there: FloatArray, tree: cKDTree, shift: FloatArray, reach: float) -> bool:
    """Whether the shift, made exact by the places that it brings together, brings enough."""
    for _ in range(2):
        near, at = tree.query(there + shift, distance_upper_bound=3 * reach)
        is_near = np.isfinite(near)
        if is_near.mean() < SHARE:
            return False
        moved = tree.data[at[is_near]] - there[is_near]
        shift = np.median(moved, axis=0)
    near, _ = tree.query(there + shift, distance_upper_bound=reach)
    return bool(np.isfinite(near).mean() >= SHARE)
