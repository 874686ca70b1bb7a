"""Descriptions of folders: tile by tile, pooled, and as tables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import __version__
from .description import EDGES, NUMBERS, DescribedPair, Description, describe, pooled
from .errors import PairingError
from .graph import Tile
from .load import tile_paths
from .pair_table import pairing_of
from .pairs import Pair, Pairing, require, truth_paths
from .prepare import Options, read_pair
from .splits import selected
from .tables import Row, as_csv, as_latex, as_markdown, as_text

SCHEMA = 1
FORMATS = ("table", "json", "csv", "md", "latex")
BINS = "distribution", "from", "to"


@dataclass(frozen=True)
class DescriptionReport:
    """Descriptions by tile, each with one side or two; ``total`` pools them."""

    tiles: Mapping[str, tuple[Description, ...]]  # (gt,) or (gt, pred)
    missing: Sequence[str] = ()
    unmatched: Sequence[str] = ()
    split: Mapping[str, Any] | None = None  # as `splits.Chosen` says it

    @property
    def total(self) -> tuple[Description, ...]:
        """All tiles pooled, a side at a time."""
        return tuple(pooled(side) for side in zip(*self.tiles.values(), strict=True))

    def to_dict(self) -> dict[str, Any]:
        """The document: ``total`` and each tile hold ``gt`` and, with predictions, the rest."""
        return {
            "schema": SCHEMA,
            "roadmetrics": __version__,
            "total": _document(self.total),
            "tiles": {key: _document(sides) for key, sides in self.tiles.items()},
            "missing": list(self.missing),
            "unmatched": list(self.unmatched),
            "split": self.split,
        }

    def render(self, form: str, *, per_tile: bool = False) -> str:
        """One of FORMATS, without a last newline."""
        if form == "json":
            return json.dumps(self.to_dict(), indent=1, allow_nan=False)
        total = self.total
        if form == "csv":
            return as_csv(*_csv(total, self.tiles if per_tile else {}))
        tables = [_number_table(total), _histogram_table(total)]
        if per_tile:
            tables.append(_tile_table(self.tiles))
        if form == "table":
            return "\n\n".join(as_text(*table, group=i == 1) for i, table in enumerate(tables))
        if form == "md":
            return "\n\n".join(as_markdown(*table) for table in tables)
        return "\n".join(as_latex(*table) for table in tables)


def describe_folders(
    gt: str | Path | None = None,
    pred: str | Path | None = None,
    *,
    layout: str = "auto",
    missing: str = "error",
    tiles: str | Path | None = None,
    split: str | None = None,
    pairs: str | Path | None = None,
    options: Options | None = None,
) -> DescriptionReport:
    """Describe the graphs of a folder (or a file), alone or beside predictions.

    Arguments and errors as of `score_folders`; ``missing`` "zero" counts a tile without prediction
    as one without roads, "skip" leaves it out on both sides.

    >>> from roadmetrics import sample
    >>> about = describe_folders(sample.path() / "gt", sample.path() / "pred_light")
    >>> [side.n_tiles for side in about.total]
    [19, 19]
    >>> describe_folders("no/such/folder")
    Traceback (most recent call last):
    ...
    roadmetrics.errors.PairingError: no/such/folder: no such file or folder
    """
    pairing = _pairing(gt, pred, pairs, layout)
    pairing, part = selected(pairing, tiles, split, gt)
    is_paired = pairs is not None or pred is not None
    if is_paired:
        require(pairing, missing, None if pred is None else Path(pred))
    kept = [pair for pair in pairing.pairs if pair.pred or missing != "skip" or not is_paired]
    return DescriptionReport(
        {pair.id: _sides(pair, options or Options(), is_paired) for pair in kept},
        pairing.missing if is_paired else (),
        pairing.unmatched,
        part.to_dict() if part else None,
    )


def _pairing(
    gt: str | Path | None, pred: str | Path | None, pairs: str | Path | None, layout: str
) -> Pairing:
    if pairs is None and gt is None:
        raise PairingError("give a ground truth, or a table of pairs")
    if gt is None or pred is not None or pairs is not None:
        return pairing_of(gt, pred, pairs, layout)
    if not Path(gt).exists():
        raise PairingError(f"{gt}: no such file or folder")
    if layout != "auto":
        return truth_paths(Path(gt), layout)
    found = tile_paths(gt)
    return Pairing(
        "alone",
        tuple(Pair(key, path, None, gt_tile=tile) for key, (path, tile) in found.items()),
    )


def _sides(pair: Pair, options: Options, is_paired: bool) -> tuple[Description, ...]:
    both: tuple[Tile, Tile] = read_pair(pair, options)
    return tuple(describe(tile) for tile in both[: 2 if is_paired else 1])


def _document(sides: Sequence[Description]) -> dict[str, Any]:
    if len(sides) == 1:
        return {"gt": sides[0].to_dict()}
    return DescribedPair(*sides).to_dict()


def _names(sides: Sequence[Description]) -> list[str]:
    return ["gt", "pred"][: len(sides)]


def _number_table(sides: Sequence[Description]) -> tuple[Row, list[Row]]:
    """Counts and lengths, then for each distribution its mean; last their distances."""
    pair = DescribedPair(*sides) if len(sides) == 2 else None
    rows = [[key, *(_shown(key, getattr(s, key), s.unit) for s in sides)] for key in NUMBERS]
    ratio = pair.length_ratio if pair else None
    rows = [[*row, _number(ratio) if row[0] == "length" else "-"] if pair else row for row in rows]
    for name in EDGES:
        means = [s.to_dict()["distributions"][name]["mean"] for s in sides]
        last = [_number(pair.distances[name])] if pair else []
        rows.append([f"mean {name}", *map(_number, means), *last])
    return ["", *_names(sides), *(["ratio, Wasserstein"] if pair else [])], rows


def _histogram_table(sides: Sequence[Description]) -> tuple[Row, list[Row]]:
    rows = []
    for name, edges in EDGES.items():
        counts = [side.histogram(name) for side in sides]
        for i, low in enumerate(edges[:-1]):
            is_open = i == len(edges) - 2 and not name.endswith("_deg")
            bins = [f"{low:g}", "-" if is_open else f"{edges[i + 1]:g}"]
            rows.append([name, *bins, *(str(count[i]) for count in counts)])
    return [*BINS, *_names(sides)], rows


def _tile_table(tiles: Mapping[str, Sequence[Description]]) -> tuple[Row, list[Row]]:
    keys = ("length", "duplicated", "n_junctions", "n_components")
    first = next(iter(tiles.values()))
    header = ["tile", *(f"{side} {key}" for key in keys for side in _names(first))]
    rows = [
        [tile, *(_shown(key, getattr(s, key), s.unit) for key in keys for s in sides)]
        for tile, sides in tiles.items()
    ]
    return header, rows


def _csv(
    total: Sequence[Description], tiles: Mapping[str, Sequence[Description]]
) -> tuple[Row, list[list[Any]]]:
    """One row a number or bin, in full precision; ``tile`` is empty for the totals."""
    rows: list[list[Any]] = []
    for tile, sides in {"": total, **tiles}.items():
        rows += [[tile, key, "", "", *(getattr(s, key) for s in sides)] for key in NUMBERS]
        rows += [[tile, *row] for row in _histogram_table(sides)[1]]
        if len(sides) == 2:
            pair = DescribedPair(sides[0], sides[1])
            more = {"length_ratio": pair.length_ratio} | {
                f"wasserstein {name}": value for name, value in pair.distances.items()
            }
            rows += [[tile, key, "", "", "", value] for key, value in more.items()]
    return ["tile", "number", "from", "to", *_names(total)], rows


def _shown(key: str, value: float, unit: str) -> str:
    if key == "duplicated":
        return f"{100 * value:.1f} %"
    if key == "length":
        return f"{value / 1000:.2f} km" if unit == "m" else f"{value:.0f} px"
    if key == "area":
        return f"{value / 1e6:.3f} km2" if unit == "m" else f"{value:.0f} px2"
    return _number(value)


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.3f}"
