"""Graph to mask: the line drawing that pixel metrics are defined on."""

from __future__ import annotations

import numpy as np

from .errors import GraphError
from .graph import BoolArray, RoadGraph

MAX_PIXELS = 400_000_000


def canvas_of(*graphs: RoadGraph, scale: float = 1.0) -> tuple[int, int, int, int]:
    """(x0, y0, width, height) in whole pixels that holds every vertex after scaling."""
    points = np.concatenate([graph.vertices for graph in graphs]) * scale
    if not len(points):
        return 0, 0, 1, 1
    low, high = np.round(points.min(axis=0)), np.round(points.max(axis=0))
    width, height = (int(v) for v in high - low + 1)
    return int(low[0]), int(low[1]), width, height


def draw(graph: RoadGraph, canvas: tuple[int, int, int, int], scale: float = 1.0) -> BoolArray:
    """[H, W] mask of the edges drawn one pixel wide, ends rounded half to even.

    Pillow's line, as the published pixel metric draws: which pixels a slanted line takes depends
    on the order of its ends, so edges run from the lower to the higher vertex index.

    Raises GraphError for a canvas of more than 4e8 pixels. No edges, no pixels.
    """
    from PIL import Image, ImageDraw

    x0, y0, width, height = canvas
    if width * height > MAX_PIXELS:
        raise GraphError(
            f"drawing this graph takes {width} x {height} pixels, more than {MAX_PIXELS:.0e}: "
            "clip it (--bounds), or use a metric on vectors"
        )
    image = Image.new("1", (width, height))
    pen = ImageDraw.Draw(image)
    ends = np.round(graph.vertices[graph.edges] * scale) - (x0, y0)  # [M, 2, 2]
    for line in ends.astype(np.int64).reshape(-1, 4).tolist():
        pen.line(line, fill=1, width=1)
    return np.asarray(image.convert("L")) > 0  # a "1" image gives booleans of byte 255
