"""Graphs in degrees at 41 N, as Sat2Graph's TOPO computes: main.py, graph.py, topo.py there."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from ...graph import FloatArray, RoadGraph
from ...routing import LongArray, incidence

DEGREE = 111111.0  # metres, main.py xy2latlon
TOP, LEFT = 41.0, -71.0  # main.py lat_top_left, lon_top_left
SLACK_ROWS, SLACK_COLUMNS = 300.0, 500.0  # main.py region
NORM_LATITUDE = 40.0  # topo.py:16


class Degrees(NamedTuple):
    """A graph in degrees; arcs are its edges both ways, by vertex and in the order of the file."""

    lat: FloatArray  # [N]
    lon: FloatArray  # [N]
    ptr: LongArray  # [N + 1]
    head: LongArray  # [2M]
    back: LongArray  # [2M] the arc the other way
    tail: LongArray  # [2M]


class Starts(NamedTuple):
    """Places on arcs, with the distance to both ends of the arc's edge."""

    lat: FloatArray  # [n]
    lon: FloatArray  # [n]
    first: LongArray  # [n] vertex
    second: LongArray  # [n] vertex
    to_first: FloatArray  # [n]
    to_second: FloatArray  # [n]

    def taken(self, which: LongArray) -> Starts:
        """Some of them."""
        return Starts(
            self.lat[which], self.lon[which], self.first[which], self.second[which],
            self.to_first[which], self.to_second[which],
        )  # fmt: skip


def to_degrees(metres: float) -> float:
    """The number of degrees that a constant in metres stands for, to 12 places."""
    return round(metres / DEGREE, 12)


def in_degrees(graph: RoadGraph) -> Degrees:
    column, row = graph.vertices.T if len(graph.vertices) else np.zeros((2, 0))
    ptr, edge = incidence(graph)
    tail = np.repeat(np.arange(len(graph.vertices)), np.diff(ptr)).astype(np.int64)
    ends = graph.edges.astype(np.int64)
    head = ends[edge].sum(axis=1) - tail
    arcs_of_edge = np.argsort(edge, kind="stable").reshape(-1, 2)
    back = np.empty(len(edge), dtype=np.int64)
    back[arcs_of_edge] = arcs_of_edge[:, ::-1]
    return Degrees(
        TOP - row / DEGREE,
        LEFT + (column / DEGREE) / math.cos(math.radians(TOP)),
        ptr, head, back, tail,
    )  # fmt: skip


def region_of(*graphs: Degrees) -> tuple[float, float, float, float]:
    """Lowest latitude, lowest longitude, highest latitude, highest longitude."""
    low = min([TOP, *(float(g.lat.min()) for g in graphs if len(g.lat))])
    high = max([LEFT, *(float(g.lon.max()) for g in graphs if len(g.lon))])
    return (
        low - SLACK_ROWS / DEGREE, LEFT - SLACK_COLUMNS / DEGREE,
        TOP + SLACK_ROWS / DEGREE, high + SLACK_COLUMNS / DEGREE,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def distance_of(lat1, lon1, lat2, lon2):  # type: ignore[no-untyped-def]
    a, b = lat1 - lat2, (lon1 - lon2) * math.cos(math.radians(lat1))
    return np.sqrt(a * a + b * b)


@njit(cache=True, nogil=True)
def unit_of(dlat, dlon):  # type: ignore[no-untyped-def]
    """Direction as (north, east); nan for none."""
    east = dlon * math.cos(math.radians(NORM_LATITUDE))
    length = np.sqrt(east * east + dlat * dlat)
    if length == 0.0:
        return np.nan, np.nan
    return dlat / length, east / length


@njit(cache=True, nogil=True)
def first_met(graph):  # type: ignore[no-untyped-def]
    """Vertices with an edge, in the order in which the program first meets them."""
    n = len(graph.lat)
    is_met = np.zeros(n, np.bool_)
    order = np.empty(n, np.int64)
    size = 0
    for v in range(n):
        for k in range(graph.ptr[v], graph.ptr[v + 1]):
            for w in (v, graph.head[k]):
                if not is_met[w]:
                    is_met[w] = True
                    order[size] = w
                    size += 1
    return order[:size].copy()
