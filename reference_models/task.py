"""One image to draw roads on: its key points, what is drawn already, and what should be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from roadmetrics.errors import RoadMetricsError
from roadmetrics.graph import Bounds, FloatArray, IntArray, RoadGraph
from roadmetrics.patches import Patch
from roadmetrics.rewards import RewardScorer

Image = npt.NDArray[np.uint8]  # [H, W, 3]


@dataclass(frozen=True, eq=False)
class Task:
    """One image to draw roads on.

    Parameters
    ----------
    id : name, for messages
    image : uint8 [H, W, 3]
    key_points : [N, 2] x, y in the image's pixels, ascending by x, then y: the order in which an
        autoregressive model draws
    gt : the roads, in pixels, its extent the image; None where nobody knows
    start : int32 [M, 2] edges that are drawn already, i < j
    target : int32 [E, 2] edges of the ground truth between key points, i < j, ascending; None
        without ground truth

    Raises
    ------
    RoadMetricsError : in one line that begins with the id: an image of another type, no key
        points, two at one place, another order, one outside the image, an edge to nowhere, a
        ground truth that is not in pixels of the image

    >>> image = np.zeros((8, 8, 3), np.uint8)
    >>> Task("a", image, [(1, 1), (6, 1)], None, [(0, 1)]).start.tolist()
    [[0, 1]]
    >>> Task("a", image, [], None)
    Traceback (most recent call last):
    ...
    roadmetrics.errors.RoadMetricsError: a: there is no key point: nothing can be drawn
    """

    id: str
    image: Image
    key_points: FloatArray
    gt: RoadGraph | None
    start: IntArray = ()  # type: ignore[assignment]
    target: IntArray | None = None

    def __post_init__(self) -> None:
        try:
            _check_image(self.image)
            points = _points(self.key_points, image_extent(self.image))
            object.__setattr__(self, "key_points", points)
            object.__setattr__(self, "start", _pairs("start", self.start, len(points)))
            if self.target is not None:
                object.__setattr__(self, "target", _pairs("target", self.target, len(points)))
            _check_truth(self.gt, image_extent(self.image))
        except RoadMetricsError as error:
            raise RoadMetricsError(f"{self.id}: {error}") from None

    @property
    def extent(self) -> Bounds:
        """(x0, y0, x1, y1) of the image: half a pixel beyond the centres of its outer pixels."""
        return image_extent(self.image)

    def check_fits(self, max_key_points: int) -> None:
        """Raise RoadMetricsError for more key points than a network takes."""
        if (n := len(self.key_points)) > max_key_points:
            raise RoadMetricsError(
                f"{self.id}: {n} key points, more than {max_key_points}: raise --max-key-points, "
                "or make fewer (--simplify, --spacing)"
            )

    def patch(self) -> Patch:
        """For `roadmetrics.env.BuildRoads`; RoadMetricsError without ground truth."""
        return Patch(self._truth(), self.key_points, self.image, self.start)

    def drawn(self, edges: npt.ArrayLike) -> RoadGraph:
        """The graph of edges [M, 2] between the key points, its extent the image."""
        return RoadGraph(self.key_points, edges, extent=self.extent)

    def upper_bound(self) -> float:
        """The weighted score (`RewardScorer`) of all target edges: the most of these key points.

        1 but for what simplifying, jitter and the cap on key points cost. Greedy targets may in
        rare cases be beaten by another choice of edges. RoadMetricsError without target.
        """
        if self.target is None:
            raise RoadMetricsError(f"{self.id}: there is no target to score")
        return self.score(self.target)

    def score(self, edges: npt.ArrayLike) -> float:
        """What a refiner is rewarded by: the weighted score (`RewardScorer`) of edges [M, 2].

        RoadMetricsError without ground truth.
        """
        scorer = RewardScorer(self._truth())
        scorer.reset(self.key_points, edges)
        return scorer.score

    def _truth(self) -> RoadGraph:
        if self.gt is None:
            raise RoadMetricsError(f"{self.id}: there is no ground truth to be rewarded by")
        return self.gt


def image_extent(image: npt.NDArray[Any]) -> Bounds:
    """(x0, y0, x1, y1) of an image [H, W, ...], half a pixel beyond its outer centres.

    >>> image_extent(np.zeros((2, 3, 3), np.uint8)), image_extent(np.zeros((0, 0, 3), np.uint8))
    ((-0.5, -0.5, 2.5, 1.5), (-0.5, -0.5, -0.5, -0.5))
    """
    height, width = image.shape[:2]
    return -0.5, -0.5, width - 0.5, height - 0.5


def is_extent_of(extent: Bounds | None, width: int, height: int, slack: float) -> bool:
    """Whether an extent, where known, is an image's, whether pixels are points or areas.

    >>> is_extent_of((-0.5, -0.5, 63.5, 63.5), 64, 64, 2.0), is_extent_of(None, 64, 64, 0.0)
    (True, True)
    >>> is_extent_of((-0.5, -0.5, 63.5, 63.5), 128, 128, 2.0)
    False
    """
    if extent is None:
        return True
    wide, high = extent[2] - extent[0], extent[3] - extent[1]
    return abs(wide - width) <= slack and abs(high - height) <= slack


def _check_image(image: object) -> None:
    is_array = isinstance(image, np.ndarray)
    kind = f"{image.dtype} {image.shape}" if is_array else type(image).__name__  # type: ignore[attr-defined]
    if not is_array or not kind.startswith("uint8") or image.ndim != 3 or image.shape[2] != 3:  # type: ignore[attr-defined]
        raise RoadMetricsError(f"the image must be uint8 of shape (height, width, 3), not {kind}")


def _points(points: npt.ArrayLike, box: Bounds) -> FloatArray:
    """[N, 2] key points that are there, in order, and in the image."""
    array = RoadGraph(points, []).vertices
    if not len(array):
        raise RoadMetricsError("there is no key point: nothing can be drawn")
    outside = ~((array >= box[:2]) & (array <= box[2:])).all(axis=1)
    if outside.any():
        k = int(np.argmax(outside))
        x, y = array[k].tolist()
        raise RoadMetricsError(
            f"key point {k} at x {x:g}, y {y:g} is outside the image, which reaches from "
            f"{box[0]:g}, {box[1]:g} to {box[2]:g}, {box[3]:g}"
        )
    step = np.diff(array, axis=0)
    if not ((step[:, 0] > 0) | ((step[:, 0] == 0) & (step[:, 1] > 0))).all():
        raise RoadMetricsError("key points must be ascending by x, then y, each at its own place")
    return array


def _pairs(name: str, pairs: npt.ArrayLike, n: int) -> IntArray:
    """int32 [M, 2] with i < j, ascending."""
    array = np.asarray(pairs)
    array = array.reshape(-1, 2) if not array.size else array
    if array.ndim != 2 or array.shape[1] != 2 or (array.size and array.dtype.kind not in "iu"):
        raise RoadMetricsError(f"{name} must be whole numbers of shape (M, 2)")
    array = np.sort(array.astype(np.int64), axis=1)
    if len(array) and (array.min() < 0 or array.max() >= n or (array[:, 0] == array[:, 1]).any()):
        raise RoadMetricsError(f"{name} must join two different ones of {n} key points")
    return np.unique(array, axis=0).astype(np.int32).reshape(-1, 2)


def _check_truth(gt: RoadGraph | None, box: Bounds) -> None:
    if gt is None:
        return
    if gt.unit != "px":
        raise RoadMetricsError("the ground truth must be in pixels of the image, not in metres")
    if gt.extent is None or not np.allclose(gt.extent, box):
        raise RoadMetricsError(f"the ground truth's extent is {gt.extent}, not the image's {box}")
