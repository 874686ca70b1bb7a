"""Statistics of road graphs in windows of a given size, as `roadmetrics.describe` has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from roadmetrics.description import Description, describe
from roadmetrics.graph import Bounds, FloatArray, RoadGraph

COUNTED = ("junctions", "total_length")  # of a window, one number each
TINY = 1e-6


@dataclass(frozen=True, eq=False)
class WindowStatistics:
    """Samples of all windows by name: those of `describe`, and one number a window of `COUNTED`."""

    n_windows: int
    samples: Mapping[str, FloatArray]


def windows_of(box: Bounds, size: float) -> Iterator[Bounds]:
    """Squares of ``size`` from the box's first corner on; those at the far sides are cut off.

    >>> list(windows_of((0, 0, 5, 3), 3))
    [(0.0, 0.0, 3.0, 3.0), (3.0, 0.0, 5.0, 3.0)]
    """
    x0, y0, x1, y1 = map(float, box)
    for y in np.arange(y0, y1 - TINY, size).tolist():
        for x in np.arange(x0, x1 - TINY, size).tolist():
            yield x, y, min(x + size, x1), min(y + size, y1)


def statistics(
    graphs: Mapping[str, RoadGraph], boxes: Mapping[str, Bounds], size: float
) -> WindowStatistics:
    """Of all tiles, each cut into windows of ``size``, in its unit, within its box.

    An end that a window's side makes by cutting a road is no end: its degree is left out.

    >>> statistics({}, {}, 400.0).n_windows
    0
    """
    every = [
        _of_window(graph, window)
        for name, graph in graphs.items()
        for window in windows_of(boxes[name], size)
    ]
    names = every[0] if every else {}
    pooled = {key: np.sort(np.concatenate([one[key] for one in every])) for key in names}
    return WindowStatistics(len(every), pooled)


def _of_window(graph: RoadGraph, window: Bounds) -> dict[str, FloatArray]:
    part = graph.clipped(window)
    about: Description = describe(part)
    samples = {name: np.asarray(values) for name, values in about.samples.items()}
    degree = np.sort(samples["degree"])
    samples["degree"] = degree[_n_cut_ends(graph, part, window) :]
    samples["junctions"] = np.array([about.n_junctions], dtype=np.float64)
    samples["total_length"] = np.array([about.length])
    return samples


def _n_cut_ends(graph: RoadGraph, part: RoadGraph, window: Bounds) -> int:
    """Ends on the window's sides that were no ends before."""
    v, (x0, y0, x1, y1) = part.vertices, window
    gaps = np.abs(np.stack([v[:, 0] - x0, x1 - v[:, 0], v[:, 1] - y0, y1 - v[:, 1]]))
    on_side = (gaps.min(axis=0, initial=np.inf) <= TINY) & (part.degrees == 1)
    ends = set(map(tuple, graph.vertices[graph.degrees == 1].tolist()))
    return sum(tuple(place) not in ends for place in v[on_side].tolist())
