"""Laws of things that must not matter: place, direction, names, spelling, units, window."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from ..errors import UnitError
from ..graph import RoadGraph
from ..metric import Metric, Unit
from . import transforms
from .law import CLOSE, SWAPPED, Example, assert_equal_parts, assert_same_score
from .strategies import scale_of

GSD = (0.5, 2.0, 0.3)


def translation(metric: Metric, example: Example) -> None:
    """Moving both by whole steps changes nothing."""
    gt, pred = example.graphs
    dx, dy = (example.rng.integers(-64, 64, 2) * scale_of(metric).cell / 8).tolist()
    shift = (dx, dy)
    moved = [(transforms.moved(gt, shift), transforms.moved(pred, shift))]
    assert_same_score(metric, example, moved, f"moved by {shift}")


def rotation(metric: Metric, example: Example) -> None:
    """Turning both by quarter turns changes nothing."""
    gt, pred = example.graphs
    turns = [(transforms.turned(gt, k), transforms.turned(pred, k)) for k in (1, 2, 3)]
    assert_same_score(metric, example, turns, "turned")


def reflection(metric: Metric, example: Example) -> None:
    """Turning y round in both changes nothing: it does not matter whether y points up or down."""
    gt, pred = example.graphs
    pairs = [(transforms.mirrored(gt), transforms.mirrored(pred))]
    assert_same_score(metric, example, pairs, "mirrored")


def relabelling(metric: Metric, example: Example) -> None:
    """The order of vertices and edges, and the direction of edges, do not matter."""
    gt, pred = example.graphs
    rng = example.rng
    pairs = [(transforms.relabelled(gt, rng), transforms.relabelled(pred, rng)) for _ in range(2)]
    assert_same_score(metric, example, pairs, "relabelled")


def subdivision(metric: Metric, example: Example) -> None:
    """Vertices put in the middle of edges do not matter."""
    gt, pred = example.graphs
    rng = example.rng
    cut_gt, cut_pred = transforms.subdivided(gt, rng), transforms.subdivided(pred, rng)
    assert_same_score(metric, example, [(cut_gt, pred)], "gt subdivided")
    assert_same_score(metric, example, [(gt, cut_pred), (cut_gt, cut_pred)], "pred subdivided")


def duplicates(metric: Metric, example: Example) -> None:
    """Edges named twice and loops from a vertex to itself do not matter."""
    gt, pred = example.graphs
    rng = example.rng
    pairs = [(transforms.repeated(gt, rng), transforms.repeated(pred, rng))]
    assert_same_score(metric, example, pairs, "edges repeated")


def doubling(metric: Metric, example: Example) -> None:
    """A network drawn twice over itself scores as if drawn once."""
    gt, pred = example.graphs
    twice = transforms.united(pred, pred)
    assert_same_score(metric, example, [(gt, twice)], "pred drawn twice")
    assert_same_score(metric, example, [(transforms.united(gt, gt), pred)], "gt drawn twice")


def unit_scaling(metric: Metric, example: Example) -> None:
    """Graphs and all lengths of the metric times a power of two: the same score."""
    gt, pred = example.graphs
    k = 2.0 ** int(example.rng.integers(-4, 7))
    other = with_lengths_times(metric, k)
    found = other(transforms.magnified(gt, k), transforms.magnified(pred, k)).parts
    assert_equal_parts(found, metric(gt, pred).parts, f"lengths times {k}", 1e-12)


def gsd(metric: Metric, example: Example) -> None:
    """Pixels of a known size score as metres do; a metric of one unit refuses the other."""
    gt, pred = example.graphs
    factor = GSD[example.pick % len(GSD)]
    px = [RoadGraph(g.vertices, g.edges, "px") for g in (gt, pred)]
    metres = [g.scaled(factor) for g in px]
    in_px = dataclasses.replace(metric, unit=Unit.PX)
    in_m = dataclasses.replace(with_lengths_times(metric, factor), unit=Unit.M)
    assert_equal_parts(in_m(*metres).parts, in_px(*px).parts, f"pixels of {factor} m", CLOSE)
    for wrong, tiles in ((in_px, metres), (in_m, px), (metric, (px[0], metres[1]))):
        try:
            wrong(*tiles)
        except UnitError:
            continue
        raise AssertionError(f"{wrong} takes tiles in {tiles[0].unit} and {tiles[1].unit}")


def swap(metric: Metric, example: Example) -> None:
    """Gt and pred exchanged: the paired parts trade places, the others stay."""
    gt, pred = example.graphs
    partner = SWAPPED | {b: a for a, b in SWAPPED.items()}
    there, back = metric(gt, pred).parts, metric(pred, gt).parts
    missing = [p for p in there if partner.get(p, p) not in there]
    assert not missing, f"{missing} have no partner to trade places with"
    swapped = {name: back[partner.get(name, name)] for name in there}
    assert_equal_parts(swapped, there, "swapped", CLOSE)


def crop(metric: Metric, example: Example) -> None:
    """A window around everything changes nothing; cutting and moving can be exchanged."""
    gt, pred = example.graphs
    cell = scale_of(metric).cell
    both = np.concatenate([gt.vertices, pred.vertices])
    (x0, y0), (x1, y1) = both.min(axis=0) - cell, both.max(axis=0) + cell
    box = (float(x0), float(y0), float(x1), float(y1))
    found = metric(gt.clipped(box), pred.clipped(box)).parts
    assert_equal_parts(found, metric(gt, pred).parts, "in a window around everything")
    part = (box[0], box[1], box[0] + 1.6171875 * cell, box[1] + 1.8828125 * cell)
    shift = (8 * cell, -4 * cell)
    window = transforms.moved_box(part, shift)
    cut_first = [transforms.moved(g.clipped(part), shift) for g in (gt, pred)]
    moved_first = [transforms.moved(g, shift).clipped(window) for g in (gt, pred)]
    assert_equal_parts(metric(*moved_first).parts, metric(*cut_first).parts, "moved, then cut")


def with_lengths_times(metric: Metric, factor: float) -> Metric:
    """The metric with every length field multiplied."""
    lengths: dict[str, Any] = {
        f.name: getattr(metric, f.name) * factor
        for f in dataclasses.fields(metric)
        if f.metadata.get("is_length") and math.isfinite(getattr(metric, f.name))
    }
    return dataclasses.replace(metric, **lengths)
