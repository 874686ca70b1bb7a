"""Lengths of all routes between control points, a block of them at a time, and on another network.

Points are taken in the order of their chains, so that a block of them needs the sweeps (see
`elimination`) from the ends of a few chains only. Memory is linear in networks and points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

import numpy as np
from numba import njit

from .elimination import hierarchy_of
from .graph import FloatArray
from .routing import Candidates, LongArray, Network, Places
from .threads import in_threads

Result = TypeVar("Result")

BLOCK = 64  # points from which routes start together
CHUNK = 512  # points at which they end together: both tables of a chunk fit a core's cache
RUN = 8  # blocks that a thread takes at a time


class Routes(NamedTuple):
    """Routes from each of ``start`` to each of ``end``, both indices of points.

    own is 0 where a route is left out, since its other direction is counted, and inf where there
    is none; likest is inf also where an end has no place on the other network. The arrays are
    used again for the next block.
    """

    start: LongArray  # [B]
    end: LongArray  # [J]
    own: FloatArray  # [J, B]
    likest: FloatArray  # [J, B] of several candidates, what comes nearest to own


class Side(NamedTuple):
    """Places of a block of points on one network; the first B are one a point."""

    reach: FloatArray  # [K, W] from the places to the stop of each rank
    ends: LongArray  # [C, 2] ranks of the stops of each chain
    length: FloatArray  # [C]
    is_near: LongArray  # [C] whether a place of the block lies on the chain
    chain: LongArray  # [W] -1 for none
    offset: FloatArray  # [W]
    owner: LongArray  # [W] point of the block that the place belongs to


class Block(NamedTuple):
    """Starts of routes, and what tells the lengths from them; ranks count in `chain_order`."""

    rows: LongArray  # [B] ranks of the starts
    low: int  # the first rank of an end
    both: bool
    order: LongArray  # [n] the point of each rank
    here: Side
    every: Candidates
    there: Side
    theirs: Candidates

    def routes(self) -> Iterator[Routes]:
        """All routes from the starts, a chunk of ends at a time."""
        own, likest = np.empty((CHUNK, len(self.rows))), np.empty((CHUNK, len(self.rows)))
        for low in range(self.low, len(self.order), CHUNK):
            end = self.order[low : low + CHUNK]
            found = Routes(self.order[self.rows], end, own[: len(end)], likest[: len(end)])
            fill_routes(
                self.here, self.every, self.there, self.theirs, self.rows, low, self.both,
                found.own, found.likest,
            )  # fmt: skip
            yield found


class _Plan(NamedTuple):
    """What all blocks share."""

    network: Network
    other: Network
    every: Candidates  # of each place, in chain order, itself
    theirs: Candidates  # on the other network, likewise
    order: LongArray  # [n] the place of each rank
    starts: LongArray  # [S] ranks, ascending
    both: bool


def route_blocks(
    network: Network,
    places: Places,
    other: Network,
    candidates: Candidates,
    *,
    both: bool = False,
    sources: LongArray | None = None,
) -> Iterator[Routes]:
    """All routes between places, and the likest ones between their candidates on ``other``.

    Each pair is met once, or with ``both`` once from either end; with ``sources``, ascending
    indices into the places in `chain_order`, once from each of these to every other place.
    """
    plan = _plan(network, places, other, candidates, both, sources)
    for block in _run(plan, range(0, len(plan.starts), BLOCK)):
        yield from block.routes()


def over_blocks(
    work: Callable[[Iterator[Block]], Result],
    network: Network,
    places: Places,
    other: Network,
    candidates: Candidates,
    *,
    sources: LongArray | None = None,
) -> list[Result]:
    """What ``work`` makes of runs of blocks of starts, in their order; runs may share threads.

    Routes as of `route_blocks`; a place is among the starts of one block only.
    """
    plan = _plan(network, places, other, candidates, False, sources)
    firsts = range(0, len(plan.starts), BLOCK)
    runs = [firsts[k : k + RUN] for k in range(0, len(firsts), RUN)]
    return in_threads(lambda run: work(_run(plan, run)), runs)


def _plan(
    network: Network,
    places: Places,
    other: Network,
    candidates: Candidates,
    both: bool,
    sources: LongArray | None,
) -> _Plan:
    n = len(places.chain)
    order = chain_order(places)
    every = Candidates(np.arange(n + 1), places.chain[order], places.offset[order])
    starts = np.arange(n) if sources is None else sources
    for net in (network, other):
        hierarchy_of(net)  # built here, once, and not by each thread
    theirs = _reordered(candidates, order)
    return _Plan(network, other, every, theirs, order, starts, both or sources is not None)


def _run(plan: _Plan, firsts: range) -> Iterator[Block]:
    """The blocks of starts that begin at ``firsts``."""
    for first in firsts:
        rows = plan.starts[first : first + BLOCK]
        yield Block(
            rows,
            0 if plan.both else first,
            plan.both,
            plan.order,
            _side(plan.network, plan.every, rows),
            plan.every,
            _side(plan.other, plan.theirs, rows),
            plan.theirs,
        )


def chain_order(places: Places) -> LongArray:
    """[n] indices of places chain by chain, along each."""
    return np.lexsort((places.offset, places.chain))


def _reordered(candidates: Candidates, order: LongArray) -> Candidates:
    counts = np.diff(candidates.ptr)[order]
    ptr = np.zeros(len(order) + 1, dtype=np.int64)
    np.cumsum(counts, out=ptr[1:])
    take = np.repeat(candidates.ptr[order] - ptr[:-1], counts) + np.arange(ptr[-1])
    return Candidates(ptr, candidates.chain[take], candidates.offset[take])


def _side(network: Network, every: Candidates, rows: LongArray) -> Side:
    """The first candidate of each point of the block, then the others of those that have more."""
    low, high, size = every.ptr[rows], every.ptr[rows + 1], len(rows)
    more = np.maximum(high - low - 1, 0)
    extra = np.repeat(low + 1 - np.cumsum(more) + more, more) + np.arange(more.sum())
    owner = np.concatenate([np.arange(size), np.repeat(np.arange(size), more)])
    chain, offset = np.full(len(owner), -1), np.zeros(len(owner))
    used = np.concatenate([high > low, np.ones(len(extra), dtype=bool)])
    taken = np.concatenate([low[high > low], extra])
    chain[used], offset[used] = every.chain[taken], every.offset[taken]
    is_near = np.zeros(len(network.chain_length), dtype=np.int64)
    is_near[chain[used]] = 1
    ends = hierarchy_of(network).rank[network.chain_stops]
    reach = _reach(network, chain, offset)
    return Side(reach, ends, network.chain_length, is_near, chain, offset, owner)


def _reach(network: Network, chain: LongArray, offset: FloatArray) -> FloatArray:
    """[K, W] from places to all stops: through one end of the place's chain or the other."""
    hierarchy = hierarchy_of(network)
    on_any = chain >= 0
    ends = network.chain_stops[chain[on_any]]
    stops, column = np.unique(ends, return_inverse=True)
    table = hierarchy.distances(stops)
    columns = np.full((len(chain), 2), -1, dtype=np.int64)
    columns[on_any] = column.reshape(-1, 2)
    start = np.zeros((len(chain), 2))
    start[on_any, 0] = offset[on_any]
    start[on_any, 1] = network.chain_length[chain[on_any]] - offset[on_any]
    result = np.empty((len(table), len(chain)))
    _through_ends(table, columns, start, result)
    return result


@njit(cache=True, nogil=True)
def _through_ends(table, columns, start, result):  # type: ignore[no-untyped-def]
    for v in range(len(table)):
        for i in range(len(columns)):
            a, b = columns[i]
            if a < 0:
                result[v, i] = np.inf
                continue
            one, two = table[v, a] + start[i, 0], table[v, b] + start[i, 1]
            result[v, i] = one if one < two else two


@njit(cache=True, nogil=True)
def fill_routes(here, every, there, theirs, rows, low, both, own, likest):  # type: ignore[no-untyped-def]
    """Fill own [J, B] and likest with the routes from the block to the points from low on.

    Tuples are taken apart once: handing them on costs more than a row of routes.
    """
    reach, ends, length, is_near, chain, offset, _ = here
    _, to_chain, to_offset = every
    reach2, ends2, length2, is_near2, chain2, offset2, owner = there
    ptr2, to_chain2, to_offset2 = theirs
    size = own.shape[1]
    for row in range(len(own)):
        j = low + row
        c, t = to_chain[j], to_offset[j]
        _to_place(reach, ends, length, is_near, chain, offset, c, t, own[row])
        k = ptr2[j]
        if k == ptr2[j + 1]:
            likest[row] = np.inf
        else:
            c, t = to_chain2[k], to_offset2[k]
            _to_place(reach2, ends2, length2, is_near2, chain2, offset2, c, t, likest[row])
            if len(chain2) > size or ptr2[j + 1] - k > 1:
                _improve(
                    reach2, ends2, length2, chain2, offset2, owner, to_chain2, to_offset2, k,
                    ptr2[j + 1], own[row], likest[row],
                )  # fmt: skip
        if rows[0] <= j <= rows[-1]:
            for w in range(size):
                if rows[w] == j or (rows[w] > j and not both):
                    own[row, w] = 0.0


@njit(cache=True, nogil=True)
def _to_place(reach, ends, length, is_near, chain, offset, c, t, result):  # type: ignore[no-untyped-def]
    """Fill result [B] with lengths from the first places of the block to place (c, t)."""
    one_end, other_end, rest = reach[ends[c, 0]], reach[ends[c, 1]], length[c] - t
    for w in range(len(result)):
        one, two = one_end[w] + t, other_end[w] + rest
        result[w] = one if one < two else two
    if is_near[c]:
        for w in range(len(result)):
            if chain[w] == c:
                result[w] = min(result[w], abs(t - offset[w]))


@njit(cache=True, nogil=True)
def _improve(  # type: ignore[no-untyped-def]
    reach, ends, length, chain, offset, owner, to_chain, to_offset, low, high, own, likest
):
    """Try the other places of a point with several, low .. high - 1, and those of the block."""
    for k in range(low, high):
        c, t = to_chain[k], to_offset[k]
        for w in range(len(own) if k == low else 0, len(chain)):
            found = min(reach[ends[c, 0], w] + t, reach[ends[c, 1], w] + length[c] - t)
            if chain[w] == c:
                found = min(found, abs(t - offset[w]))
            b = owner[w]
            if abs(found - own[b]) < abs(likest[b] - own[b]):
                likest[b] = found
