"""Laws of better and worse: what must raise a score, lower it, or leave it alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

import numpy as np

from ..graph import RoadGraph
from ..metric import Metric
from . import transforms
from .law import (
    LOWER_WITH_MATCHES,
    Example,
    assert_equal_parts,
    precision_parts,
    recall_parts,
    tolerances,
)
from .strategies import scale_of

ROUNDING = 1e-12


def identity(metric: Metric, example: Example) -> None:
    """A network compared with its own copy is perfect, exactly."""
    assert_equal_parts(metric(example.gt, example.pred).parts, metric.perfect, "identical", 0.0)


def empty_rule(metric: Metric, example: Example) -> None:
    """Nothing in either is perfect, nothing in exactly one is a failure; also summed over tiles."""
    gt, _ = example.graphs
    bare = [
        RoadGraph([], [], gt.unit),
        RoadGraph(gt.vertices, [], gt.unit),
        RoadGraph(gt.vertices[[0, 0]], [(0, 1)], gt.unit),  # a road without length
    ]
    for a in bare:
        assert_equal_parts(metric(a, bare[0]).parts, metric.perfect, "both empty", 0.0)
        assert_equal_parts(metric(gt, a).parts, metric.failed, "no prediction", 0.0)
        assert_equal_parts(metric(a, gt).parts, metric.failed, "no ground truth", 0.0)
    sums = metric.count(gt, bare[0]) + metric.count(bare[0], bare[0])
    assert_equal_parts(metric.parts(sums), metric.failed, "no prediction in two tiles", 0.0)
    nothing = metric.count(bare[0], bare[0]) + metric.count(bare[1], bare[0])
    assert_equal_parts(metric.parts(nothing), metric.perfect, "two empty tiles", 0.0)


def missing_tile(metric: Metric, example: Example) -> None:
    """A tile without prediction lowers the pooled score of a tile that is perfect."""
    gt, _ = example.graphs
    nothing = RoadGraph([], [], gt.unit)
    pooled = metric.parts(metric.count(gt, gt) + metric.count(gt, nothing))[metric.headline]
    assert pooled < 1.0, f"perfect and missing pool to {pooled!r}"


def tolerance(metric: Metric, example: Example) -> None:
    """A larger tolerance never finds less."""
    gt, pred = example.graphs
    parts = dict.fromkeys([*recall_parts(metric), *precision_parts(metric), metric.headline])
    for name in tolerances(metric):
        narrow, value = metric, getattr(metric, name)
        for factor in (1.5, 4.0):
            wide = dataclasses.replace(metric, **{name: value * factor})
            before, after = narrow(gt, pred).parts, wide(gt, pred).parts
            what = f"{name} {getattr(narrow, name)} -> {value * factor}"
            _assert_not_lower(after, before, parts, what)
            falling = [p for p in LOWER_WITH_MATCHES if p in before]
            _assert_not_lower(before, after, falling, what)
            narrow = wide


def deletion(metric: Metric, example: Example) -> None:
    """Deleting a right edge from the prediction never raises how much of gt was found."""
    gt, pred = example.graphs
    k = int(example.rng.integers(len(pred.edges)))
    less = transforms.with_edges(pred, np.delete(pred.edges, k, axis=0))
    before, after = metric(gt, pred).parts, metric(gt, less).parts
    _assert_not_lower(before, after, recall_parts(metric), f"edge {k} deleted")


def addition(metric: Metric, example: Example) -> None:
    """A false road far away leaves recall alone and raises neither precision nor value."""
    gt, pred = example.graphs
    more = transforms.united(pred, transforms.far_road(pred, gt, scale_of(metric).cell))
    before, after = metric(gt, pred).parts, metric(gt, more).parts
    recall = {p: before[p] for p in recall_parts(metric)}
    assert_equal_parts(after, recall, "far road added", ROUNDING)
    _assert_not_lower(before, after, [*precision_parts(metric), metric.headline], "far road added")


def gap(metric: Metric, example: Example) -> None:
    """A gap in a bridge lowers the value, even one narrower than the tolerance."""
    _assert_falls(metric, example)


def gap_share(metric: Metric, example: Example) -> None:
    """A gap costs no more than its share of the length."""
    gt, pred = example.graphs
    share = (gt.length - pred.length) / gt.length
    before, after = metric(gt, gt).value, metric(gt, pred).value
    assert after >= before - share - ROUNDING, f"a gap of {share:.3%} costs {before - after:.3%}"


def shortcut(metric: Metric, example: Example) -> None:
    """A false chord that shortens routes lowers the value."""
    _assert_falls(metric, example)


def overpass(metric: Metric, example: Example) -> None:
    """A bridge over a road instead of a junction, or the reverse, lowers the value."""
    _assert_falls(metric, example)


def _assert_falls(metric: Metric, example: Example) -> None:
    best, found = metric(example.gt, example.gt).value, metric(example.gt, example.pred).value
    assert found < best, f"the value stays {found!r}"


def _assert_not_lower(
    a: Mapping[str, float], b: Mapping[str, float], parts: Iterable[str], what: str
) -> None:
    for name in parts:
        assert a[name] >= b[name] - ROUNDING, f"{what}: {name} goes {b[name]!r} -> {a[name]!r}"
