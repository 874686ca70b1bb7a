"""What a comparison with a published program needs: one case, its inputs, and how time is taken."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import os
import resource
import sys
import time
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import MagicMock

import roadmetrics as rm
from roadmetrics.pairs import pair_paths
from roadmetrics.prepare import Options, read_whole

Pair = tuple[rm.RoadGraph, rm.RoadGraph]


@dataclass(frozen=True)
class Case:
    """One metric on one input, there and here."""

    name: str  # of their function
    source: str  # environment variable that names their checkout
    ours: tuple[str, ...]  # specs: the preset that follows them, then the default
    where: str  # name of the input
    load: Callable[[Path], Pair]  # from the folder of real data
    theirs: Callable[[Path, Pair], tuple[float, float]]  # checkout, pair: CPU seconds, value
    repeats: int = 1  # of theirs


def checkout(variable: str) -> Path | None:
    """The folder that a variable names; None where it is not set."""
    value = os.environ.get(variable)
    if value and not Path(value).is_dir():
        raise SystemExit(f"{variable}={value}: no such folder; name a checkout")
    return Path(value) if value else None


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """No output: theirs print for each start, and a terminal would count as their time."""
    with (
        open(os.devnull, "w") as sink,
        contextlib.redirect_stdout(sink),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        yield


def timed(call: Callable[[], object]) -> tuple[float, object]:
    """CPU seconds of this process in one call, and what it gave."""
    with silence():
        begin = time.process_time()
        result = call()
        return time.process_time() - begin, result


def child_seconds() -> float:
    """CPU seconds of all children that have ended."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def pretend(*names: str) -> None:
    """Empty modules for what theirs import and do not use here (drawing, images, projections)."""
    for name in names:
        module = types.ModuleType(name)
        module.__getattr__ = lambda _: MagicMock()  # type: ignore[method-assign]
        module.__path__ = []
        sys.modules.setdefault(name, module)


def vancouver(side: int | None) -> Callable[[Path], Pair]:
    """RoadTracer's city and its output, whole or a centred square."""

    def load(data: Path) -> Pair:
        folder = data / "folders/vancouver"
        gt = rm.read(folder / "gt/vancouver.graph")
        pred = rm.read(next((folder / "pred_roadtracer").glob("*.graph")))
        if side is None:
            return gt, pred
        box = (-side / 2, -side / 2, side / 2, side / 2)
        return gt.clipped(box), pred.clipped(box)

    return load


def cityscale(data: Path) -> Pair:
    """Sat2Graph's example tile and output, 2048 m at 1 m a pixel."""
    folder = data / "folders/cityscale"
    paths = next((folder / "gt").iterdir()), next((folder / "pred_sat2graph").iterdir())
    gt, pred = (rm.read(path).scaled(1.0) for path in paths)
    return gt, pred


def spacenet(data: Path) -> Pair:
    """A SpaceNet 3 tile of Las Vegas against the winner's prediction, in metres."""
    folder = data / "folders/vegas_img0"
    paths = [next((folder / k).iterdir()) for k in ("gt", "pred_albu", "images")]
    tile = dataclasses.replace(pair_paths(*paths[:2]).pairs[0], image=paths[2])
    gt, pred = read_whole(tile, Options())
    return gt.scaled(0.31), pred.scaled(0.31)
