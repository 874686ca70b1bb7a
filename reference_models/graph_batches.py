"""Tasks as arrays for networks on key points: padded, turned, in autoregressive order. No torch.

Turning by quarters and mirroring moves image, key points and edges together; key points are then
sorted anew by x, then y, and edges after them, so that the sequence is what it would have been.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from roadmetrics.errors import RoadMetricsError

if TYPE_CHECKING:
    from .tasks import Task

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
PADDING = -1
ORDER, TURN = 0, 1  # streams of random numbers: the order of tasks, and how each lies


@dataclass(frozen=True, eq=False)
class Drawing:
    """A task as a network sees it.

    ``image`` uint8 [S, S, 3]; ``places`` [N, 2] key points as shares of the image, from its outer
    edges; ``start`` and ``target`` int64 [M, 2] and [E, 2], i < j, ascending; the target may be
    None.
    """

    id: str
    image: npt.NDArray[np.uint8]
    places: npt.NDArray[np.float64]
    start: Ints
    target: Ints | None

    def tokens(self) -> Ints:
        """[2 (M + E')] the starting edges, then those of the target that are not among them."""
        if self.target is None:
            raise RoadMetricsError(f"{self.id}: there is no target to learn from")
        drawn = {tuple(edge) for edge in self.start.tolist()}
        new = [edge for edge in self.target.tolist() if tuple(edge) not in drawn]
        return np.array([*self.start.tolist(), *new], np.int64).ravel()


@dataclass(frozen=True, eq=False)
class GraphBatch:
    """B drawings, K key points at most, T tokens at most.

    ``images`` uint8 [B, S, S, 3]; ``key_points`` [B, K, 2] shares; ``mask`` [B, K]; ``tokens``
    [B, T] with -1 behind; ``n_start`` [B] tokens that are not to be learned.
    """

    ids: tuple[str, ...]
    images: npt.NDArray[np.uint8]
    key_points: Floats
    mask: Bools
    tokens: Ints
    n_start: Ints

    def targets(self) -> Ints:
        """[B, T + 1] what comes after t tokens: the next one, END (K) once, else -1.

        Starting edges are -1, too: they are given.
        """
        n = (self.tokens != PADDING).sum(axis=1)
        wide = np.pad(self.tokens, ((0, 0), (0, 1)), constant_values=PADDING)
        wide[np.arange(len(wide)), n] = self.mask.shape[1]
        wide[np.arange(wide.shape[1]) < self.n_start[:, None]] = PADDING
        return wide

    def adjacency(self) -> Bools:
        """[B, K, K] symmetric: the edges of the tokens, starting ones among them."""
        b, k = self.mask.shape
        joined = np.zeros((b, k, k), bool)
        for row, tokens in enumerate(self.tokens):
            i, j = tokens[tokens != PADDING].reshape(-1, 2).T
            joined[row, i, j] = joined[row, j, i] = True
        return joined


def drawing_of(task: Task, side: int, max_key_points: int, max_edges: int) -> Drawing:
    """The task at the network's size.

    Raises RoadMetricsError that begins with the task's id: an image that is not square, more key
    points or edges than fit.
    """
    height, width = task.image.shape[:2]
    if height != width or not height:
        raise RoadMetricsError(
            f"{task.id}: the image is {width} x {height} pixels; it must be square: cut it into "
            "squares first"
        )
    task.check_fits(max_key_points)
    target = None if task.target is None else task.target.astype(np.int64)
    drawing = Drawing(
        task.id, resized(task.image, side), (task.key_points + 0.5) / width,
        task.start.astype(np.int64), target,
    )  # fmt: skip
    n = len(task.start) if target is None else len(drawing.tokens()) // 2
    if n > max_edges:
        raise RoadMetricsError(
            f"{task.id}: {n} edges, more than the {max_edges} that fit: raise --max-edges"
        )
    return drawing


def resized(image: npt.NDArray[np.uint8], side: int) -> npt.NDArray[np.uint8]:
    """[side, side, 3], each pixel a weighted mean of those it covers (bilinear, antialiased)."""
    if image.shape[:2] == (side, side):
        return image
    scaled = Image.fromarray(image).resize((side, side), Image.Resampling.BILINEAR)
    return np.asarray(scaled)


def turned(drawing: Drawing, way: int) -> Drawing:
    """The drawing by ``way`` quarters counter-clockwise, mirrored in x after that from 4 on.

    >>> image = np.zeros((2, 2, 3), np.uint8)
    >>> edge = np.array([[0, 1]])
    >>> d = Drawing("a", image, np.array([[0.1, 0.2], [0.9, 0.3]]), edge[:0], edge)
    >>> turned(d, 4).places.round(2).tolist(), turned(d, 1).places.round(2).tolist()
    ([[0.1, 0.3], [0.9, 0.2]], [[0.2, 0.9], [0.3, 0.1]])
    >>> turned(Drawing("b", image, np.zeros((0, 2)), edge[:0], edge[:0]), 3).target.tolist()
    []
    """
    places, image = drawing.places, np.rot90(drawing.image, way % 4)
    for _ in range(way % 4):
        places = np.stack([places[:, 1], 1.0 - places[:, 0]], axis=1)
    if way >= 4:
        places = np.stack([1.0 - places[:, 0], places[:, 1]], axis=1)
        image = image[:, ::-1]
    return reordered(replace(drawing, image=image, places=places))


def reordered(drawing: Drawing) -> Drawing:
    """Key points sorted by x, then y, and the edges by their new numbers."""
    order = np.lexsort(drawing.places.T[::-1])
    number = np.empty(len(order), np.int64)
    number[order] = np.arange(len(order))
    start = renumbered(drawing.start, number)
    target = None if drawing.target is None else renumbered(drawing.target, number)
    return replace(drawing, places=drawing.places[order], start=start, target=target)


def renumbered(edges: Ints, number: Ints) -> Ints:
    """Edges [M, 2] between key points with other numbers, i < j, ascending."""
    if not len(edges):
        return edges
    pairs = np.sort(number[edges], axis=1)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def batch_of(drawings: Sequence[Drawing], k: int = 0) -> GraphBatch:
    """The drawings, padded to ``k`` key points, 0: to as many as one of them has.

    Drawings without a target hold their starting edges.
    """
    if not drawings:
        raise RoadMetricsError("there is no task: give a folder with images and roads")
    n = max([k, *(len(one.places) for one in drawings)])
    sequences = [one.start.ravel() if one.target is None else one.tokens() for one in drawings]
    tokens = np.full((len(drawings), max(len(each) for each in sequences)), PADDING, np.int64)
    places = np.zeros((len(drawings), n, 2), np.float32)
    mask = np.zeros((len(drawings), n), bool)
    for row, (one, sequence) in enumerate(zip(drawings, sequences, strict=True)):
        places[row, : len(one.places)] = one.places
        mask[row, : len(one.places)] = True
        tokens[row, : len(sequence)] = sequence
    images = np.stack([one.image for one in drawings])
    n_start = np.array([one.start.size for one in drawings], np.int64)
    return GraphBatch(tuple(d.id for d in drawings), images, places, mask, tokens, n_start)


def shuffled(batch: GraphBatch, rng: np.random.Generator) -> GraphBatch:
    """The batch with the edges to be learned, and the two ends of each, in random order."""
    tokens = batch.tokens.copy()
    for row, (n_start, sequence) in enumerate(zip(batch.n_start, batch.tokens, strict=True)):
        n = int((sequence != PADDING).sum())
        edges = rng.permutation(sequence[n_start:n].reshape(-1, 2), axis=0)
        tokens[row, n_start:n] = rng.permuted(edges, axis=1).ravel()
    return replace(batch, tokens=tokens)


class GraphBatches:
    """All batches of a training run: ``batch(step)`` is the same whenever it is asked for.

    Every task is taken once before any is taken again.
    """

    def __init__(self, drawings: Sequence[Drawing], batch: int, seed: int, flips: bool) -> None:
        if not drawings:
            raise RoadMetricsError("there is no task: give a folder with images and roads")
        self.drawings, self.n, self.seed, self.flips = drawings, batch, seed, flips

    def batch(self, step: int) -> GraphBatch:
        """The batch of a step, counted from 0."""
        return batch_of([self._drawing(k) for k in range(step * self.n, (step + 1) * self.n)])

    def _drawing(self, number: int) -> Drawing:
        lap, k = divmod(number, len(self.drawings))
        order = np.random.default_rng([self.seed, ORDER, lap]).permutation(len(self.drawings))
        drawing = self.drawings[int(order[k])]
        if not self.flips:
            return drawing
        way = int(np.random.default_rng([self.seed, TURN, number]).integers(8))
        return turned(drawing, way)
