"""Training crops: which, turned how, with the distance to the road; a function of seed and number.

Roads are the lines of the graph drawn one pixel wide, turned as lines and then drawn, so that no
turn blurs them. Without torch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from roadmetrics.errors import RoadMetricsError
from roadmetrics.graph import RoadGraph
from roadmetrics.io.files import shown

from .data import Photos, Scene, drawn
from .losses.distance import distance_to_road

if TYPE_CHECKING:
    from collections.abc import Callable

    from .settings import TrainArgs

Floats = npt.NDArray[np.float32]
ORDER, CROP = 0, 1  # streams of random numbers: the order of scenes, and each crop


@dataclass(frozen=True)
class Batch:
    """Crops of one step: images [B, 3, s, s], about -2 to 2, and distances [B, 1, s, s]."""

    scenes: tuple[Scene, ...]
    images: Floats
    distances: Floats


@dataclass(frozen=True)
class Place:
    """A square on a scene: its centre in pixels, its angle, and which of eight ways it lies."""

    x: float
    y: float
    angle: float
    way: int


class Crops:
    """All crops of a training run: ``batch(step)`` is the same whenever it is asked for.

    Every scene is taken once before any is taken again. Raises RoadMetricsError for scenes smaller
    than a crop.
    """

    def __init__(self, scenes: Sequence[Scene], args: TrainArgs, photos: Photos) -> None:
        self.scenes, self.args, self.photos = scenes, args, photos
        self.graphs: dict[str, RoadGraph] = {}
        for scene in scenes:
            check_size(scene, args.crop)

    def batch(self, step: int) -> Batch:
        """The crops of a step, counted from 0."""
        n = self.args.batch
        made = [self._crop(number) for number in range(step * n, (step + 1) * n)]
        scenes, images, distances = zip(*made, strict=True)
        return Batch(tuple(scenes), np.stack(images), np.stack(distances)[:, None])

    def _crop(self, number: int) -> tuple[Scene, Floats, Floats]:
        scene = self._scene(number)
        rng = np.random.default_rng([self.args.seed, CROP, number])
        x0, y0, x1, y1 = scene.bounds()
        place = drawn_place(rng, x1 - x0, y1 - y0, self.args)
        image = normal(
            cut_image(self.photos.open(scene.image)[y0:y1, x0:x1], place, self.args.crop)
        )
        far = cut_distance(self._graph(scene), place, self.args.crop, self.args.d_max)
        return scene, image, far

    def _scene(self, number: int) -> Scene:
        lap, k = divmod(number, len(self.scenes))
        order = np.random.default_rng([self.args.seed, ORDER, lap]).permutation(len(self.scenes))
        return self.scenes[int(order[k])]

    def _graph(self, scene: Scene) -> RoadGraph:
        if scene.id not in self.graphs:
            self.graphs[scene.id] = scene.graph()
        return self.graphs[scene.id]


def check_scenes(
    scenes: Sequence[Scene], empty: str, progress: Callable[[int, int], None] | None = None
) -> None:
    """Read the roads of every scene once.

    Raises RoadMetricsError that names the file for roads that cannot be read, a mask of another
    size than its image, and, with ``empty`` "error", an image without road.
    """
    n_empty = 0
    for done, scene in enumerate(scenes, start=1):
        if scene.is_empty():
            n_empty += 1
            if empty == "error":
                raise RoadMetricsError(
                    f"{shown(scene.roads or scene.image)}: there is no road in it ({scene.id}): "
                    "take it away, or train on empty images with --empty keep"
                )
        if progress is not None:
            progress(done, len(scenes))
    if n_empty == len(scenes):
        raise RoadMetricsError(
            f"{shown(scenes[0].image.parent)}: there is no road in any of {len(scenes)} images"
        )


def check_size(scene: Scene, side: int) -> None:
    """Raise RoadMetricsError for a scene that holds no crop."""
    width, height = scene.size
    if min(width, height) < side:
        raise RoadMetricsError(
            f"{shown(scene.image)}: {scene.id} is {width} x {height} pixels, smaller than a crop "
            f"of {side}: take it away or give a smaller --crop"
        )


def drawn_place(rng: np.random.Generator, width: int, height: int, args: TrainArgs) -> Place:
    """A place at random; the angle is 0 where the turned square does not fit into the scene."""
    angle = float(rng.uniform(-math.pi / 4, math.pi / 4)) if args.turns else 0.0
    shares = rng.random(2)
    way = int(rng.integers(8)) if args.flips else 0
    half = args.crop / 2 * (abs(math.cos(angle)) + abs(math.sin(angle)))
    if angle and 2 * half <= min(width, height):
        x, y = (half - 0.5 + shares * (np.array([width, height]) - 2 * half)).tolist()
        return Place(x, y, angle, way)
    free = np.array([width, height]) - args.crop + 1
    left, top = np.minimum((shares * free).astype(int), free - 1).tolist()
    return Place(left + (args.crop - 1) / 2, top + (args.crop - 1) / 2, 0.0, way)


def cut_image(photo: npt.NDArray[np.uint8], place: Place, side: int) -> npt.NDArray[np.float32]:
    """[side, side, 3] of a photo [H, W, 3], by linear interpolation where it is turned."""
    middle = (side - 1) / 2
    if not place.angle:
        top, left = round(place.y - middle), round(place.x - middle)
        return laid(photo[top : top + side, left : left + side].astype(np.float32), place.way)
    reach = math.ceil(side / 2 * (abs(math.cos(place.angle)) + abs(math.sin(place.angle)))) + 2
    top, left = max(int(place.y) - reach, 0), max(int(place.x) - reach, 0)
    part = photo[top : int(place.y) + reach + 1, left : int(place.x) + reach + 1]
    c, s = math.cos(place.angle), math.sin(place.angle)
    matrix = np.array([[c, s], [-s, c]])  # (row, column) of the crop to those of the photo
    offset = np.array([place.y - top, place.x - left]) - matrix @ (middle, middle)
    turned = np.empty((side, side, 3), np.float32)
    for k in range(3):
        ndimage.affine_transform(
            part[:, :, k].astype(np.float32), matrix, offset, (side, side), turned[:, :, k],
            order=1, mode="nearest",
        )  # fmt: skip
    return laid(turned, place.way)


def cut_distance(graph: RoadGraph, place: Place, side: int, d_max: float) -> Floats:
    """[side, side] distance to the roads, which are seen beyond the crop as far as it matters."""
    margin = math.ceil(d_max) + 1
    reach = side + margin
    near = graph.clipped((place.x - reach, place.y - reach, place.x + reach, place.y + reach))
    c, s = math.cos(place.angle), math.sin(place.angle)
    x, y = (near.vertices - (place.x, place.y)).T
    turned = np.stack([c * x + s * y, c * y - s * x], axis=1) + (side - 1) / 2 + margin
    whole = side + 2 * margin
    moved = replace(near, vertices=turned, extent=None, weights=None)
    far = distance_to_road(drawn(moved, whole, whole), d_max)
    return np.ascontiguousarray(laid(far[margin:-margin, margin:-margin], place.way))


def laid(array: npt.NDArray[np.float32], way: int) -> npt.NDArray[np.float32]:
    """[s, s, ...] turned by ``way`` quarters, mirrored from 4 on."""
    turned = np.rot90(array, way % 4)
    return turned[:, ::-1] if way >= 4 else turned


def normal(image: npt.NDArray[np.float32]) -> Floats:
    """[3, H, W] for a network, from [H, W, 3] of 0 to 255."""
    scaled = (image.transpose(2, 0, 1) - np.float32(127.5)) / np.float32(64)
    return np.ascontiguousarray(scaled, dtype=np.float32)
