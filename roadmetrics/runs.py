"""Tiles through processes, under limits, with a log of what is done."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from .errors import RoadMetricsError, UnitError
from .io.files import shown
from .pairs import Pair
from .parallel import check_engine, finished
from .prepare import Options
from .results import TileResult, TileScore
from .run_log import RunLog, key_of
from .tile_scores import Scored, score_pair
from .workers import MEMORY, Limits, Outcome

Progress = Callable[[int, int], None]  # tiles done, tiles in all


@dataclass(frozen=True)
class Runner:
    """How tiles are scored: options and metrics, processes, limits, and the log to go on from.

    ``jobs``: 0 for as many as the engine has places; None: 1, and 0 with Ray.

    A tile beyond a limit is scored as one without prediction, its status is "failed", and the run
    goes on.
    """

    options: Options
    metrics: Scored
    missing: str = "error"
    jobs: int | None = None
    limits: Limits = Limits()
    log: Path | None = None
    engine: str = "processes"

    def __post_init__(self) -> None:
        check_engine(self.engine)
        if self.jobs is not None and self.jobs < 0:
            raise RoadMetricsError(f"jobs must be 0 (one a core) or more, not {self.jobs}")
        for name, value in (("time", self.limits.seconds), ("memory", self.limits.memory)):
            if value is not None and not 0 < value < 1e9:
                raise RoadMetricsError(f"the limit of {name} must be above 0, not {value:g}")
        if self.limits.memory is not None and not MEMORY.exists():
            raise RoadMetricsError("a limit of memory needs Linux: use a limit of time")

    def results(self, pairs: Sequence[Pair], progress: Progress | None = None) -> list[TileResult]:
        """The result of every tile, in the order of ``pairs``; whatever the number of processes.

        Raises the error of the first tile that has one, and UnitError for tiles of two units.
        """
        log = None if self.log is None else RunLog(self.log)
        keys = [self._key(pair) if log else "" for pair in pairs]
        done = {
            i: found for i, key in enumerate(keys)
            if log and (found := log.found(key, self.metrics)) is not None
        }  # fmt: skip
        if progress is not None and done:
            progress(len(done), len(pairs))
        todo = [i for i in range(len(pairs)) if i not in done]
        costs = [_cost(pairs[i]) for i in todo]
        ended: dict[int, str] = {}
        work = partial(score_pair, options=self.options, metrics=self.metrics, missing=self.missing)
        first = next(iter(done.values()), None)
        with ExitStack() as stack:
            run = stack.enter_context(self._opened(len(todo)))
            outcomes = run(work, [pairs[i] for i in todo], costs=costs)
            stack.callback(outcomes.close)  # before the engine ends
            for outcome in outcomes:
                i = todo[outcome.index]
                if outcome.error is not None:
                    raise outcome.error
                if outcome.result is None:
                    self._check_may_fail(pairs[i], outcome.ended)
                    ended[i] = outcome.ended
                    continue
                first = _of_one_unit(first, outcome.result)
                done[i] = outcome.result
                if log:
                    log.add(keys[i], outcome.result)
                if progress is not None:
                    progress(len(done), len(pairs))
            done |= self._failed(pairs, ended, run)
        return [done[i] for i in range(len(pairs))]

    @contextmanager
    def _opened(self, n: int) -> Iterator[Callable[..., Generator[Outcome[TileResult]]]]:
        """`finished` by this engine; what it needs for ``n`` tiles is started and ended here."""
        if self.engine == "processes" or not n:
            jobs = 1 if self.jobs is None else self.jobs
            yield partial(finished, jobs=jobs, limits=self.limits)
            return
        from .ray_engine import ray_engine

        jobs = self.jobs or 0
        with ray_engine(self.engine, jobs, n) as engine:
            yield partial(finished, jobs=jobs, limits=self.limits, engine=engine)

    def _key(self, pair: Pair) -> str:
        limits = (self.limits.seconds, self.limits.memory)
        return key_of(pair, self.options, self.metrics, self.missing, limits)

    def _check_may_fail(self, pair: Pair, why: str) -> None:
        if not self.limits:
            raise RoadMetricsError(
                f"tile {pair.id}: {why}, perhaps for want of memory: use fewer --jobs, or give "
                "limits (--tile-time, --tile-memory) to score such a tile zero and go on"
            )

    def _failed(
        self, pairs: Sequence[Pair], ended: dict[int, str], run: Callable[..., Any]
    ) -> dict[int, TileResult]:
        """Tiles that were ended, scored as without prediction, under the same limits."""
        work = partial(score_pair, options=self.options, metrics=self.metrics, missing="zero")
        order = sorted(ended)
        alone = [replace(pairs[i], pred=None, pred_tile=None) for i in order]
        found: dict[int, TileResult] = {}
        for outcome in run(work, alone) if alone else ():
            i = order[outcome.index]
            result = outcome.result or self._nothing(pairs[i])
            found[i] = replace(
                result, status="failed", pred={"path": str(pairs[i].pred)},
                notes=(*result.notes, f"{ended[i]}: scored as without prediction"),
            )  # fmt: skip
        return found

    def _nothing(self, pair: Pair) -> TileResult:
        """A tile whose ground truth alone is beyond the limits: nothing of it is counted."""
        scores = {}
        for name, metric in self.metrics.items():
            cls = type(metric)
            counts = dataclasses.replace(cls.counts_type.zero(), n_tiles=1)
            scores[name] = TileScore(cls.failed[cls.headline], dict(cls.failed), counts)
        return TileResult(pair.id, "failed", {"path": str(pair.gt)}, None, scores=scores)


def _cost(pair: Pair) -> float:
    """Bytes of both files: the dearest tile is begun first."""
    total = 0
    for path in (pair.gt, pair.pred):
        try:
            total += path.stat().st_size if path else 0
        except OSError:
            raise RoadMetricsError(f"tile {pair.id}: {shown(path or '')}: no such file") from None
    return float(total)


def _of_one_unit(first: TileResult | None, other: TileResult) -> TileResult | None:
    """The first tile that tells a unit; UnitError where another has another."""
    if other.unit is None or other.status == "skipped":
        return first
    if first is None or first.unit is None:
        return other
    if other.unit != first.unit:
        a, b = sorted((first, other), key=lambda tile: tile.id)
        raise UnitError(
            f"tile {a.id} is in {a.unit} but tile {b.id} in {b.unit}: give "
            "the size of a pixel (--gsd METRES, or the gsd of each pair in --pairs)"
        )
    return first
