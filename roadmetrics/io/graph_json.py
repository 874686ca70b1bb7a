"""JSON of vertices and edges: ``{"vertices": [[x, y]], "edges": [[i, j]], "unit": "px"}``."""

from __future__ import annotations

import json
from itertools import pairwise
from math import dist
from typing import Any, Literal

import numpy as np

from ..errors import FormatError
from ..graph import FloatArray, RoadGraph, UnitName
from .files import located
from .projection import LONLAT, crs_name, to_metres
from .repairs import count_edges
from .strict_json import array_of, number, parse_json, point, quoted

Points = list[tuple[float, float]]
Unit = UnitName | Literal["degrees"]

ROUNDING = 1e-3  # that ends of polylines may be off their vertices

_UNITS: dict[str, Unit] = {
    "px": "px", "pixel": "px", "pixels": "px",
    "m": "m", "metre": "m", "metres": "m", "meter": "m", "meters": "m",
    "deg": "degrees", "degree": "degrees", "degrees": "degrees",
}  # fmt: skip


def read_graph_json(data: bytes, name: str, crs: str | None = None) -> RoadGraph:
    """Parse a JSON graph; see `graph_of`.

    >>> read_graph_json(b'{"nodes": [[0, 0], [3, 4]], "edges": [[0, 1]]}', "a.json")
    RoadGraph(2 vertices, 1 edges, 5.0 px)
    >>> read_graph_json(b'{"nodes": [], "edges": []}', "a.json")
    RoadGraph(0 vertices, 0 edges, 0.0 px)
    """
    return graph_of(parse_json(data, name), name, crs)


def graph_of(document: Any, name: str, crs: str | None = None) -> RoadGraph:
    """A parsed document as a graph; degrees are projected to metres, other keys are ignored.

    Raises FormatError with the index of the vertex, edge or polyline that breaks a rule.
    """
    if not isinstance(document, dict):
        raise FormatError(f"{name}: expected an object, not {quoted(document)}")
    vertices = points_of(_either(document, "vertices", "nodes", name), f"{name}: vertex")
    edges = edges_of(_either(document, "edges", "edges", name), len(vertices), name)
    weights = _numbers(_either(document, "weights", "lengths", name, False), len(edges), name)
    flags = _flags(document.get("is_node"), len(vertices), name)
    if document.get("polylines") is not None:
        chains = _polylines(document["polylines"], vertices, edges, name)
        vertices, edges, weights, flags = _expanded(vertices, edges, weights, chains)
    unit = unit_of(_either(document, "unit", "units", name, False), name)
    count_edges(edges)
    with located(name):
        graph = RoadGraph(
            np.array(vertices, dtype=np.float64).reshape(-1, 2),
            np.array(edges, dtype=np.int32).reshape(-1, 2),
            "px" if unit == "degrees" else unit,
            extent=_extent(document.get("extent"), name),
            metres_per_pixel=_scale(document.get("metres_per_pixel"), name),
            is_node=flags,
            weights=weights,
        )
        return with_crs(graph, unit, document.get("crs"), crs, name)


def with_crs(graph: RoadGraph, unit: Unit, source: Any, target: str | None, name: str) -> RoadGraph:
    """Degrees to metres; metres of a known crs to ``target``; pixels as they are."""
    if unit == "px" or (unit == "m" and source is None):
        return graph
    source = LONLAT if source is None else crs_name(source, name)
    moved = to_metres(graph, source, target, name)
    if graph.extent is not None and moved.crs != source:
        raise FormatError(f"{name}: an extent cannot be projected from {source} to {moved.crs}")
    return moved


def write_graph_json(graph: RoadGraph) -> bytes:
    """Everything that a graph holds; numbers read back exactly."""
    document: dict[str, Any] = {"unit": graph.unit, "crs": graph.crs}
    document["metres_per_pixel"] = graph.metres_per_pixel
    document["extent"] = None if graph.extent is None else list(graph.extent)
    document["vertices"], document["edges"] = graph.vertices.tolist(), graph.edges.tolist()
    for key in ("is_node", "weights"):
        array = getattr(graph, key)
        document[key] = None if array is None else array.tolist()
    kept = {key: value for key, value in document.items() if value is not None}
    return (json.dumps(kept, allow_nan=False) + "\n").encode()


def unit_of(text: Any, name: str) -> Unit:
    """Pixels where nothing is said; ``m ...`` is metres, ``m (assumed)`` for one.

    >>> unit_of(None, "a.json"), unit_of("metres", "a.json"), unit_of("m at zoom 18", "a.json")
    ('px', 'm', 'm')
    """
    if text is None:
        return "px"
    word = text.strip().lower() if isinstance(text, str) else ""
    unit = _UNITS.get(word) or ("m" if word.startswith("m ") else None)
    if unit is None:
        raise FormatError(f"{name}: unit {quoted(text)} is not px, m or degrees")
    return unit


def _either(document: dict[str, Any], a: str, b: str, name: str, is_needed: bool = True) -> Any:
    """The value under one of two names; both at once is an error."""
    if a != b and document.get(a) is not None and document.get(b) is not None:
        raise FormatError(f"{name}: both {a!r} and {b!r} are given; keep one")
    value = document.get(a) if document.get(a) is not None else document.get(b)
    if value is None and is_needed:
        raise FormatError(f"{name}: no {' or '.join(dict.fromkeys((repr(a), repr(b))))}")
    return value


def points_of(value: Any, place: str) -> Points:
    """Positions of a JSON array; ``place`` and the index name the one that is wrong."""
    return [point(p, f"{place} {i}") for i, p in enumerate(array_of(value, place))]


def edges_of(value: Any, n: int, name: str) -> list[tuple[int, int]]:
    """Pairs of indices below ``n`` of a JSON array."""
    edges = []
    for i, pair in enumerate(array_of(value, f"{name}: edges")):
        if not isinstance(pair, list) or len(pair) != 2:
            raise FormatError(f"{name}: edge {i}: expected two integers, not {quoted(pair)}")
        for end in pair:
            if type(end) is not int:
                raise FormatError(f"{name}: edge {i}: an index is an integer, not {quoted(end)}")
        for end in pair:
            if not 0 <= end < n:
                raise FormatError(
                    f"{name}: edge {i} refers to vertex {quoted(end)} but the file has {n}"
                )
        edges.append((pair[0], pair[1]))
    return edges


def _numbers(value: Any, n: int, name: str) -> list[float] | None:
    if value is None:
        return None
    numbers = array_of(value, f"{name}: weights")
    if len(numbers) != n:
        raise FormatError(f"{name}: {len(numbers)} weights for {n} edges")
    return [number(w, f"{name}: weight {i}") for i, w in enumerate(numbers)]


def _flags(value: Any, n: int, name: str) -> list[bool] | None:
    if value is None:
        return None
    flags = array_of(value, f"{name}: is_node")
    if len(flags) != n or any(type(f) is not bool for f in flags):
        raise FormatError(f"{name}: is_node must be {n} booleans, one a vertex")
    return flags


def _extent(value: Any, name: str) -> Any:
    if value is None:
        return None
    box = [number(v, f"{name}: extent") for v in array_of(value, f"{name}: extent")]
    if len(box) != 4:
        raise FormatError(f"{name}: extent must be [x0, y0, x1, y1]")
    return tuple(box)


def _scale(value: Any, name: str) -> float | None:
    return None if value is None else number(value, f"{name}: metres_per_pixel")


def _polylines(
    value: Any, vertices: Points, edges: list[tuple[int, int]], name: str
) -> list[Points]:
    """For each edge the points between its ends."""
    lines = array_of(value, f"{name}: polylines")
    if len(lines) != len(edges):
        raise FormatError(f"{name}: {len(lines)} polylines for {len(edges)} edges")
    inner = []
    for i, (line, (a, b)) in enumerate(zip(lines, edges, strict=True)):
        points = points_of(line, f"{name}: polyline {i}, point")
        start, end = vertices[a], vertices[b]
        if not _runs(points, start, end):
            points.reverse()  # an edge has no direction
        if not _runs(points, start, end):
            raise FormatError(f"{name}: polyline {i} does not run from vertex {a} to vertex {b}")
        inner.append(points[1:-1])
    return inner


def _runs(points: Points, start: tuple[float, float], end: tuple[float, float]) -> bool:
    """Whether a line has these ends, rounding aside; the vertices' own coordinates are kept."""
    return len(points) >= 2 and max(dist(points[0], start), dist(points[-1], end)) <= ROUNDING


def _expanded(
    vertices: Points, edges: list[tuple[int, int]], weights: list[float] | None, inner: list[Points]
) -> tuple[Points, list[tuple[int, int]], list[float] | None, list[bool]]:
    """Chains of vertices in place of polylines; a weight is shared out by length."""
    points = list(vertices)
    pieces: list[tuple[int, int]] = []
    shares: list[float] = []
    for i, ((a, b), between) in enumerate(zip(edges, inner, strict=True)):
        ids = [a, *range(len(points), len(points) + len(between)), b]
        points.extend(between)
        pieces.extend(pairwise(ids))
        if weights is not None:
            shares.extend(_shares(np.array([vertices[a], *between, vertices[b]]), weights[i]))
    flags = [True] * len(vertices) + [False] * (len(points) - len(vertices))
    return points, pieces, None if weights is None else shares, flags


def _shares(line: FloatArray, weight: float) -> list[float]:
    lengths = np.hypot(*np.diff(line, axis=0).T)
    total = float(lengths.sum())
    shares = lengths / total if total > 0 else np.full(len(lengths), 1 / len(lengths))
    result: list[float] = (shares * weight).tolist()
    return result
