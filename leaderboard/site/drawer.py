"""Draws public tiles: every prediction that is what was scored, against the ground truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from roadmetrics.errors import RoadMetricsError
from roadmetrics.graph import RoadGraph, Tile
from roadmetrics.load import Place, read
from roadmetrics.metric import as_graph
from roadmetrics.pairs import Pair
from roadmetrics.prepare import Options, read_pair
from roadmetrics.render.roads import TOLERANCE

from ..benchmark import Benchmark
from ..board import Board
from ..errors import BoardError
from ..staging import staged
from ..tiles import options_of, predicted
from .content import Content
from .overlay import Drawing, Frame, drawing


@dataclass(frozen=True)
class Picture:
    """A tile: its frame, the true roads, and a drawing of every prediction that has one."""

    frame: Frame
    gt: str
    gt_length: float
    drawings: Mapping[str, Drawing]
    why_not: Mapping[str, str]  # submissions that have none


@dataclass(frozen=True)
class Predictions:
    """The checked files of one submission, by tile, and how they are read."""

    places: Mapping[str, list[Place]]
    options: Options


@dataclass(frozen=True)
class Drawer:
    """Pictures of the public tiles of a benchmark; ``truths`` None where it is not here."""

    content: Content
    truths: Mapping[str, Pair] | None
    predictions: Mapping[str, Predictions] = field(default_factory=dict)
    why_not: Mapping[str, str] = field(default_factory=dict)

    @property
    def tolerance(self) -> float:
        """Distance within which roads match: that of the benchmark's own metric, if it has one."""
        slacks = [getattr(one, "slack", None) for one in self.content.mark.metrics.values()]
        return next((float(slack) for slack in slacks if slack), TOLERANCE)

    def picture(self, tile: str) -> Picture | None:
        """The picture of a public tile; None where the ground truth is not here."""
        if self.truths is None or self.content.mark.tiles[tile] != "public":
            return None
        truth = _Truth(self.truths[tile])
        gt = truth.graph(options_of(self.content.mark))
        frame = Frame.of(gt)
        drawings, why_not = {}, dict(self.why_not)
        for name, files in self.predictions.items():
            found = self._drawn(tile, name, files, truth, frame)
            if isinstance(found, str):
                why_not[name] = found
            else:
                drawings[name] = found
        return Picture(frame, frame.path(gt.vertices[gt.edges]), gt.length, drawings, why_not)

    def _drawn(
        self, tile: str, name: str, files: Predictions, truth: _Truth, frame: Frame
    ) -> Drawing | str:
        """A drawing, or why there is none. Files that scoring has read within its limits only."""
        status = self.content.results[name]["tiles"].get(tile, {}).get("status")
        places = files.places.get(tile, [])
        if status != "ok" or len(places) != 1:
            return "it has no prediction here that could be scored"
        try:
            gt, pred = truth.graph(files.options), truth.prediction(places[0], files.options)
        except RoadMetricsError:
            return "its prediction cannot be read"
        return drawing(frame, gt, pred, self.tolerance) or "its prediction is too large to draw"


class _Truth:
    """The ground truth of one tile, read once for all predictions that are read alike."""

    def __init__(self, pair: Pair) -> None:
        self.pair = replace(pair, pred=None, pred_tile=None)
        self._files: dict[float | None, Tile] = {}
        self._graphs: dict[float | None, RoadGraph] = {}

    def file(self, options: Options) -> Tile:
        """As it stands in its file."""
        key = options.threshold
        if key not in self._files:
            self._files[key] = read(self.pair.gt, threshold=key, tile=self.pair.gt_tile)
        return self._files[key]

    def graph(self, options: Options) -> RoadGraph:
        """As metrics see it."""
        key = options.threshold
        if key not in self._graphs:
            gt, _ = read_pair(self.pair, replace(options, flip_y=False), gt=self.file(options))
            self._graphs[key] = as_graph(gt)
        return self._graphs[key]

    def prediction(self, place: Place, options: Options) -> RoadGraph:
        """A prediction as metrics see it."""
        pair = replace(self.pair, pred=place.path, pred_tile=place.tile)
        return as_graph(read_pair(pair, options, gt=self.file(options))[1])


@contextmanager
def drawer(
    board: Board, content: Content, gt: str | Path | None, archives: Path | None
) -> Iterator[Drawer]:
    """A drawer that has predictions unpacked while it is open.

    ``archives`` holds the .zip files of submissions that have only a digest on the board, as
    BENCHMARK/NAME.zip. Raises BoardError where ground truth is here and is not what is pinned.
    """
    truths = _truths(content.mark, gt) if content.public and content.results else None
    if truths is None:
        yield Drawer(content, None)
        return
    with ExitStack() as stack:
        predictions: dict[str, Predictions] = {}
        why_not: dict[str, str] = {}
        for name in content.compared:
            found = _staged(board, content, name, archives, stack)
            if isinstance(found, str):
                why_not[name] = found
            else:
                predictions[name] = found
        yield Drawer(content, truths, predictions, why_not)


def _truths(mark: Benchmark, gt: str | Path | None) -> Mapping[str, Pair] | None:
    try:
        folder = mark.truth_folder(gt)
    except BoardError:
        return None  # the pages say so
    return mark.truths(folder)


def _staged(
    board: Board, content: Content, name: str, archives: Path | None, stack: ExitStack
) -> Predictions | str:
    """The files of a submission, if they are the ones that were scored."""
    mark = content.mark
    result = content.results[name]
    given = None if archives is None else archives / mark.name / f"{name}.zip"
    try:
        submission = board.submission(mark.name, name)
        is_elsewhere = submission.sha256 is not None and given is not None and given.is_file()
        files = stack.enter_context(staged(submission, mark, given if is_elsewhere else None))
    except BoardError:
        return "its predictions are not part of the board"
    if files.digest != result["predictions"]["digest"]:
        return "its predictions are not the ones that were scored"
    return Predictions(predicted(files, mark)[0], options_of(mark, submission))
