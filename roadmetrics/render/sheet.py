"""Several methods side by side, one row a tile, the ground truth first, as papers show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..graph import Tile
from ..io.files import shown
from ..metric import Metric, as_graph
from .legend import legend, length_bar
from .photo import Pixels, box_of
from .roads import TOLERANCE, plain_shapes, road_shapes, road_width
from .scene import Box, Panel, Scene, Shape, Text, shortened
from .style import ON_PHOTO, ON_WHITE
from .tile import MARGIN, photo_shape, road_entries, short_name
from .view import View, box_around, is_y_up

GAP, HEAD, SIZE = 12.0, 40.0, 13.0
LINE = 17.0  # of text under a map
LEAST = 140  # pixels of a column, at least
LIGHT, LIGHT_ON_PHOTO = 0.8, 1.2  # of the width that roads have in a picture of one tile


@dataclass(frozen=True)
class SheetRow:
    """A tile: its ground truth, one prediction a method (each with the ground truth as it sees it).

    ``pairs`` are (ground truth, prediction) in the order of the methods.
    """

    tile: str
    pairs: Sequence[tuple[Tile, Tile]]
    photo: Pixels | None = None


def sheet_scene(
    rows: Sequence[SheetRow],
    methods: Sequence[str],
    metrics: Sequence[Metric] = (),
    *,
    width: int | None = None,
    tolerance: float = TOLERANCE,
    attribution: str = "",
) -> Scene:
    """A picture of all tiles and methods; the scores of each stand under its map.

    ``width``: of the whole picture; by default 300 pixels a column.

    >>> from ..graph import RoadGraph
    >>> road = RoadGraph([(0, 0), (100, 0)], [(0, 1)])
    >>> sheet_scene([SheetRow("a", [(road, road)])], ["ours"]).width
    644
    >>> sheet_scene([], []).items[-1].text
    'no tile'
    """
    n = len(methods) + 1
    total = max(width or round(300 * n + GAP * (n - 1) + 2 * MARGIN), round(LEAST * n))
    column = (total - 2 * MARGIN - GAP * (n - 1)) / n
    left = [MARGIN + k * (column + GAP) for k in range(n)]
    shapes: list[Shape] = [
        Text(x + column / 2, 27, shortened(shown(name), column, 16), 16, "middle")
        for x, name in zip(left, ("ground truth", *methods), strict=True)
    ]
    y = HEAD
    for row in rows:
        drawn, y = _row(row, metrics, left, y, column, tolerance)
        shapes += drawn
    if not rows:
        return Scene(total, 80, [Text(total / 2, 60, "no tile", SIZE, "middle")])
    return _footed(shapes, rows, total, y, tolerance, attribution)


def _footed(
    shapes: list[Shape], rows: Sequence[SheetRow], width: int, y: float, tolerance: float, note: str
) -> Scene:
    unit = rows[0].pairs[0][0].unit if rows[0].pairs else "px"
    palette = ON_PHOTO if any(row.photo is not None for row in rows) else ON_WHITE
    entries = road_entries(palette, f" within {tolerance:g} {unit}")
    marks, height = legend(entries, MARGIN, y, width - 2 * MARGIN)
    foot = y + height
    if note:
        foot += 16
        marks.append(
            Text(width - MARGIN, foot - 3, shortened(note, width, 10), 10, "end", "#666666")
        )
    return Scene(width, round(foot + 8), [*shapes, *marks])


def _row(
    row: SheetRow, metrics: Sequence[Metric], left: list[float], y: float, column: float,
    tolerance: float,
) -> tuple[list[Shape], float]:  # fmt: skip
    palette = ON_WHITE if row.photo is None else ON_PHOTO
    gt = row.pairs[0][0]
    a = as_graph(gt)
    box = box_around([a.extent or a.bounds]) if row.photo is None else box_of(gt, row.photo)
    height = column * min(max((box[3] - box[1]) / (box[2] - box[0]), 0.4), 1.3)
    views = [View(box, x, y, column, height, is_y_up(a)) for x in left]
    light = LIGHT if row.photo is None else LIGHT_ON_PHOTO
    width = road_width(views[0], a, a) * light
    shapes = _cell(views[0], gt, row.photo, plain_shapes(views[0], a, palette, width))
    bar = length_bar(left[0] + column, y + height + 13, views[0].scale, a.unit, column / 4)
    shapes += [*bar, Text(left[0], y + height + LINE, shortened(shown(row.tile), column / 2, SIZE),
                          SIZE)]  # fmt: skip
    for view, (own_gt, pred) in zip(views[1:], row.pairs, strict=True):
        both = as_graph(own_gt), as_graph(pred)
        roads = road_shapes(view, *both, tolerance, palette, road_width(view, *both) * light)
        shapes += _cell(view, gt, row.photo, roads)
        shapes += _scores(view, own_gt, pred, metrics)
    lines = max(len(metrics), 1)
    return shapes, y + height + LINE * lines + 16


def _cell(view: View, gt: Tile, photo: Pixels | None, roads: list[Shape]) -> list[Shape]:
    ground = [] if photo is None else [photo_shape(view, gt, photo)]
    return [
        Panel(view.x, view.y, view.width, view.height, [*ground, *roads]),
        Box(view.x, view.y, view.width, view.height, rim="#bbbbbb"),
    ]


def _scores(view: View, gt: Tile, pred: Tile, metrics: Sequence[Metric]) -> list[Shape]:
    texts = [f"{short_name(metric)} {metric(gt, pred).value:.4f}" for metric in metrics]
    return [
        Text(view.x, view.y + view.height + LINE * (k + 1), shortened(text, view.width, SIZE), SIZE)
        for k, text in enumerate(texts)
    ]
