"""The roads of a tile as shapes: matched, missed, invented; and a metric's layers on top."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..cover import covered_pieces
from ..graph import BoolArray, FloatArray, RoadGraph
from ..layers import SIDES, Layer
from .scene import Dots, Lines, Shape
from .style import LEVELS, Palette
from .view import View

TOLERANCE = 5.0  # units within which roads match where the metric does not say
GOOD, GOOD_SIZE = 0.95, 0.6  # dots of more credit are smaller: errors should meet the eye
WIDTHS, CROWDED = (1.1, 2.6), 16.0  # of roads; a share of the mean space between them
WHOLE = 0.95  # share of a network that pieces must hold to stand for it
CASING = 1.4  # pixels of dark ground that lines have on photos, both sides together
THIN = 0.7  # share of the width that roads keep under a metric's dots


def road_width(view: View, *graphs: RoadGraph) -> float:
    """Width of the lines: the thinner the more road there is on the map."""
    drawn = sum(graph.length for graph in graphs) * view.scale
    space = view.width * view.height / max(drawn, 1.0)
    return float(np.clip(space / CROWDED, *WIDTHS))


def road_shapes(
    view: View, gt: RoadGraph, pred: RoadGraph, tolerance: float, palette: Palette, width: float
) -> list[Shape]:
    """Both networks: matched within ``tolerance`` below, missed and invented above."""
    layers = []
    for side, graph, other in zip(SIDES, (gt, pred), (pred, gt), strict=True):
        _, pieces, is_covered = covered_pieces(graph, other, tolerance)
        credit = is_covered.astype(np.float64)
        layers.append(Layer(side, "road", pieces, credit, 1 - credit, False))
    return piece_shapes(view, layers, palette, width)


def piece_shapes(
    view: View, layers: Sequence[Layer], palette: Palette, width: float
) -> list[Shape]:
    """Pieces by credit: all of it as matched, the less the more like missed or invented."""
    shapes: list[Shape] = []
    casings: list[Shape] = []
    for step in range(LEVELS, -1, -1):  # what was lost is drawn last
        for layer in layers:
            chosen = layer.xy[np.round(layer.credit * LEVELS) == step]
            paths = view.paths(chosen)
            if not paths:
                continue
            if palette.casing:  # below all colours, or one road's would hide its neighbour
                casings.append(Lines(paths, palette.casing, width * 1.3 + CASING))
            if step == LEVELS:
                shapes.append(Lines(paths, palette.matched, width * 0.75))
                continue
            credit = np.array([step / LEVELS])
            colour = palette.of_credit(layer.side, credit, is_line=True)[0]
            shapes.append(Lines(paths, colour, width * 1.3))
    return [*casings, *shapes]


def are_own(layers: Sequence[Layer], gt: RoadGraph, pred: RoadGraph) -> bool:
    """Whether a metric's pieces are all of both networks, so that they need no other comparison."""
    drawn = {"gt": 0.0, "pred": 0.0}
    for layer in layers:
        drawn[layer.side] += float(np.sum(layer.size))
    has_pieces = any(layer.is_pieces for layer in layers)
    return has_pieces and all(
        drawn[side] >= WHOLE * graph.length for side, graph in (("gt", gt), ("pred", pred))
    )


def plain_shapes(view: View, graph: RoadGraph, palette: Palette, width: float) -> list[Shape]:
    """One network in one colour."""
    paths = view.paths(graph.vertices[graph.edges])
    cased = [Lines(paths, palette.casing, width + CASING)] if palette.casing else []
    return [*cased, Lines(paths, palette.matched if palette.casing else "#333333", width)]


def dot_shapes(view: View, layers: Sequence[Layer], palette: Palette) -> list[Shape]:
    """Points by credit, the worst on top; the more of them the smaller."""
    n = sum(len(layer.xy) for layer in layers)
    radius = float(np.clip(100 / np.sqrt(max(n, 1)), 1.8, 5.5))
    xy, colours, credit = [np.zeros((0, 2))], [], [np.zeros(0)]
    for layer in layers:
        xy.append(view.pixels(layer.xy))
        colours += palette.of_credit(layer.side, layer.credit)
        credit.append(layer.credit)
    points, credits = np.concatenate(xy), np.concatenate(credit)
    order = np.argsort(-credits, kind="stable")
    seen = order[_is_inside(view, points)[order]]
    n_good = int(np.count_nonzero(credits[seen] > GOOD))  # they come first
    return [
        Dots(points[part], [colours[k] for k in part], size, palette.rim)
        for part, size in ((seen[:n_good], GOOD_SIZE * radius), (seen[n_good:], radius))
    ]


def match_shapes(view: View, lines: FloatArray, palette: Palette) -> list[Shape]:
    """Thin lines from places of the ground truth to their places of the prediction."""
    return [Lines(view.paths(lines), palette.link, 1.0)]


def _is_inside(view: View, points: FloatArray) -> BoolArray:
    low = np.array([view.x, view.y]) - 10
    high = low + np.array([view.width + 20, view.height + 20])
    inside: BoolArray = ((points >= low) & (points <= high)).all(axis=1)
    return inside
