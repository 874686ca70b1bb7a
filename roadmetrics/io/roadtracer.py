"""RoadTracer's ``.graph``: lines ``x y``, one blank line, lines ``a b`` (indices from 0).

Written by roadtracer/lib/discoverlib/graph.py:161-167, once per direction; read here undirected.
"""

from __future__ import annotations

import codecs
import math
from collections.abc import Callable, Sequence
from itertools import chain

import numpy as np

from ..errors import FormatError
from ..graph import MAX_COORDINATE, RoadGraph
from .files import decoded, located, quoted
from .repairs import count_edges

MAX_LINES = 2_500_000  # reading then takes 0.8 GB


def read_roadtracer(data: bytes, name: str) -> RoadGraph:
    r"""Parse a ``.graph`` file, in pixels.

    Raises FormatError with the line: not two numbers, not finite, an index out of range, no blank
    line between vertices and edges.

    >>> read_roadtracer(b"0 0\n3 4\n\n0 1\n1 0\n", "town.graph")
    RoadGraph(2 vertices, 1 edges, 5.0 px)
    >>> read_roadtracer(b"\n", "empty.graph")
    RoadGraph(0 vertices, 0 edges, 0.0 px)
    """
    data = data.removeprefix(codecs.BOM_UTF8)
    if data.count(b"\n") + data.count(b"\r") > MAX_LINES:
        raise FormatError(f"{name}: more than {MAX_LINES} lines: cut it up, or save it as .npz")
    lines = data.splitlines()
    n = _first_blank(lines, data, name)
    tail = lines[n + 1 :]
    while tail and not tail[-1].strip():
        tail.pop()
    vertices = _pairs(lines[:n], _coordinate)
    edges = _pairs(tail, int)
    if vertices is None or edges is None or not _in_range(edges, n):
        decoded(data, name)
        _locate(lines[:n], tail, name)
    count_edges(np.array(edges), is_mirrored=True)
    with located(name):
        return RoadGraph(
            np.array(vertices, dtype=np.float64).reshape(-1, 2),
            np.array(edges, dtype=np.int32).reshape(-1, 2),
        )


def write_roadtracer(graph: RoadGraph) -> bytes:
    """Both directions of every edge, as RoadTracer writes; numbers that read back exactly."""
    vertices = [f"{x!r} {y!r}\n" for x, y in graph.vertices.tolist()]
    edges = [f"{a} {b}\n{b} {a}\n" for a, b in graph.edges.tolist()]
    return "".join([*vertices, "\n", *edges]).encode("ascii")


def _first_blank(lines: list[bytes], data: bytes, name: str) -> int:
    for i, line in enumerate(lines):
        if not line.strip():
            return i
    decoded(data, name)
    raise FormatError(
        f"{name}:{len(lines)}: no blank line between vertices and edges; the file is cut short "
        "or not a RoadTracer graph"
    )


def _coordinate(text: bytes) -> float:
    value = float(text)
    if not abs(value) <= MAX_COORDINATE:
        raise ValueError("coordinates must be finite, below 1e12")
    return value


def _pairs(lines: Sequence[bytes], convert: Callable[[bytes], float]) -> list[float] | None:
    """All numbers of lines of two numbers each, flat; None if a line is anything else."""
    rows = [line.split() for line in lines]
    if any(len(row) != 2 for row in rows):
        return None
    try:
        numbers = list(map(convert, chain.from_iterable(rows)))
    except ValueError:
        return None
    return None if any(b"_" in line for line in lines) else numbers  # float("1_0") is 10


def _in_range(edges: list[float], n: int) -> bool:
    return not edges or (min(edges) >= 0 and max(edges) < n)


def _locate(head: list[bytes], tail: list[bytes], name: str) -> None:
    """Raise the error of the first bad line."""
    for i, line in enumerate(head):
        if _pairs([line], _coordinate) is None:
            raise FormatError(f"{name}:{i + 1}: {_vertex_rule(line)}")
    first = len(head) + 2
    for i, line in enumerate(tail):
        ends = _pairs([line], int)
        if ends is None:
            raise FormatError(f"{name}:{first + i}: an edge is 'a b' (indices), not {quoted(line)}")
        for end in ends:
            if not 0 <= end < len(head):
                raise FormatError(
                    f"{name}:{first + i}: edge refers to vertex {quoted(end)} "
                    f"but the file has {len(head)}"
                )


def _vertex_rule(line: bytes) -> str:
    try:
        is_number = all(math.isnan(float(t)) or True for t in line.split()) and b"_" not in line
    except ValueError:
        is_number = False
    if is_number and len(line.split()) == 2:
        return f"coordinates must be finite and below 1e12, not {quoted(line)}"
    return f"a vertex is 'x y', not {quoted(line)}"
