"""One image with its roads, or a part of one: what every data set comes down to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from roadmetrics.errors import FormatError
from roadmetrics.graph import Mask, RoadGraph
from roadmetrics.io.files import MIB, read_bytes, shown
from roadmetrics.io.geotiff import read_frame
from roadmetrics.load import read
from roadmetrics.prepare import flip_y

from .photo import photo_size

Box = tuple[int, int, int, int]  # x0, y0, x1, y1: pixels x0 to x1 - 1 and y0 to y1 - 1
LIMIT = 1024 * MIB  # of a GeoTIFF whose georeference is read


@dataclass(frozen=True)
class Scene:
    """An image file, the file of its roads (graph or mask), and which part of them is meant.

    ``box``: pixels of the image; None: all. ``offset``: where the image's first pixel lies in the
    coordinates of the roads. ``is_y_up``: the roads' y counts from the bottom of the image.
    ``metres_per_pixel``: where the roads do not say.
    """

    id: str
    image: Path
    roads: Path | None = None
    box: Box | None = None
    offset: tuple[float, float] = (0.0, 0.0)
    is_y_up: bool = False
    metres_per_pixel: float | None = None

    def bounds(self) -> Box:
        """Pixels of the image that are meant; raises FormatError where they are not in it."""
        width, height = photo_size(self.image)
        if self.box is None:
            return 0, 0, width, height
        x0, y0, x1, y1 = self.box
        if not (0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height):
            raise FormatError(
                f"{shown(self.image)}: it is {width} x {height} pixels: there is no part "
                f"{x0},{y0} to {x1},{y1}"
            )
        return self.box

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        x0, y0, x1, y1 = self.bounds()
        return x1 - x0, y1 - y0

    def graph(self) -> RoadGraph:
        """The roads in pixels of the part, clipped to it; a mask is thinned.

        Raises FormatError for a mask that is not of the image's size, and roads that cannot be
        placed on it.
        """
        if self.roads is None:
            raise FormatError(f"{shown(self.image)}: it has no roads beside it")
        tile = read(self.roads)
        if isinstance(tile, Mask):
            tile = self._mask_of_image(tile).graph
        return self._cut(self._in_pixels(tile))

    def is_empty(self) -> bool:
        """Whether there is no road at all; reads the roads, thins nothing."""
        if self.roads is None:
            return True
        tile = read(self.roads)
        if not isinstance(tile, Mask):
            return not len(self._cut(self._in_pixels(tile)).edges)
        x0, y0, x1, y1 = self.bounds()
        return not self._mask_of_image(tile).array[y0:y1, x0:x1].any()

    def _mask_of_image(self, mask: Mask) -> Mask:
        width, height = photo_size(self.image)
        if mask.array.shape != (height, width):
            raise FormatError(
                f"{shown(self.roads or '')}: {mask.array.shape[1]} x {mask.array.shape[0]} pixels, "
                f"but {shown(self.image)} has {width} x {height}: one of the two belongs elsewhere"
            )
        return mask

    def _in_pixels(self, graph: RoadGraph) -> RoadGraph:
        """In the image's pixels: through its georeference where the roads are in metres."""
        if graph.unit == "m":
            if graph.crs is None:
                raise FormatError(
                    f"{shown(self.roads or '')}: roads in metres without a crs cannot be placed "
                    f"on {shown(self.image)}: give them in pixels"
                )
            frame = read_frame(read_bytes(self.image, LIMIT), shown(self.image))
            return frame.to_pixels(graph)
        if self.is_y_up:
            flipped = flip_y(graph, -0.5, photo_size(self.image)[1] - 0.5)
            assert isinstance(flipped, RoadGraph)
            graph = flipped
        return graph

    def _cut(self, graph: RoadGraph) -> RoadGraph:
        """Clipped to the part, which then begins at 0, 0."""
        x0, y0, x1, y1 = self.bounds()
        shift = np.array([x0 + self.offset[0], y0 + self.offset[1]])
        ends = np.array([[-0.5, -0.5], [x1 - x0 - 0.5, y1 - y0 - 0.5]])
        low, high = (ends + shift).tolist()
        graph = graph.clipped((low[0], low[1], high[0], high[1]))
        extent = tuple(ends.ravel().tolist())
        return replace(
            graph, vertices=graph.vertices - shift, extent=extent, weights=None,
            metres_per_pixel=graph.metres_per_pixel or self.metres_per_pixel,
        )  # fmt: skip


def crops(scene: Scene, side: int, overlap: int) -> list[Scene]:
    """Squares of a scene, ``side`` wide, the last moved back to its edge; all of a small scene.

    SpaceNet 3 in 400 px with 100 px overlap: 16 crops of an image of 1300 x 1300.
    """
    x0, y0, x1, y1 = scene.bounds()
    lefts, tops = starts(x1 - x0, side, overlap), starts(y1 - y0, side, overlap)
    return [
        replace(
            scene, id=f"{scene.id}_{x}_{y}",
            box=(x0 + x, y0 + y, min(x0 + x + side, x1), min(y0 + y + side, y1)),
        )
        for y in tops for x in lefts
    ]  # fmt: skip


def starts(length: int, side: int, overlap: int) -> list[int]:
    """Where pieces of ``side`` begin that cover ``length`` and share ``overlap`` or more.

    >>> starts(1300, 400, 100), starts(500, 400, 100), starts(0, 400, 100)
    ([0, 300, 600, 900], [0, 100], [0])
    """
    last = max(length - side, 0)
    return [*range(0, last, side - overlap), last]


def drawn(graph: RoadGraph, width: int, height: int) -> npt.NDArray[np.bool_]:
    """[height, width] the roads one pixel wide."""
    from roadmetrics.raster import road_pixels

    road = np.zeros((height, width), dtype=np.bool_)
    x, y = road_pixels(graph).T
    is_in = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    road[y[is_in], x[is_in]] = True
    return road
