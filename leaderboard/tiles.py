"""One tile of a submission in a process of its own: looked at, compared with copies, scored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

from roadmetrics.errors import RoadMetricsError
from roadmetrics.graph import Mask, Tile
from roadmetrics.layouts import LAYOUTS
from roadmetrics.load import SUFFIXES, TABLES, Place, places, read
from roadmetrics.metric import Metric
from roadmetrics.pairs import Pair
from roadmetrics.parallel import finished
from roadmetrics.prepare import Options, read_pair
from roadmetrics.results import TileResult
from roadmetrics.tile_scores import score_pair

from .benchmark import Benchmark
from .copies import is_copy
from .errors import BoardError
from .limits import Caps
from .staging import Staged
from .submission import Submission

BEYOND = "beyond the limits of a tile"
NO_TILE = "no tile of the benchmark is called so"
Thing = TypeVar("Thing")
Found = TypeVar("Found")


@dataclass(frozen=True)
class Task:
    """A tile to score, and how; ``name`` is the prediction's file, for messages."""

    pair: Pair
    options: Options
    metrics: Mapping[str, Metric]
    caps: Caps


@dataclass(frozen=True)
class Outcome:
    """A tile's result, or why there is none; ``is_copy`` None where that could not be told."""

    result: TileResult | None = None
    refused: str = ""
    is_copy: bool | None = None


def options_of(benchmark: Benchmark, submission: Submission | None = None) -> Options:
    """How files become tiles."""
    mine = submission
    return Options(
        threshold=mine.threshold if mine else None, gsd=benchmark.gsd, bounds=benchmark.bounds,
        pred_axis=mine.pred_axis if mine else "xy", flip_y=mine.flip_y if mine else False,
        unit=benchmark.unit,
    )  # fmt: skip


def predicted(files: Staged, benchmark: Benchmark) -> tuple[dict[str, list[Place]], dict[str, str]]:
    """The predictions of each tile, by id; and by file name those that tell no tile, and why."""
    paths = [files.folder / name for name in files.names if _suffix(name) in SUFFIXES]
    tables = [path for path in paths if path.suffix.lower() in TABLES]
    listed: dict[Path, list[tuple[str, Place]]] = {
        path: places(path) for path in paths if path not in set(tables)
    }
    odd: dict[str, str] = {}
    for path, found in zip(tables, in_processes(_listed, tables, benchmark.caps), strict=True):
        if isinstance(found, str):
            odd[path.name] = without_folder(found, files.folder)
        else:
            listed[path] = found
    tiles: dict[str, list[Place]] = {}
    to_id = LAYOUTS[benchmark.layout].pred_id
    for path in paths:
        for name, place in listed.get(path, ()):
            key = to_id(name)
            if key is not None and key in benchmark.tiles:
                tiles.setdefault(key, []).append(place)
            else:
                odd.setdefault(path.name, NO_TILE)
    return tiles, odd


def looked_at(work: tuple[Place, float | None, Caps]) -> str:
    """Why a prediction is refused by itself, without its ground truth; empty where it is not."""
    place, threshold, caps = work
    try:
        return too_large(read(place.path, threshold=threshold, tile=place.tile), caps)
    except RoadMetricsError as error:
        return without_folder(str(error), place.path.parent)


def scored(task: Task) -> Outcome:
    """Score a tile that has a prediction; whatever is wrong with that becomes a text."""
    pair = task.pair
    assert pair.pred is not None
    if refused := looked_at((Place(pair.pred, pair.pred_tile), task.options.threshold, task.caps)):
        return Outcome(refused=refused)
    try:
        gt, pred = read_pair(pair, task.options)
        copied = is_copy(gt, pred)
        result = score_pair(pair, task.options, task.metrics, "error")
    except RoadMetricsError as error:
        text = without_folder(str(error), pair.gt.parent)
        return Outcome(refused=without_folder(text, pair.pred.parent))
    return Outcome(result, is_copy=copied)


def scored_without(task: Task) -> Outcome:
    """The tile scored as without prediction."""
    alone = replace(task.pair, pred=None, pred_tile=None)
    return Outcome(score_pair(alone, task.options, task.metrics, "zero"))


def too_large(tile: Tile, caps: Caps) -> str:
    """Which cap a tile breaks; empty where none."""
    if isinstance(tile, Mask):
        n = tile.array.size
        return f"{n:,} pixels, above {caps.pixels:,}" if n > caps.pixels else ""
    for n, most, what in (
        (len(tile.vertices), caps.vertices, "vertices"), (len(tile.edges), caps.edges, "edges"),
    ):  # fmt: skip
        if n > most:
            return f"{n:,} {what}, above {most:,}"
    degree = int(np.bincount(tile.edges.ravel()).max()) if len(tile.edges) else 0
    if degree > caps.degree:
        return f"a vertex with {degree:,} edges, above {caps.degree}: no junction has so many"
    return ""


def in_processes(
    work: Callable[[Thing], Found], things: Sequence[Thing], caps: Caps, jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> list[Found | str]:  # fmt: skip
    """Results in order, each from a process under the caps of a tile; a text where there is none.

    An error of the work itself, which it should have told, is a text, too: one tile never stops
    the others.
    """
    found: dict[int, Found | str] = {}
    for outcome in finished(_Safe(work), things, jobs, limits=caps.of_tile) if things else ():
        text = f"{BEYOND}: {outcome.ended}"
        found[outcome.index] = text if outcome.result is None else outcome.result
        if progress:
            progress(len(found), len(things))
    return [found[i] for i in range(len(things))]


@dataclass(frozen=True)
class _Safe(Generic[Thing, Found]):
    """A function that answers with a text where it raises anything but want of memory."""

    work: Callable[[Thing], Found]

    def __call__(self, thing: Thing) -> Found | str:
        try:
            return self.work(thing)
        except MemoryError:
            raise
        except BoardError as error:
            return str(error)
        except Exception as error:
            return f"it cannot be read: {type(error).__name__}"


def without_folder(text: str, folder: Path) -> str:
    """A message without the folder of the files, which differs from run to run."""
    return text.replace(f"{folder}/", "")


def _listed(path: Path) -> list[tuple[str, Place]]:
    try:
        return places(path)
    except RoadMetricsError as error:
        raise BoardError(str(error)) from None


def _suffix(name: str) -> str:
    return Path(name).suffix.lower()


def pairs_of(benchmark: Benchmark, gt: Path, files: Staged) -> dict[str, Pair]:
    """Every tile's ground truth with its one prediction, by id; none where there is not one."""
    tiles, _ = predicted(files, benchmark)
    single = {key: each[0] for key, each in tiles.items() if len(each) == 1}
    return {
        key: replace(pair, pred=single[key].path, pred_tile=single[key].tile)
        if key in single
        else pair
        for key, pair in benchmark.truths(gt).items()
    }
