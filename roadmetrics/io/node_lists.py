"""``[nodes, edges]`` JSON of Sat2Graph's and RNGDet's converters: latitude and longitude, y first.

Their converter (songtaohe/Sat2Graph metrics/apls/convert.py) lays a tile's pixels on the sea:
row r and column c become latitude 41 - r / 111111 and longitude -71 + c / (111111 cos 41 deg).
Points there are pixels again when read; others are real latitudes and longitudes.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..errors import FormatError
from ..graph import FloatArray, RoadGraph
from .files import located
from .graph_json import edges_of, points_of
from .projection import LONLAT, to_metres
from .repairs import count_edges

TOP, LEFT = 41.0, -71.0  # degrees of pixel (0, 0)
PER_DEGREE = 111111.0  # pixels of a degree of latitude
SEA = 0.25  # degrees south and east that tiles reach: 27,000 pixels
SPAN = 2.0  # degrees: a wider list is not one of latitudes and longitudes of a tile
DECIMALS = 6  # of a pixel: what is left of whole numbers after the way through degrees


def graph_of_lists(document: list[Any], name: str, crs: str | None = None) -> RoadGraph:
    """A parsed ``[nodes, edges]``: pixels for the converters' frame, else metres.

    Raises FormatError with the index of the node or edge that breaks a rule, and for nodes that
    are no latitudes and longitudes.

    >>> graph_of_lists([[[41.0, -71.0], [40.999919, -71.0]], [[0, 1]]], "a.json")
    RoadGraph(2 vertices, 1 edges, 9.0 px)
    >>> graph_of_lists([[], []], "a.json")
    RoadGraph(0 vertices, 0 edges, 0.0 px)
    """
    if len(document) != 2:
        raise FormatError(f"{name}: expected [nodes, edges], not a list of {len(document)}")
    nodes = points_of(document[0], f"{name}: node")
    edges = edges_of(document[1], len(nodes), name)
    count_edges(edges)
    degrees = np.array(nodes, dtype=np.float64).reshape(-1, 2)[:, ::-1]  # longitude, latitude
    links = np.array(edges, dtype=np.int32).reshape(-1, 2)
    with located(name):
        if _is_on_the_sea(degrees):
            return RoadGraph(_pixels(degrees), links)
        _check_span(degrees, name)
        return to_metres(RoadGraph(degrees, links), LONLAT, crs, name)


def _is_on_the_sea(degrees: FloatArray) -> bool:
    offset = (degrees - (LEFT, TOP)) * (1, -1)
    margin = 100 / PER_DEGREE  # coordinates a little outside of the tile
    return bool(((offset >= -margin) & (offset <= SEA)).all())


def _pixels(degrees: FloatArray) -> FloatArray:
    scale = PER_DEGREE * np.array([math.cos(math.radians(TOP)), -1.0])
    pixels: FloatArray = np.round((degrees - (LEFT, TOP)) * scale, DECIMALS)
    return pixels


def _check_span(degrees: FloatArray, name: str) -> None:
    if np.ptp(degrees, axis=0).max() > SPAN:
        raise FormatError(
            f"{name}: [nodes, edges] holds latitudes and longitudes of a tile, these span more "
            f"than {SPAN:g} degrees: write pixels as "
            '{"vertices": [[x, y], ...], "edges": [[i, j], ...]}'
        )
