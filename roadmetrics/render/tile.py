"""One tile: what was matched, missed and invented, and what a metric saw there."""

from __future__ import annotations

import dataclasses
from enum import Enum

import numpy as np

from ..graph import RoadGraph, Tile
from ..io.files import shown
from ..layers import Layer, layers_of, match_lines
from ..metric import Metric, Score, as_graph
from .legend import SIZE, Entry, credit_entry, legend, length_bar, line_entry
from .photo import Pixels, box_of
from .roads import (
    THIN,
    TOLERANCE,
    are_own,
    dot_shapes,
    match_shapes,
    piece_shapes,
    road_shapes,
    road_width,
)
from .scene import Box, Panel, Photo, Scene, Shape, Text, shortened, text_width, wrapped
from .style import ON_PHOTO, ON_WHITE, Palette
from .view import View, box_around, is_y_up

MARGIN, ROAD = 16.0, 2.6
TALL, FLAT = 1.25, 0.35  # height of a map as a share of its width, at most and at least
BAR = 160.0  # pixels of the length bar, at most


def tile_scene(
    gt: Tile,
    pred: Tile,
    metric: Metric | None = None,
    *,
    tile: str = "",
    photo: Pixels | None = None,
    width: int = 900,
    tolerance: float = TOLERANCE,
    attribution: str = "",
) -> Scene:
    """A picture of one tile.

    Without a metric, or where it shows no roads of its own, roads match within ``tolerance`` of
    each other; the legend says so. A metric's points are dots coloured by credit. An image lies
    under the roads of tiles in pixels (docs/explain.md). Raises UnitError as the metric does.

    >>> road = RoadGraph([(0, 0), (100, 0)], [(0, 1)])
    >>> tile_scene(road, road).width
    900
    >>> tile_scene(RoadGraph([], []), RoadGraph([], [])).width
    900
    """
    a, b = as_graph(gt), as_graph(pred)
    palette = ON_WHITE if photo is None else ON_PHOTO
    score = None if metric is None else metric(gt, pred)
    shown_arrays = {} if metric is None else metric.explain(gt, pred)
    layers = layers_of(shown_arrays)
    head, top = _title(tile, metric, score, width)
    view = _view(gt, a, b, photo, width, top)
    link = match_shapes(view, match_lines(shown_arrays), palette)
    items = [
        *_ground(view, gt, photo),
        *_roads(view, a, b, layers, tolerance, palette),
        *link,
        *_dots(view, layers, palette),
    ]
    pieces = [layer for layer in layers if layer.is_pieces]
    within = "" if are_own(pieces, a, b) else f" within {tolerance:g} {a.unit}"
    entries = _entries(within, layers, palette, len(match_lines(shown_arrays)) > 0)
    below = view.y + view.height + 8
    bar = BAR + text_width("1000 km", SIZE)
    marks, height = legend(entries, MARGIN, below, width - 2 * MARGIN - bar)
    foot = below + max(height, 22.0)
    shapes: list[Shape] = [
        *head,
        Panel(view.x, view.y, view.width, view.height, items),
        Box(view.x, view.y, view.width, view.height, rim="#bbbbbb"),
        *marks,
        *length_bar(width - MARGIN, below + 15, view.scale, a.unit, BAR),
    ]
    if attribution:
        foot += 16
        shapes.append(Text(width - MARGIN, foot - 3, attribution, 10, "end", "#666666"))
    return Scene(width, round(foot + 8), shapes)


def short_name(metric: Metric) -> str:
    """The shortest text that stands for a metric: its preset, and what differs from it.

    >>> from ..metrics import METRICS
    >>> short_name(METRICS["ccq"](slack=8.0)), short_name(METRICS["apls"].from_preset("spacenet"))
    ('ccq,slack=8', 'apls:spacenet')
    """
    cls = type(metric)
    bases = {cls.name: cls(), **{f"{cls.name}:{p}": cls.from_preset(p) for p in cls.presets}}
    texts = [",".join([name, *_differences(metric, base)]) for name, base in bases.items()]
    return min(texts, key=lambda text: (text.count(","), len(text)))


def _differences(metric: Metric, base: Metric) -> list[str]:
    names = [f.name for f in dataclasses.fields(metric)]
    return [
        f"{name}={_spelled(getattr(metric, name))}"
        for name in names
        if getattr(metric, name) != getattr(base, name)
    ]


def _spelled(value: object) -> str:
    return str(value.value) if isinstance(value, Enum) else f"{value:g}"


def _title(
    tile: str, metric: Metric | None, score: Score | None, width: int
) -> tuple[list[Shape], float]:
    """Tile, value, parts and short signature; and the height that they take."""
    room = width - 2 * MARGIN
    name = f"tile {shown(tile)}".strip() if len(tile) < 4 else shown(tile)
    if metric is None or score is None:
        return [Text(MARGIN, 30, shortened(name, room, 20), 20)], 42
    value = f"{metric.name} {score.value:.4f}"
    left = shortened(name, room - text_width(value, 20) - 24, 20)
    parts = ", ".join(f"{key} {part:.4f}" for key, part in score.parts.items())
    detail = f"{short_name(metric)}, revision {metric.revision}"
    lines = [*wrapped(parts, room, 13), *wrapped(detail, room, 13)]
    texts: list[Shape] = [
        Text(MARGIN, 30, left, 20),
        Text(width - MARGIN, 30, value, 20, "end"),
        *(Text(MARGIN, 52 + 18 * k, line, 13, colour="#555555") for k, line in enumerate(lines)),
    ]
    return texts, 52 + 18 * len(lines) - 6


def _view(
    gt: Tile, a: RoadGraph, b: RoadGraph, photo: Pixels | None, width: int, top: float
) -> View:
    box = box_of(gt, photo) if photo is not None else box_around([a.bounds, b.bounds])
    room = width - 2 * MARGIN
    aspect = (box[3] - box[1]) / (box[2] - box[0])
    height = room * min(max(aspect, FLAT), TALL)
    return View(box, MARGIN, top, room, height, is_y_up(a))


def _ground(view: View, gt: Tile, photo: Pixels | None) -> list[Shape]:
    if photo is None:
        return [Box(view.x, view.y, view.width, view.height, fill="#ffffff")]
    return [photo_shape(view, gt, photo)]


def photo_shape(view: View, gt: Tile, photo: Pixels) -> Photo:
    """The image where it lies in the view; its first row is at the top whichever way y grows."""
    box = box_of(gt, photo)
    corners = view.pixels(np.array([box[:2], box[2:]]))
    left, top = corners.min(axis=0)
    right, bottom = corners.max(axis=0)
    return Photo(float(left), float(top), float(right - left), float(bottom - top), photo)


def _roads(
    view: View, a: RoadGraph, b: RoadGraph, layers: list[Layer], tolerance: float, palette: Palette
) -> list[Shape]:
    pieces = [layer for layer in layers if layer.is_pieces]
    width = road_width(view, a, b) * (1.0 if len(pieces) == len(layers) else THIN)
    if are_own(pieces, a, b):
        return piece_shapes(view, pieces, palette, width)
    return [
        *road_shapes(view, a, b, tolerance, palette, width),
        *piece_shapes(view, pieces, palette, width),
    ]


def _dots(view: View, layers: list[Layer], palette: Palette) -> list[Shape]:
    return dot_shapes(view, [layer for layer in layers if not layer.is_pieces], palette)


def _entries(within: str, layers: list[Layer], palette: Palette, has_links: bool) -> list[Entry]:
    """Roads, and the layers that have colours of their own."""
    entries = road_entries(palette, within)
    for layer in layers:
        is_plain = layer.is_pieces and bool(np.isin(layer.credit, (0.0, 1.0)).all())
        if len(layer.xy) and not is_plain:
            text = f"{layer.side} {layer.thing}, credit 0 to 1".replace("_", " ")
            entries.append(credit_entry(text, layer.side, palette, is_line=layer.is_pieces))
    if has_links:
        entries.append(line_entry("matched pair", palette.link, 1.0, palette.casing))
    return entries


def road_entries(palette: Palette, within: str) -> list[Entry]:
    """Matched, missed and invented roads."""
    return [
        line_entry(f"matched{within}", palette.matched, ROAD * 0.75, palette.casing),
        line_entry("missed", palette.missed, ROAD * 1.3, palette.casing),
        line_entry("invented", palette.invented, ROAD * 1.3, palette.casing),
    ]
