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
    """One method: a value for each bin, NaN where there is none; its interval, if it has one.

    ``x``: on a logarithmic axis, instead of bins; above 0.
    """

    label: str
    y: FloatArray  # [n]
    low: FloatArray | None = None
    high: FloatArray | None = None
    x: FloatArray | None = None


@dataclass(frozen=True, eq=False)
class Panel:
    """Series over n bins; ``labels``: n + 1 of them stand at the bins' edges, n in their middle.

    Without labels the series have places of their own on a logarithmic axis.
    """

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
    log = LogAxis.of(panel.series)
    shapes += _labels(panel, x, y) if panel.labels else _log_labels(log, x, y)
    bin_width = WIDTH / max(panel.n, 1)
    for k, series in enumerate(panel.series):
        colour = SERIES[k % len(SERIES)]
        if series.x is not None:
            shapes += _points(series, colour, x + WIDTH * log.share(series.x), at)
        elif panel.is_bars:
            side = 0.8 * bin_width / len(panel.series)
            left = x + 0.1 * bin_width + k * side
            shapes += _bars(series, colour, left, bin_width, side, at)
        else:
            middle = 0.5 + 0.06 * (k - (len(panel.series) - 1) / 2)
            places = x + bin_width * (middle + np.arange(len(series.y), dtype=np.float64))
            shapes += _points(series, colour, places, at)
    return shapes


@dataclass(frozen=True)
class LogAxis:
    """From ``low`` to ``high``, both powers of ten of what is shown.

    >>> axis = LogAxis.of([Series("a", np.zeros(2), x=np.array([0.1, 1.0]))])
    >>> axis.share(np.array([0.1])).round(2).tolist(), [round(tick, 3) for tick in axis.ticks()]
    ([0.05], [0.1, 0.2, 0.3, 0.5, 1])
    >>> LogAxis.of([]).ticks()
    [1]
    """

    low: float
    high: float

    @classmethod
    def of(cls, series: Sequence[Series]) -> LogAxis:
        """All places of the series, with a twentieth of room at either end."""
        every = [one.x for one in series if one.x is not None]
        places = np.log10(np.concatenate(every)) if every else np.zeros(1)
        span = float(np.ptp(places)) or 0.5
        return cls(float(places.min()) - span / 18, float(places.max()) + span / 18)

    def share(self, x: FloatArray) -> FloatArray:
        """Where x lies, from 0 to 1."""
        found: FloatArray = (np.log10(x) - self.low) / (self.high - self.low)
        return found

    def ticks(self) -> list[float]:
        """1, 2, 3 and 5 times powers of ten."""
        powers = range(math.floor(self.low), math.ceil(self.high) + 1)
        every = [k * 10.0**power if power < 0 else k * 10**power
                 for power in powers for k in (1, 2, 3, 5)]  # fmt: skip
        return [tick for tick in every if self.low <= math.log10(tick) <= self.high]


def _log_labels(axis: LogAxis, x: float, y: float) -> list[Any]:
    shapes: list[Any] = []
    for tick in axis.ticks():
        at = x + WIDTH * float(axis.share(np.array([tick]))[0])
        shapes.append(Text(at, y + HEIGHT + 16, f"{tick:.3g}", SMALL, "middle"))
        shapes.append(Lines([np.array([[at, y + HEIGHT], [at, y + HEIGHT + 4]])], GREY, 1.0))
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
    shapes: list[Any] = []
    for k, value in enumerate(series.y.tolist()):
        if math.isfinite(value) and value != 0:
            top, bottom = sorted((at(value), at(0.0)))
            shapes.append(Box(left + k * step, top, max(width - 1, 1), bottom - top, fill=colour))
            shapes += _interval(series, k, left + k * step + width / 2, "#000000", at)
    return shapes


def _points(series: Series, colour: str, places: FloatArray, at: Any) -> list[Any]:
    """Dots at ``places`` [n], joined by lines, each with its interval."""
    known = [k for k, value in enumerate(series.y.tolist()) if math.isfinite(value)]
    xy = np.array([[places[k], at(float(series.y[k]))] for k in known]).reshape(-1, 2)
    shapes = [mark for k in known for mark in _interval(series, k, float(places[k]), colour, at)]
    if len(xy) > 1:
        shapes.append(Lines([xy], colour, 1.8))
    shapes.append(Dots(xy, [colour] * len(xy), 3.4))
    return shapes


def _interval(series: Series, k: int, x: float, colour: str, at: Any) -> list[Any]:
    """A line from the lower to the upper end, where there are any."""
    if series.low is None or series.high is None:
        return []
    ends = [at(float(series.low[k])), at(float(series.high[k]))]
    if not np.isfinite(ends).all():
        return []
    return [Lines([np.array([[x, end] for end in ends])], colour, 1.2)]


def _entry(name: str, k: int) -> Entry:
    colour = SERIES[k % len(SERIES)]
    return Entry(name, lambda x, y: [Box(x + 4, y - 6, 22, 12, fill=colour)])
