"""Ways in which the axes and the scale of a prediction may differ from those of its ground truth.

A `Turn` changes coordinates as score's options do: first x and y are exchanged (--pred-axis yx),
then multiplied by the scale, then mirrored (--flip-y). The eight turns of one scale are the
symmetries of a square.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .graph import FloatArray

NAMES = {  # (swap, flip_x, flip_y): what it does to y-down pixels, and short
    (False, False, False): ("", "as given"),
    (True, False, False): ("swapping x and y", "swap"),
    (False, True, False): ("mirroring x", "flip x"),
    (False, False, True): ("mirroring y", "flip y"),
    (False, True, True): ("turning by 180 degrees (mirroring x and y)", "turn 180"),
    (True, False, True): ("turning by 90 degrees (swapping x and y, then mirroring y)", "turn 90"),
    (True, True, False): ("turning by 90 degrees (swapping x and y, then mirroring x)", "turn 270"),
    (True, True, True): ("swapping x and y and mirroring both", "swap and turn 180"),
}


@dataclass(frozen=True)
class Turn:
    """A change of axes and scale, applied to a prediction; the default changes nothing."""

    swap: bool = False
    flip_x: bool = False
    flip_y: bool = False
    scale: float = 1.0

    @property
    def matrix(self) -> FloatArray:
        """[2, 2] that takes a column (x, y) there; offsets are not part of it.

        >>> Turn(swap=True, flip_y=True, scale=2.0).matrix.tolist()
        [[0.0, 2.0], [-2.0, 0.0]]
        """
        axes = np.eye(2)[::-1] if self.swap else np.eye(2)
        return self.signs[:, None] * axes * self.scale + 0.0  # no -0.0

    @property
    def signs(self) -> FloatArray:
        """[2] -1.0 for a mirrored axis, else 1.0."""
        return np.array([-1.0 if self.flip_x else 1.0, -1.0 if self.flip_y else 1.0])

    @property
    def name(self) -> str:
        """Short: ``swap``, ``flip y, scale 2``, ``as given``.

        >>> Turn(flip_y=True, scale=2).name, Turn(scale=0.5).name, Turn().name
        ('flip y, scale 2', 'scale 0.5', 'as given')
        """
        axes = NAMES[self.swap, self.flip_x, self.flip_y][1]
        if self.scale == 1:
            return axes
        scale = f"scale {self.scale:.4g}"
        return scale if axes == "as given" else f"{axes}, {scale}"

    def scaled(self, scale: float) -> Turn:
        """The same with another scale."""
        return replace(self, scale=scale)

    @property
    def words(self) -> str:
        """What the axes undergo, as in "after ..."; empty where nothing."""
        return NAMES[self.swap, self.flip_x, self.flip_y][0]

    @property
    def weight(self) -> float:
        """How much it changes: of changes that match alike the lightest is meant."""
        is_scaled = self.scale != 1
        return self.swap + self.flip_y + 1.5 * self.flip_x + 2.0 * is_scaled


def turns(scale: float = 1.0) -> list[Turn]:
    """The eight turns of one scale, the lightest first."""
    eight = [Turn(*key, scale) for key in NAMES]
    return sorted(eight, key=lambda turn: turn.weight)
