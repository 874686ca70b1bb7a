"""Runs workers, a format each, a few at a time; adds up what they saw and outlives their deaths."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fuzz_worker import HEADER, LIMIT_SECONDS, ROOM, save

WORKER = Path(__file__).resolve().with_name("fuzz_worker.py")
PATIENCE = 3  # limits; a hang inside C code does not hear the alarm: it is killed
DEATHS = 20  # of one format, after which it is given up


@dataclass
class Tally:
    """What became of the inputs of one format."""

    name: str
    inputs: int = 0
    read: int = 0
    refused: int = 0
    failed: int = 0
    seconds: float = 0.0
    peak_mib: float = 0.0
    slowest: float = 0.0
    slowest_index: int = -1

    def row(self) -> str:
        cells = (
            self.name, f"{self.inputs:,}", f"{self.read:,}", f"{self.refused:,}", self.failed,
            f"{self.seconds:.0f}", f"{self.inputs / max(self.seconds, 1e-9):,.0f}",
            f"{self.peak_mib:.0f}", f"{self.slowest:.2f}", self.slowest_index,
        )  # fmt: skip
        return "| " + " | ".join(map(str, cells)) + " |"


TITLE = (
    "| format | inputs | read | refused | failures | seconds | a second | peak growth, MiB "
    "| slowest, s | its number |\n|---|---|---|---|---|---|---|---|---|---|"
)


class Run:
    """One format's worker, started again after each death."""

    def __init__(
        self, name: str, seed: int, saved: Path, seconds: float, count: int, limit: float
    ) -> None:
        self.tally = Tally(name)
        self.seed, self.saved, self.seconds, self.count = seed, saved, seconds, count
        self.limit = limit
        handle, path = tempfile.mkstemp(prefix="fuzz-page")
        self.page, self.noise = Path(path), Path(f"{path}.stderr")
        os.truncate(handle, HEADER.size + ROOM)
        os.close(handle)
        self.begin = time.monotonic()
        self.deaths = 0
        self._start()

    def _start(self) -> None:
        left = max(self.seconds - (time.monotonic() - self.begin), 0.0)
        words = [self.tally.name, self.seed, self.page, self.saved, left, self.count, self.limit]
        with self.noise.open("wb") as noise:
            self.process = subprocess.Popen(
                [sys.executable, str(WORKER), *map(str, words)],
                stdout=subprocess.PIPE, stderr=noise, text=True,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            )  # fmt: skip

    def is_over(self) -> bool:
        """Whether all is done; deaths and deaf hangs are noted on the way."""
        if self.process.poll() is None:
            since = self._header()[5]
            if since and time.time() - since > PATIENCE * self.limit:
                self.process.kill()
                self.process.wait()
            return False
        assert self.process.stdout is not None
        text = self.process.stdout.read()
        self.process.stdout.close()
        if self.process.returncode == 0:
            self._finish(json.loads(text.splitlines()[-1]))
            return True
        return self._died()

    def _header(self) -> tuple[int, int, int, int, int, float]:
        with self.page.open("rb") as stream:
            return HEADER.unpack(stream.read(HEADER.size))

    def _died(self) -> bool:
        index, n_read, n_refused, n_failed, length, since = self._header()
        code = self.process.returncode
        if not since:
            why = self.noise.read_text(errors="replace")[-2000:]
            raise RuntimeError(f"the worker of {self.tally.name} did not start: exit {code}\n{why}")
        with self.page.open("r+b") as stream:
            stream.seek(HEADER.size)
            data = stream.read(length)
            stream.seek(0)
            stream.write(HEADER.pack(index + 1, n_read, n_refused, n_failed + 1, 0, 0.0))
        kind = "hang" if code == -9 else "death"
        save(
            self.saved,
            self.tally.name,
            index,
            kind,
            f"the worker ended with {code}\n" + self.noise.read_text(errors="replace")[-2000:],
            data,
        )
        self.deaths += 1
        if self.deaths < DEATHS:
            self._start()
            return False
        seen = {"index": index + 1, "read": n_read, "refused": n_refused, "failed": n_failed + 1}
        self._finish({**seen, "slowest": (0.0, -1), "peak_kib": (0, -1)})
        return True

    def _finish(self, seen: dict) -> None:
        tally = self.tally
        tally.inputs, tally.read, tally.refused = seen["index"], seen["read"], seen["refused"]
        tally.failed = seen["failed"]
        tally.seconds = seen.get("seconds", time.monotonic() - self.begin)
        tally.peak_mib = seen["peak_kib"][0] / 1024
        tally.slowest, tally.slowest_index = seen["slowest"]
        self.page.unlink()
        self.noise.unlink()


def fuzz(
    names: list[str],
    seed: int,
    saved: Path,
    seconds: float,
    count: int,
    jobs: int,
    limit: float = LIMIT_SECONDS,
) -> Iterator[Tally]:
    """The tally of each format as it ends.

    ``seconds`` and ``count`` are those of one format, ``limit`` the seconds of one input.
    """
    waiting, running = list(names), []
    while waiting or running:
        while waiting and len(running) < jobs:
            running.append(Run(waiting.pop(0), seed, saved, seconds, count, limit))
        time.sleep(0.05)
        for run in [one for one in running if one.is_over()]:
            running.remove(run)
            yield run.tally


def total(tallies: list[Tally]) -> Tally:
    """All formats together."""
    result = Tally("all")
    for one in tallies:
        for key in ("inputs", "read", "refused", "failed", "seconds"):
            setattr(result, key, getattr(result, key) + getattr(one, key))
        result.peak_mib = max(result.peak_mib, one.peak_mib)
        result.slowest = max(result.slowest, one.slowest)
    return result
