"""What the pages of one benchmark tell: its order, results, runs and reported figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ..benchmark import Benchmark
from ..board import Board
from ..errors import BoardError
from ..ranking import load_ranking
from ..reported import Reported
from .place import slug

Row = dict[str, Any]


@dataclass(frozen=True)
class Content:
    """One benchmark. ``results`` by submission, with what public tiles there are and no others."""

    mark: Benchmark
    ranking: Mapping[str, Any]
    results: Mapping[str, Mapping[str, Any]]
    files: Mapping[str, Path | None]  # of results that are published as they are
    runs: Mapping[str, Mapping[str, Any]]
    reported: tuple[Reported, ...]

    @classmethod
    def read(cls, board: Board, name: str) -> Content:
        """Read everything; BoardError where something does not fit."""
        mark = board.benchmark(name)
        names = board.result_names(name)
        results: dict[str, dict[str, Any]] = {}
        files: dict[str, Path | None] = {}
        for one in names:
            raw = board.result(name, one).raw
            results[one] = _without_private(raw, mark)
            is_whole = results[one]["tiles"].keys() == raw["tiles"].keys()
            path = board.result_path(name, one)
            files[one] = path if is_whole else None
        runs = {one: run for one in names if (run := board.run(name, one)) is not None}
        return cls(
            mark=mark, ranking=load_ranking(board, name),
            results=results, files=files, runs=runs, reported=tuple(board.reported(name)),
        )  # fmt: skip

    @property
    def rows(self) -> list[Row]:
        """Rows of the one order: with a rank, then without."""
        return [*self.ranking["rows"], *self.ranking["unranked"]]

    def every_row(self) -> Iterator[Row]:
        """Those, and the rows that stand in tables of their own."""
        yield from self.rows
        for group in self.ranking["others"]:
            yield from group["rows"]

    @cached_property
    def public(self) -> list[str]:
        """Public tiles in order."""
        return [key for key, part in self.mark.tiles.items() if part == "public"]

    @cached_property
    def pages(self) -> dict[str, str]:
        """The name of the page of every public tile."""
        found = {key: slug(key) for key in self.public}
        if len(set(found.values())) < len(found):
            raise BoardError(f"{self.mark.name}: two tiles would have one page: rename one")
        return found

    @cached_property
    def compared(self) -> list[str]:
        """Submissions of the one order, in order: the ones that pages of tiles show."""
        return [row["submission"] for row in self.rows]

    @property
    def unit(self) -> str:
        """Unit of lengths."""
        return self.mark.unit


def _without_private(raw: Mapping[str, Any], mark: Benchmark) -> dict[str, Any]:
    """A result of another version may tell of tiles that are private by now."""
    tiles = {key: one for key, one in raw["tiles"].items() if mark.tiles.get(key) == "public"}
    return dict(raw) | {"tiles": tiles}
