"""The table of one paper: a row a method (and a tile), a column as its protocol has it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from .protocols import Protocol
from .results import TileResult, Total
from .tables import Row


def column_values(protocol: Protocol, totals: Mapping[str, Total]) -> list[float]:
    """[columns] totals, aggregated as each metric's source publishes it."""
    ways = {key: getattr(total, total.published) for key, total in totals.items()}
    return [float(ways[column.metric][column.part]) for column in protocol.columns]


def as_document(protocol: Protocol, totals: Mapping[str, Total]) -> dict[str, Any]:
    """What the JSON document holds under ``protocol``; values are fractions."""
    values = column_values(protocol, totals)
    columns = [
        {"header": c.header, "metric": c.metric, "part": c.part, "value": value}
        | ({"standard_error": errors[c.part]} if c.part in errors else {})
        for c, value in zip(protocol.columns, values, strict=True)
        for errors in [totals[c.metric].standard_errors]
    ]
    return {"name": protocol.name, "scale": protocol.scale, "columns": columns}


def rows(
    protocol: Protocol,
    method: str,
    totals: Mapping[str, Total],
    tiles: Mapping[str, TileResult],
    *,
    has_errors: bool = True,
) -> tuple[Row, list[Row]]:
    """Header and rows: the method's totals first, then each of ``tiles``; "-" if not scored.

    ``has_errors``: "± x", the Monte Carlo standard error, stands beside what is drawn at random.
    """

    def cell(value: float, errors: Mapping[str, float], part: str) -> str:
        error = errors.get(part) if has_errors else None
        return protocol.shown(value) + ("" if error is None else f" ± {protocol.shown(error)}")

    header = ["method", *(column.header for column in protocol.columns)]
    values = zip(protocol.columns, column_values(protocol, totals), strict=True)
    lines = [[method, *(cell(v, totals[c.metric].standard_errors, c.part) for c, v in values)]]
    for tile in tiles.values():
        cells = [
            cell(score.parts[c.part], score.standard_errors, c.part) if score else "-"
            for c in protocol.columns
            for score in [tile.scores.get(c.metric)]
        ]
        lines.append([tile.id, *cells])
    return header, lines


def method_name(path: object) -> str:
    """The folder or file that holds the predictions, without what leads there.

    >>> method_name("runs/linknet/"), method_name(None)
    ('linknet', 'predictions')
    """
    return PurePath(str(path)).name if path is not None else "predictions"
