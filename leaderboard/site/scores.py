"""The table of submissions: ranks, values with intervals and marks, lengths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .content import Row
from .markup import Html, joined, link, tag
from .numbers import NONE, interval, percent, ranks, value
from .tables import Cell, Column, table

WIDTH, HEIGHT = 72, 8  # of the drawing of an interval


@dataclass(frozen=True)
class Metric:
    """A column of scores; ``low`` and ``high`` are the ends of its drawings."""

    key: str
    is_lower_better: bool
    low: float = 0.0
    high: float = 1.0


def metrics_of(rows: Sequence[Row], keys: Mapping[str, bool]) -> list[Metric]:
    """Columns of the rows; ``keys`` tells which are better when lower."""
    return [Metric(key, lower, *_ends(rows, key)) for key, lower in keys.items()]


def score_table(
    caption: str, rows: Sequence[Row], metrics: Sequence[Metric], *, id_: str,
    rule: str | None = None, parts: Sequence[str] = (), start: str = "submissions/",
) -> Html:  # fmt: skip
    """A table of rows. ``rule`` is the heading of what the order is by, where it is no metric."""
    is_ranked = any(row["rank"] is not None for row in rows)
    head = [Column("Rank", True, is_sorted=True)] if is_ranked else []
    head.append(Column("Submission"))
    head += [Column(one.key, True, not one.is_lower_better) for one in metrics]
    head += [Column(rule, True)] if rule and is_ranked else []
    head += [Column("Length ratio", True, True), Column("Drawn twice", True, True)]
    head += [Column(f"Rank, {part} tiles", True) for part in parts]
    head.append(Column("Date", is_descending=True))
    body = []
    for row in rows:
        cells = [_rank(row)] if is_ranked else []
        cells.append(_name(row, start))
        cells += [_score(row["metrics"].get(one.key), one) for one in metrics]
        cells += [Cell(value(row["score"], 2), row["score"])] if rule and is_ranked else []
        cells += _lengths(row["lengths"])
        cells += [_part(row["parts"].get(part)) for part in parts]
        cells.append(Cell(row["date"], row["date"], "date"))
        body.append(cells)
    return table(caption, head, body, id_)


def badge(what: str, kind: str) -> Html:
    """A short mark beside a name or value."""
    return tag("span", what, class_=f"badge {kind}")


def badges(row: Row) -> Html:
    """What is to be known of a submission before its values."""
    found = [badge("baseline", "plain")] if row["baseline"] else []
    found += [badge(row["status"], "warn")] if row["status"] != "ok" else []
    found += [badge(flag, "warn") for flag in row["flags"]]
    return joined([tag("span", *_spaced(found), class_="badges")] if found else [])


def _spaced(parts: Sequence[str]) -> list[str]:
    return [piece for part in parts for piece in (" ", part)]


def _name(row: Row, start: str) -> Cell:
    title = link(f"{start}{row['submission']}.html", row["title"])
    below = tag("span", _authors(row["authors"]), class_="below")
    why = tag("span", f"no rank: {row['why']}", class_="below why") if row["why"] else None
    return Cell(joined([title, badges(row), below, why]), row["title"].lower(), "name", True)


def _authors(authors: Sequence[str]) -> str:
    return ", ".join(authors[:3]) + (f" and {len(authors) - 3} more" if len(authors) > 3 else "")


def _rank(row: Row) -> Cell:
    if row["rank"] is None:
        return Cell(NONE)
    place = f"{row['rank']}{'=' * row['is_tied']}"
    low_high = ranks(row["rank_interval"])
    below = tag("span", low_high, class_="below") if low_high else None
    return Cell(joined([tag("b", place), below]), row["rank"], "rank")


def _score(one: Mapping[str, Any] | None, metric: Metric) -> Cell:
    if one is None:
        return Cell(NONE)
    mark = badge("best", "best") if one["is_best"] else None
    if one["is_not_worse"] and not one["is_best"]:
        mark = badge("\N{ALMOST EQUAL TO} best", "near")
    shown = value(one["value"])
    parts = [tag("b", shown) if one["is_best"] else shown, mark and " ", mark]
    if one["ci95"] is not None:
        parts += [tag("span", interval(one["ci95"]), class_="below"), _whisker(one, metric)]
    return Cell(joined(parts), one["value"], "score")


def _whisker(one: Mapping[str, Any], metric: Metric) -> Html:
    """The interval as a line and the value as a dot, on the scale of the column."""
    span = metric.high - metric.low or 1.0
    low, middle, high = (
        round((number - metric.low) / span * (WIDTH - 4) + 2, 1)
        for number in (one["ci95"][0], one["value"], one["ci95"][1])
    )
    half = HEIGHT / 2
    return tag(
        "svg",
        tag("path", d=f"M2 {half:g}H{WIDTH - 2}", class_="scale"),
        tag("path", d=f"M{low:g} {half:g}H{high:g}", class_="whisker"),
        tag("circle", cx=f"{middle:g}", cy=f"{half:g}", r="2.5"),
        viewBox=f"0 0 {WIDTH} {HEIGHT}", width=WIDTH, height=HEIGHT, class_="ci",
        aria_hidden="true",
    )  # fmt: skip


def _lengths(lengths: Mapping[str, Any] | None) -> list[Cell]:
    if lengths is None:
        return [Cell(NONE), Cell(NONE)]
    ratio, twice = lengths["ratio"], lengths["pred_duplicated"]
    kind = "flagged" if lengths["is_flagged"] else None
    return [Cell(value(ratio), ratio), Cell(percent(twice), twice, kind)]


def _part(one: Mapping[str, Any] | None) -> Cell:
    return Cell(NONE) if one is None else Cell(str(one["rank"]), one["rank"])


def _ends(rows: Sequence[Row], key: str) -> tuple[float, float]:
    """0 and 1, or farther where the values are."""
    found = [row["metrics"][key] for row in rows if key in row["metrics"]]
    values = [v for one in found for v in (one["value"], *(one["ci95"] or ()))]
    return min([0.0, *values]), max([1.0, *values])
