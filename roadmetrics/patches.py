"""Patches for an agent to build roads on: what a source gives, checked, in one form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .errors import RoadMetricsError
from .graph import Bounds, FloatArray, IntArray, RoadGraph
from .render.view import box_around, is_y_up

ImageArray = npt.NDArray[np.uint8]
Shape = tuple[int, int, int]  # channels, height, width


class Patch(NamedTuple):
    """One thing to build; a plain tuple of the same order does as well.

    ``key_points`` (N, 2) are the places that edges may join; without them those of ``gt``.
    ``image`` is uint8, (C, H, W) or (H, W, C); without one it is black. ``start`` is what is drawn
    already: pairs (M, 2) of indices into the key points, or a RoadGraph, whose vertices then are
    key points, too.
    """

    gt: RoadGraph
    key_points: npt.ArrayLike | None = None
    image: npt.ArrayLike | None = None
    start: RoadGraph | npt.ArrayLike | None = None


Source = (
    Sequence[Patch | tuple[Any, ...]]
    | Iterable[Patch | tuple[Any, ...]]
    | Callable[[np.random.Generator], Patch | tuple[Any, ...]]
)


@dataclass(frozen=True)
class Limits:
    """What fits into an observation of fixed shapes."""

    key_points: int
    edges: int
    image: Shape


@dataclass(frozen=True, eq=False)
class Site:
    """A patch that was checked and fits."""

    gt: RoadGraph
    key_points: FloatArray  # [N, 2]
    edges: IntArray  # [M, 2] of the starting graph
    image: ImageArray  # [C, H, W]
    has_image: bool
    box: Bounds  # that the image covers
    is_up: bool  # y grows upwards: row 0 of the image is at the largest y

    def shares(self, points: FloatArray) -> FloatArray:
        """[N, 2] places from the left and from the top, as shares of the box; not cut to 0 to 1.

        >>> site_of(Patch(RoadGraph([], [], extent=(0, 0, 8, 4))), "", Limits(2, 2, (1, 2, 2))
        ...     ).shares(np.array([[2.0, 1.0]])).tolist()
        [[0.25, 0.25]]
        """
        x0, y0, x1, y1 = self.box
        placed: FloatArray = (points - (x0, y0)) / (x1 - x0, y1 - y0)
        if self.is_up:
            placed[:, 1] = 1.0 - placed[:, 1]
        return placed


def site_of(item: Any, name: str, limits: Limits) -> Site:
    """The patch, checked; raises RoadMetricsError that begins with ``name``."""
    if not isinstance(item, tuple) or not 1 <= len(item) <= len(Patch._fields):
        kind = type(item).__name__ + (f" of {len(item)}" if isinstance(item, tuple) else "")
        raise RoadMetricsError(
            f"{name}: expected a tuple (gt, key_points, image, start), not {kind}"
        )
    patch = Patch(*item)
    if not isinstance(patch.gt, RoadGraph):
        raise RoadMetricsError(f"{name}: gt must be a RoadGraph, not {type(patch.gt).__name__}")
    try:
        graph = _start_graph(patch)
    except RoadMetricsError as error:
        raise RoadMetricsError(f"{name}: key points and start: {error}") from None
    _check_fit(graph, name, limits)
    image = _image(patch.image, name, limits.image)
    return Site(
        patch.gt, graph.vertices, graph.edges, image, patch.image is not None,
        _box(patch, graph, limits.image), is_y_up(patch.gt),
    )  # fmt: skip


def _start_graph(patch: Patch) -> RoadGraph:
    """Key points as vertices, and the edges that are drawn already."""
    points, start, unit = patch.key_points, patch.start, patch.gt.unit
    if not isinstance(start, RoadGraph):
        known = patch.gt.vertices if points is None else points
        return RoadGraph(known, [] if start is None else start, unit)
    if start.unit != unit:
        raise RoadMetricsError(f"start is in {start.unit}, gt in {unit}")
    first = RoadGraph([] if points is None else points, [], unit).vertices
    # a vertex of the start that is a key point already keeps that one's index
    every = np.concatenate([first, start.vertices])
    _, leader, inverse = np.unique(every, axis=0, return_index=True, return_inverse=True)
    stays = np.arange(len(every)) < len(first)
    stays[leader] = True
    position = np.cumsum(stays) - 1
    index = position[leader[inverse.reshape(-1)]][len(first) :]
    return RoadGraph(every[stays], index[start.edges], unit)


def _check_fit(graph: RoadGraph, name: str, limits: Limits) -> None:
    n, m = len(graph.vertices), len(graph.edges)
    if n > limits.key_points:
        raise RoadMetricsError(
            f"{name} has {n} key points, more than max_key_points={limits.key_points}: "
            "raise it or give fewer"
        )
    if m >= limits.edges:
        raise RoadMetricsError(
            f"{name} starts with {m} edges, which leaves no room in max_edges={limits.edges}: "
            "raise it or start with fewer"
        )


def _image(image: npt.ArrayLike | None, name: str, shape: Shape) -> ImageArray:
    if image is None:
        return np.zeros(shape, np.uint8)
    array = np.array(image)  # a copy
    if array.shape != shape and array.shape == (*shape[1:], shape[0]):
        array = np.ascontiguousarray(np.moveaxis(array, -1, 0))
    if array.dtype != np.uint8 or array.shape != shape:
        raise RoadMetricsError(
            f"{name}: the image must be uint8 of shape {shape} (image_shape), not {array.dtype} of "
            f"shape {array.shape}"
        )
    return array


def _box(patch: Patch, graph: RoadGraph, shape: Shape) -> Bounds:
    """The extent of the tile; else the image's pixels; else what holds roads and key points."""
    gt = patch.gt
    if gt.extent is not None:
        return gt.extent
    if patch.image is not None and gt.unit == "px":
        return -0.5, -0.5, shape[2] - 0.5, shape[1] - 0.5
    return box_around([gt.bounds, graph.bounds])


class Patches:
    """Draws from a source, whatever kind it is; the same seed, the same patches.

    A callable gets the generator; of a sequence one is drawn; an iterable gives the next, from the
    beginning again once it ends or a seed is given (an iterator cannot: its end is an error).
    """

    def __init__(self, source: Source, limits: Limits) -> None:
        """One patch alone is a sequence of one. Raises RoadMetricsError for what is no source."""
        is_known = callable(source) or isinstance(source, Iterable | Sequence)
        if not is_known:
            kind = type(source).__name__
            raise RoadMetricsError(f"source: a sequence, an iterable or a callable, not {kind}")
        if isinstance(source, Sequence) and not len(source):
            raise RoadMetricsError("source: the sequence is empty, give at least one patch")
        self.source: Source = [source] if isinstance(source, Patch) else source
        self.limits = limits
        self._iterator: Iterator[Any] | None = None
        self._n_drawn = 0

    def restart(self) -> None:
        """Begin an iterable anew."""
        self._iterator, self._n_drawn = None, 0

    def draw(self, rng: np.random.Generator) -> tuple[int, Site]:
        """The next patch; its index in a sequence, else how many were drawn before it."""
        if isinstance(self.source, Sequence):
            return self.at(int(rng.integers(len(self.source))))
        item = self.source(rng) if callable(self.source) else self._next(self.source)
        self._n_drawn += 1
        number = self._n_drawn - 1
        return number, site_of(item, f"patch {number}", self.limits)

    def at(self, index: Any) -> tuple[int, Site]:
        """The patch of a sequence at an index."""
        if not isinstance(self.source, Sequence):
            raise RoadMetricsError("options: patch=INDEX needs a source that is a sequence")
        last = len(self.source) - 1
        if not isinstance(index, (int, np.integer)) or not 0 <= index <= last:
            raise RoadMetricsError(f"options: patch={index!r} is none of 0 to {last}")
        return int(index), site_of(self.source[int(index)], f"patch {index}", self.limits)

    def _next(self, source: Iterable[Any]) -> Any:
        for _ in range(2):
            if self._iterator is None:
                self._iterator = iter(source)
            for item in self._iterator:
                return item
            self._iterator = None if iter(source) is not source else self._iterator
        raise RoadMetricsError("source: it has no more patches; a list or a callable never ends")
