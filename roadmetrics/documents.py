"""Read the documents that ``roadmetrics score`` writes: checked, and scored again from counts."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import FormatError, RoadMetricsError, SignatureError
from .graph import UNITS, Bounds
from .io.files import MIB, quoted, read_bytes, shown
from .io.strict_json import parse_json
from .metric import Counts, Metric, parse_with
from .metrics import METRICS
from .results import TileResult, TileScore
from .signature_diff import spelled_out

LIMIT = 1024 * MIB
SCHEMA = 1
STATUSES = ("ok", "missing", "failed", "skipped")
SAME = 1e-9  # counts must give the scores that stand beside them, but for rounding


@dataclass(frozen=True)
class TileRecord:
    """What a document says about one tile of one metric; ``is_read`` False: no prediction."""

    is_read: bool
    counts: Counts
    parts: Mapping[str, float]  # scored again from the counts


@dataclass(frozen=True)
class MetricRecord:
    """One metric of a document: rebuilt from its signature, with all scored tiles by id."""

    metric: Metric
    signature: str
    tiles: Mapping[str, TileRecord]


@dataclass(frozen=True)
class Document:
    """One run, by the path it was read from. ``truths`` describes each tile's ground truth."""

    name: str
    signatures: Mapping[str, str]  # by the metric as it was asked for
    truths: Mapping[str, Mapping[str, Any]]
    raw: Mapping[str, Any]

    @property
    def scored(self) -> list[str]:
        """Tiles that have scores, in the document's order."""
        return [key for key, tile in self.raw["tiles"].items() if tile["status"] != "skipped"]

    def record(self, key: str) -> MetricRecord:
        """The metric ``key`` and its tiles.

        Raises FormatError where this version has no such metric, where counts are not its counts,
        or where they do not give the score that stands beside them.
        """
        signature = self.signatures[key]
        metric = rebuilt(signature, f"{self.name}: total of {key}")
        tiles = {
            tile: _tile_record(metric, key, self.raw["tiles"][tile], f"{self.name}: tile {tile}")
            for tile in self.scored
        }
        return MetricRecord(metric, signature, tiles)


def read_document(path: str | Path) -> Document:
    """Read one document of schema 1; FormatError in one line for anything else."""
    name = shown(path)
    raw = _object(parse_json(read_bytes(Path(path), LIMIT), name), name)
    if "schema" not in raw or "total" not in raw:
        raise FormatError(f"{name}: not a document that roadmetrics score --out wrote")
    if type(raw["schema"]) is not int or raw["schema"] != SCHEMA:
        raise FormatError(f"{name}: schema {quoted(raw['schema'])}, but this version reads 1")
    tiles = _object(raw.get("tiles"), f"{name}: tiles")
    truths = {key: _truth(tile, f"{name}: tile {key}") for key, tile in tiles.items()}
    totals = _object(raw["total"], f"{name}: total")
    signatures = {key: _signature(one, f"{name}: total of {key}") for key, one in totals.items()}
    if not signatures or not any(tile["status"] != "skipped" for tile in tiles.values()):
        raise FormatError(f"{name}: there is no score in it")
    return Document(name, signatures, truths, raw)


def rebuilt(signature: str, place: str) -> Metric:
    """The metric of a signature; FormatError where this version has none such."""
    try:
        return parse_with(signature, METRICS)
    except SignatureError as error:
        raise FormatError(f"{place}: {error}") from None


def _truth(tile: Any, place: str) -> dict[str, Any]:
    """What two runs on one ground truth have in common."""
    tile = _object(tile, place)
    if tile.get("status") not in STATUSES:
        raise FormatError(f"{place}: status is one of {', '.join(STATUSES)}")
    _object(tile.get("scores"), f"{place}: scores")
    gt = _object(tile.get("gt"), f"{place}: gt")
    about = {key: gt.get(key) for key in ("kind", "vertices", "edges", "pixels", "length")}
    return about | {key: tile.get(key) for key in ("unit", "gsd", "bounds")}


def _signature(total: Any, place: str) -> str:
    text = _object(total, place).get("signature")
    if not isinstance(text, str):
        raise FormatError(f"{place}: there is no signature")
    try:
        spelled_out(text)
    except SignatureError as error:
        raise FormatError(f"{place}: {error}") from None
    return text


def tile_result(
    key: str, raw: Mapping[str, Any], metrics: Mapping[str, Metric], place: str
) -> TileResult:
    """A tile as it was scored: every number as it was written. FormatError where it is not one."""
    _truth(raw, place)
    records = {
        name: _tile_record(metric, name, raw, place)
        for name, metric in metrics.items() if raw["status"] != "skipped"
    }  # fmt: skip
    unit = raw.get("unit")
    if unit is not None and unit not in UNITS:
        raise FormatError(f"{place}: unit is px or m, not {quoted(unit)}")
    return TileResult(
        id=key,
        status=raw["status"],
        gt=_side(raw.get("gt"), f"{place}: gt"),
        pred=None if raw.get("pred") is None else _side(raw["pred"], f"{place}: pred"),
        unit=unit,
        extent=_box(raw.get("extent"), f"{place}: extent"),
        gsd=_positive(raw.get("gsd"), f"{place}: gsd"),
        bounds=_box(raw.get("bounds"), f"{place}: bounds"),
        notes=tuple(texts(raw.get("notes"), f"{place}: notes")),
        seconds=_positive(raw.get("seconds"), f"{place}: seconds") or 0.0,
        scores={
            name: TileScore(
                one.parts[type(metrics[name]).headline], one.parts, one.counts,
                metrics[name].standard_errors(one.counts) if one.is_read else {},
            )
            for name, one in records.items()
        },
    )  # fmt: skip


def texts(value: Any, place: str) -> list[str]:
    """A list of texts; FormatError for anything else."""
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise FormatError(f"{place}: expected a list of texts, not {quoted(value)}")
    return value


def _side(value: Any, place: str) -> dict[str, Any]:
    """What is told of one side: lengths and counts are numbers, repairs are counts."""
    side = _object(value, place)
    for key in ("length", "duplicated", "vertices", "edges", "pixels"):
        if key in side and not _is_number(side[key]):
            raise FormatError(f"{place}: {key}: {_RULE}, not {quoted(side[key])}")
    if ("length" in side) != ("duplicated" in side):
        raise FormatError(f"{place}: length and duplicated stand together")
    for key, n in _object(side.get("repairs", {}), f"{place}: repairs").items():
        if type(n) is not int or n < 0:
            raise FormatError(f"{place}: repairs: {quoted(key)}: {_RULE}, not {quoted(n)}")
    return side


def _positive(value: Any, place: str) -> float | None:
    if value is not None and not _is_number(value):
        raise FormatError(f"{place}: {_RULE}, not {quoted(value)}")
    return value if value is None else float(value)


def _box(value: Any, place: str) -> Bounds | None:
    if value is None:
        return None
    if not (
        isinstance(value, list) and len(value) == 4 and all(type(v) in (int, float) for v in value)
    ):
        raise FormatError(f"{place}: expected four numbers")
    x0, y0, x1, y1 = value
    return x0, y0, x1, y1


def _tile_record(metric: Metric, key: str, tile: Any, place: str) -> TileRecord:
    place = f"{place}: {key}"
    score = _object(tile["scores"].get(key), place)
    counts = _counts(metric, _object(score.get("counts"), f"{place}: counts"), place)
    is_read = tile["status"] == "ok"
    try:
        parts = metric.parts(counts) if is_read else dict(type(metric).failed)
    except RoadMetricsError as error:
        raise FormatError(f"{place}: {error}") from None
    told = _object(score.get("parts"), f"{place}: parts")
    for name, value in parts.items():
        if not _is_number(told.get(name)):
            raise FormatError(f"{place}: {name}: {_RULE}, not {quoted(told.get(name))}")
        if abs(told[name] - value) > SAME:
            raise FormatError(
                f"{place}: the counts give {name} {value:.9g} but the document says "
                f"{quoted(told[name])}: score again with this version"
            )
    return TileRecord(is_read, counts, parts)


def _counts(metric: Metric, told: Mapping[str, Any], place: str) -> Counts:
    kind = type(metric).counts_type
    names = {f.name for f in dataclasses.fields(kind)}
    if set(told) != names:
        odd = sorted(set(told) ^ names)
        raise FormatError(
            f"{place}: these are not the counts of {metric.name} (look at {', '.join(odd[:3])}): "
            "score again with this version"
        )
    for key, value in told.items():
        if not _is_number(value):
            raise FormatError(f"{place}: {key}: {_RULE}, not {quoted(value)}")
    return kind(**told)


_RULE = "expected a number of at least 0"


def _is_number(value: Any) -> bool:
    """Finite and not negative, as counts and parts are."""
    return type(value) in (int, float) and 0 <= value <= 1e300


def _object(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise FormatError(f"{place}: expected an object, not {quoted(value)}")
    return value
