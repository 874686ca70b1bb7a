"""Where on the ground the pixels of a GeoTIFF lie (OGC 19-008r4): transform and crs."""

from __future__ import annotations

import io
import math
import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..errors import FormatError
from ..graph import Bounds, FloatArray, RoadGraph
from .files import located, quoted
from .projection import crs_name, moved, to_metres

WIDTH, HEIGHT = 256, 257  # tags
FRAME = SCALE, TIEPOINT, MATRIX, KEYS = 33550, 33922, 34264, 34735
MODEL, RASTER, GEOGRAPHIC, PROJECTED = 1024, 1025, 2048, 3072  # keys
POINT, USER_DEFINED = 2, 32767  # of RASTER; of the two crs keys


@dataclass(frozen=True)
class ImageFrame:
    """The pixels of an image on the ground.

    ``matrix`` [2, 3] takes (x, y, 1), x the column and y the row of a pixel's centre, to
    coordinates of ``crs``; width and height in pixels.
    """

    matrix: FloatArray
    crs: str
    width: int
    height: int

    @property
    def extent(self) -> Bounds:
        """(x0, y0, x1, y1) of the pixel area, in pixels."""
        return -0.5, -0.5, self.width - 0.5, self.height - 0.5

    def pixel_sizes(self) -> tuple[float, float]:
        """Metres along x and along y of the pixel in the middle."""
        x, y = (self.width - 1) / 2, (self.height - 1) / 2
        steps = RoadGraph([(x - 0.5, y), (x + 0.5, y), (x, y - 0.5), (x, y + 0.5)], [])
        points = self.to_ground(steps).vertices
        across, down = np.hypot(*(points[1::2] - points[::2]).T).tolist()
        return across, down

    def to_ground(self, graph: RoadGraph, crs: str | None = None) -> RoadGraph:
        """A graph in pixels in metres of ``crs``, or of the UTM zone of its centre."""
        points: FloatArray = np.asarray(
            graph.vertices @ self.matrix[:, :2].T + self.matrix[:, 2], dtype=np.float64
        )
        placed = replace(graph, vertices=points, extent=None, metres_per_pixel=None, weights=None)
        return to_metres(placed, self.crs, crs, "the image")

    def to_pixels(self, graph: RoadGraph) -> RoadGraph:
        """A graph in metres of a known crs in pixels of the image."""
        if graph.crs is None:
            raise FormatError("metres without a crs cannot be placed on an image")
        points = moved(graph.vertices, graph.crs, self.crs, "the image") - self.matrix[:, 2]
        pixels = np.linalg.solve(self.matrix[:, :2], points.T).T.astype(np.float64)
        size = math.sqrt(math.prod(self.pixel_sizes()))
        return replace(
            graph, vertices=pixels, unit="px", crs=None, extent=self.extent, weights=None,
            metres_per_pixel=size,
        )  # fmt: skip


def read_frame(data: bytes, name: str) -> ImageFrame:
    """The frame of a GeoTIFF; raises FormatError where it has no transform or no EPSG code."""
    tags, (width, height) = _tags(data, name)
    keys = _keys(tags.get(KEYS, ()), name)
    code = keys.get(PROJECTED) if keys.get(MODEL) == 1 else keys.get(GEOGRAPHIC)
    if code is None or not 0 < code < USER_DEFINED:
        raise FormatError(f"{name}: the GeoTIFF names no EPSG code of its crs")
    matrix = _matrix(tags, name)
    if keys.get(RASTER) != POINT:
        matrix[:, 2] += matrix[:, :2] @ (0.5, 0.5)  # it gives corners, we count from centres
    if abs(np.linalg.det(matrix[:, :2])) < 1e-300:
        raise FormatError(f"{name}: the transform of the GeoTIFF is flat")
    with located(name):
        return ImageFrame(matrix, crs_name(f"EPSG:{code}", name), width, height)


def _tags(data: bytes, name: str) -> tuple[dict[int, Any], tuple[int, int]]:
    """All tags of the first image, and its size; what its pixels are does not matter."""
    if data[:4] not in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        raise FormatError(f"{name}: only a GeoTIFF says where its pixels lie")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of other metadata
        try:
            return _directory(data)
        except Exception as error:  # Pillow raises nearly anything for damaged bytes
            raise FormatError(
                f"{name}: a damaged TIFF, Pillow says {quoted(str(error), 80)}"
            ) from None


def _directory(data: bytes) -> tuple[dict[int, Any], tuple[int, int]]:
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

    is_big = data[2:3] == b"+" or data[3:4] == b"+"
    directory = ImageFileDirectory_v2(data[: 16 if is_big else 8])
    stream = io.BytesIO(data)
    stream.seek(directory.next)
    directory.load(stream)
    tags = {tag: directory[tag] for tag in (*FRAME, WIDTH, HEIGHT) if tag in directory}
    return tags, (int(tags[WIDTH]), int(tags[HEIGHT]))


def _keys(values: Any, name: str) -> dict[int, int]:
    """GeoKeys that are short integers; the first four numbers are a header."""
    numbers = values if isinstance(values, tuple) else ()
    if len(numbers) < 4:
        raise FormatError(f"{name}: the TIFF has no georeference: give a GeoTIFF")
    rows = [numbers[i : i + 4] for i in range(4, len(numbers) - 3, 4)]
    return {int(key): int(value) for key, place, _, value in rows if place == 0}


def _matrix(tags: dict[int, Any], name: str) -> FloatArray:
    """[2, 3] from (column, row, 1), counted from corners unless the raster type says points."""
    if MATRIX in tags:
        full = _floats(tags[MATRIX], 16, name)
        return np.array([[full[0], full[1], full[3]], [full[4], full[5], full[7]]])
    if SCALE not in tags or TIEPOINT not in tags:
        raise FormatError(f"{name}: the GeoTIFF has no transform (pixel scale and tie point)")
    sx, sy = _floats(tags[SCALE], 2, name)[:2]
    column, row, _, x, y = _floats(tags[TIEPOINT], 6, name)[:5]
    return np.array([[sx, 0.0, x - column * sx], [0.0, -sy, y + row * sy]])


def _floats(values: Any, n: int, name: str) -> list[float]:
    try:
        numbers = [float(value) for value in values]
    except (TypeError, ValueError, OverflowError):
        numbers = []
    if len(numbers) < n or not all(abs(number) <= 1e12 for number in numbers):
        raise FormatError(f"{name}: the transform of the GeoTIFF is damaged")
    return numbers
