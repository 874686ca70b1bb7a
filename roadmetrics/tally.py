"""How often each sample point was walked by, and how often it had a partner, over many walks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from .graph import FloatArray, RoadGraph
from .match import NearPairs, match_subset, near_pairs
from .routing import LongArray
from .threads import in_threads, ranges
from .walk import Samples, sample_roads

LEAST = 2000  # starts below which another thread is not worth its room


class Tally(NamedTuple):
    """Per sample of each network; ``partner`` is that of the last walk that matched a gt sample."""

    seen: LongArray  # [n]
    matched: LongArray  # [n]
    pred_seen: LongArray  # [m]
    pred_matched: LongArray  # [m]
    partner: LongArray  # [n], -1: never matched


class Ground(NamedTuple):
    """Two networks made ready for walks: samples, starts on both, and pairs of samples in reach."""

    gt: Samples
    pred: Samples
    starts: FloatArray  # [S, 2]
    near: NearPairs
    tally: Tally


def ground(
    gt: RoadGraph, pred: RoadGraph, spacing: float, start_spacing: float, match_dist: float
) -> Ground:
    """Samples ``spacing`` and starts ``start_spacing`` apart along both networks, nothing walked.

    Raises RoadMetricsError where that would be too many points.
    """
    own, other = sample_roads(gt, spacing), sample_roads(pred, spacing)
    starts = [sample_roads(graph, start_spacing).xy for graph in (gt, pred)]
    n, m = len(own.xy), len(other.xy)
    return Ground(
        own,
        other,
        np.concatenate(starts),
        near_pairs(own.xy, other.xy, match_dist),
        _empty(n, m),
    )


def over_starts(field: Ground, walk: Callable[[Tally, int, int], None]) -> None:
    """Let ``walk`` add its starts first .. last - 1 to a tally, some runs of starts in threads."""

    def part(bounds: tuple[int, int]) -> Tally:
        tally = _empty(len(field.gt.xy), len(field.pred.xy))
        walk(tally, *bounds)
        return tally

    for found in in_threads(part, ranges(len(field.starts), LEAST)):
        for total, one in zip(field.tally[:4], found[:4], strict=True):
            total += one
        is_matched = found.partner >= 0
        field.tally.partner[is_matched] = found.partner[is_matched]


def _empty(n: int, m: int) -> Tally:
    return Tally(_zeros(n), _zeros(n), _zeros(m), _zeros(m), _zeros(n) - 1)


def _zeros(n: int) -> LongArray:
    return np.zeros(n, dtype=np.int64)


def sums(ground: Ground) -> dict[str, Any]:
    """Fields of MarbleCounts from a tally."""
    tally = ground.tally
    return {
        "right": float(tally.pred_matched.sum()),
        "marbles": float(tally.pred_seen.sum()),
        "filled": float(tally.matched.sum()),
        "holes": float(tally.seen.sum()),
        "n_walks": len(ground.starts),
    }


def shown(ground: Ground) -> dict[str, Any]:
    """Arrays for drawing: each sample's place, the share of walks that matched it, and its cost.

    The cost is the number of walks that it failed in; match_xy joins partners.
    """
    tally, xy, pred_xy = ground.tally, ground.gt.xy, ground.pred.xy
    pairs = np.flatnonzero(tally.partner >= 0)
    return {
        "gt_sample_xy": xy,
        "gt_sample_credit": tally.matched / np.maximum(tally.seen, 1),
        "gt_sample_cost": (tally.seen - tally.matched).astype(np.float64),
        "pred_sample_xy": pred_xy,
        "pred_sample_credit": tally.pred_matched / np.maximum(tally.pred_seen, 1),
        "pred_sample_cost": (tally.pred_seen - tally.pred_matched).astype(np.float64),
        "match_xy": np.stack([xy[pairs], pred_xy[tally.partner[pairs]]], axis=1),
    }


@njit(cache=True, nogil=True)
def record(near, rows, columns, tally, rank, row_mate, column_mate):  # type: ignore[no-untyped-def]
    """Match the samples of one walk, rows in gt and columns in pred, and add it to the tally.

    rank [m] comes in and goes out as -1.
    """
    n, m = len(rows), len(columns)
    row_mate, column_mate = row_mate[:n], column_mate[:m]
    match_subset(near.ptr, near.column, rows, columns, rank, row_mate, column_mate)
    for i in range(n):
        tally.seen[rows[i]] += 1
        if row_mate[i] >= 0:
            tally.matched[rows[i]] += 1
            tally.partner[rows[i]] = columns[row_mate[i]]
    for j in range(m):
        tally.pred_seen[columns[j]] += 1
        tally.pred_matched[columns[j]] += column_mate[j] >= 0
