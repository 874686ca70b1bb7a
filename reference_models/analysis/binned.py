"""Scores of tiles grouped by something about the tile, with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from roadmetrics.documents import read_document
from roadmetrics.errors import PairingError, RoadMetricsError
from roadmetrics.graph import FloatArray
from roadmetrics.pairs import few

from .chart import Panel, Series

N_RESAMPLES, SEED = 1000, 20210621  # as roadmetrics score has them
MIN_TILES = 5  # fewer tiles of a bin have no interval


@dataclass(frozen=True, eq=False)
class Binned:
    """Means of one method in n bins, NaN where a bin has no tile."""

    n_tiles: tuple[int, ...]
    mean: FloatArray  # [n]
    low: FloatArray  # [n] 2.5 %, NaN below MIN_TILES
    high: FloatArray  # [n] 97.5 %


def tile_scores(path: Path, metric: str) -> dict[str, float]:
    """The value of each scored tile in a document of ``roadmetrics score``.

    ``metric``: as it was asked for, or its beginning where that is one metric alone. Raises
    RoadMetricsError where the document has no such one.
    """
    document = read_document(path)
    fitting = [key for key in document.signatures if key == metric] or [
        key for key in document.signatures if key.startswith(metric)
    ]
    if len(fitting) != 1:
        held = ", ".join(document.signatures)
        raise RoadMetricsError(f"{document.name}: {metric!r} is not one metric of {held}")
    record = document.record(fitting[0])
    headline = type(record.metric).headline
    return {tile: one.parts[headline] for tile, one in record.tiles.items()}


def same_tiles(scores: Mapping[str, Mapping[str, float]], about: Mapping[str, float]) -> list[str]:
    """Tiles in order, which all methods and ``about`` must have; PairingError tells who has not."""
    tiles = sorted(next(iter(scores.values()))) if scores else []
    for label, held in [*scores.items(), ("what tiles are grouped by", about)]:
        missing = sorted(set(tiles) - held.keys())
        more = [] if held is about else sorted(held.keys() - set(tiles))
        if missing or more:
            raise PairingError(f"{label}: other tiles than the first: {few(missing or more)}")
    return tiles


def edges_of(values: FloatArray, wanted: str, n_bins: int) -> list[float]:
    """Edges of bins: those that are given, between commas, or such that tiles are spread evenly.

    >>> edges_of(np.array([0.0, 1.0, 2.0, 3.0]), "", 2), edges_of(np.zeros(3), "", 4)
    ([0.0, 1.5, 3.0], [0.0, 0.0])
    >>> edges_of(np.zeros(0), "0,.1,1", 9)
    [0.0, 0.1, 1.0]
    """
    if wanted:
        try:
            edges = [float(word) for word in wanted.split(",")]
        except ValueError:
            edges = []
        if len(edges) < 2 or any(a >= b for a, b in pairwise(edges)):
            raise RoadMetricsError(f"--edges must be ascending numbers, not {wanted!r}")
        return edges
    ends = np.quantile(values, np.linspace(0, 1, n_bins + 1))
    found: list[float] = np.unique(ends).tolist()
    return found if len(found) > 1 else found * 2


def binned(about: FloatArray, values: FloatArray, edges: Sequence[float]) -> Binned:
    """Means over the tiles of each bin; the last bin holds its upper edge, too.

    >>> three = binned(np.array([0.0, 1.0, 2.0]), np.array([0.2, 0.4, 0.9]), [0, 1, 2])
    >>> three.n_tiles, [round(mean, 9) for mean in three.mean.tolist()]
    ((1, 2), [0.2, 0.65])
    >>> binned(np.zeros(0), np.zeros(0), [0, 1]).n_tiles
    (0,)
    """
    rng = np.random.default_rng(SEED)
    rows: list[tuple[int, float, float, float]] = []
    for k, (low, high) in enumerate(pairwise(edges)):
        is_last = k == len(edges) - 2
        inside = (about >= low) & ((about <= high) if is_last else (about < high))
        held = values[inside]
        ends = (np.nan, np.nan)
        if len(held) >= MIN_TILES:
            drawn = held[rng.integers(len(held), size=(N_RESAMPLES, len(held)))].mean(axis=1)
            ends = tuple(np.quantile(drawn, [0.025, 0.975]).tolist())
        rows.append((len(held), float(held.mean()) if len(held) else np.nan, *ends))
    count, mean, low_end, high_end = zip(*rows, strict=True)
    return Binned(count, np.array(mean), np.array(low_end), np.array(high_end))


def panel_of(
    title: str,
    x_label: str,
    y_label: str,
    edges: Sequence[float],
    methods: Mapping[str, Binned],
    *,
    has_zero: bool = False,
) -> Panel:
    """Points with intervals in the middle of their bins."""
    labels = [f"{edge:.3g}" for edge in edges]
    series = [Series(label, one.mean, one.low, one.high) for label, one in methods.items()]
    return Panel(title, x_label, y_label, labels, series, is_bars=False, has_zero=has_zero)


def lines_of(name: str, edges: Sequence[float], methods: Mapping[str, Binned]) -> list[str]:
    """The numbers of a panel, a line a method and bin."""
    wide = max(len(label) for label in methods)
    return [
        f"{name:16} {low:9.4g} to {high:9.4g} {one.n_tiles[k]:6} tiles  {label:{wide}} "
        f"{one.mean[k]:8.4f}  [{one.low[k]:.4f}, {one.high[k]:.4f}]"
        for label, one in methods.items()
        for k, (low, high) in enumerate(pairwise(edges))
    ]
