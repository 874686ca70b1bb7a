"""The curves of a noise study: a panel a damage, a line a metric."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .legend import Entry, legend
from .scene import Dots, Lines, Scene, Shape, Text
from .style import SERIES
from .view import View

if TYPE_CHECKING:
    from ..noise import Curve, NoiseStudy

COLUMNS, WIDTH, HEIGHT = 4, 250.0, 190.0  # panels in a row, and the size of one
LEFT, RIGHT, HEAD, FOOT, TITLE = 44.0, 14.0, 44.0, 40.0, 56.0
SMALL = 11.0


def noise_scene(study: NoiseStudy) -> Scene:
    """All curves, with one legend below; strengths to the right, values from 0 to 1 upwards."""
    n = max(len(study.curves), 1)
    columns, rows = min(COLUMNS, n), math.ceil(n / COLUMNS)
    width = round(columns * (LEFT + WIDTH + RIGHT) + 16)
    shapes: list[Shape] = [
        Text(16, 26, "value under growing damage of the ground truth", 18),
        Text(16, 45, _run(study), 12, colour="#555555"),
    ]
    for k, curve in enumerate(study.curves):
        x = (k % columns) * (LEFT + WIDTH + RIGHT) + LEFT
        y = TITLE + (k // columns) * (HEAD + HEIGHT + FOOT) + HEAD
        shapes += _panel(curve, list(study.signatures), x, y)
    below = TITLE + rows * (HEAD + HEIGHT + FOOT) + 4
    entries = [_entry(name, k) for k, name in enumerate(study.signatures)]
    marks, height = legend(entries, 16, below, width - 32)
    return Scene(width, round(below + height + 10), [*shapes, *marks])


def _run(study: NoiseStudy) -> str:
    s, t = "s" * (study.n_tiles != 1), "s" * (study.draws != 1)
    return (
        f"{study.n_tiles} tile{s}, {study.draws} draw{t} each, seed {study.seed}; "
        f"a unit is 1 {study.unit}"
    )


def _panel(curve: Curve, names: Sequence[str], x: float, y: float) -> list[Shape]:
    """One damage. Earlier curves are wider: they are seen where later ones coincide with them."""
    most = max(curve.strengths)
    view = View((0.0, 0.0, WIDTH, HEIGHT), x, y, WIDTH, HEIGHT, True)
    across = np.array(curve.strengths) / most * WIDTH
    shapes = [
        Text(x, y - 27, curve.kind.name, 14),
        Text(x, y - 12, curve.kind.what, SMALL, colour="#555555"),
        *_grid(x, y),
        *_ticks(curve, across, x, y),
    ]
    for k, name in enumerate(names):
        line = np.stack([across, np.array(curve.values[name]) * HEIGHT], axis=1)
        points = view.pixels(line)
        colour, more = SERIES[k % len(SERIES)], (len(names) - 1 - k) * min(0.7, 4 / len(names))
        shapes += [Lines(_dashed(points, k // len(SERIES)), colour, 1.8 + 0.8 * more)]
        shapes += [Dots(points, [colour] * len(points), 2.8 + more)]
    return shapes


def _grid(x: float, y: float) -> list[Shape]:
    shapes: list[Shape] = []
    for value in (0.0, 0.25, 0.5, 0.75, 1.0):
        at = y + HEIGHT * (1 - value)
        path = [np.array([[x, at], [x + WIDTH, at]])]
        shapes.append(Lines(path, "#999999" if value == 0 else "#e2e2e2", 1.0))
        shapes.append(Text(x - 6, at + 4, f"{value:g}", SMALL, "end"))
    return shapes


def _ticks(curve: Curve, across: np.ndarray, x: float, y: float) -> list[Shape]:
    """Labels of the strengths that have room, the last one first."""
    shapes: list[Shape] = []
    free = math.inf
    for at, label in reversed(list(zip(across.tolist(), curve.labels(), strict=True))):
        text = "0" if at == 0 else label
        half = 3.4 * len(text)
        if at + half <= free:
            shapes.append(Text(x + at, y + HEIGHT + 16, text, SMALL, "middle"))
            free = at - half - 3
        mark = [np.array([[x + at, y + HEIGHT], [x + at, y + HEIGHT + 4]])]
        shapes.append(Lines(mark, "#999999", 1.0))
    return shapes


def _dashed(points: np.ndarray, style: int) -> list[np.ndarray]:
    """The whole line, or dashes where the colours have run out."""
    if style == 0:
        return [points]
    dash = 4.0 + 5.0 * style
    pieces = []
    for a, b in itertools.pairwise(points):
        n = max(int(np.hypot(*(b - a)) / dash), 1)
        t = np.arange(n)[:, None] / n
        pieces += [np.stack(ends) for ends in zip(
            a + t * (b - a), a + (t + 0.45 / n) * (b - a), strict=True
        )]  # fmt: skip
    return pieces


def _entry(name: str, k: int) -> Entry:
    colour = SERIES[k % len(SERIES)]

    def swatch(x: float, y: float) -> list[Shape]:
        ends = np.array([[x, y], [x + 26.0, y]])
        return [
            Lines(_dashed(ends, k // len(SERIES)), colour, 2.0),
            Dots(np.array([[x + 13.0, y]]), [colour], 3.2),
        ]

    return Entry(name, swatch)
