"""What papers report, each figure with its source; none of it was measured here."""

from __future__ import annotations

from collections.abc import Sequence

from ..reported import Reported, Source
from .markup import Html, joined, link, tag
from .page import downloads
from .tables import Cell, Column, table


def reported_table(figures: Sequence[Reported], id_: str, *, has_benchmark: bool = False) -> Html:
    """One row a figure."""
    columns = [
        Column("Method"), *([Column("Benchmark")] if has_benchmark else []), Column("Metric"),
        Column("Reported value", True, True), Column("Unit"), Column("Source"), Column("Note"),
    ]  # fmt: skip
    rows = [
        [
            Cell(one.method, None, "name", True), *([Cell(one.benchmark)] if has_benchmark else []),
            Cell(one.metric), Cell(f"{one.value:g}", one.value), Cell(one.unit),
            Cell(_source(one), f"{one.source.year} {one.source.key} {one.table}", "source"),
            Cell(one.note, None, "note"),
        ]
        for one in figures
    ]  # fmt: skip
    return table("Reported figures, not measured here", columns, rows, id_)


def reported_body(figures: Sequence[Reported]) -> Html:
    """The page of all reported figures."""
    return joined([
        tag("h1", "Reported by papers"),
        tag("p", "Figures as papers print them, also of benchmarks that are not part of this "
            "board. None was measured here, and none has a rank.", class_="unmeasured"),
        reported_table(figures, "reported", has_benchmark=True),
        downloads({"reported.csv": "all figures as CSV"}),
    ])  # fmt: skip


def _source(one: Reported) -> Html:
    source: Source = one.source
    name = f"{source.authors.split(',')[0]} et al. {source.year}" if "," in source.authors else (
        f"{source.authors} {source.year}")  # fmt: skip
    whole = name if source.url is None else link(source.url, name, title=source.title)
    return joined([whole, f", table {one.table}"])
