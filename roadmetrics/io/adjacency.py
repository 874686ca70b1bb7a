"""Adjacency pickles of Sat2Graph, RNGDet and SAM-Road: ``{(row, col): [(row, col), ...]}``."""

from __future__ import annotations

import pickle  # to write: nothing here loads one
from typing import Any

import numpy as np

from ..errors import FormatError
from ..graph import RoadGraph
from .files import located, quoted
from .pickle_machine import Pairs
from .pickle_opcodes import RECIPE, run
from .repairs import count_edges, repaired

Point = tuple[float, float]


def read_adjacency(data: bytes, name: str) -> RoadGraph:
    """Read an adjacency pickle without unpickling it: x is the column, y the row, in pixels.

    Vertices come in the order of the keys, then of neighbours that are no key; edges in the order
    of appearance. Raises FormatError for anything but that dictionary of pairs of numbers.

    >>> import pickle
    >>> read_adjacency(pickle.dumps({(0, 5): [(0, 9)], (0, 9): [(0, 5)]}), "8.p").vertices
    array([[5., 0.],
           [9., 0.]])
    >>> read_adjacency(pickle.dumps({}), "8.p")
    RoadGraph(0 vertices, 0 edges, 0.0 px)
    """
    value = run(data, name)
    if not isinstance(value, Pairs):
        raise FormatError(
            f"{name}: the pickle holds {quoted(value)}, not a dictionary "
            f"{{(row, col): [(row, col), ...]}}; {RECIPE}"
        )
    neighbours = _neighbours(value, len(data), name)
    index: dict[Point, int] = {key: i for i, key in enumerate(neighbours)}
    edges: list[tuple[int, int]] = []
    for i, points in enumerate(neighbours.values()):
        edges.extend((i, index.setdefault(point, len(index))) for point in points)
    count_edges(edges, is_mirrored=True)
    with located(name):
        return RoadGraph(
            np.array(list(index), dtype=np.float64).reshape(-1, 2)[:, ::-1],
            np.array(edges, dtype=np.int32).reshape(-1, 2),
        )


def write_adjacency(graph: RoadGraph) -> bytes:
    """The dictionary of a graph in pixels, pickled by protocol 2; numbers read back exactly.

    Whole coordinates are written as integers, as the projects have them. A vertex without an edge
    is a key without neighbours; vertices at one place become one key.

    >>> read_adjacency(write_adjacency(RoadGraph([(5, 0), (9, 0)], [(0, 1)])), "8.p").length
    4.0
    >>> read_adjacency(write_adjacency(RoadGraph([], [])), "8.p").length
    0.0
    """
    keys = [(_plain(y), _plain(x)) for x, y in graph.vertices.tolist()]
    neighbours: dict[Point, list[Point]] = {key: [] for key in keys}
    repaired("coincident points merged", len(keys) - len(neighbours))
    for a, b in graph.edges.tolist():
        neighbours[keys[a]].append(keys[b])
        neighbours[keys[b]].append(keys[a])
    return pickle.dumps(neighbours, protocol=2)


def _plain(value: float) -> float:
    return int(value) if value.is_integer() else value


def _neighbours(value: Pairs, n_bytes: int, name: str) -> dict[Point, list[Point]]:
    """Key -> neighbours; of a key written twice the last list counts, as Python has it."""
    result: dict[Point, list[Point]] = {}
    total = 0
    for i, (key, listed) in enumerate(value.items):
        if not isinstance(listed, (list, tuple)):
            raise FormatError(f"{name}: key {i}: its neighbours are {quoted(listed)}, not a list")
        total += len(listed)
        if total > n_bytes:  # a shared list can be listed once per byte
            raise FormatError(f"{name}: key {i}: more neighbours than bytes in the file: refused")
        place = f"{name}: key {i}"
        points = [_point(p, f"{place}, neighbour {k}") for k, p in enumerate(listed)]
        at = _point(key, place)
        repaired("lists of keys given twice dropped", at in result)
        result[at] = points
    return result


def _point(value: Any, place: str) -> Point:
    if isinstance(value, (tuple, list)) and len(value) == 2:
        row, col = value
        if type(row) in (int, float) and type(col) in (int, float):
            if not (abs(row) <= 1e12 and abs(col) <= 1e12):
                raise FormatError(f"{place}: coordinates must be finite and below 1e12")
            return row, col
    wrong = value
    if isinstance(value, (tuple, list)) and len(value) == 2:
        wrong = next(v for v in value if type(v) not in (int, float))
    raise FormatError(f"{place}: expected (row, col), two numbers, not {quoted(wrong)}")
