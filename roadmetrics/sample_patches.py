"""Patches of the bundled sample: the tiles of Nauru, for the environment that was given none."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import overload

import numpy as np

from . import sample
from .damage import roads_of
from .errors import RoadMetricsError
from .graph import RoadGraph
from .load import read
from .patches import ImageArray, Patch, Shape
from .raster import road_pixels
from .vectorize import simplified

TOLERANCE = 5.0  # metres between a road and the chords of its key points: 34 to 235 of them a tile


class SamplePatches(Sequence[Patch]):
    """The 19 tiles of the sample, 1250 m a side, each with key points of its ground truth.

    Key points are junctions, ends and bends of the ground truth, simplified to ``tolerance``
    metres and sorted by x, then y. The sample holds no photographs. The image shows the roads of
    ``pred_light``, a damaged copy, one pixel wide: what a segmentation would see, not a photograph.

    >>> tiles = SamplePatches((3, 96, 96))
    >>> len(tiles), len(tiles[0].key_points), tiles[0].image.shape
    (19, 46, (3, 96, 96))
    """

    def __init__(self, image_shape: Shape, tolerance: float = TOLERANCE) -> None:
        """Reads nothing yet."""
        self.image_shape, self.tolerance = image_shape, tolerance
        self._names = sorted(path.name for path in (sample.path() / "gt").glob("*.json"))

    def __len__(self) -> int:
        return len(self._names)

    @overload
    def __getitem__(self, index: int) -> Patch: ...
    @overload
    def __getitem__(self, index: slice) -> list[Patch]: ...
    def __getitem__(self, index: int | slice) -> Patch | list[Patch]:
        if isinstance(index, slice):
            return [self[k] for k in range(len(self))[index]]
        return _patch(self._names[index], self.image_shape, self.tolerance)


@cache
def _patch(name: str, shape: Shape, tolerance: float) -> Patch:
    gt, seen = (_graph(folder, name) for folder in ("gt", "pred_light"))
    points = _key_points(gt, tolerance)
    image = _drawn(seen, shape)
    for array in (points, image):
        array.setflags(write=False)
    return Patch(gt, points, image)


def _graph(folder: str, name: str) -> RoadGraph:
    tile = read(sample.path() / folder / name)
    if not isinstance(tile, RoadGraph):
        raise RoadMetricsError(f"{folder}/{name}: the sample holds graphs")
    return tile


def _key_points(gt: RoadGraph, tolerance: float) -> np.ndarray:
    """[N, 2] what is left of each chain between junctions; a loop keeps three places."""
    lines = roads_of(gt).lines
    kept = [line[simplified(line, tolerance, 2 * bool((line[0] == line[-1]).all()))]
            for line in lines]  # fmt: skip
    return np.unique(np.concatenate(kept), axis=0)


def _drawn(graph: RoadGraph, shape: Shape) -> ImageArray:
    """[C, H, W] white roads on black; the first row is the north."""
    image = np.zeros(shape, np.uint8)
    if graph.extent is None:
        return image
    x0, y0, x1, y1 = graph.extent
    _, height, width = shape
    scale = np.array([width / (x1 - x0), -height / (y1 - y0)])
    placed = RoadGraph((graph.vertices - (x0, y1)) * scale - 0.5, graph.edges)
    x, y = road_pixels(placed).T
    is_inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    image[:, y[is_inside], x[is_inside]] = 255
    return image
