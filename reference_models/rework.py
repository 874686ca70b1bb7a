"""Every graph of a prediction folder worked over, one by one; as many come out as went in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

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


def rework(
    init: Path, out: Path, work: Work, *, spur: float, tell: Tell, progress: Progress | None = None
) -> Counts:
    """Read each tile of ``init``, work it over, write it to ``out`` under the same name.

    The suffix stays where graphs are written so, else it is .json. A mask is thinned first; dead
    ends of ``spur`` pixels go. A tile that ``work`` calls `Unfit` is written as it was read, and
    why is told. One on which it raises another RoadMetricsError, such as that of a damaged image,
    is written so, too, and one that cannot be read stops nothing either: all others are done, then
    a RoadMetricsError names those. Files of the same names are replaced; others in ``out`` stay,
    and a line tells. Raises RoadMetricsError also where ``out`` is ``init``, cannot be written, or
    holds a file of one of the tiles under another suffix.
    """
    check_name(str(out), "--out")
    tiles = tiles_of(init)
    if out.resolve() == init.resolve():
        raise RoadMetricsError(f"{shown(out)}: --out is --init: give another folder")
    _check_out(out, tiles)
    made(out)
    written: set[str] = set()
    broken: list[str] = []
    failed: list[str] = []
    n_passed_on = 0
    for done, (name, place) in enumerate(tiles.items(), start=1):
        try:
            graph = lines_of(read(place.path, tile=place.tile), spur)
        except RoadMetricsError as error:
            tell(str(error))
            broken.append(name)
            continue
        try:
            refined = _worked(name, graph, work)
        except RoadMetricsError as error:
            failed.append(name)
            refined = _as_it_is(name, graph, error)
        for note in refined.notes:
            tell(note)
        n_passed_on += refined.graph is graph
        write(refined.graph, out / f"{name}{_suffix(place)}")
        written.add(f"{name}{_suffix(place)}")
        if progress is not None:
            progress(done, len(tiles))
    if old := [path.name for path in _files(out) if path.name not in written]:
        tell(f"{shown(out)}: it also holds {len(old)} files of before: {few(old)}")
    if broken or failed:
        raise RoadMetricsError(f"{shown(init)}: {_lost(broken, failed, len(tiles), out)}")
    return Counts(len(tiles), n_passed_on)


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


def _worked(name: str, graph: RoadGraph, work: Work) -> Refined:
    try:
        return work(name, graph)
    except Unfit as error:
        return _as_it_is(name, graph, error)


def _as_it_is(name: str, graph: RoadGraph, error: RoadMetricsError) -> Refined:
    return Refined(graph, (f"{name}: {error}: passed on as it is",))


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
