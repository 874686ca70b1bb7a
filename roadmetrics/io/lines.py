"""Lines of a geographic file as a graph in metres."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

import numpy as np

from ..errors import FormatError
from ..graph import MAX_COORDINATE, FloatArray, RoadGraph
from .files import located
from .projection import to_metres
from .repairs import graph_of_points, repaired
from .wkb import lines_of_wkb

MAX_POINTS = 2_000_000  # positions, and features, of a file: reading so many takes below 1 GB
CHUNK = 1000  # lines


def graph_of_wkb(
    features: Iterable[bytes | None], kind: str, source: str, target: str | None, name: str
) -> RoadGraph:
    """The lines of features, in WKB, as a graph; see `graph_on_ground`.

    ``kind``: what the format calls a feature. One without geometry is counted and skipped.
    """
    return graph_on_ground(_lines(features, kind, name), source, target, name)


def graph_on_ground(
    lines: Iterable[FloatArray], source: str, target: str | None, name: str
) -> RoadGraph:
    """[K, 2] lines of the crs ``source`` as a graph in metres (see `projection.to_metres`).

    Lines join where their coordinates are exactly equal as written. Raises FormatError for more
    than `MAX_POINTS` positions and for coordinates that are no number.
    """
    chunks: list[FloatArray] = [np.zeros((0, 2))]
    n_of: list[int] = []
    n, rest = 0, iter(lines)
    while chunk := list(itertools.islice(rest, CHUNK)):
        n_of.extend(map(len, chunk))
        n += sum(n_of[-len(chunk) :])
        if max(n, len(n_of)) > MAX_POINTS:
            raise FormatError(f"{name}: more than {MAX_POINTS} positions: cut it up")
        chunks.append(np.concatenate(chunk))  # an array a line would take ten times the memory
    points = np.concatenate(chunks)
    check_finite(points, name)
    with located(name):
        return to_metres(graph_of_points(points, n_of), source, target, name)


def check_finite(points: FloatArray, place: str) -> None:
    """Raise FormatError where one of [N, 2] coordinates is NaN, infinite or above 1e12."""
    if not (np.abs(points) <= MAX_COORDINATE).all():
        raise FormatError(f"{place}: coordinates must be finite and below 1e12")


def _lines(features: Iterable[bytes | None], kind: str, name: str) -> Iterator[FloatArray]:
    for i, data in enumerate(features):
        if i >= MAX_POINTS:
            raise FormatError(f"{name}: more than {MAX_POINTS} {kind}s: cut it up")
        if data is None:
            repaired("features without geometry skipped")
        else:
            yield from lines_of_wkb(data, f"{name}: {kind} {i}")
