"""Laws of the contract: they hold for every metric and every preset, on any graph at all."""

from __future__ import annotations

import dataclasses
import math
import pickle
import random
import re
import tempfile
import warnings
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import SignatureError
from ..graph import Mask, RoadGraph, Tile
from ..metric import Counts, Metric
from .law import CLOSE, Example, assert_equal_parts, parse, same_bits

SHELL_SAFE = re.compile(r"[A-Za-z0-9_.,:=+-]+")


def bounds(metric: Metric, example: Example) -> None:
    """Parts lie in [0, 1] and are those that the class names; counts are finite, never negative."""
    score = metric(example.gt, example.pred)
    assert list(score.parts) == list(metric.perfect), f"parts {list(score.parts)}"
    assert score.value == score.parts[metric.headline] == float(score), "value is not the headline"
    for name, value in score.parts.items():
        assert 0.0 <= value <= 1.0, f"{name} is {value!r}"
    for name, value in score.counts.as_dict().items():
        assert 0 <= value < math.inf, f"count {name} is {value!r}"


def never_raises(metric: Metric, example: Example) -> None:
    """Any two tiles of one unit have a score and an explanation, without error or warning."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            metric(example.gt, example.pred)
            shown = metric.explain(example.gt, example.pred)
    except Exception as error:
        raise AssertionError(f"raises {type(error).__name__}: {error}") from error
    for name, value in shown.items():
        array = np.asarray(value)
        if array.dtype.kind in "fiub":
            assert np.isfinite(array).all(), f"explain: {name} is not finite"


def determinism(metric: Metric, example: Example) -> None:
    """The same bits from equal tiles, whatever was scored in between, or the random state."""
    first = metric(example.gt, example.pred)
    random.seed(example.pick)
    np.random.seed(example.pick)
    metric(example.pred, example.gt)
    again = metric(_copy(example.gt), _copy(example.pred))
    assert same_bits(first, again), f"{first} and then {again}"


def no_mutation(metric: Metric, example: Example) -> None:
    """Tiles, the metric and the global random states are as they were; arrays stay read-only."""
    before = _fingerprint(metric, example)
    metric(example.gt, example.pred)
    metric.explain(example.gt, example.pred)
    after = _fingerprint(metric, example)
    for name, value in before.items():
        assert after[name] == value, f"{name} changed"


def pickling(metric: Metric, example: Example) -> None:
    """Metric, score and tiles come back from a pickle equal, and score the same bits."""
    score = metric(example.gt, example.pred)
    twin, score_twin, gt, pred = _revived((metric, score, example.gt, example.pred))
    assert (twin, hash(twin)) == (metric, hash(metric)), f"{metric} came back as {twin}"
    assert same_bits(score_twin, score), f"{score} came back as {score_twin}"
    assert (gt.digest, pred.digest) == (example.gt.digest, example.pred.digest), "tiles changed"
    assert not any(array.flags.writeable for array in _arrays(gt, pred)), "arrays are writable"
    assert same_bits(twin(gt, pred), score), "the revived metric scores otherwise"


def counts_add(metric: Metric, example: Example) -> None:
    """Zero changes nothing, order does not matter, and a tile counted twice scores the same.

    Counts know how many tiles they hold and whether each side has any road: without that, the
    empty rule cannot be told from 0/0 once tiles are summed.
    """
    a, b = metric.count(example.gt, example.pred), metric.count(example.pred, example.gt)
    empty = metric.count(_empty(example.gt), _empty(example.gt))
    assert type(a).zero() + a == a == a + type(a).zero(), "zero is not neutral"
    assert (a.n_tiles, (a + b).n_tiles) == (1, 2), "n_tiles does not count tiles"
    _assert_close(a + b, b + a, "the order of tiles matters")
    _assert_close((a + b) + empty, a + (b + empty), "the grouping of tiles matters")
    for name, value in (a + b).as_dict().items():
        total = a.as_dict()[name] + b.as_dict()[name]
        assert value == total, f"{name} does not add: {value!r}, not {total!r}"
    assert metric(example.gt, example.pred).parts == metric.score(a).parts, "call is not score"
    assert_equal_parts(metric.parts(a + a), metric.parts(a), "the same tile twice", CLOSE)
    assert_equal_parts(metric.parts(a + empty), metric.parts(a), "with an empty tile", CLOSE)


def signature(metric: Metric, example: Example) -> None:
    """The text form is shell-safe, names every field, parses back, and tells fields apart."""
    text = str(metric)
    assert SHELL_SAFE.fullmatch(text), f"{text!r} is not shell-safe"
    assert parse(metric, text) == metric, f"{text} parses as {parse(metric, text)}"
    assert f"revision={metric.revision}" in text.split(","), "the revision is missing"
    for f in dataclasses.fields(metric):
        others = list(_others(metric, f))
        assert others, f"no other value of {f.name} is accepted"
        for other in others:
            assert str(other) != text, f"{f.name} is not in the signature"
            assert parse(metric, str(other)) == other, f"{other} does not parse back"
    score = metric(example.gt, example.pred)
    assert score.signature == metric.signature(example.gt.unit), "the score's signature differs"
    scored = parse(metric, score.signature)
    assert same_bits(scored(example.gt, example.pred), score), "its signature scores otherwise"


def preset_names(metric: Metric, example: Example) -> None:
    """Every preset is found by its name, and its signature gives it back."""
    for name in metric.presets:
        preset = parse(metric, f"{metric.name}:{name}")
        assert preset == type(metric).from_preset(name), f"{name} is not found by name"
        assert parse(metric, str(preset)) == preset, f"{name} does not parse back"
        for key, constant in metric.presets[name].constants.items():
            assert getattr(preset, key) == constant.value, f"{name} ignores {key}"


def round_trip(metric: Metric, example: Example) -> None:
    """Graphs written as JSON and NPZ and read again score the same bits."""
    from ..load import read, write

    score = metric(example.gt, example.pred)
    with tempfile.TemporaryDirectory() as folder:
        for suffix in (".json", ".npz"):
            gt, pred = (
                _written(tile, Path(folder) / f"{side}{suffix}", read, write)
                for side, tile in (("gt", example.gt), ("pred", example.pred))
            )
            same = (gt.digest, pred.digest) == (example.gt.digest, example.pred.digest)
            assert same, f"{suffix}: a graph changed on its way"
            assert same_bits(metric(gt, pred), score), f"{suffix}: scores {metric(gt, pred)}"


def _written(tile: Tile, path: Path, read: Any, write: Any) -> Any:
    write(tile, path)
    return read(path)


def _copy(tile: Tile) -> Tile:
    return dataclasses.replace(tile)


def _revived(things: Any) -> Any:
    return pickle.loads(pickle.dumps(things))  # noqa: S301  (our own bytes)


def _empty(like: Tile) -> RoadGraph:
    return RoadGraph([], [], like.unit)


def _arrays(*tiles: Any) -> list[Any]:
    rows = [
        (t.array,) if isinstance(t, Mask) else (t.vertices, t.edges, t.is_node, t.weights)
        for t in tiles
    ]
    return [array for row in rows for array in row if array is not None]


def _fingerprint(metric: Metric, example: Example) -> dict[str, Any]:
    legacy = np.random.get_state(legacy=False)
    return {
        "gt": _digest(example.gt),
        "pred": _digest(example.pred),
        "write protection": [a.flags.writeable for a in _arrays(example.gt, example.pred)],
        "metric": dataclasses.astuple(metric),
        "random": random.getstate(),
        "numpy.random": repr(legacy),
    }


def _digest(tile: Tile) -> str:
    return str(_copy(tile).digest)  # a fresh one: a digest is computed once


def _others(metric: Metric, f: dataclasses.Field[Any]) -> Iterator[Metric]:
    """The metric with other values of one field, those that its check accepts."""
    value = getattr(metric, f.name)
    values: list[Any] = [2 * value + 1, value / 2] if isinstance(value, float) else []
    if isinstance(value, Enum):
        values = list(type(value))
    elif isinstance(value, int):
        values = [value + 1, value + 2, 1 - value]
    for other in values:
        try:
            made = dataclasses.replace(metric, **{f.name: other})
        except SignatureError:
            continue
        if made != metric:
            yield made


def _assert_close(a: Counts, b: Counts, what: str) -> None:
    for name, value in a.as_dict().items():
        other = b.as_dict()[name]
        assert abs(value - other) <= 1e-12 * max(1.0, abs(value)), f"{what}: {name}"
