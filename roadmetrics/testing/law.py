"""What a law is: a claim about every metric, checked on one example at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis.strategies import SearchStrategy

from ..graph import Mask, RoadGraph, Tile
from ..metric import Metric, Score

CLOSE = 1e-9  # what rounding may change

# Parts that trade places when gt and pred do; any other part must not change.
SWAPPED = {
    "gt_to_pred": "pred_to_gt",
    "completeness": "correctness",
    "recall": "precision",
}
# Fields that say how far apart two things may be and still match.
TOLERANCES = ("slack", "snap_dist", "radius", "match_dist", "tolerance")
LOWER_WITH_MATCHES = ("infeasible",)  # shares that fall where more is matched


@dataclass(frozen=True, eq=False)
class Example:
    """Two tiles of one unit, and a number that settles every choice a law has to make."""

    gt: Tile
    pred: Tile
    pick: int = 0

    def __repr__(self) -> str:
        return f"Example({spelled(self.gt)}, {spelled(self.pred)}, pick={self.pick})"

    @property
    def rng(self) -> np.random.Generator:
        """A generator of its own, the same at each call."""
        return np.random.default_rng(self.pick)

    @property
    def graphs(self) -> tuple[RoadGraph, RoadGraph]:
        """(gt, pred) of an example that holds graphs."""
        if not (isinstance(self.gt, RoadGraph) and isinstance(self.pred, RoadGraph)):
            raise TypeError("this example holds masks")
        return self.gt, self.pred


@dataclass(frozen=True)
class Law:
    """One claim. ``check`` raises AssertionError where (metric, example) breaks it.

    ``is_universal`` laws hold for every metric and preset on any graph at all; the others for
    definitions without accidents, on graphs in general position.
    """

    name: str
    claim: str
    check: Callable[[Any, Example], None]
    examples: Callable[[Any], SearchStrategy[Example]]
    is_universal: bool = False
    applies: Callable[[Any], bool] = field(default=lambda metric: True)


def spelled(tile: Tile) -> str:
    """Code that builds a tile."""
    if isinstance(tile, Mask):
        return f"Mask(np.array({tile.array.astype(int).tolist()}, bool), {tile.unit!r})"
    optional = {
        name: value.tolist() if isinstance(value, np.ndarray) else value
        for name in ("extent", "is_node", "weights", "metres_per_pixel")
        if (value := getattr(tile, name)) is not None
    }
    more = "".join(f", {name}={value}" for name, value in optional.items())
    return f"RoadGraph({tile.vertices.tolist()}, {tile.edges.tolist()}, {tile.unit!r}{more})"


def parse(metric: Metric, text: str) -> Metric:
    """The metric that ``text`` stands for, whether registered or not."""
    from ..metric import parse_with

    return parse_with(text, {metric.name: type(metric)})


def recall_parts(metric: Metric) -> list[str]:
    """Parts that say how much of the ground truth was found; the headline where none does."""
    return [p for p in metric.perfect if p in SWAPPED] or [metric.headline]


def precision_parts(metric: Metric) -> list[str]:
    """Parts that say how much of the prediction is right."""
    return [p for p in metric.perfect if p in SWAPPED.values()]


def tolerances(metric: Metric) -> list[str]:
    """The metric's fields that are tolerances."""
    return [name for name in TOLERANCES if hasattr(metric, name)]


def assert_equal_parts(
    found: Mapping[str, float], expected: Mapping[str, float], what: str, tolerance: float = CLOSE
) -> None:
    """Every part within ``tolerance``; 0 asks for the same bits."""
    off = {
        name: (expected[name], found.get(name))
        for name in expected
        if not abs(found.get(name, np.nan) - expected[name]) <= tolerance
    }
    assert not off, f"{what}: " + ", ".join(f"{n} {a!r} became {b!r}" for n, (a, b) in off.items())


def assert_same_score(metric: Metric, example: Example, pairs: Iterable[Any], what: str) -> None:
    """The score of the example is the score of each transformed (gt, pred)."""
    expected = metric(example.gt, example.pred).parts
    for gt, pred in pairs:
        assert_equal_parts(metric(gt, pred).parts, expected, what)


def same_bits(a: Score, b: Score) -> bool:
    """Equal in value, parts, counts and signature."""
    return (a.value, dict(a.parts), a.counts, a.signature) == (
        b.value, dict(b.parts), b.counts, b.signature)  # fmt: skip
