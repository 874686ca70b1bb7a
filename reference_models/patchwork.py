"""A large image refined window by window, each begun with what is drawn there already.

Anagnostidis et al. 2022 (arXiv:2210.00828), appendix D.3: overlapping patches in raster order, a
patch's graph initialised with the edges and key points that were predicted before. The size of
the overlap is not given: assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from roadmetrics.errors import RoadMetricsError
from roadmetrics.graph import Bounds, IntArray, RoadGraph

from .canvas import Canvas, Window
from .data import starts
from .keypoints import KeyPoints, key_points_of
from .refine_settings import PatchOptions
from .simplify import rebuilt, simplified_graph
from .task import Image, Task
from .tiles import mirrored

Refine = Callable[[Task], npt.ArrayLike]  # all edges [M, 2] of the patch, the starting ones or not
Box = tuple[int, int, int]  # left, top, side
STRAIGHT = 1e-6  # pixels: a vertex no farther off the line is none of the result
NO_CAP = 2**31 - 1  # of the whole image; each patch has its own


__all__ = [
    "NO_CAP", "PatchOptions", "Refine", "Refined", "bounds_of", "bounds_within", "patch_boxes",
    "patch_edges", "refine_image",
]  # fmt: skip


class Refined(NamedTuple):
    """The roads of an image, and what was not done as asked, a line each."""

    graph: RoadGraph
    notes: tuple[str, ...]


def refine_image(
    name: str, image: Image, prediction: RoadGraph, refine: Refine, options: PatchOptions
) -> Refined:
    """The roads of an image [H, W, 3] from a prediction in its pixels.

    ``refine`` is given a `Task` for each patch and returns edges [M, 2] between its key points;
    edges that are there already stay whatever it returns. Patches go from left to right, then
    down. A road that crosses a patch's border ends in a key point on the border, which becomes a
    vertex if an edge is drawn to it. An edge of a dead end or a small component is taken out only
    where a refined patch holds both its ends.

    With a refiner that returns ``task.start``, and dead ends and small components kept, the result
    has the roads of the prediction, simplified by ``options.simplify``.

    A prediction without key points comes back as it is, and so do the roads of a patch that holds
    too many: notes tell of both. Raises RoadMetricsError for a prediction in metres, and for what
    a refiner returns that are no edges.
    """
    found = key_points_of(prediction, replace(options, max_key_points=NO_CAP))
    if not len(found.points):
        return Refined(prediction, (f"{name}: no key points: the prediction is left as it is",))
    work = _Patchwork(name, image, Canvas(found.points, found.start), refine, options)
    height, width = image.shape[:2]
    for box in patch_boxes(width, height, options):
        work.patch(box)
    graph = _with_unseen(work.canvas.graph, found, work.seen)
    tile = rebuilt(prediction, graph.vertices, graph.edges)
    return Refined(simplified_graph(tile, STRAIGHT), work.notes())


def patch_boxes(width: int, height: int, options: PatchOptions) -> Iterator[Box]:
    """Left, top and side of the patches in raster order; the last ones are moved back to the edge.

    >>> [*patch_boxes(500, 300, PatchOptions())]
    [(0, 0, 400), (100, 0, 400)]
    >>> [*patch_boxes(0, 0, PatchOptions())]
    [(0, 0, 400)]
    """
    for y in starts(height, options.side, options.overlap):
        for x in starts(width, options.side, options.overlap):
            yield x, y, options.side


class _Patchwork:
    """The state of one image between its patches."""

    def __init__(
        self, name: str, image: Image, canvas: Canvas, refine: Refine, options: PatchOptions
    ) -> None:
        self.name, self.image, self.canvas = name, image, canvas
        self.refine, self.options = refine, options
        self.seen: list[Bounds] = []  # what was refined
        self.cut: list[str] = []  # patches that hold too much, and of what
        self.left: list[str] = []  # those too small to be cut

    def patch(self, box: Box) -> None:
        """Refine one patch, or its quarters where it holds more than a refiner takes."""
        x, y, side = box
        window = self.canvas.window(bounds_of(box))
        crowded = crowding(window, self.options)
        if not crowded:
            self.canvas.draw(window, patch_edges(self.name, self.image, window, box, self.refine))
            self.seen.append(bounds_of(box))
            return
        quarter = side * 5 // 8  # quarters share a quarter of their parent's side
        is_left = quarter < self.options.least_side
        (self.left if is_left else self.cut).append(f"{side} px at {x}, {y}: {crowded}")
        if is_left:
            return
        for dy in (0, side - quarter):
            for dx in (0, side - quarter):
                self.patch((x + dx, y + dy, quarter))

    def notes(self) -> tuple[str, ...]:
        """A line on patches refined in quarters, one on those left as they are."""
        ends = (
            (self.cut, "and were refined in quarters"),
            (self.left, "and their roads are left as they are"),
        )
        return tuple(
            f"{self.name}: {len(held)} patches hold more than is taken {end}, the first "
            f"{held[0]}"
            for held, end in ends if held
        )  # fmt: skip


def crowding(window: Window, options: PatchOptions) -> str:
    """What there is too much of for a refiner; empty where all fits."""
    n, m = len(window.points), len(window.start)
    if n > options.max_key_points:
        return f"{n} key points, more than {options.max_key_points}"
    if m >= options.max_edges:
        return f"{m} edges to begin with, which leave no room in {options.max_edges}"
    return ""


def patch_edges(name: str, image: Image, window: Window, box: Box, refine: Refine) -> IntArray:
    """Edges [M, 2] that a refiner draws in a patch; those it begins with where there is no choice.

    Raises RoadMetricsError for what are no edges between the window's points.
    """
    if len(window.points) < 2:
        return window.start
    x, y, _ = box
    place = f"{name}: patch at {x}, {y}"
    task = Task(place, _pixels(image, box), window.points - (x, y), None, window.start)
    return _edges_of(place, refine(task), len(window.points))


def bounds_of(box: Box) -> Bounds:
    """The area of a patch's pixels.

    >>> bounds_of((10, 0, 4))
    (9.5, -0.5, 13.5, 3.5)
    """
    x, y, side = box
    return x - 0.5, y - 0.5, x + side - 0.5, y + side - 0.5


def bounds_within(bounds: Bounds | None, box: Bounds, slack: float) -> bool:
    """Whether what lies in ``bounds`` lies in a box, but for ``slack``; nothing does.

    >>> bounds_within((-1, 0, 5, 5), (0, 0, 9, 9), 1.0), bounds_within(None, (0, 0, 9, 9), 0.0)
    (True, True)
    """
    if bounds is None:
        return True
    low = all(bounds[k] >= box[k] - slack for k in (0, 1))
    return low and all(bounds[k] <= box[k] + slack for k in (2, 3))


def _pixels(image: Image, box: Box) -> Image:
    """[side, side, 3] of a patch; beyond the image mirrored."""
    x, y, side = box
    rows = mirrored(y, y + side, image.shape[0])
    columns = mirrored(x, x + side, image.shape[1])
    return np.ascontiguousarray(image[np.ix_(rows, columns)])


def _edges_of(place: str, edges: npt.ArrayLike, n: int) -> IntArray:
    """int32 [M, 2] that a refiner returned; RoadMetricsError for anything else."""
    array = np.asarray(edges)
    array = np.zeros((0, 2), np.int32) if not array.size else array
    if array.ndim != 2 or array.shape[1] != 2 or array.dtype.kind not in "iu":
        raise RoadMetricsError(
            f"{place}: the refiner returned {array.dtype} {array.shape}, no edges"
        )
    if len(array) and not 0 <= array.min() <= array.max() < n:
        raise RoadMetricsError(f"{place}: the refiner joins key points that are none of {n}")
    return array.astype(np.int32)


def _with_unseen(graph: RoadGraph, found: KeyPoints, seen: list[Bounds]) -> RoadGraph:
    """The graph, and those edges taken out that no refined patch holds whole."""
    if not len(found.taken_out):
        return graph
    ends = found.points[found.taken_out]  # [D, 2, 2]
    is_seen = np.zeros(len(ends), dtype=bool)
    for box in seen:
        is_seen |= ((ends >= box[:2]) & (ends <= box[2:])).all(axis=(1, 2))
    # the first vertices of the canvas are the key points
    return RoadGraph(graph.vertices, np.concatenate([graph.edges, found.taken_out[~is_seen]]))
