"""Small road networks and images to refine."""

import numpy as np

from roadmetrics.graph import RoadGraph


def image(width=100, height=100):
    return np.zeros((height, width, 3), np.uint8)


def tile(lines, width=100, height=100, **more):
    """Polylines as a graph whose extent is the image."""
    box = (-0.5, -0.5, width - 0.5, height - 0.5)
    return RoadGraph.from_lines(lines, extent=box, **more)


def lines_of(points, edges):
    """The set of edges as sorted pairs of whole-numbered places."""
    places = [tuple(round(v) for v in p) for p in np.asarray(points).tolist()]
    return {tuple(sorted((places[i], places[j]))) for i, j in np.asarray(edges).tolist()}


def town(seed, side=400, step=60):
    """A grid of jittered corners, some of its roads left out."""
    rng = np.random.default_rng(seed)
    ticks = range(20, side, step)
    corner = {(i, j): (x + rng.uniform(-9, 9), y + rng.uniform(-9, 9))
              for i, x in enumerate(ticks) for j, y in enumerate(ticks)}  # fmt: skip
    steps = [(at, corner.get(other)) for (i, j), at in corner.items()
             for other in ((i + 1, j), (i, j + 1))]  # fmt: skip
    lines = [list(ends) for ends in steps if ends[1] is not None and rng.random() < 0.85]
    return tile(lines, side, side)
