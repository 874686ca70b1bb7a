"""From a submission and the ground truth to a result, and to the counts of private tiles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from roadmetrics import __version__ as roadmetrics_version
from roadmetrics.errors import RoadMetricsError
from roadmetrics.pairs import Pair
from roadmetrics.results import TileResult
from roadmetrics.tile_scores import score_pair

from . import __version__
from .benchmark import Benchmark
from .errors import BoardError, Problems
from .staging import Staged, staged
from .submission import Submission
from .tiles import BEYOND, NO_TILE, Outcome, Task, in_processes, options_of, predicted, scored
from .tiles import scored_without as without
from .totals import counted, lengths_dict, tile_dict, totals_dict

Progress = Callable[[int, int], None]
PRIVATE_REASONS = {
    "missing": "there is no prediction", "several": "several predictions",
    "limits": BEYOND, "wrong": "its prediction cannot be read or scored",
}  # fmt: skip
MAX_COPIES = 0.1  # share of the tiles that may fit by chance
MAX_REASON = 300
MAX_REASONS = 100  # 20,000 files may each break a rule; `check` says all


@dataclass(frozen=True)
class Scoring:
    """What scoring leaves: every tile, and why some have no prediction that could be scored."""

    benchmark: Benchmark
    submission: Submission
    files: Staged | None
    tiles: Mapping[str, TileResult]
    not_scored: Mapping[str, tuple[str, str]]  # id: (kind of reason, reason)
    copies: Mapping[str, bool]  # of the tiles where that can be told
    unread: Sequence[str] = ()  # tables of several tiles that cannot be read
    refused: Sequence[str] = ()

    @cached_property
    def status(self) -> str:
        """ok, partial or failed."""
        if self.refused or not any(tile.status == "ok" for tile in self.tiles.values()):
            return "failed"
        return "partial" if self.not_scored else "ok"

    def result(self) -> dict[str, Any]:
        """The document that is published; private tiles are in its sums only."""
        mark, mine = self.benchmark, self.submission
        parts: dict[str, list[TileResult]] = {"all": []}
        if self.status != "failed":
            parts = {part: [self.tiles[i] for i in ids] for part, ids in mark.parts.items()}
        is_rounded = {part: mark.is_private and part != "public" for part in parts}
        public = [i for i, part in mark.tiles.items() if part == "public"]
        return {
            "schema": 1,
            "kind": "leaderboard result",
            "benchmark": {"name": mark.name, "version": mark.version, "digest": mark.digest},
            "submission": mine.told(),
            "status": self.status,
            "reasons": self._reasons(),
            "ground_truth": {"digest": mark.truth_digest},
            "predictions": {
                "digest": self.files.digest if self.files else None,
                "archive": mine.sha256,
                "files": len(self.files.names) if self.files else 0,
                "bytes": self.files.n_bytes if self.files else 0,
            },
            "versions": {"leaderboard": __version__, "roadmetrics": roadmetrics_version},
            "counts": {part: counted(tiles) for part, tiles in parts.items()},
            "totals": {
                part: totals_dict(mark, tiles, is_rounded=is_rounded[part])
                for part, tiles in parts.items()
            },
            "lengths": {
                part: lengths_dict(tiles, is_rounded=is_rounded[part])
                for part, tiles in parts.items()
            },
            "flags": self._flags(parts["all"]),
            "tiles": {i: tile_dict(self.tiles[i]) for i in public if parts["all"]},
            "not_scored": {i: self._told(i) for i in sorted(self.not_scored)},
        }

    def private(self) -> dict[str, Any]:
        """Counts of the private tiles, for the store that is not published."""
        return {
            i: tile_dict(self.tiles[i])
            for i, part in self.benchmark.tiles.items()
            if part == "private" and self.status != "failed"
        }

    def seconds(self) -> dict[str, float]:
        """Seconds of public tiles."""
        return {
            i: round(tile.seconds, 6) for i, tile in self.tiles.items()
            if self.benchmark.tiles[i] == "public"
        }  # fmt: skip

    def _reasons(self) -> list[str]:
        if self.refused:
            return first(self.refused)
        kinds = [kind for kind, _ in self.not_scored.values()]
        n = len(self.tiles)
        return [
            *(f"{kinds.count(kind)} of {n} tiles: {text}: they count zero"
              for kind, text in PRIVATE_REASONS.items() if kind in kinds),
            *first(self.unread),
        ]  # fmt: skip

    def _told(self, key: str) -> str:
        kind, text = self.not_scored[key]
        is_private = self.benchmark.tiles[key] == "private"
        return PRIVATE_REASONS[kind] if is_private else text[:MAX_REASON]

    def _flags(self, tiles: Sequence[TileResult]) -> list[dict[str, Any]]:
        found = []
        n = sum(self.copies.values())
        if n > MAX_COPIES * len(self.copies):
            text = (
                f"{n} of {len(self.copies)} tiles that can tell hold the ground truth itself, as "
                "it is or shifted"
            )
            found.append({"flag": "copied", "text": text, "tiles": n})
        lengths = lengths_dict(tiles, is_rounded=False)
        if lengths["is_flagged"]:
            text = (
                f"{100 * lengths['pred_duplicated']:.1f} % of its length runs beside itself, of "
                f"the ground truth's {100 * lengths['gt_duplicated']:.1f} %"
            )
            found.append({"flag": "drawn twice", "text": text, "tiles": len(tiles)})
        return found


def score(
    benchmark: Benchmark,
    submission: Submission,
    gt: str | Path | None = None,
    *,
    predictions: str | Path | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Scoring:
    """Score a submission; a submission that breaks a rule is a failed one, not an error.

    Raises BoardError for what is wrong with the board: the ground truth, the benchmark, a
    submission of another benchmark.
    """
    if submission.benchmark != benchmark.name:
        raise BoardError(f"{submission.name}: it is a submission to {submission.benchmark}")
    truths = benchmark.truths(benchmark.truth_folder(gt))
    try:
        with staged(submission, benchmark, predictions) as files:
            return _Run(benchmark, submission, truths, files, jobs, progress).scoring()
    except Problems as problems:
        return Scoring(benchmark, submission, None, {}, {}, {}, refused=problems.found)


@dataclass(frozen=True)
class _Run:
    benchmark: Benchmark
    submission: Submission
    truths: Mapping[str, Pair]
    files: Staged
    jobs: int
    progress: Progress | None

    def scoring(self) -> Scoring:
        tiles, odd = predicted(self.files, self.benchmark)
        unread = [why[:MAX_REASON] for why in odd.values() if why != NO_TILE]
        not_scored = {
            key: _reason(places) for key in self.truths if len(places := tiles.get(key, [])) != 1
        }
        keys = [key for key in self.truths if key not in not_scored]
        tasks = {
            key: self._task(replace(self.truths[key], pred=tiles[key][0].path,
                                    pred_tile=tiles[key][0].tile)) for key in keys
        }  # fmt: skip
        self._warm_up()
        found = in_processes(scored, list(tasks.values()), self._caps, self.jobs, self.progress)
        results: dict[str, TileResult] = {}
        copies: dict[str, bool] = {}
        for key, outcome in zip(keys, found, strict=True):
            if isinstance(outcome, Outcome) and outcome.result is not None:
                results[key] = outcome.result
                if outcome.is_copy is not None:
                    copies[key] = outcome.is_copy
            else:
                text = outcome if isinstance(outcome, str) else outcome.refused
                not_scored[key] = ("limits" if text.startswith(BEYOND) else "wrong", text)
        results |= self._zeros(not_scored)
        self._check_unit(results)
        ordered = {key: results[key] for key in self.truths}
        return Scoring(
            self.benchmark, self.submission, self.files, ordered, not_scored, copies, unread
        )  # fmt: skip

    @property
    def _caps(self) -> Any:
        return self.benchmark.caps

    def _task(self, pair: Pair) -> Task:
        options = options_of(self.benchmark, self.submission)
        return Task(pair, options, self.benchmark.metrics, self._caps)

    def _warm_up(self) -> None:
        """Compile kernels before any clock runs: the smallest ground truth against itself."""
        smallest = min(self.truths.values(), key=lambda pair: pair.gt.stat().st_size)
        alike = replace(smallest, pred=smallest.gt, pred_tile=smallest.gt_tile)
        try:
            score_pair(alike, options_of(self.benchmark), self.benchmark.metrics, "error")
        except RoadMetricsError as error:
            raise BoardError(f"{self.benchmark.name}: the ground truth: {error}") from None

    def _zeros(self, not_scored: Mapping[str, tuple[str, str]]) -> dict[str, TileResult]:
        """Tiles without a prediction that could be scored, as ones without roads."""
        tasks = [self._task(self.truths[key]) for key in not_scored]
        found = in_processes(without, tasks, self._caps, self.jobs)
        zeros = {}
        for (key, (kind, _)), outcome in zip(not_scored.items(), found, strict=True):
            if not isinstance(outcome, Outcome) or outcome.result is None:
                raise BoardError(
                    f"{self.benchmark.name}: tile {key}: its ground truth alone cannot be scored "
                    f"({outcome if isinstance(outcome, str) else ''}): look at it, or raise limits"
                )
            is_missing = kind == "missing"
            zeros[key] = replace(outcome.result, status="missing" if is_missing else "failed")
        return zeros

    def _check_unit(self, results: Mapping[str, TileResult]) -> None:
        odd = [key for key, tile in results.items() if tile.unit != self.benchmark.unit]
        if odd:
            raise BoardError(
                f"{self.benchmark.name}: tile {odd[0]} is in {results[odd[0]].unit}, its metrics "
                f"in {self.benchmark.unit}: set unit and gsd in [reading]"
            )


def first(reasons: Sequence[str]) -> list[str]:
    """What a result tells of many reasons.

    >>> first(["a", "b"])
    ['a', 'b']
    >>> len(first(["a"] * 1000)), first(["a"] * 1000)[-1]
    (101, 'and 900 more')
    """
    told = [text[:MAX_REASON] for text in reasons[:MAX_REASONS]]
    return told + [f"and {len(reasons) - MAX_REASONS} more"] * (len(reasons) > MAX_REASONS)


def _reason(places: Sequence[Any]) -> tuple[str, str]:
    if not places:
        return "missing", PRIVATE_REASONS["missing"]
    names = ", ".join(place.path.name for place in places[:5])
    return "several", f"several predictions: {names}"
