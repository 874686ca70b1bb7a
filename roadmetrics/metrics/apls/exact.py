"""The paper's definition without its programs' accidents: every route between control points.

Routes between all pairs of control points (see `roadmetrics.snap.control_points`) that are
connected in their own graph. A control point snaps to the nearest place on the other graph within
the snap distance; where several places are equally near, the one that suits a route best counts,
so that identical graphs score exactly 1. Differences below a billionth of a route count as none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from ...graph import BoolArray, FloatArray, RoadGraph
from ...index import resolution
from ...routes import Block, chain_order, fill_routes, over_blocks, route_blocks
from ...routing import network_of
from ...snap import control_points, snap
from .counts import OneWay

SAME = 1e-9  # share of a route's length that counts as no difference


def score_routes(
    graph: RoadGraph,
    other: RoadGraph,
    spacing: float,
    snap_dist: float,
    n_sources: int = 0,
    seed: int = 0,
) -> OneWay:
    """Error of the routes of ``graph`` on ``other``; nothing in ``graph``, no routes.

    With ``n_sources`` below the number of control points: of the routes from so many of them, one
    drawn from each of as many equal runs of points along the roads, scaled to all routes.
    """
    network = network_of(graph)
    places, points = control_points(graph, spacing)
    candidates = snap(other, points, snap_dist)
    same, n = 4 * resolution(graph), len(points)
    sources = drawn(n, n_sources, seed) if 0 < n_sources < n else None
    error, routes = np.zeros(n), np.zeros(n)  # by the point where routes start

    def add(blocks: Iterator[Block]) -> None:
        for block in blocks:
            of_block = np.zeros((2, len(block.rows)))
            _add_block(
                block.here, block.every, block.there, block.theirs, block.rows, block.low,
                block.both, same, of_block,
            )  # fmt: skip
            error[block.order[block.rows]], routes[block.order[block.rows]] = of_block

    over_blocks(add, network, places, network_of(other), candidates, sources=sources)
    n_nodes = int(np.sum(network.stop_place.chain >= 0))
    if sources is None:
        return OneWay(float(error.sum()), int(routes.sum()), n, n_nodes)
    at = chain_order(places)[sources]
    return _scaled(error[at], routes[at], n, n_nodes)


def drawn(n: int, n_sources: int, seed: int) -> npt.NDArray[np.int64]:
    """One of each of ``n_sources`` equal runs of 0 .. n - 1, ascending.

    >>> drawn(6, 3, 0).tolist(), drawn(4, 4, 0).tolist()
    ([1, 2, 4], [0, 1, 2, 3])
    >>> drawn(0, 0, 0).tolist()
    []
    """
    edges = np.arange(n_sources + 1) * n // max(n_sources, 1)
    low, high = edges[:-1], edges[1:]
    return low + (np.random.default_rng(seed).random(n_sources) * (high - low)).astype(np.int64)


def _scaled(error: FloatArray, routes: FloatArray, n: int, n_nodes: int) -> OneWay:
    """Sums over the sources [s] of n points, as if all had been taken; each route has two ends.

    The spread is that of independent draws, which runs can only narrow.
    """
    n_drawn = len(error)
    scale = n / (2 * n_drawn)
    products = np.stack([error, routes]) @ np.stack([error, routes]).T
    spread = products * scale**2 * n_drawn / max(n_drawn - 1, 1) * (1 - n_drawn / n)
    return OneWay(
        scale * float(error.sum()), scale * float(routes.sum()), n, n_nodes,
        (float(spread[0, 0]), float(spread[0, 1]), float(spread[1, 1])),
    )  # fmt: skip


def route_penalties(own: FloatArray, likest: FloatArray, same: float) -> tuple[FloatArray, Any]:
    """[J, B] min(1, |L - L'| / L), and which entries are routes at all."""
    is_route = np.isfinite(own) & (own > 0)
    length = np.where(is_route, own, 1.0)
    gap = np.abs(likest - length)
    penalty = np.where(gap <= SAME * length + same, 0.0, np.minimum(gap / length, 1.0))
    return np.where(is_route, penalty, 0.0), is_route


@njit(cache=True, nogil=True, error_model="numpy")
def _add_block(here, every, there, theirs, rows, low, both, same, totals):  # type: ignore[no-untyped-def]
    """Add penalties and routes of a block of starts to totals [2, B].

    What has one place at most on the other network, and lies on other roads than the starts, is
    taken here, without a table; the rest as `fill_routes` has it.
    """
    reach, ends, length, is_near = here[:4]
    _, to_chain, to_offset = every
    reach2, ends2, length2, is_near2 = there[:4]
    ptr2, to_chain2, to_offset2 = theirs
    width, error, routes = len(rows), totals[0], totals[1]
    own, likest = np.empty((1, width)), np.empty((1, width))
    is_single = len(there.chain) == width  # no start has several places
    for j in range(low, len(to_chain)):
        c, k = to_chain[j], ptr2[j]
        n_places = ptr2[j + 1] - k
        is_plain = is_single and n_places <= 1 and (j < rows[0] or j > rows[-1])
        if not is_plain or is_near[c] or (n_places == 1 and is_near2[to_chain2[k]]):
            fill_routes(here, every, there, theirs, rows, j, both, own, likest)
            _add_penalties(own, likest, same, totals)
            continue
        t, rest = to_offset[j], length[c] - to_offset[j]
        one, two = reach[ends[c, 0]], reach[ends[c, 1]]
        if n_places == 0:  # every route is missing
            for w in range(width):
                own_length = min(one[w] + t, two[w] + rest)
                is_route = (own_length > 0.0) & (own_length < np.inf)
                error[w] += 1.0 if is_route else 0.0
                routes[w] += 1.0 if is_route else 0.0
            continue
        c2, t2 = to_chain2[k], to_offset2[k]
        rest2 = length2[c2] - t2
        one2, two2 = reach2[ends2[c2, 0]], reach2[ends2[c2, 1]]
        for w in range(width):
            a, b, a2, b2 = one[w] + t, two[w] + rest, one2[w] + t2, two2[w] + rest2
            own_length, found = a if a < b else b, a2 if a2 < b2 else b2
            gap = abs(found - own_length)
            share = gap / own_length
            share = share if share < 1.0 else 1.0
            share = 0.0 if gap <= SAME * own_length + same else share
            is_route = (own_length > 0.0) & (own_length < np.inf)
            error[w] += share if is_route else 0.0
            routes[w] += 1.0 if is_route else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _add_penalties(own, likest, same, totals):  # type: ignore[no-untyped-def]
    """Add each start's penalties and routes [J, B] to totals [2, B]; as route_penalties."""
    width, error, routes = own.shape[1], totals[0], totals[1]
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
