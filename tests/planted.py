"""Sixteen ways to misplace predictions, and whether the doctor undoes them."""

from dataclasses import dataclass, replace

import numpy as np

import roadmetrics as rm
from roadmetrics.frames import Turn

SWAP, FLIP_X, FLIP_Y = Turn(swap=True), Turn(flip_x=True), Turn(flip_y=True)
CASES = {  # turn, and shift as a share of the side of a tile
    "identity": (Turn(), (0, 0)),
    "swap": (SWAP, (0, 0)),
    "flip x": (FLIP_X, (0, 0)),
    "flip y": (FLIP_Y, (0, 0)),
    "turn 90": (Turn(swap=True, flip_y=True), (0, 0)),
    "turn 180": (Turn(flip_x=True, flip_y=True), (0, 0)),
    "turn 270": (Turn(swap=True, flip_x=True), (0, 0)),
    "anti-transpose": (Turn(swap=True, flip_x=True, flip_y=True), (0, 0)),
    "shift 5 %": (Turn(), (0.05, 0)),
    "shift 7 %": (Turn(), (-0.03, 0.06)),
    "shift 25 %": (Turn(), (0.2, -0.15)),
    "shift 50 %": (Turn(), (-0.4, -0.3)),
    "half": (Turn(scale=0.5), (0, 0)),
    "double": (Turn(scale=2.0), (0, 0)),
    "swap and shift": (SWAP, (0.08, -0.05)),
    "flip y and shift": (FLIP_Y, (-0.06, 0.1)),
}


@dataclass
class Planted:
    """A misplaced prediction, and what was done to it: matrix @ point + offset."""

    pred: rm.RoadGraph
    before: rm.RoadGraph
    matrix: np.ndarray
    offset: np.ndarray


def side_of(gt):
    """The larger side of the box of a ground truth."""
    return float(np.ptp(gt.vertices, axis=0).max())


def plant(name, gt, pred, about, side):
    """About the ``centre`` of the box of the ground truth, or the ``origin`` of the file.

    ``side``: of which shifts are a share, one for all tiles.
    """
    turn, share = CASES[name]
    low, high = np.array(gt.bounds).reshape(2, 2)
    matrix, middle = turn.matrix, (low + high) / 2
    offset = np.array(share) * side
    if about == "centre":
        offset = offset + middle - matrix @ middle
    moved = replace(pred, vertices=pred.vertices @ matrix.T + offset, extent=None, weights=None)
    return Planted(moved, pred, matrix, offset)


def error_of(found, planted):
    """Largest distance of a vertex from where it came from; None for another turn or scale."""
    worst = 0.0
    for one, offset in zip(planted, found.best.offsets, strict=True):
        back = found.best.turn.matrix
        if not np.allclose(back @ one.matrix, np.eye(2), atol=1e-9):
            return None
        home = one.pred.vertices @ back.T + offset
        worst = max(worst, float(np.hypot(*(home - one.before.vertices).T).max()))
    return worst


def is_undone(name, found, planted):
    """Right verdict, turn and scale, and back in place within the tolerance."""
    error = error_of(found, planted)
    verdict = "nothing to change" if name == "identity" else "change"
    return found.verdict == verdict and error is not None and error <= found.tolerance
