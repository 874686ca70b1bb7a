"""OSMnx GraphML: nodes with x and y, edges with a geometry, a crs; parsed by expat as a stream."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from xml.parsers import expat  # handlers refuse every declaration: see _Reader

import numpy as np

from ..errors import FormatError
from ..graph import MAX_COORDINATE, FloatArray, RoadGraph
from .crs_text import crs_of
from .files import located, quoted
from .lines import MAX_POINTS, check_finite
from .projection import LONLAT, is_lonlat, to_metres
from .repairs import count_edges, repaired

ROUNDING = 1e-3  # of an end of a geometry, in units of the crs: 1 mm
LONLAT_ROUNDING = 1e-8  # in degrees
MAX_ELEMENTS = 10_000_000  # of the document; OSMnx writes about 15 an edge
_LINE = re.compile(r"\s*+LINESTRING\s*+(?:ZM|Z|M)?\s*+\(([-+0-9.eE,\s]*+)\)\s*+", re.I)
_WANTED = {"graph": ("crs",), "node": ("x", "y"), "edge": ("geometry",)}


class _Edge(NamedTuple):
    line: int  # of the file
    source: str
    target: str
    geometry: str | None


def read_graphml(data: bytes, name: str, crs: str | None = None) -> RoadGraph:
    """A street network saved by OSMnx as a graph in metres (see `projection.to_metres`).

    Edges join at nodes; both directions of a street are one edge, and streets between the same
    nodes whose geometries differ are several. The points between are no nodes (``is_node``). The
    attribute ``length`` is not read. Raises FormatError with the line for a document type, an
    entity, and whatever OSMnx does not write.

    >>> read_graphml(b"<graphml/>", "a.graphml")
    Traceback (most recent call last):
    ...
    roadmetrics.errors.FormatError: a.graphml: no graph in it
    """
    reader = _Reader(name)
    reader.parse(data)
    source = _source(reader, name)
    index = {key: i for i, key in enumerate(reader.nodes)}
    points = np.array(list(reader.nodes.values()), dtype=np.float64).reshape(-1, 2)
    slack = LONLAT_ROUNDING if is_lonlat(source, name) else ROUNDING
    chains = _chains(reader.edges, index, points, slack, name)
    with located(name):
        return to_metres(_joined(points, chains), source, crs, name)


def _source(reader: _Reader, name: str) -> str:
    """The crs; where OSMnx's key for it is declared and no value given, its default, lon/lat."""
    if reader.crs is not None:
        return crs_of(reader.crs, name)
    if not reader.declares_crs:
        raise FormatError(
            f"{name}: the graph has no crs: only GraphML of OSMnx is read (graph: crs; node: x, "
            "y; edge: geometry); other graphs by RoadGraph.from_networkx"
        )
    repaired("missing crs taken as lon/lat")
    return LONLAT


class _Reader:
    """Nodes, edges and the crs of a document; nothing is kept of the rest."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.crs: str | None = None
        self.nodes: dict[str, tuple[float, float]] = {}
        self.edges: list[_Edge] = []
        self._keys: dict[str, tuple[str, str]] = {}  # id -> element, attribute
        self._open: list[str] = []  # elements around, outermost first
        self._n_graphs = 0
        self._n_elements = 0
        self._ids: dict[str, str] = {}  # attributes of the node or edge that is open
        self._values: dict[str, str] = {}  # its wanted data
        self._text: list[str] | None = None  # of the wanted data that is open
        self._wanted = ""
        self._parser = expat.ParserCreate(namespace_separator=" ")

    def parse(self, data: bytes) -> None:
        parser = self._parser
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        for declaration in ("StartDoctypeDecl", "EntityDecl", "ExternalEntityRef"):
            setattr(parser, f"{declaration}Handler", self._refuse)
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            raise FormatError(
                f"{self.name}:{error.lineno}: not XML: {expat.ErrorString(error.code)}"
            ) from None
        except FormatError:
            raise
        except (ValueError, LookupError) as error:  # of an encoding that Python has not
            raise FormatError(f"{self.name}: not XML: {quoted(str(error), 60)}") from None
        if not self._n_graphs:
            raise FormatError(f"{self.name}: no graph in it")

    @property
    def declares_crs(self) -> bool:
        """Whether the document has OSMnx's key for a crs."""
        return ("graph", "crs") in self._keys.values()

    @property
    def _line(self) -> int:
        return self._parser.CurrentLineNumber

    def _fail(self, rule: str) -> FormatError:
        return FormatError(f"{self.name}:{self._line}: {rule}")

    def _refuse(self, *_: object) -> int:
        raise self._fail("document types and entities are refused: take the declaration away")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(" ")[2]
        self._n_elements += 1
        if self._n_elements > MAX_ELEMENTS or len(self.nodes) + len(self.edges) > MAX_POINTS:
            raise self._fail("too many elements: cut the network up")
        if not self._open and tag != "graphml":
            raise self._fail(f"expected graphml, not {quoted(tag)}")
        if len(self._open) > 8:
            raise self._fail("elements are nested too deeply for a graph of OSMnx")
        if tag == "key":
            self._declare(attributes)
        elif tag == "graph":
            self._n_graphs += 1
            if self._n_graphs > 1:
                raise self._fail("a second graph: keep one")
        elif tag in ("node", "edge"):
            self._ids, self._values = attributes, {}
        elif tag == "data" and self._open[-1] in _WANTED:
            kind, attribute = self._keys.get(attributes.get("key", ""), ("", ""))
            if kind in (self._open[-1], "all") and attribute in _WANTED[self._open[-1]]:
                self._text, self._wanted = [], attribute
        self._open.append(tag)

    def _declare(self, attributes: dict[str, str]) -> None:
        key, attribute = attributes.get("id", ""), attributes.get("attr.name", "")
        self._keys[key] = attributes.get("for", "all"), attribute

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _end(self, tag: str) -> None:
        self._open.pop()
        tag = tag.rpartition(" ")[2]
        if tag == "data" and self._text is not None:
            self._close_data("".join(self._text).strip())
            self._text = None
        elif tag == "node":
            self._close_node()
        elif tag == "edge":
            ends = self._ids.get("source"), self._ids.get("target")
            if ends[0] is None or ends[1] is None:
                raise self._fail("an edge has a source and a target")
            self.edges.append(_Edge(self._line, ends[0], ends[1], self._values.get("geometry")))

    def _close_data(self, text: str) -> None:
        if self._open[-1] == "graph":
            self.crs = text
        else:
            self._values[self._wanted] = text

    def _close_node(self) -> None:
        key = self._ids.get("id")
        if key is None or key in self.nodes:
            raise self._fail("a node has an id of its own")
        self.nodes[key] = self._coordinate("x", key), self._coordinate("y", key)

    def _coordinate(self, axis: str, key: str) -> float:
        text = self._values.get(axis)
        if text is None:
            raise self._fail(f"node {quoted(key)} has no {axis}: OSMnx gives each x and y")
        try:
            value = float(text)
        except ValueError:
            value = np.inf
        if not abs(value) <= MAX_COORDINATE:
            raise self._fail(f"node {quoted(key)}: {axis} {quoted(text)} is no number below 1e12")
        return value


class _Chain(NamedTuple):
    first: int
    last: int
    between: FloatArray  # [K, 2]


def _chains(
    edges: list[_Edge], index: dict[str, int], points: FloatArray, slack: float, name: str
) -> list[_Chain]:
    """One chain a street, from its lower to its higher node."""
    found: dict[tuple[int, int, bytes], _Chain] = {}
    for chain in _directed(edges, index, points, slack, name):
        a, b, between = chain
        backward = between[::-1]
        if a > b or (a == b and backward.tobytes() < between.tobytes()):
            a, b, between = b, a, np.ascontiguousarray(backward)
        found.setdefault((a, b, between.tobytes()), _Chain(a, b, between))
    return list(found.values())


def _directed(
    edges: list[_Edge], index: dict[str, int], points: FloatArray, slack: float, name: str
) -> Iterator[_Chain]:
    empty, n = np.zeros((0, 2)), len(points)
    for edge in edges:
        place = f"{name}:{edge.line}"
        for end in (edge.source, edge.target):
            if end not in index:
                raise FormatError(f"{place}: edge refers to node {quoted(end)}, which is not there")
        a, b = index[edge.source], index[edge.target]
        if edge.geometry is None:
            yield _Chain(a, b, empty)
            continue
        line = _wkt(edge.geometry, place)
        n += len(line)
        if n > MAX_POINTS:
            raise FormatError(f"{name}: more than {MAX_POINTS} positions: cut it up")
        ends = points[[a, b]]
        if _off(line, ends) > _off(line[::-1], ends):  # of a graph that was made undirected
            line = line[::-1]
        if _off(line, ends) > slack:
            raise FormatError(f"{place}: the geometry does not run from its source to its target")
        yield _Chain(a, b, np.ascontiguousarray(line[1:-1]))


def _off(line: FloatArray, ends: FloatArray) -> float:
    return float(np.abs(line[[0, -1]] - ends).max())


def _wkt(text: str, place: str) -> FloatArray:
    """[K, 2] of a LINESTRING of two points or more."""
    match = _LINE.fullmatch(text)
    rows = [row.split() for row in match[1].split(",")] if match else []
    sizes = {len(row) for row in rows}
    if len(rows) < 2 or len(sizes) != 1 or not sizes <= {2, 3, 4}:
        raise FormatError(f"{place}: geometry is a LINESTRING of points, not {quoted(text)}")
    try:
        points = np.array(rows, dtype=np.float64)
    except ValueError:
        raise FormatError(f"{place}: geometry {quoted(text)} has what is no number") from None
    if points.shape[1] > 2:
        repaired("heights dropped", len(points))
    check_finite(points[:, :2], place)
    return points[:, :2]


def _joined(points: FloatArray, chains: list[_Chain]) -> RoadGraph:
    """Nodes first, then the points between."""
    n = len(points)
    edges: list[FloatArray] = []
    for a, b, between in chains:
        path = np.concatenate([[a], np.arange(n, n + len(between)), [b]]).astype(np.int64)
        edges.append(np.stack([path[:-1], path[1:]], axis=1))
        n += len(between)
    pairs = np.concatenate(edges) if edges else np.zeros((0, 2), dtype=np.int64)
    count_edges(pairs)
    vertices = np.concatenate([points, *(chain.between for chain in chains)])
    return RoadGraph(vertices, pairs, is_node=np.arange(n) < len(points))
