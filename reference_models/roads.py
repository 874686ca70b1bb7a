"""From a map to a road graph: threshold, thin, trace, simplify; the same for every method."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from roadmetrics.graph import Mask, RoadGraph
from roadmetrics.vectorize import vectorize

from .settings import RoadArgs


def roads_of(
    values: npt.NDArray[np.float32],
    threshold: float,
    args: RoadArgs,
    *,
    is_distance: bool,
    metres_per_pixel: float | None = None,
) -> RoadGraph:
    """The roads of a map [H + 2 margin, W + 2 margin], clipped to the image within its margin.

    Road is where a distance is at most ``threshold``, or a probability at least that.

    >>> far = np.abs(np.arange(-6, 7, dtype=np.float32))[:, None].repeat(9, axis=1)
    >>> graph = roads_of(far, 0, RoadArgs(margin=2), is_distance=True)
    >>> graph.length, graph.extent
    (5.0, (-0.5, -0.5, 4.5, 8.5))
    >>> roads_of(far, -1, RoadArgs(margin=0), is_distance=True)
    RoadGraph(0 vertices, 0 edges, 0.0 px)
    """
    margin = args.margin
    road = np.asarray(values <= threshold if is_distance else values >= threshold)
    mask = Mask(road, origin=(-margin, -margin), metres_per_pixel=metres_per_pixel)
    graph = vectorize(mask, simplify=args.simplify, min_length=args.spur)
    height, width = road.shape
    return graph.clipped((-0.5, -0.5, width - 2 * margin - 0.5, height - 2 * margin - 0.5))
