"""Colours that the colour-blind can tell apart (Okabe and Ito 2008), on white and on images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..graph import FloatArray
from ..layers import Side

LEVELS = 10  # steps of credit that have a colour of their own


@dataclass(frozen=True)
class Palette:
    """Colours of roads on one kind of ground; dots fade from missed or invented to matched."""

    matched: str
    missed: str
    invented: str
    full: str  # a dot with all its credit
    link: str
    rim: str  # of dots
    casing: str | None  # under lines, where the ground is dark and light

    def lost(self, side: Side) -> str:
        """Colour of what has no credit."""
        return self.missed if side == "gt" else self.invented

    def of_credit(self, side: Side, credit: FloatArray, *, is_line: bool = False) -> list[str]:
        """[K] colours from no credit to all; lines fade to the colour of matched roads."""
        low, high = _rgb(self.lost(side)), _rgb(self.matched if is_line else self.full)
        step = np.round(np.clip(credit, 0, 1) * LEVELS) / LEVELS
        mixed = np.round(low + step[:, None] * (high - low)).astype(int)
        return [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in mixed.tolist()]


ON_WHITE = Palette("#8c8c8c", "#d55e00", "#0072b2", "#f2f2f2", "#444444", "#333333", None)
ON_PHOTO = Palette("#ffffff", "#ff9e3d", "#4fc3ff", "#ffffff", "#f0e442", "#000000", "#000000")
SERIES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8c6d1f")


def _rgb(colour: str) -> FloatArray:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.float64)
