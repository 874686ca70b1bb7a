"""Every graph of a prediction folder worked over, one by one; as many come out as went in."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from roadmetrics.errors import RoadMetricsError
from roadmetrics.graph import Mask, RoadGraph, Tile
from roadmetrics.io.files import shown
from roadmetrics.load import GRAPH_SUFFIXES, SUFFIXES, Place, read, tile_paths, write
from roadmetrics.pairs import few
from roadmetrics.vectorize import vectorize

from .patchwork import Refined
from .settings import check_name, made

Work = Callable[[str, RoadGraph], Refined]  # of a tile's id and graph
Progress = Callable[[int, int], None]  # tiles done, tiles in all
Tell = Callable[[str], None]  # one line that the user should read
# calls something with each name: the results in the order of the names
Each = Callable[[Callable[[str], Any], Sequence[str]], Generator[Any, None, None]]


class Unfit(RoadMetricsError):
    """Why a tile cannot be worked over; it is then passed on as it is."""


@dataclass(frozen=True)
class Counts:
    """What became of the tiles of a folder."""

    n: int
    n_passed_on: int  # without change, each for a reason that was told

    def __str__(self) -> str:
        """One line."""
        passed = f", {self.n_passed_on} of them as they were" if self.n_passed_on else ""
        return f"graphs of {self.n} tile{'s' * (self.n != 1)}{passed}"


def one_by_one(work: Callable[[str], Any], names: Sequence[str]) -> Generator[Any, None, None]:
    """``work(name)`` for each name, each when it is asked for.

    >>> list(one_by_one(len, ["ab", "c"])), list(one_by_one(len, []))
    ([2, 1], [])
    """
    for name in names:
        yield work(name)


def rework(
    init: Path, out: Path, work: Work, *, spur: float, tell: Tell, progress: Progress | None = None,
    each: Each = one_by_one,
) -> Counts:  # fmt: skip
    """Read each tile of ``init``, work it over, write it to ``out`` under the same name.

    The suffix stays where graphs are written so, else it is .json. A mask is thinned first; dead
    ends of ``spur`` pixels go. A tile that ``work`` calls `Unfit` is written as it was read, and
    why is told. One on which it raises another RoadMetricsError, such as that of a damaged image,
    is written so, too, and one that cannot be read stops nothing either: all others are done, then
    a RoadMetricsError names those. Files of the same names are replaced; others in ``out`` stay,
    and a line tells. ``each`` may read and work over several tiles at a time; they are told of and
    written in their order. Raises RoadMetricsError also where ``out`` is ``init``, cannot be
    written, or holds a file of one of the tiles under another suffix.
    """
    check_name(str(out), "--out")
    tiles = tiles_of(init)
    if out.resolve() == init.resolve():
        raise RoadMetricsError(f"{shown(out)}: --out is --init: give another folder")
    _check_out(out, tiles)
    made(out)
    files = {name: f"{name}{_suffix(place)}" for name, place in tiles.items()}
    every: list[_Worked] = []
    with closing(each(partial(_worked, tiles, work, spur), list(tiles))) as found:
        for name, one in zip(tiles, found, strict=True):
            for note in one.notes:
                tell(note)
            if one.graph is not None:
                write(one.graph, out / files[name])
            every.append(one._replace(graph=None))
            if progress is not None:
                progress(len(every), len(tiles))
    broken, failed = ([name for name, one in zip(tiles, every, strict=True) if one.became == what]
                      for what in ("broken", "failed"))  # fmt: skip
    written = {file for name, file in files.items() if name not in broken}
    if old := [path.name for path in _files(out) if path.name not in written]:
        tell(f"{shown(out)}: it also holds {len(old)} files of before: {few(old)}")
    if broken or failed:
        raise RoadMetricsError(f"{shown(init)}: {_lost(broken, failed, len(tiles), out)}")
    return Counts(len(tiles), sum(one.became == "passed on" for one in every))


class _Worked(NamedTuple):
    """A tile worked over, or the reason that it was not: broken (no graph), failed, passed on."""

    graph: RoadGraph | None
    notes: tuple[str, ...]
    became: str = ""


def _worked(tiles: dict[str, Place], work: Work, spur: float, name: str) -> _Worked:
    """Read a tile and work it over."""
    place = tiles[name]
    try:
        graph = lines_of(read(place.path, tile=place.tile), spur)
    except RoadMetricsError as error:
        return _Worked(None, (str(error),), "broken")
    try:
        refined = work(name, graph)
    except RoadMetricsError as error:
        became = "passed on" if isinstance(error, Unfit) else "failed"
        return _Worked(graph, (f"{name}: {error}: passed on as it is",), became)
    return _Worked(*refined, "passed on" if refined.graph is graph else "")


def lines_of(tile: Tile, spur: float) -> RoadGraph:
    """The graph of a prediction; of a mask every bend of its thinned lines."""
    return vectorize(tile, simplify=0.0, min_length=spur) if isinstance(tile, Mask) else tile


def tiles_of(init: Path) -> dict[str, Place]:
    """The files of a folder of predictions, by tile; RoadMetricsError where there is none."""
    if not init.is_dir():
        raise RoadMetricsError(f"{shown(init)}: no such folder of predictions")
    tiles = tile_paths(init)
    if not tiles:
        raise RoadMetricsError(f"{shown(init)}: there is no prediction in it")
    return tiles


def _lost(broken: list[str], failed: list[str], n: int, out: Path) -> str:
    """What the error at the end says: which of ``n`` tiles came to nothing, and which failed."""
    told = []
    if broken:
        told.append(f"{len(broken)} of {n} tiles cannot be read and are not written to "
                    f"{shown(out)}: {few(broken)}")  # fmt: skip
    if failed:
        told.append(f"{len(failed)} of {n} tiles failed and are in {shown(out)} as they were: "
                    f"{few(failed)}")  # fmt: skip
    return "; ".join(told)


def _files(out: Path) -> list[Path]:
    found = out.iterdir() if out.is_dir() else ()
    return sorted(path for path in found if not path.name.startswith("."))


def _check_out(out: Path, tiles: dict[str, Place]) -> None:
    """Two files of one tile could not be scored."""
    twice = [path.name for path in _files(out) if path.suffix.lower() in SUFFIXES
             and path.stem in tiles and path.suffix != _suffix(tiles[path.stem])]  # fmt: skip
    if twice:
        raise RoadMetricsError(
            f"{shown(out)}: tiles are in it under another suffix than they would be written with: "
            f"{few(twice)}: take them away, or give another folder"
        )


def _suffix(place: Place) -> str:
    suffix = place.path.suffix
    return suffix if suffix.lower() in GRAPH_SUFFIXES and place.tile is None else ".json"
