"""A patch under construction as an RGB array, for people to look at."""

from __future__ import annotations

import numpy as np

from .graph import FloatArray, RoadGraph
from .patches import ImageArray, Site
from .raster import PixelArray, road_pixels

SIDE = 512  # pixels of the longer side
GT, PRED, POINT, CHOSEN = (230, 159, 0), (0, 114, 178), (60, 60, 60), (213, 94, 0)
GT_RADIUS, PRED_RADIUS, POINT_RADIUS, CHOSEN_RADIUS = 3.0, 1.2, 2.0, 5.0  # pixels


def picture(site: Site, pred: RoadGraph, chosen: int | None = None) -> ImageArray:
    """[H, W, 3] the patch's image, pale; gt orange and wide, pred blue, key points dark.

    ``chosen``: the key point whose edge has no second end yet, larger and red.
    """
    x0, y0, x1, y1 = site.box
    k = SIDE / max(x1 - x0, y1 - y0)
    size = np.maximum(np.round(np.array([x1 - x0, y1 - y0]) * k), 8).astype(np.int64)
    canvas = _ground(site, int(size[0]), int(size[1]))
    _paint(canvas, _roads(site, site.gt, size), GT, GT_RADIUS)
    _paint(canvas, _roads(site, pred, size), PRED, PRED_RADIUS)
    points = site.shares(site.key_points) * size - 0.5
    _paint(canvas, _inside(points, size), POINT, POINT_RADIUS)
    if chosen is not None:
        _paint(canvas, _inside(points[[chosen]], size), CHOSEN, CHOSEN_RADIUS)
    return canvas


def _ground(site: Site, width: int, height: int) -> ImageArray:
    """White, or the image at the nearest pixel, three quarters of the way to white."""
    if not site.has_image:
        return np.full((height, width, 3), 255, np.uint8)
    channels, rows, columns = site.image.shape
    row, column = np.arange(height) * rows // height, np.arange(width) * columns // width
    bands = site.image[:3] if channels >= 3 else site.image[[0, 0, 0]]
    return (255 - (255 - bands[:, row][:, :, column].transpose(1, 2, 0)) // 4).astype(np.uint8)


def _roads(site: Site, graph: RoadGraph, size: PixelArray) -> PixelArray:
    """[K, 2] pixels of the edges; those far outside are cut off first."""
    placed = RoadGraph(site.shares(graph.vertices) * size - 0.5, graph.edges)
    return road_pixels(placed.clipped((-0.5, -0.5, size[0] - 0.5, size[1] - 0.5)))


def _inside(points: FloatArray, size: PixelArray) -> PixelArray:
    is_near = ((points > -0.5) & (points < size - 0.5)).all(axis=1)
    return np.round(points[is_near]).astype(np.int64)


def _paint(
    canvas: ImageArray, pixels: PixelArray, colour: tuple[int, int, int], radius: float
) -> None:
    """Discs around pixels; what lies outside is left out."""
    reach = np.arange(-int(radius), int(radius) + 1)
    dx, dy = (grid.ravel() for grid in np.meshgrid(reach, reach))
    is_disc = dx**2 + dy**2 <= radius**2
    x = (pixels[:, :1] + dx[is_disc]).ravel()
    y = (pixels[:, 1:] + dy[is_disc]).ravel()
    is_on = (x >= 0) & (x < canvas.shape[1]) & (y >= 0) & (y < canvas.shape[0])
    canvas[y[is_on], x[is_on]] = colour
