"""GeoJSON lines as SpaceNet publishes roads: lon/lat in, metres out (RFC 7946)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ..errors import FormatError
from ..graph import RoadGraph
from .files import located
from .projection import LONLAT, crs_name, to_lonlat, to_metres
from .repairs import count_merged, graph_of_lines, repaired
from .strict_json import array_of, parse_json, point, quoted

Line = list[tuple[float, float]]


def read_geojson(data: bytes, name: str, crs: str | None = None) -> RoadGraph:
    """Parse a FeatureCollection of LineString and MultiLineString; see `graph_of`.

    >>> read_geojson(b'{"type": "FeatureCollection", "features": []}', "a.geojson")
    RoadGraph(0 vertices, 0 edges, 0.0 m)
    """
    return graph_of(parse_json(data, name), name, crs)


def graph_of(document: Any, name: str, crs: str | None = None) -> RoadGraph:
    """A parsed document as a graph in metres, in ``crs`` or else the UTM zone of its centre.

    Lines join where their coordinates are exactly equal as written. Heights and properties are
    dropped; a feature without geometry is no road. Raises FormatError with the index of the
    feature for any other geometry and for a position that is not two finite numbers.
    """
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        kind = document.get("type") if isinstance(document, dict) else document
        raise FormatError(f"{name}: expected a FeatureCollection, not {quoted(kind)}")
    features = array_of(document.get("features"), f"{name}: features")
    lines = [line for i, f in enumerate(features) for line in _lines(f, f"{name}: feature {i}")]
    with located(name):
        return to_metres(graph_of_lines(lines), _source_crs(document, name), crs, name)


def write_geojson(graph: RoadGraph, name: str) -> bytes:
    """One LineString of two positions an edge, lon/lat; the graph must be in metres with a crs."""
    points = to_lonlat(graph, name)
    count_merged(points, graph.edges)
    positions = points.tolist()
    features = [
        {
            "type": "Feature",
            "properties": {},
            "geometry": {"type": "LineString", "coordinates": [positions[a], positions[b]]},
        }
        for a, b in graph.edges.tolist()
    ]
    document = {"type": "FeatureCollection", "features": features}
    return (json.dumps(document, allow_nan=False) + "\n").encode()


def _source_crs(document: dict[str, Any], name: str) -> str:
    """The crs member of GeoJSON 2008; RFC 7946 has none and means lon/lat."""
    crs = document.get("crs")
    if crs is None:
        return LONLAT
    properties = crs.get("properties") if isinstance(crs, dict) else None
    if not isinstance(properties, dict):
        raise FormatError(f"{name}: crs has no properties.name")
    return crs_name(properties.get("name"), name)


def _lines(feature: Any, place: str) -> Iterator[Line]:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise FormatError(f"{place}: expected a Feature, not {quoted(feature)}")
    if "geometry" not in feature:
        raise FormatError(f"{place}: no geometry")
    geometry = feature["geometry"]
    if geometry is None:
        repaired("features without geometry skipped")
        return
    kind = geometry.get("type") if isinstance(geometry, dict) else geometry
    if not isinstance(geometry, dict) or kind not in ("LineString", "MultiLineString"):
        raise FormatError(
            f"{place}: only LineString and MultiLineString are read, not {quoted(kind)}"
        )
    coordinates = array_of(geometry.get("coordinates"), f"{place}: coordinates")
    for part in [coordinates] if kind == "LineString" else coordinates:
        yield _line(array_of(part, f"{place}: line"), place)


def _line(positions: list[Any], place: str) -> Line:
    if len(positions) == 1:
        raise FormatError(f"{place}: a line has two positions or more, not one")
    repaired("heights dropped", sum(isinstance(p, list) and len(p) > 2 for p in positions))
    return [point(p, f"{place}, position {i}") for i, p in enumerate(positions)]
