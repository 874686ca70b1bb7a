"""What a tile is to be like, and the limits of that."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from roadmetrics.errors import RoadMetricsError

from .style import STYLES, Style, StyleName

SIZES = (64, 1024)  # pixels
PIXELS = (0.25, 2.0)  # metres
MOST_METRES = 800.0  # the side of a tile
MOST_DIFFICULTY = 0.9
MOST_OBLIQUE = 40.0  # degrees


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a tile is to be like.

    Parameters
    ----------
    size : side of the tile in pixels, 64 to 1024
    metres_per_pixel : 0.25 to 2
    difficulty : share of the road that trees cover, 0 to 0.9
    style : suburb, arid or canals
    oblique : degrees by which the camera looks aside, 0 to 40

    Raises
    ------
    RoadMetricsError : a value outside of its range
    """

    size: int = 400
    metres_per_pixel: float = 0.5
    difficulty: float = 0.3
    style: StyleName = "suburb"
    oblique: float = 0.0

    def __post_init__(self) -> None:
        if not isinstance(self.size, int):
            raise RoadMetricsError(f"the size must be whole pixels, not {self.size!r}")
        _check("the size", self.size, *SIZES)
        _check("the size of a pixel", self.metres_per_pixel, *PIXELS)
        _check("the difficulty", self.difficulty, 0.0, MOST_DIFFICULTY)
        _check("the oblique angle", self.oblique, 0.0, MOST_OBLIQUE)
        _check("the side in metres", self.size * self.metres_per_pixel, 16.0, MOST_METRES)
        if self.style not in STYLES:
            raise RoadMetricsError(
                f"there is no style {self.style!r}: the styles are {', '.join(STYLES)}"
            )

    @property
    def look(self) -> Style:
        """All that the style's name stands for."""
        return STYLES[self.style]


def _check(name: str, value: float, low: float, high: float) -> None:
    if not (isfinite(value) and low <= value <= high):
        raise RoadMetricsError(f"{name} must be from {low:g} to {high:g}, not {value:g}")
