"""The contract of every metric: count, score, counts that add, signatures that parse back."""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar, Literal, Self

import numpy as np

from .errors import GraphError, RoadMetricsError, SignatureError, UnitError
from .graph import UNITS, Mask, RoadGraph, Tile

MAX_COUNT = 2**31 - 1  # of things that a field asks for
MAX_SEED = 2**32 - 1  # what numpy's legacy generator takes
Published = Literal["mean", "pooled", "mean_parts"]


class Unit(Enum):
    """Unit of a metric's lengths. ``any``: that of the graphs, which the score then names."""

    ANY = "any"
    PX = "px"
    M = "m"


@dataclass(frozen=True)
class Constant:
    """A number with its source, and whether the source states it or we assumed it."""

    value: Any
    source: str
    is_stated: bool


def stated(value: Any, source: str) -> Constant:
    """A number that the source gives."""
    return Constant(value, source, True)


def assumed(value: Any, reason: str) -> Constant:
    """A number that no source gives; the reason says why this one."""
    return Constant(value, reason, False)


def parameter(
    default: Constant,
    what: str,
    *,
    is_length: bool = False,
    least: float | None = None,
    most: float | None = None,
) -> Any:
    """A metric's field: its default, what it means, whether it scales with the unit, its range.

    A length is never negative; every number is finite.
    """
    low = 0 if is_length and least is None else least
    limits = {
        "least": -math.inf if low is None else low,
        "most": math.inf if most is None else most,
    }
    about = {"constant": default, "what": what, "is_length": is_length, **limits}
    return field(default=default.value, metadata=about)


@dataclass(frozen=True)
class Preset:
    """The numbers of one paper or program: constants by field name; other fields keep defaults."""

    summary: str
    constants: Mapping[str, Constant]


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Sums that add over tiles. Subclasses add their own; all know what the empty rule needs."""

    n_tiles: int = 0
    gt_length: float = 0.0
    pred_length: float = 0.0

    def __add__(self, other: Self) -> Self:
        if type(self) is not type(other):
            raise TypeError(f"cannot add {type(self).__name__} and {type(other).__name__}")
        names = [f.name for f in dataclasses.fields(self)]
        return type(self)(**{n: getattr(self, n) + getattr(other, n) for n in names})

    @property
    def is_empty(self) -> bool:
        """Whether the empty rule decides: one side, or both, has no road."""
        return self.gt_length == 0 or self.pred_length == 0

    @classmethod
    def zero(cls) -> Self:
        """The counts of no tile: adding them changes nothing."""
        return cls()

    def as_dict(self) -> dict[str, float]:
        """Field name to number."""
        return dataclasses.asdict(self)

    def standard_errors(self) -> dict[str, float]:
        """Monte Carlo standard error by part, ratios at least; {} where nothing was drawn.

        Counts of a metric that draws hold the sums that this needs, and overrule it.
        """
        return {}


@dataclass(frozen=True)
class Score:
    """One number and where it came from. ``float(score)`` is the headline value.

    ``standard_errors`` holds, for parts that rest on random draws, how far another seed would move
    them; it is empty for a metric that draws nothing.
    """

    value: float
    parts: Mapping[str, float]
    counts: Counts
    signature: str
    standard_errors: Mapping[str, float] = field(default_factory=dict)

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        errors = {name: f" ± {e:.4f}" for name, e in self.standard_errors.items()}
        parts = "  ".join(f"{k} {v:.4f}{errors.get(k, '')}" for k, v in self.parts.items())
        return f"{self.value:.4f}  ({parts})  {self.signature}"


@dataclass(frozen=True, kw_only=True)
class Metric(ABC):
    """A metric is its parameters and two pure methods: `count` and `score`; calling it does both.

    A subclass is final, frozen and keyword-only, its fields are floats, ints and enums. It sets
    the class variables below and writes `count_tile`, `ratios` and `combine`; nothing else.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    reference: ClassVar[str]
    formula: ClassVar[str]
    revision: ClassVar[int]
    headline: ClassVar[str]  # the part that is the value
    published: ClassVar[Published]  # how the source aggregates over tiles
    counts_type: ClassVar[type[Counts]]
    perfect: ClassVar[Mapping[str, float]]  # parts when both are empty; names every part, in order
    failed: ClassVar[Mapping[str, float]]  # parts when exactly one is empty
    lower_is_better: ClassVar[frozenset[str]] = frozenset()
    reads_masks: ClassVar[bool] = False  # True: count_tile gets a Mask as it is
    presets: ClassVar[Mapping[str, Preset]]

    unit: Unit = parameter(
        assumed(Unit.ANY, "lengths are in the unit of the graphs"), "unit of all lengths"
    )

    def __post_init__(self) -> None:
        for f in dataclasses.fields(self):
            object.__setattr__(self, f.name, _coerced(self.name, f, getattr(self, f.name)))

    @abstractmethod
    def count_tile(self, gt: Any, pred: Any) -> Counts:
        """Counts of one tile; RoadGraphs (or Masks, see reads_masks) of one unit, never checked."""

    @abstractmethod
    def ratios(self, counts: Any) -> dict[str, float]:
        """The parts that are ratios of counts; 0/0 is 0 here, the empty rule stands above."""

    @abstractmethod
    def combine(self, ratios: Mapping[str, float]) -> dict[str, float]:
        """All parts, from the ratios (or from their means over tiles)."""

    def count(self, gt: Tile, pred: Tile) -> Counts:
        """Additive counts of one tile.

        Raises UnitError where the two differ in unit, or where the metric's unit is another.
        """
        self._admit(gt, pred)
        if not self.reads_masks:
            gt, pred = as_graph(gt), as_graph(pred)
        return self.count_tile(gt, pred)

    def score(self, counts: Counts, unit: str | None = None) -> Score:
        """Score of counts, of one tile or summed over many; ``unit`` is what they were counted in.

        The empty rule: nothing in either, 1; nothing in exactly one, 0. Never NaN.
        Raises RoadMetricsError for the counts of no tile at all.
        """
        parts = self.parts(counts)
        errors = self.standard_errors(counts)
        return Score(parts[self.headline], parts, counts, self.signature(unit), errors)

    def standard_errors(self, counts: Counts) -> dict[str, float]:
        """Monte Carlo standard error by part; {} where the score rests on no random draw.

        Parts that the counts say nothing of follow from the ratios, taken as independent.
        """
        errors = {} if counts.is_empty else counts.standard_errors()
        if not errors:
            return {}
        ratios = self.ratios(counts)
        known = {name: errors[name] for name in ratios if name in errors}
        return {**propagated(self.combine, ratios, known), **errors}

    def parts(self, counts: Counts) -> dict[str, float]:
        """Every part of the score by name, under the empty rule."""
        if not isinstance(counts, self.counts_type):
            raise RoadMetricsError(f"{self.name} cannot score {type(counts).__name__}")
        if counts.n_tiles == 0:
            raise RoadMetricsError(f"{self.name}: there is no tile to score")
        if counts.gt_length == 0 and counts.pred_length == 0:
            return self.both_empty_parts()
        if counts.is_empty:
            return dict(self.failed)
        return self.combine(self.ratios(counts))

    @property
    def aggregation(self) -> Published:
        """How tiles make one value: a field ``over_tiles`` where there is one, or ``published``."""
        own = getattr(self, "over_tiles", None)
        way: Published = self.published if own is None else own.value
        return way

    def both_empty_parts(self) -> dict[str, float]:
        """Parts where neither has a road: perfect, unless a field ``both_empty`` says 0."""
        return dict(self.perfect if getattr(self, "both_empty", 1.0) else self.failed)

    def __call__(self, gt: Tile, pred: Tile) -> Score:
        return self.score(self.count(gt, pred), gt.unit)

    def explain(self, gt: Tile, pred: Tile) -> dict[str, Any]:
        """Arrays that show what matched and what was lost, for drawing; {} where there are none."""
        self._admit(gt, pred)
        if not self.reads_masks:
            gt, pred = as_graph(gt), as_graph(pred)
        return self.explain_tile(gt, pred)

    @abstractmethod
    def explain_tile(self, gt: Any, pred: Any) -> dict[str, Any]:
        """Arrays behind `explain`, by the names that `roadmetrics.layers` tells apart."""

    def signature(self, unit: str | None = None) -> str:
        """Shell-safe text with every field, unit and revision; `parse` reads it back.

        ``unit`` names what was scored where the metric itself takes any.
        """
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        if unit is not None and self.unit is Unit.ANY:
            if unit not in UNITS:
                raise UnitError(f"unit {unit!r} is not one of {', '.join(UNITS)}")
            values["unit"] = Unit(unit)
        values["unit"] = values.pop("unit")  # last
        spelled = [f"{name}={_spelled(value)}" for name, value in values.items()]
        return ",".join([self.name, *spelled, f"revision={self.revision}"])

    def __str__(self) -> str:
        return self.signature()

    @classmethod
    def from_preset(cls, name: str) -> Self:
        """The metric with the numbers of a preset; raises SignatureError for an unknown one."""
        if name not in cls.presets:
            known = ", ".join(cls.presets) or "none"
            raise SignatureError(f"{cls.name} has no preset {name!r}: it has {known}")
        return cls(**{k: c.value for k, c in cls.presets[name].constants.items()})

    def _admit(self, gt: Tile, pred: Tile) -> None:
        for name, tile in (("ground truth", gt), ("prediction", pred)):
            if not isinstance(tile, (RoadGraph, Mask)):
                raise GraphError(
                    f"{self.name}: the {name} must be a RoadGraph or a Mask, not "
                    f"{type(tile).__name__}"
                )
        if gt.unit != pred.unit:
            raise UnitError(
                f"{self.name}: the ground truth is in {gt.unit} and the prediction in {pred.unit}: "
                "give the size of a pixel (--gsd METRES, or graph.scaled)"
            )
        if self.unit is Unit.ANY or self.unit.value == gt.unit:
            return
        if self.unit is Unit.M:
            raise UnitError(
                f"{self.name}: these parameters are in metres but the graphs are in pixels: give "
                "the size of a pixel (--gsd METRES, or graph.scaled), or say unit=px"
            )
        raise UnitError(
            f"{self.name}: these parameters are in pixels but the graphs are in metres: say unit=m "
            "with lengths in metres"
        )


def as_graph(tile: Tile) -> RoadGraph:
    """The tile's graph: a mask is vectorized once."""
    return tile.graph if isinstance(tile, Mask) else tile


def length_of(tile: Tile) -> float:
    """Total road: length of a graph, number of road pixels of a mask."""
    return float(tile.n_pixels) if isinstance(tile, Mask) else tile.length


def ratio(part: float, whole: float) -> float:
    """Part / whole, 0 where there is nothing to divide by."""
    return part / whole if whole else 0.0


def harmonic_mean(a: float, b: float) -> float:
    """2ab / (a + b), 0 where both are 0."""
    return 2 * a * b / (a + b) if a + b > 0 else 0.0


def propagated(
    combine: Callable[[Mapping[str, float]], Mapping[str, float]],
    ratios: Mapping[str, float],
    errors: Mapping[str, float],
) -> dict[str, float]:
    """Standard errors of all parts, to first order, from those of independent ratios.

    >>> propagated(lambda r: {"mean": (r["a"] + r["b"]) / 2}, {"a": 0.5, "b": 0.5}, {"a": 0.1})
    {'mean': 0.05}
    """
    step = 1e-6
    squares = dict.fromkeys(combine(ratios), 0.0)
    for name, error in errors.items():
        high = combine({**ratios, name: ratios[name] + step})
        low = combine({**ratios, name: ratios[name] - step})
        for part in squares:
            squares[part] += ((high[part] - low[part]) / (2 * step) * error) ** 2
    return {part: round(math.sqrt(square), 9) for part, square in squares.items()}


def split_name(text: str) -> tuple[str, str, dict[str, str]]:
    """NAME[:PRESET][,FIELD=VALUE...] taken apart; nothing is looked up.

    >>> split_name("apls:spacenet,snap_dist=6")
    ('apls', 'spacenet', {'snap_dist': '6'})
    >>> split_name("")
    Traceback (most recent call last):
    ...
    roadmetrics.errors.SignatureError: a metric is NAME[:PRESET][,FIELD=VALUE...], not ''
    """
    if not isinstance(text, str):
        raise SignatureError(f"a metric is named by text, not by {type(text).__name__}")
    head, *rest = text.strip().split(",")
    name, colon, preset = head.partition(":")
    pairs = [item.partition("=") for item in rest]
    if (
        not name
        or (colon and not preset)
        or any(not (key and equals and value) for key, equals, value in pairs)
    ):
        raise SignatureError(f"a metric is NAME[:PRESET][,FIELD=VALUE...], not {text!r}")
    if len({key for key, _, _ in pairs}) < len(pairs):
        raise SignatureError(f"{text!r} gives a field twice")
    return name, preset, {key: value for key, _, value in pairs}


def parse_with(text: str, registry: Mapping[str, type[Metric]]) -> Metric:
    """The metric that a name or signature stands for. See `roadmetrics.get`."""
    name, preset, given = split_name(text)
    if name not in registry:
        raise SignatureError(f"there is no metric {name!r}: there are {', '.join(registry)}")
    cls = registry[name]
    revision = given.pop("revision", str(cls.revision))
    if revision != str(cls.revision):
        raise SignatureError(
            f"{name}: revision {revision} is asked for but this is revision {cls.revision}"
        )
    fields = {f.name: f for f in dataclasses.fields(cls)}
    for key in given:
        if key not in fields:
            raise SignatureError(f"{name} has no field {key!r}: it has {', '.join(fields)}")
    base = cls.from_preset(preset) if preset else cls()
    values: dict[str, Any] = dict(given)
    return dataclasses.replace(base, **values)


def _coerced(metric: str, f: dataclasses.Field[Any], value: Any) -> Any:
    """The value as its field's declared type: float, int or an Enum. Text is parsed."""
    kind: type[Any] = type(f.default)
    try:
        if issubclass(kind, Enum):
            return value if isinstance(value, kind) else kind(value)
        if isinstance(value, str) and ("_" in value or not value.isascii()):
            raise ValueError  # Python would take 1_0, and digits of any script
        number = kind(value)
        if kind is int and number != float(value):
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        rule = " or ".join(str(e.value) for e in kind) if issubclass(kind, Enum) else kind.__name__
        raise SignatureError(f"{metric}: {f.name}={value} is not {rule}") from None
    least, most = f.metadata["least"], f.metadata["most"]
    if not (math.isfinite(number) and least <= number <= most):
        rule = f"from {least:g} to {most:g}" if math.isfinite(most) else f"of at least {least:g}"
        rule = rule if math.isfinite(least) else "that is finite"
        raise SignatureError(f"{metric}: {f.name}={value} is not a number {rule}")
    return number


def _spelled(value: Any) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    return repr(float(value)) if isinstance(value, (float, np.floating)) else str(value)
