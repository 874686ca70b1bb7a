"""The paper's definition without its programs' accidents: every route between control points.

Routes between all pairs of control points (see `roadmetrics.snap.control_points`) that are
connected in their own graph. A control point snaps to the nearest place on the other graph within
the snap distance; where several places are equally near, the one that suits a route best counts,
so that identical graphs score exactly 1. Differences below a billionth of a route count as none.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from ...graph import BoolArray, FloatArray, RoadGraph
from ...index import resolution
from ...routes import route_blocks
from ...routing import network_of
from ...snap import control_points, snap
from .counts import OneWay

SAME = 1e-9  # share of a route's length that counts as no difference


def score_routes(graph: RoadGraph, other: RoadGraph, spacing: float, snap_dist: float) -> OneWay:
    """Error of the routes of ``graph`` on ``other``; nothing in ``graph``, no routes."""
    network = network_of(graph)
    places, points = control_points(graph, spacing)
    candidates = snap(other, points, snap_dist)
    same, totals = 4 * resolution(graph), np.zeros(2)
    for block in route_blocks(network, places, network_of(other), candidates):
        _add_penalties(block.own, block.likest, same, totals)
    error, routes = float(totals[0]), int(totals[1])
    return OneWay(error, routes, len(points), int(np.sum(network.stop_place.chain >= 0)))


def route_penalties(own: FloatArray, likest: FloatArray, same: float) -> tuple[FloatArray, Any]:
    """[J, B] min(1, |L - L'| / L), and which entries are routes at all."""
    is_route = np.isfinite(own) & (own > 0)
    length = np.where(is_route, own, 1.0)
    gap = np.abs(likest - length)
    penalty = np.where(gap <= SAME * length + same, 0.0, np.minimum(gap / length, 1.0))
    return np.where(is_route, penalty, 0.0), is_route


@njit(cache=True, nogil=True, error_model="numpy")
def _add_penalties(own, likest, same, totals):  # type: ignore[no-untyped-def]
    """Add the penalties and the number of routes of a block to totals [2]; as route_penalties."""
    width = own.shape[1]
    error, routes = np.zeros(width), np.zeros(width)
    for row in range(len(own)):
        lengths, found = own[row], likest[row]
        for w in range(width):
            gap = abs(found[w] - lengths[w])
            share = gap / lengths[w]
            share = share if share < 1.0 else 1.0
            share = 0.0 if gap <= SAME * lengths[w] + same else share
            is_route = (lengths[w] > 0.0) & (lengths[w] < np.inf)
            error[w] += share if is_route else 0.0
            routes[w] += 1.0 if is_route else 0.0
    totals[0] += error.sum()
    totals[1] += routes.sum()


class PointRoutes(NamedTuple):
    """Control points, and the routes that end there."""

    points: FloatArray  # [n, 2]
    is_snapped: BoolArray  # [n]
    penalty: FloatArray  # [n] sum over the routes
    routes: FloatArray  # [n]


def explain_routes(
    graph: RoadGraph, other: RoadGraph, spacing: float, snap_dist: float
) -> PointRoutes:
    """Penalties of the routes of ``graph`` on ``other`` by the control point where they end."""
    network = network_of(graph)
    places, points = control_points(graph, spacing)
    candidates = snap(other, points, snap_dist)
    total, count = np.zeros(len(points)), np.zeros(len(points))
    for block in route_blocks(network, places, network_of(other), candidates, both=True):
        penalty, is_route = route_penalties(block.own, block.likest, 4 * resolution(graph))
        total[block.end] += penalty.sum(axis=1)
        count[block.end] += is_route.sum(axis=1)
    return PointRoutes(points, np.diff(candidates.ptr) > 0, total, count)
