"""Roads of a tile as short paths of whole numbers: true, predicted, missed, invented."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from roadmetrics.cover import covered_pieces
from roadmetrics.geometry import clip_segments
from roadmetrics.graph import Bounds, FloatArray, RoadGraph
from roadmetrics.render.view import box_around, is_y_up

STEPS = 16_384  # of a tile's longer side: a pixel in the picture is less, however near one looks
BEYOND = 0.25  # share of the longer side outside of the frame within which roads are drawn
MAX_EDGES = 20_000  # of a prediction: more is not looked at on a page


@dataclass(frozen=True)
class Drawing:
    """Paths of one prediction, with how long they are in the unit of the tile."""

    pred: str
    missed: str
    invented: str
    pred_length: float
    missed_length: float
    invented_length: float


@dataclass(frozen=True)
class Frame:
    """A box of a tile's coordinates, cut into steps; y of the picture points down."""

    box: Bounds
    is_up: bool

    @classmethod
    def of(cls, gt: RoadGraph) -> Frame:
        """Around the tile, or around its true roads where it does not say how large it is."""
        return cls(box_around([gt.extent or gt.bounds]), is_y_up(gt))

    @property
    def step(self) -> float:
        """Units of the tile in one step."""
        x0, y0, x1, y1 = self.box
        return max(x1 - x0, y1 - y0) / STEPS

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in steps."""
        x0, y0, x1, y1 = self.box
        return round((x1 - x0) / self.step), round((y1 - y0) / self.step)

    def path(self, pieces: FloatArray) -> str:
        """The pieces [K, 2, 2] as an SVG path; pieces that follow one another are one line.

        >>> road = RoadGraph([(0, 0), (10, 0), (10, 5)], [(0, 1), (1, 2)])
        >>> Frame((0.0, 0.0, 16384.0, 16384.0), False).path(road.vertices[road.edges])
        'm0 0l10 0 0 5'
        >>> Frame((0.0, 0.0, 1.0, 1.0), False).path(np.zeros((0, 2, 2)))
        ''
        """
        steps = self._steps(self._inside(pieces))
        steps = steps[(steps[:, 0] != steps[:, 1]).any(axis=1)]
        if not len(steps):
            return ""
        start, end = steps[:, 0], steps[:, 1]
        jump = start - np.concatenate([np.zeros((1, 2), np.int64), end[:-1]])
        jump[0], is_new = start[0], (jump != 0).any(axis=1)
        is_new[0] = True
        words = [
            f"m{mx} {my}l{dx} {dy}" if new else f" {dx} {dy}"
            for new, (mx, my), (dx, dy) in zip(
                is_new.tolist(), jump.tolist(), (end - start).tolist(), strict=True
            )
        ]
        return "".join(words).replace(" -", "-")

    def _inside(self, pieces: FloatArray) -> FloatArray:
        """What of the pieces lies in the frame and around it: coordinates may be anything."""
        x0, y0, x1, y1 = self.box
        wide = BEYOND * max(x1 - x0, y1 - y0)
        box = (x0 - wide, y0 - wide, x1 + wide, y1 + wide)
        if ((pieces >= box[:2]) & (pieces <= box[2:])).all():
            return pieces
        low, high = clip_segments(pieces[:, 0], pieces[:, 1], box)
        keep = (high > low) & np.isfinite(low) & np.isfinite(high)
        start, end = pieces[keep, 0], pieces[keep, 1]
        low, high = low[keep, None], high[keep, None]
        first = np.where(low == 0.0, start, start + low * (end - start))
        last = np.where(high == 1.0, end, start + high * (end - start))
        return np.stack([first, last], axis=1)

    def _steps(self, points: FloatArray) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        x0, y0, _, y1 = self.box
        x = points[..., 0] - x0
        y = y1 - points[..., 1] if self.is_up else points[..., 1] - y0
        return np.rint(np.stack([x, y], axis=-1) / self.step).astype(np.int64)


def drawing(frame: Frame, gt: RoadGraph, pred: RoadGraph, tolerance: float) -> Drawing | None:
    """Both networks compared within ``tolerance``; None where there is too much to draw."""
    if len(pred.edges) > MAX_EDGES:
        return None
    missed, invented = (
        pieces[~is_covered]
        for _, pieces, is_covered in (
            covered_pieces(gt, pred, tolerance), covered_pieces(pred, gt, tolerance),
        )
    )  # fmt: skip
    return Drawing(
        pred=frame.path(pred.vertices[pred.edges]),
        missed=frame.path(missed),
        invented=frame.path(invented),
        pred_length=pred.length,
        missed_length=_length(missed),
        invented_length=_length(invented),
    )


def _length(pieces: FloatArray) -> float:
    return float(np.hypot(*(pieces[:, 1] - pieces[:, 0]).T).sum())
