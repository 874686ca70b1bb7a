"""What stands around a map: legend and length bar, below it so that no road is covered."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..layers import Side
from .scene import Box, Dots, Lines, Shape, Text, text_width
from .style import Palette

SIZE, LINE, SWATCH, SPACE = 13.0, 22.0, 30.0, 22.0


@dataclass(frozen=True)
class Entry:
    """A label and what draws its swatch at x, y (the middle of its left side)."""

    label: str
    swatch: Callable[[float, float], list[Shape]]

    @property
    def width(self) -> float:
        """Pixels that the entry takes, with the space behind it."""
        return SWATCH + 8 + text_width(self.label, SIZE) + SPACE


def line_entry(label: str, colour: str, width: float, casing: str | None) -> Entry:
    """A piece of road; on the ground of a photo in a dark box."""

    def swatch(x: float, y: float) -> list[Shape]:
        path = [np.array([[x + 3, y], [x + SWATCH - 3, y]])]
        ground = [Box(x - 2, y - 7, SWATCH + 4, 14, fill="#555555")] if casing else []
        cased = [Lines(path, casing, width + 2)] if casing else []
        return [*ground, *cased, Lines(path, colour, width)]

    return Entry(label, swatch)


def credit_entry(label: str, side: Side, palette: Palette, *, is_line: bool) -> Entry:
    """Dots from no credit to all, or pieces of roads."""

    def pieces(x: float, y: float) -> list[Shape]:
        ends = np.linspace(x, x + SWATCH, 4)
        paths = [np.array([[a, y], [b, y]]) for a, b in itertools.pairwise(ends)]
        colours = palette.of_credit(side, np.array([0.0, 0.5, 1.0]), is_line=True)
        return [Lines([path], colour, 4.0) for path, colour in zip(paths, colours, strict=True)]

    def swatch(x: float, y: float) -> list[Shape]:
        credit = np.array([0.0, 0.5, 1.0])
        xy = np.array([[x + 4, y], [x + SWATCH / 2, y], [x + SWATCH - 4, y]])
        return [Dots(xy, palette.of_credit(side, credit), 4.5, palette.rim)]

    return Entry(label, pieces if is_line else swatch)


def legend(entries: Sequence[Entry], x: float, y: float, width: float) -> tuple[list[Any], float]:
    """Shapes of the entries in rows from x, y, and the height that they take."""
    shapes: list[Any] = []
    at, row = x, 0
    for entry in entries:
        if at > x and at + entry.width - SPACE > x + width:
            at, row = x, row + 1
        middle = y + LINE * (row + 0.5)
        shapes += entry.swatch(at, middle)
        shapes.append(Text(at + SWATCH + 8, middle + SIZE * 0.36, entry.label, SIZE))
        at += entry.width
    return shapes, LINE * (row + 1 if entries else 0)


def length_bar(x: float, y: float, scale: float, unit: str, most: float) -> list[Shape]:
    """A bar of a round length that ends at x, at most ``most`` pixels long; its label before it."""
    length = round_length(most / scale)
    pixels = length * scale
    path = [np.array([[x - pixels, y - 4], [x - pixels, y], [x, y], [x, y - 4]])]
    label = f"{length / 1000:g} km" if unit == "m" and length >= 1000 else f"{length:g} {unit}"
    return [Lines(path, "#222222", 1.5), Text(x - pixels - 8, y + 1, label, SIZE, "end")]


def round_length(most: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is not above ``most``.

    >>> round_length(70.0), round_length(0.3)
    (50.0, 0.2)
    """
    power = 10.0 ** math.floor(math.log10(most))
    return float(f"{max(k for k in (1, 2, 5) if k * power <= most * (1 + 1e-9)) * power:.6g}")
