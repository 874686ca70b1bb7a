"""Files to download. No cell of a table begins with what a spreadsheet would take for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..reported import Reported
from .content import Content, Row

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table; None is an empty field.

    >>> csv_text(["a", "b"], [["=1+1", None], [-0.5, True]]).splitlines()
    ['a,b', "'=1+1,", '-0.5,true']
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([_field(one) for one in header])
    writer.writerows([_field(one) for one in row] for row in rows)
    return stream.getvalue()


def ranking_csv(content: Content) -> str:
    """Every row of a benchmark; signatures say which values are comparable."""
    keys = list(content.mark.metrics)
    fixed = ["rank", "rank_low", "rank_high", "is_tied", "submission", "title", "authors", "date",
             "baseline", "status", "no_rank_because", "score", "length_ratio", "drawn_twice",
             "flags"]  # fmt: skip
    per_metric = ["", "_low", "_high", "_rank", "_is_best", "_is_not_worse", "_p_holm",
                  "_signature"]  # fmt: skip
    header = [*fixed, *(f"{key}{end}" for key in keys for end in per_metric)]
    rows = [
        [*_fixed(row), *(field for key in keys for field in _metric(content, row, key))]
        for row in content.every_row()
    ]
    return csv_text(header, rows)


def tiles_csv(result: Mapping[str, Any]) -> str:
    """Public tiles of one submission: every part of every metric."""
    tiles = result["tiles"]
    heads = {(key, part): f"{key}_{part}" for one in tiles.values()
             for key, score in one["scores"].items() for part in score["parts"]}  # fmt: skip
    sides = [(side, what) for side in ("gt", "pred") for what in ("length", "duplicated")]
    header = ["tile", "status", "unit", *(f"{a}_{b}" for a, b in sides), *heads.values()]
    rows = [
        [key, one["status"], one["unit"], *((one[a] or {}).get(b) for a, b in sides),
         *(one["scores"].get(k, {}).get("parts", {}).get(part) for k, part in heads)]
        for key, one in tiles.items()
    ]  # fmt: skip
    return csv_text(header, rows)


def reported_csv(figures: Iterable[Reported]) -> str:
    """What papers print, with where."""
    header = ["measured_here", "method", "benchmark", "metric", "value", "unit", "note", "authors",
              "title", "year", "table", "url"]  # fmt: skip
    rows = [
        [False, one.method, one.benchmark, one.metric, one.value, one.unit, one.note,
         one.source.authors, one.source.title, one.source.year, one.table, one.source.url]
        for one in figures
    ]  # fmt: skip
    return csv_text(header, rows)


def _fixed(row: Row) -> list[Any]:
    low, high = row["rank_interval"] or (None, None)
    lengths = row["lengths"] or {}
    return [
        row["rank"], low, high, row["is_tied"], row["submission"], row["title"],
        "; ".join(row["authors"]), row["date"], row["baseline"], row["status"], row["why"],
        row["score"], lengths.get("ratio"), lengths.get("pred_duplicated"), "; ".join(row["flags"]),
    ]  # fmt: skip


def _metric(content: Content, row: Row, key: str) -> list[Any]:
    one = row["metrics"].get(key)
    if one is None:
        return [None] * 8
    low, high = one["ci95"] or (None, None)
    test = one["versus_best"] or {}
    total = content.results[row["submission"]]["totals"]["all"][key]
    return [one["value"], low, high, one["rank"], one["is_best"], one["is_not_worse"],
            test.get("p_holm"), total["signature"]]  # fmt: skip


def _field(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value
