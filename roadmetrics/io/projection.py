"""Longitude and latitude to metres: the UTM zone of the data's centre, or a zone that is given."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import FormatError
from ..graph import FloatArray, RoadGraph, labelled
from .files import quoted

if TYPE_CHECKING:
    import pyproj

LONLAT = "EPSG:4326"
MAX_SPAN = 12.0  # degrees of longitude: two UTM zones; wider data needs a crs of its own

_NAME = re.compile(
    r"(?:urn:ogc:def:crs:)?(EPSG|OGC):(?:[0-9.]*:)?([0-9]{4,6}|CRS84)(?![0-9A-Za-z])", re.I
)


def crs_name(text: Any, place: str) -> str:
    """``EPSG:...`` of an EPSG or OGC name; no file, address or PROJ pipeline is ever looked up.

    >>> crs_name("urn:ogc:def:crs:OGC:1.3:CRS84", "a.geojson")
    'EPSG:4326'
    >>> crs_name("EPSG:32616 (assumed from coordinates)", "a.json")
    'EPSG:32616'
    """
    match = _NAME.match(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise FormatError(f"{place}: crs {quoted(text)} is not understood: write it as EPSG:number")
    return LONLAT if match[2].upper() == "CRS84" else f"EPSG:{match[2]}"


def to_metres(graph: RoadGraph, source: str, target: str | None, name: str) -> RoadGraph:
    """``graph`` in metres, from coordinates in the crs ``source`` to ``target``.

    Without a target, longitudes and latitudes go to the UTM zone of the centre of the bounding
    box, and metres stay as they are; those of a Mercator map of the world, which are longer than
    metres on the ground, count as degrees. Raises FormatError for a latitude beyond 90, a crs in
    feet, and data too wide for one zone. No coordinates: nothing moves, crs is ``target``.
    """
    target = None if target is None else crs_name(target, name)
    from_lonlat = is_lonlat(source, name)
    if not from_lonlat and target != source and _is_world_mercator(source):
        graph = replace(graph, vertices=moved(graph.vertices, source, LONLAT, name))
        source, from_lonlat = LONLAT, True
    if not len(graph.vertices):
        return labelled(graph, "m", target or (None if from_lonlat else source))
    if from_lonlat:
        _check_lonlat(graph.vertices, name)
        target = target or _utm_zone(graph, name)
    else:
        target = target or source
    if is_lonlat(target, name):
        raise FormatError(f"{name}: crs {target} is in degrees: give one in metres")
    if source == target:
        return labelled(graph, "m", target)
    return replace(
        graph, vertices=moved(graph.vertices, source, target, name), unit="m", crs=target
    )


def to_lonlat(graph: RoadGraph, name: str) -> FloatArray:
    """[N, 2] longitude and latitude of a graph in metres whose crs is known."""
    if graph.unit != "m" or graph.crs is None:
        raise FormatError(f"{name}: longitudes and latitudes need a graph in metres with a crs")
    return moved(graph.vertices, crs_in_metres(graph.crs, name), LONLAT, name)


def crs_in_metres(text: str, name: str) -> str:
    """The crs of a graph in metres; FormatError for one that counts in anything else."""
    crs = crs_name(text, name)
    if is_lonlat(crs, name):
        raise FormatError(f"{name}: the graph says metres, but its crs {crs} counts in degrees")
    return crs


def moved(points: FloatArray, source: str, target: str, name: str) -> FloatArray:
    """[N, 2] points of one crs in another; FormatError where one cannot hold them."""
    if not len(points) or source == target:
        return points
    x, y = _transformer(source, target).transform(points[:, 0], points[:, 1])
    moved: FloatArray = np.stack([x, y], axis=1)
    bad = ~np.isfinite(moved).all(axis=1)
    if bad.any():
        worst = points[int(np.argmax(bad))].tolist()
        raise FormatError(f"{name}: {worst} lies outside what {target} can hold")
    return moved


@lru_cache(maxsize=16)
def _transformer(source: str, target: str) -> pyproj.Transformer:
    import pyproj

    return pyproj.Transformer.from_crs(source, target, always_xy=True)


@lru_cache(maxsize=64)
def _axis_unit(crs: str) -> tuple[bool, str]:
    """Whether in degrees, and the name of the unit; pyproj's CRSError for an unknown code."""
    import pyproj

    found = pyproj.CRS.from_user_input(crs)
    return bool(found.is_geographic), str(found.axis_info[0].unit_name) if found.axis_info else ""


@lru_cache(maxsize=64)
def _is_world_mercator(crs: str) -> bool:
    """Whether a metre of the crs is 1 / cos(latitude) of one on the ground: web maps."""
    import pyproj

    operation = pyproj.CRS.from_user_input(crs).coordinate_operation
    method = operation.method_name if operation else ""
    return "Mercator" in method and "Transverse" not in method and "Oblique" not in method


def is_lonlat(crs: str, name: str) -> bool:
    """True for degrees, False for metres; FormatError for any other unit."""
    if crs == LONLAT:
        return True
    from pyproj.exceptions import CRSError

    try:
        is_geographic, unit = _axis_unit(crs)
    except CRSError:
        raise FormatError(f"{name}: {crs} is not a known crs") from None
    if not is_geographic and unit not in ("metre", "meter"):
        raise FormatError(f"{name}: {crs} counts in {unit or 'no unit'}, not in metres or degrees")
    return is_geographic


def _check_lonlat(points: FloatArray, name: str) -> None:
    bad = (np.abs(points[:, 1]) > 90) | (np.abs(points[:, 0]) > 180)
    if bad.any():
        worst = points[int(np.argmax(bad))].tolist()
        raise FormatError(
            f"{name}: {worst} is no longitude and latitude (in this order); "
            "metres need a crs in the file, pixels another format"
        )


def _utm_zone(graph: RoadGraph, name: str) -> str:
    assert graph.bounds is not None
    x0, y0, x1, y1 = graph.bounds
    lon, lat = (x0 + x1) / 2, (y0 + y1) / 2
    if x1 - x0 > MAX_SPAN or not -80 <= lat <= 84:
        raise FormatError(
            f"{name}: longitudes {x0:g} to {x1:g}, latitudes {y0:g} to {y1:g} fit no UTM zone; "
            "cut the data or give a crs in metres"
        )
    zone = min(int((lon + 180) // 6) + 1, 60)
    return f"EPSG:{(32600 if lat >= 0 else 32700) + zone}"
