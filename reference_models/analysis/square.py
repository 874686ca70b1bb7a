"""A square with key points and edges on it, as shapes: what views of an episode are made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from roadmetrics.graph import FloatArray
from roadmetrics.render.scene import Box, Dots, Lines, Panel, Photo, Text, text_width
from roadmetrics.render.view import View

from ..task import Task

PALE = 0.45  # of a photo is white, so that lines stand out
TRUTH, DRAWN, NEW, POINT, INK = "#f6e58d", "#0072b2", "#d50000", "#ffffff", "#222222"
Pairs = npt.NDArray[np.integer[Any]]


class Square:
    """A task's image at x, y of a picture, ``side`` wide; shapes pile up in the order of calls."""

    def __init__(self, task: Task, x: float, y: float, side: float) -> None:
        self.task, self.x, self.y, self.side = task, x, y, side
        self.view = View(task.extent, x, y, side, side, False)
        pale = np.round(task.image * (1 - PALE) + 255 * PALE).astype(np.uint8)
        self.items: list[Any] = [Photo(x, y, side, side, pale)]
        self.marks: list[Any] = []  # on top, and beyond the rim where they stand on it
        self.places = self.view.pixels(task.key_points)  # [N, 2]

    def truth(self, width: float = 5.0) -> None:
        """The ground truth, broad and faint."""
        gt = self.task.gt
        if gt is not None and len(gt.edges):
            self.items.append(Lines(self.view.paths(gt.vertices[gt.edges]), TRUTH, width))

    def edges(self, edges: Pairs, colour: str, width: float, casing: str = "") -> None:
        """Edges [M, 2] between key points."""
        paths = [self.places[edge] for edge in np.asarray(edges, np.int64).reshape(-1, 2)]
        if paths and casing:
            self.items.append(Lines(paths, casing, width + 2))
        if paths:
            self.items.append(Lines(paths, colour, width))

    def points(self, radius: float = 2.2, bold: Iterable[int] = ()) -> None:
        """Key points; ``bold`` ones are larger and coloured."""
        n, marked = len(self.places), sorted(set(bold))
        self.marks.append(Dots(self.places, [POINT] * n, radius, INK))
        if marked:
            colours = [NEW] * len(marked)
            self.marks.append(Dots(self.places[marked], colours, radius * 1.5, "#ffffff"))

    def numbers(self, size: float = 11.0) -> None:
        """The number of each key point beside it, where it covers least of others.

        Those of key points at the rim stand up to 24 pixels beyond it.
        """
        frame = (self.x - 24, self.y - 24, self.side + 48)
        taken = [(x - 4, y - 4, x + 4, y + 4) for x, y in self.places.tolist()]
        for k, place in enumerate(self.places):
            width = text_width(str(k), size) + 2
            box = _free(place, width, size, taken, frame)
            taken.append(box)
            self.marks.append(Box(box[0], box[1], width, size, fill="#ffffff"))
            self.marks.append(
                Text((box[0] + box[2]) / 2, box[3] - 0.14 * size, str(k), size, "middle")
            )

    def shapes(self) -> list[Any]:
        """All of it: roads are cut at the rim, key points are whole."""
        inside = Panel(self.x, self.y, self.side, self.side, self.items)
        return [inside, Box(self.x, self.y, self.side, self.side, rim="#999999"), *self.marks]


Rectangle = tuple[float, float, float, float]  # left, top, right, bottom


def _free(
    place: FloatArray, width: float, height: float, taken: list[Rectangle],
    frame: tuple[float, float, float],
) -> Rectangle:  # fmt: skip
    """Of the boxes around a place that which covers least of what is there, and of the outside."""
    x, y = (float(v) for v in place)
    left, top, side = frame
    best, least = (x, y, x + width, y + height), np.inf
    for far in (1.0, 1.7):
        for dx, dy in ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (-1, -1), (1, 1), (-1, 1)):
            cx = x + dx * far * (width / 2 + 7)
            cy = y + dy * far * (height / 2 + (6 if not dx else 2))
            box = (cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2)
            inside = _shared(box, (left, top, left + side, top + side))
            cost = sum(_shared(box, other) for other in taken)
            cost += 4 * (width * height - inside) + far
            if cost < least:
                best, least = box, cost
    return best


def _shared(one: Rectangle, other: Rectangle) -> float:
    """Area that two rectangles share."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(width, 0.0) * max(height, 0.0)
