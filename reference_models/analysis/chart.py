"""Panels of bars, or of points with intervals, over bins: what the figures here are made of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from roadmetrics.errors import RoadMetricsError
from roadmetrics.graph import FloatArray
from roadmetrics.render.legend import Entry, legend
from roadmetrics.render.save import check_suffix, save
from roadmetrics.render.scene import Box, Dots, Lines, Scene, Text, wrapped
from roadmetrics.render.style import SERIES

WIDTH, HEIGHT = 330.0, 190.0  # of a panel's axes
LEFT, RIGHT, HEAD, FOOT, TITLE = 56.0, 16.0, 46.0, 46.0, 58.0
SMALL = 11.0
GREY, FAINT = "#999999", "#e2e2e2"


@dataclass(frozen=True, eq=False)
class Series:
    """One method: a value for each bin, NaN where there is none; its interval, if it has one."""

    label: str
    y: FloatArray  # [n]
    low: FloatArray | None = None
    high: FloatArray | None = None


@dataclass(frozen=True, eq=False)
class Panel:
    """Series over n bins; ``labels``: n + 1 of them stand at the bins' edges, n in their middle."""

    title: str
    x_label: str
    y_label: str
    labels: Sequence[str]
    series: Sequence[Series]
    is_bars: bool = True
    has_zero: bool = True  # whether the y axis holds 0

    @property
    def n(self) -> int:
        """Number of bins."""
        return len(self.series[0].y) if self.series else 0


def check_figure(path: str) -> None:
    """Raise RoadMetricsError for a place where no figure can be written, before the work."""
    check_suffix(path)
    if not Path(path).resolve().parent.is_dir():
        raise RoadMetricsError(f"{path}: cannot be written: there is no such folder")


def save_chart(path: str, title: str, note: str, panels: Sequence[Panel], columns: int = 3) -> None:
    """Write the figure as .png or .svg."""
    save(chart(title, note, panels, columns), path)


def chart(title: str, note: str, panels: Sequence[Panel], columns: int = 3) -> Scene:
    """Panels in rows, one legend below: the series of the first panel.

    >>> series = [Series("gt", np.array([1.0, 3.0])), Series("pred", np.array([2.0, np.nan]))]
    >>> scene = chart("angles", "", [Panel("a", "degrees", "share", ["0", "45", "90"], series)])
    >>> scene.width, scene.height > 200
    (418, True)
    >>> chart("nothing", "", []).width
    418
    """
    columns = max(min(columns, len(panels)), 1)
    rows = math.ceil(len(panels) / columns)
    width = round(columns * (LEFT + WIDTH + RIGHT) + 16)
    shapes: list[Any] = [Text(16, 26, title, 17)]
    for k, line in enumerate(wrapped(note, width - 32, 12)[:1]):
        shapes.append(Text(16, 45 + 14 * k, line, 12, colour="#555555"))
    for k, panel in enumerate(panels):
        x = (k % columns) * (LEFT + WIDTH + RIGHT) + LEFT
        y = TITLE + (k // columns) * (HEAD + HEIGHT + FOOT) + HEAD
        shapes += _panel(panel, x, y)
    below = TITLE + rows * (HEAD + HEIGHT + FOOT) + 4
    names = [series.label for series in panels[0].series] if panels else []
    marks, height = legend([_entry(name, k) for k, name in enumerate(names)], 16, below, width - 32)
    return Scene(width, round(below + height + 12), [*shapes, *marks])


def _panel(panel: Panel, x: float, y: float) -> list[Any]:
    low, high, step = _axis(panel)

    def at(value: float) -> float:
        return y + HEIGHT * (1 - (value - low) / (high - low))

    shapes: list[Any] = [
        Text(x, y - 26, panel.title, 14),
        Text(x, y - 9, panel.y_label, SMALL, colour="#555555"),
        Text(x + WIDTH / 2, y + HEIGHT + 32, panel.x_label, SMALL, "middle", "#555555"),
    ]
    for k in range(round((high - low) / step) + 1):
        value = low + k * step
        line = np.array([[x, at(value)], [x + WIDTH, at(value)]])
        shapes.append(Lines([line], GREY if abs(value) < step / 9 else FAINT, 1.0))
        shapes.append(Text(x - 6, at(value) + 4, f"{value:.6g}", SMALL, "end"))
    shapes += _labels(panel, x, y)
    bin_width = WIDTH / max(panel.n, 1)
    for k, series in enumerate(panel.series):
        colour = SERIES[k % len(SERIES)]
        if panel.is_bars:
            side = 0.8 * bin_width / len(panel.series)
            left = x + 0.1 * bin_width + k * side
            shapes += _bars(series, colour, left, bin_width, side, at)
        else:
            middle = x + bin_width * (0.5 + 0.06 * (k - (len(panel.series) - 1) / 2))
            shapes += _points(series, colour, middle, bin_width, at)
    return shapes


def _axis(panel: Panel) -> tuple[float, float, float]:
    """Bottom, top and step of the y axis: round numbers that hold everything."""
    every = [v for s in panel.series for v in (s.y, s.low, s.high) if v is not None]
    values = np.concatenate([np.ravel(v) for v in every]) if every else np.zeros(0)
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    low, high = (min(low, 0.0), max(high, 0.0)) if panel.has_zero else (low, high)
    span = high - low or abs(high) or 1.0
    step = 10.0 ** math.floor(math.log10(span / 2))
    step *= next(k for k in (1, 2, 5, 10) if span / (k * step) <= 5)
    return math.floor(low / step) * step, math.ceil(high / step + 1e-9) * step, step


def _labels(panel: Panel, x: float, y: float) -> list[Any]:
    """Ticks of the x axis, as many as have room."""
    shapes: list[Any] = []
    is_edge = len(panel.labels) == panel.n + 1
    free = -math.inf
    for k, text in enumerate(panel.labels):
        at = x + WIDTH / max(panel.n, 1) * (k if is_edge else k + 0.5)
        half = 3.3 * len(text)
        if at - half < free:
            continue
        free = at + half + 4
        shapes.append(Text(at, y + HEIGHT + 16, text, SMALL, "middle"))
        mark = np.array([[at, y + HEIGHT], [at, y + HEIGHT + 4]])
        shapes.append(Lines([mark], GREY, 1.0))
    return shapes


def _bars(
    series: Series, colour: str, left: float, step: float, width: float, at: Any
) -> list[Any]:
    shapes = []
    for k, value in enumerate(series.y.tolist()):
        if math.isfinite(value) and value != 0:
            top, bottom = sorted((at(value), at(0.0)))
            shapes.append(Box(left + k * step, top, max(width - 1, 1), bottom - top, fill=colour))
    return shapes


def _points(series: Series, colour: str, middle: float, step: float, at: Any) -> list[Any]:
    """Dots joined by lines, each with its interval."""
    shapes: list[Any] = []
    known = [k for k, value in enumerate(series.y.tolist()) if math.isfinite(value)]
    xy = np.array([[middle + k * step, at(float(series.y[k]))] for k in known]).reshape(-1, 2)
    if series.low is not None and series.high is not None:
        for k in known:
            ends = [at(float(series.low[k])), at(float(series.high[k]))]
            if np.isfinite(ends).all():
                line = np.array([[middle + k * step, end] for end in ends])
                shapes.append(Lines([line], colour, 1.2))
    if len(xy) > 1:
        shapes.append(Lines([xy], colour, 1.8))
    shapes.append(Dots(xy, [colour] * len(xy), 3.4))
    return shapes


def _entry(name: str, k: int) -> Entry:
    colour = SERIES[k % len(SERIES)]
    return Entry(name, lambda x, y: [Box(x + 4, y - 6, 22, 12, fill=colour)])
