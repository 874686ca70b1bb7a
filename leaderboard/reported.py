"""Figures that papers print: entered with their source, never compared with what is measured."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

from roadmetrics.errors import FormatError
from roadmetrics.io.files import MIB, decoded, read_bytes, shown

from .errors import BoardError, Problems
from .tables import Table

HEADER = ["table", "benchmark", "method", "metric", "value", "unit", "note"]


@dataclass(frozen=True)
class Source:
    """Where figures are printed."""

    key: str
    title: str
    authors: str
    year: int
    url: str | None


@dataclass(frozen=True)
class Reported:
    """One figure as a paper prints it."""

    source: Source
    table: str
    benchmark: str
    method: str
    metric: str
    value: float
    unit: str
    note: str


def read_reported(folder: Path) -> list[Reported]:
    """Every figure of a folder, in the order of its files; BoardError names file and line.

    >>> read_reported(Path("no/such/folder"))
    []
    """
    if not (folder / "sources.toml").is_file():
        return []
    sources = _sources(folder / "sources.toml")
    return [row for key, source in sources.items() for row in _rows(folder / f"{key}.csv", source)]


def _sources(path: Path) -> dict[str, Source]:
    problems: list[str] = []
    every = Table.read(path, problems)
    found = {}
    for key in every.raw:
        table = every.table(key)
        found[key] = Source(
            key, table.line("title"), table.line("authors"), table.whole("year", ..., 1900, 2100),
            table.url("url"),
        )  # fmt: skip
        table.close()
    if problems:
        raise Problems(problems)
    return found


def _rows(path: Path, source: Source) -> list[Reported]:
    name = shown(path)
    try:
        lines = decoded(read_bytes(path, 16 * MIB), name).splitlines()
        header, *rows = csv.reader(lines, strict=True)
    except (FormatError, csv.Error, ValueError) as error:
        raise BoardError(f"{name}: {str(error).removeprefix(f'{name}: ')}") from None
    if header != HEADER:
        raise BoardError(f"{name}:1: the header is {','.join(HEADER)}")
    return [_row(row, source, f"{name}:{i}") for i, row in enumerate(rows, 2)]


def _row(row: list[str], source: Source, place: str) -> Reported:
    if len(row) != len(HEADER):
        raise BoardError(f"{place}: expected {len(HEADER)} fields, not {len(row)}")
    table, benchmark, method, metric, text, unit, note = row
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BoardError(f"{place}: value {text!r} is no number")
    return Reported(source, table, benchmark, method, metric, value, unit, note)
