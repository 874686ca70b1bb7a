"""What a reader drops or repairs is counted here, and told once by whoever asked for the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np
import numpy.typing as npt

from ..graph import FloatArray, RoadGraph, UnitName

Repairs = Counter[str]  # what was done to what, in words -> how often

_open: ContextVar[Repairs | None] = ContextVar("repairs", default=None)


@contextmanager
def collected() -> Iterator[Repairs]:
    """Count every repair made by readers inside the block.

    >>> with collected() as repairs:
    ...     repaired("self loops dropped", 2)
    >>> told(repairs)
    'self loops dropped: 2'
    >>> told(Repairs())
    ''
    """
    repairs = Repairs()
    token = _open.set(repairs)
    try:
        yield repairs
    finally:
        _open.reset(token)


def repaired(what: str, n: int = 1) -> None:
    """Note ``n`` repairs; ``what`` is a noun in the plural and what was done to it."""
    repairs = _open.get()
    if repairs is not None and n > 0:
        repairs[what] += n


def count_edges(edges: npt.ArrayLike, is_mirrored: bool = False) -> None:
    """Note the self loops and the repeated edges among [M, 2] vertex indices.

    ``is_mirrored``: the format gives each edge in both directions, which is no repetition.
    """
    if _open.get() is None:
        return
    pairs = np.asarray(edges, dtype=np.int64).reshape(-1, 2)
    proper = pairs[pairs[:, 0] != pairs[:, 1]]
    if not is_mirrored:
        proper = np.sort(proper, axis=1)
    repaired("self loops dropped", len(pairs) - len(proper))
    keys = proper[:, 0] * (pairs.max(initial=0) + 1) + proper[:, 1]  # sorts faster than rows
    repaired("repeated edges dropped", len(proper) - len(np.unique(keys)))


def graph_of_lines(lines: Iterable[npt.ArrayLike], unit: UnitName = "px") -> RoadGraph:
    """`RoadGraph.from_lines`, its repairs noted; each line is [K, 2]."""
    parts = [np.asarray(line, dtype=np.float64).reshape(-1, 2) for line in lines]
    points = np.concatenate([np.zeros((0, 2)), *parts])
    return graph_of_points(points, [len(part) for part in parts], unit)


def graph_of_points(points: FloatArray, n_of: list[int], unit: UnitName = "px") -> RoadGraph:
    """As `graph_of_lines`: [N, 2] points of all lines one after the other, ``n_of`` each."""
    if not len(points):
        return RoadGraph([], [], unit)
    points = points + 0.0  # -0.0 is 0.0
    pairs = points.view(np.complex128)[:, 0]  # one sortable value a point, as exact
    _, first, place = np.unique(pairs, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))  # points are numbered as they are met
    place = rank[place]
    is_last = np.zeros(len(place), dtype=bool)
    ends = np.cumsum(n_of)
    is_last[ends[ends > 0] - 1] = True
    start = np.flatnonzero(~is_last)
    edges = np.stack([place[start], place[start + 1]], axis=1)
    count_edges(edges)
    return RoadGraph(points[first[order]], edges, unit)


def count_merged(points: FloatArray, edges: npt.NDArray[np.integer]) -> None:
    """Note the [N, 2] ends of edges that a format without vertices will read back as one."""
    if _open.get() is not None:
        used = points[np.unique(edges)]
        repaired("coincident points merged", len(used) - len(np.unique(used, axis=0)))
        repaired("points without an edge left out", len(points) - len(used))


def told(repairs: Repairs) -> str:
    """One line in words, in the order of what was met; empty where nothing was done."""
    return ", ".join(f"{what}: {n}" for what, n in repairs.items())
