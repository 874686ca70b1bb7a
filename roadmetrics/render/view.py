"""From coordinates of tiles to pixels of a picture."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..geometry import clip_segments
from ..graph import Bounds, FloatArray, RoadGraph

PAD = 0.03  # share of the larger side left free around roads
SMALL = 1e-9  # a box smaller than this is a point


@dataclass(frozen=True)
class View:
    """A box of a tile's coordinates, drawn into a rectangle of a picture."""

    box: Bounds
    x: float
    y: float
    width: float
    height: float
    is_up: bool  # y of the tile grows upwards

    @property
    def scale(self) -> float:
        """Pixels per unit."""
        x0, y0, x1, y1 = self.box
        return min(self.width / (x1 - x0), self.height / (y1 - y0))

    def pixels(self, points: FloatArray) -> FloatArray:
        """[..., 2] places in the picture; the middle of the box is the middle of the rectangle."""
        x0, y0, x1, y1 = self.box
        centre = np.array([x0 + (x1 - x0) / 2, y0 + (y1 - y0) / 2])
        turn = np.array([1.0, -1.0 if self.is_up else 1.0])
        middle = np.array([self.x + self.width / 2, self.y + self.height / 2])
        placed: FloatArray = (points - centre) * turn * self.scale + middle
        return placed

    def paths(self, pieces: FloatArray) -> list[FloatArray]:
        """Polylines of the pieces [K, 2, 2] that show, each [k, 2]; ends that meet are joined."""
        x0, y0, x1, y1 = self.box
        slack = (max(x1 - x0, y1 - y0)) * 0.6
        box = (x0 - slack, y0 - slack, x1 + slack, y1 + slack)
        low, high = clip_segments(pieces[:, 0], pieces[:, 1], box)
        keep = high >= low
        start, step = pieces[keep, 0], pieces[keep, 1] - pieces[keep, 0]
        cut = np.stack([start + low[keep, None] * step, start + high[keep, None] * step], axis=1)
        return joined(self.pixels(cut))


def joined(pieces: FloatArray) -> list[FloatArray]:
    """Polylines [k, 2] of pieces [K, 2, 2] that follow one another.

    >>> import numpy as np
    >>> [p.tolist() for p in joined(np.array([[[0, 0], [1, 0]], [[1, 0], [2, 0]]]))]
    [[[0, 0], [1, 0], [2, 0]]]
    >>> joined(np.zeros((0, 2, 2)))
    []
    """
    if not len(pieces):
        return []
    breaks = np.flatnonzero((pieces[1:, 0] != pieces[:-1, 1]).any(axis=1)) + 1
    return [
        np.concatenate([run[:1, 0], run[:, 1]]) for run in np.split(pieces, breaks)
    ]  # fmt: skip


def box_around(boxes: Iterable[Bounds | None]) -> Bounds:
    """One box around several, with some space; never without size.

    >>> box_around([(0.0, 0.0, 100.0, 50.0), None])
    (-3.0, -3.0, 103.0, 53.0)
    >>> box_around([])
    (-0.5, -0.5, 0.5, 0.5)
    """
    known = np.array([box for box in boxes if box is not None]).reshape(-1, 4)
    if not len(known):
        return -0.5, -0.5, 0.5, 0.5
    low, high = known[:, :2].min(axis=0), known[:, 2:].max(axis=0)
    side = float((high - low).max())
    rounding = 1e-15 * float(np.abs(known).max())
    space = max(PAD * side, 4 * rounding) if side > SMALL else 0.5
    (x0, y0), (x1, y1) = (low - space).tolist(), (high + space).tolist()
    return x0, y0, x1, y1


def is_y_up(graph: RoadGraph) -> bool:
    """Whether y grows upwards: in metres, unless they are scaled pixels (docs/conventions.md)."""
    is_scaled = graph.metres_per_pixel is not None and graph.crs is None
    return graph.unit == "m" and not is_scaled
