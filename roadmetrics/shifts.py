"""By how much a turned prediction is shifted: cross-correlation, then least squares.

Points of both sides are drawn on a grid, smoothed, and freed of the density of roads; the peaks of
their correlation (by Fourier transform) are the shifts at which most roads fall on roads. Each is
then made exact by moving points onto the nearest line.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import fft

from .graph import FloatArray
from .overlay import Cloud

CELLS = 4_000_000  # of the grids of all tiles of one scale
MAX_SIDE, MIN_SIDE = 1024, 256  # cells
ROUNDS = 8

RealArray = npt.NDArray[np.float32]
ComplexArray = npt.NDArray[np.complex64]


class Peak(NamedTuple):
    """A shift, and the correlation there."""

    height: float
    shift: FloatArray  # [2]


@dataclass(frozen=True, eq=False)
class Raster:
    """A square grid on which the tiles and predictions of one scale fit side by side."""

    clouds: Sequence[Cloud]
    scale: float
    tolerance: float
    between: float  # mean distance between roads

    @cached_property
    def span(self) -> float:
        """The greatest width or height of a ground truth, plus that of a prediction."""
        sizes = [
            np.ptp(c.gt_box, axis=0).max() + self.scale * np.ptp(c.pred_box, axis=0).max()
            for c in self.clouds
        ]
        return float(max(sizes))

    @cached_property
    def cell(self) -> float:
        """Size of a cell: the tolerance, or more where the grid would grow too large."""
        most = min(max(math.isqrt(CELLS // len(self.clouds)), MIN_SIDE), MAX_SIDE)
        return max(self.tolerance, float(self.span) / (most - 4))

    @cached_property
    def side(self) -> int:
        """Cells along a side."""
        return int(fft.next_fast_len(int(self.span / self.cell) + 4, real=True))

    @cached_property
    def band(self) -> RealArray:
        """Weights of frequencies: blurred by a tolerance, without what varies slowly."""
        fine, coarse = 0.7 * self.cell, max(0.5 * self.between, 3 * self.cell)
        rows = fft.fftfreq(self.side, self.cell)[:, None]
        columns = fft.rfftfreq(self.side, self.cell)[None, :]
        power = -2 * np.pi**2 * (rows**2 + columns**2)
        return np.asarray(np.exp(fine**2 * power) - np.exp(coarse**2 * power), np.float32)

    @cached_property
    def gt_waves(self) -> list[ComplexArray]:
        """The transform of each ground truth, around the middle of its box."""
        return [self.waves(c.gt.xy - c.gt_box.mean(axis=0)) * self.band for c in self.clouds]

    def waves(self, xy: FloatArray) -> ComplexArray:
        """Transform of the cells that hold a point; (0, 0) lies in the middle of the grid."""
        grid = np.zeros((self.side, self.side), np.float32)
        cells = np.floor(xy / self.cell + self.side / 2)
        cells = cells[((cells >= 0) & (cells < self.side)).all(axis=1)].astype(np.int64)
        grid[cells[:, 1], cells[:, 0]] = 1
        return np.asarray(fft.rfft2(grid), np.complex64)

    def surfaces(self, matrix: FloatArray) -> list[RealArray]:
        """[side, side] of each tile: correlation by shift between the middles of both boxes."""
        return [
            np.asarray(fft.fftshift(fft.irfft2(
                waves * self.waves((cloud.pred.xy - cloud.pred_box.mean(axis=0)) @ matrix.T).conj(),
                (self.side, self.side),
            )), np.float32)
            for cloud, waves in zip(self.clouds, self.gt_waves, strict=True)
        ]  # fmt: skip

    def common(
        self, surfaces: Sequence[RealArray], matrix: FloatArray, offsets: Sequence[FloatArray],
        n_peaks: int, clouds: Sequence[Cloud] | None = None,
    ) -> list[Peak]:  # fmt: skip
        """Shifts, the same for all tiles on top of their offsets, at which roads meet most."""
        middles = np.array([
            c.gt_box.mean(axis=0) - matrix @ c.pred_box.mean(axis=0) - offset
            for c, offset in zip(clouds or self.clouds, offsets, strict=True)
        ])  # fmt: skip
        base = np.median(middles, axis=0)
        total = np.zeros_like(surfaces[0])
        for surface, middle in zip(surfaces, middles, strict=True):
            _add(total, surface, np.round((middle - base) / self.cell))
        return [Peak(height, base + step) for height, step in self.peaks(total, n_peaks)]

    def peaks(self, surface: RealArray, n: int) -> list[Peak]:
        """The highest places of a correlation, each a few cells from the others."""
        left, found = surface.copy(), []
        for _ in range(n):
            row, column = divmod(int(np.argmax(left)), self.side)
            step = (np.array([column, row]) - self.side // 2) * self.cell
            found.append(Peak(float(left[row, column]), step))
            left[max(row - 3, 0) : row + 4, max(column - 3, 0) : column + 4] = -np.inf
        return found


def refined(
    clouds: Sequence[Cloud], matrix: FloatArray, offsets: Sequence[FloatArray],
    reach: float, tolerance: float,
) -> FloatArray:  # fmt: skip
    """The shift [2] to add to the offsets so that points lie on the nearest lines.

    ``reach`` is how far off they may be at first.
    """
    shift = np.zeros(2)
    for k in range(ROUNDS):
        near = max(reach * 0.6**k, 1.5 * tolerance)
        normal, right = np.zeros((2, 2)), np.zeros(2)
        for cloud, offset in zip(clouds, offsets, strict=True):
            moved = cloud.placed(matrix, offset + shift)
            distance, at = cloud.gt_tree.query(moved, distance_upper_bound=near)
            hit = np.isfinite(distance)
            across = cloud.gt.along[at[hit]][:, ::-1] * (-1.0, 1.0)
            off = ((cloud.gt.xy[at[hit]] - moved[hit]) * across).sum(axis=1)
            normal += across.T @ across
            right += across.T @ off
        shift = shift + np.linalg.lstsq(normal, right, rcond=1e-3)[0]
    return shift


def _add(total: RealArray, surface: RealArray, by: FloatArray) -> None:
    """Add a surface moved by whole cells (columns, rows); what leaves the grid is lost."""
    side = len(total)
    if np.abs(by).max() >= side:
        return
    columns, rows = by.astype(int).tolist()
    to = [slice(max(k, 0), side + min(k, 0)) for k in (rows, columns)]
    start = [slice(max(-k, 0), side + min(-k, 0)) for k in (rows, columns)]
    total[to[0], to[1]] += surface[start[0], start[1]]
