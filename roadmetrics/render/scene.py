"""The shapes that a picture is made of. Lengths are pixels of the picture, y points down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..errors import RoadMetricsError
from ..graph import FloatArray

MAX_AREA = 60_000_000  # pixels of a picture
Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True)
class Lines:
    """Polylines [k, 2] of one colour and width, round at their ends."""

    paths: Sequence[FloatArray]
    colour: str
    width: float


@dataclass(frozen=True)
class Dots:
    """Discs around ``xy`` [K, 2], in the order of drawing."""

    xy: FloatArray
    colours: Sequence[str]
    radius: float
    rim: str = "#ffffff"


@dataclass(frozen=True)
class Text:
    """One line of text; x, y is the start, middle or end of its baseline."""

    x: float
    y: float
    text: str
    size: float = 14.0
    anchor: Anchor = "start"
    colour: str = "#222222"


@dataclass(frozen=True)
class Box:
    """A rectangle, filled or with a rim of one pixel."""

    x: float
    y: float
    width: float
    height: float
    fill: str | None = None
    rim: str | None = None


@dataclass(frozen=True)
class Photo:
    """An image [H, W, 3] of bytes, stretched over a rectangle."""

    x: float
    y: float
    width: float
    height: float
    pixels: npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Panel:
    """Shapes that are cut off at a rectangle."""

    x: float
    y: float
    width: float
    height: float
    items: Sequence[Any] = field(default_factory=tuple)


Shape = Lines | Dots | Text | Box | Photo | Panel


@dataclass(frozen=True)
class Scene:
    """A picture on white ground."""

    width: int
    height: int
    items: Sequence[Shape]

    def __post_init__(self) -> None:
        if self.width * self.height > MAX_AREA:
            raise RoadMetricsError(
                f"the picture would have {self.width} x {self.height} pixels: take fewer tiles or "
                "a smaller --width"
            )


def text_width(text: str, size: float) -> float:
    """Width of a text, rather too large than too small: fonts differ."""
    return 0.6 * size * len(text)


def shortened(text: str, width: float, size: float) -> str:
    """The text, or as much as fits with dots in its middle.

    >>> shortened("abcdefghijklmnop", 60.0, 10.0)
    'abcd...nop'
    >>> shortened("", 60.0, 10.0)
    ''
    """
    room = max(int(width / (0.6 * size)), 5)
    if len(text) <= room:
        return text
    tail = (room - 3) // 2
    return f"{text[: room - 3 - tail]}...{text[len(text) - tail :]}"


def wrapped(text: str, width: float, size: float) -> list[str]:
    """Lines of a text that fit, broken at commas and spaces.

    >>> wrapped("apls,snap_dist=4,spacing=50", 110.0, 10.0)
    ['apls,snap_dist=4,', 'spacing=50']
    >>> wrapped("", 100.0, 10.0)
    ['']
    """
    room = max(int(width / (0.6 * size)), 8)
    lines, line = [], ""
    for word in text.replace(",", ",\0").replace(" ", " \0").split("\0"):
        if line and len(line) + len(word.rstrip()) > room:
            lines.append(line.rstrip())
            line = ""
        line += word
    return [*lines, line.rstrip()]
