"""From metres on paper to pixels: bend the plan, turn it, and snap it to 1/64 pixel.

Only + - * / and square roots are used, which IEEE 754 rounds alike on every machine; a direction is
given by the tangent of half its angle.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .arrays import FloatArray
from .chance import Chance
from .pixels import SUB, snapped
from .plan import Spot
from .style import Style

CELL = 125.0  # metres between the points of the net that bends


class Survey:
    """One tile's bend, turn and scale."""

    def __init__(
        self, style: Style, size: int, metres_per_pixel: float, reach: float, chance: Chance
    ) -> None:
        self.step = SUB / metres_per_pixel  # 1/64 pixels to a metre
        self._middle = (size - 1) / 2 * SUB
        self._turn = direction(chance.number(-1.0, 1.0))
        n = int(2 * (reach + 200) / CELL) + 3
        self._origin = -(n - 1) / 2 * CELL
        self._net = chance.between(-style.bend, style.bend, 2 * n * n).reshape(n, n, 2)

    def placed(self, spots: Sequence[Spot]) -> FloatArray:
        """[K, 2] x, y of spots, whole numbers of 1/64 pixel."""
        plain = np.array([spot[:2] for spot in spots], dtype=np.float64).reshape(-1, 2)
        bent_at = np.array([spot.bent_at or spot[:2] for spot in spots]).reshape(-1, 2)
        u, v = (plain + self._bend(bent_at)).T
        c, s = self._turn
        turned = np.stack([c * u - s * v, s * u + c * v], axis=1)
        return snapped(turned * self.step + self._middle)

    def _bend(self, at: FloatArray) -> FloatArray:
        """[K, 2] metres by which places move: a smooth field between points of the net."""
        place = np.clip((at - self._origin) / CELL, 0, len(self._net) - 1.001)
        whole = np.floor(place).astype(np.int64)
        t = place - whole
        t = t * t * (3.0 - 2.0 * t)
        (i, j), (a, b) = whole.T, (t[:, :1], t[:, 1:])
        low = self._net[i, j] * (1 - a) + self._net[i + 1, j] * a
        high = self._net[i, j + 1] * (1 - a) + self._net[i + 1, j + 1] * a
        bent: FloatArray = low * (1 - b) + high * b
        return bent


def direction(t: float) -> tuple[float, float]:
    """Cosine and sine of the angle whose half has tangent t: -1 to 1 is half a turn.

    >>> direction(0.0), direction(1.0), direction(0.5)
    ((1.0, 0.0), (0.0, 1.0), (0.6, 0.8))
    """
    square = t * t
    return (1 - square) / (1 + square), 2 * t / (1 + square)
