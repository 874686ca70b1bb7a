"""One process that parses damaged files of one format until its time or count is used up.

The input in hand lies in a file mapped into memory: if this process dies, the parent finds it
there. Started by `fuzz_session`; prints one JSON object at the end.
"""

from __future__ import annotations

import json
import mmap
import os
import resource
import signal
import struct
import sys
import time
import traceback
import warnings
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from fuzz_formats import NAME, Parse, formats, seeds_of
from fuzz_guard import Forbidden, Guard
from fuzz_mutation import mutated, tokens_of

from roadmetrics import RoadMetricsError

HEADER = struct.Struct("<QQQQQd")  # index, read, refused, failed, length of the input, since when
ROOM = 16 << 20  # bytes of the largest input
LIMIT_SECONDS = 5.0
LIMIT_BYTES = 1 << 30  # by which resident memory may grow
MAX_MESSAGE = 700
KEPT = 3  # inputs of one kind of failure that are saved


class Hang(BaseException):
    """Not an Exception: a reader's own net must not catch it."""


class Inputs:
    """The damaged files of a format by number: the same bytes for the same seed."""

    def __init__(self, name: str, seed: int) -> None:
        self.name, self.seed = name, seed
        suffix, _ = formats()[name]
        self.seeds, self.tokens = seeds_of(suffix), tokens_of(suffix)
        self.suffix = suffix
        self.strangers = _strangers(suffix)

    def __getitem__(self, index: int) -> bytes:
        rng = Random(f"{self.seed} {self.name} {index}")
        if index % 50 == 49:  # another format's bytes under this suffix
            return mutated(rng, self.strangers, self.tokens, "")[:ROOM]
        return mutated(rng, self.seeds, self.tokens, self.suffix)[:ROOM]


class Worker:
    """``page`` is the shared file, ``saved`` where failures go."""

    def __init__(self, name: str, seed: int, page: Path, saved: Path, limit: float) -> None:
        self.name, self.saved, self.limit = name, saved, limit
        self.parse, self.inputs = formats()[name][1], Inputs(name, seed)
        with page.open("r+b") as stream:
            self.page = mmap.mmap(stream.fileno(), HEADER.size + ROOM)
        self.index, self.n_read, self.n_refused, self.n_failed = HEADER.unpack_from(self.page)[:4]
        self.slowest = (0.0, -1)
        self.peak = (0, -1)  # KiB of growth, index
        self.kinds: dict[str, int] = {}

    def run(self, seconds: float, count: int) -> dict[str, Any]:
        """Parse until time or count is used up; what was seen."""
        signal.signal(signal.SIGALRM, _raise_hang)
        warnings.simplefilter("error")
        for data in self.inputs.seeds:  # imports, caches
            _quiet(self.parse, data)
        self.guard = guard = Guard([getattr(self.parse, "folder", self.saved), self.saved])
        guard.start()
        guard.is_on = False
        _limit_memory(3 * LIMIT_BYTES)
        self.before, self.noise = _resident(), os.fstat(2).st_size
        begin = time.monotonic()
        while self.index < count and time.monotonic() < begin + seconds:
            self._one(self.inputs[self.index])
            self.index += 1
        self._note(0)
        return {
            "seconds": time.monotonic() - begin, "index": self.index, "read": self.n_read,
            "refused": self.n_refused, "failed": self.n_failed,
            "slowest": self.slowest, "peak_kib": self.peak,
        }  # fmt: skip

    def _note(self, length: int) -> None:
        numbers = (self.index, self.n_read, self.n_refused, self.n_failed, length, time.time())
        HEADER.pack_into(self.page, 0, *numbers)

    def _one(self, data: bytes) -> None:
        self.page[HEADER.size : HEADER.size + len(data)] = data
        self._note(len(data))
        start = time.perf_counter()
        signal.setitimer(signal.ITIMER_REAL, self.limit)
        self.guard.is_on = True
        try:
            outcome = self._outcome(data)
        except Hang:
            outcome = f"hang: above {self.limit:g} s"
            self._save("hang", traceback.format_exc(), data)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            self.guard.is_on = False
        seconds = time.perf_counter() - start
        outcome = self._spoken(data) or outcome
        self.slowest = max(self.slowest, (seconds, self.index))
        growth = _resident() - self.before
        if growth > self.peak[0]:
            self.peak = (growth, self.index)
            if growth > LIMIT_BYTES >> 10:
                self.before = _resident()  # so that the next one is not blamed
                self._save("memory", f"{growth >> 10} MiB", data)
                outcome = "memory"
        self.n_read += outcome == "read"
        self.n_refused += outcome == "refused"
        self.n_failed += outcome not in ("read", "refused")

    def _outcome(self, data: bytes) -> str:
        try:
            self.parse(data)
            return "read"
        except RoadMetricsError as error:
            rule = _broken_rule(str(error), getattr(self.parse, "folder", NAME))
            if rule is None:
                return "refused"
            self._save("message", f"{rule}: {error!r}", data)
            return "message"
        except Hang:
            raise
        except (Exception, Forbidden) as error:
            signal.setitimer(signal.ITIMER_REAL, 0)
            self._save(type(error).__name__, traceback.format_exc(), data)
            return "error"

    def _spoken(self, data: bytes) -> str:
        """What C libraries wrote to standard error, which the parent made a file."""
        size = os.fstat(2).st_size
        if size == self.noise:
            return ""
        self._save("printed", _end_of(2, self.noise), data)
        self.noise = size
        return "printed"

    def _save(self, kind: str, text: str, data: bytes) -> None:
        where = [line.strip() for line in text.splitlines() if line.strip().startswith("File ")]
        key = f"{kind} {where[-1] if where else text[:40]}"
        self.kinds[key] = self.kinds.get(key, 0) + 1
        if self.kinds[key] <= KEPT:
            save(self.saved, self.name, self.index, kind, text, data)


def save(folder: Path, name: str, index: int, kind: str, text: str, data: bytes) -> None:
    """The bytes of an input that failed, and beside them why."""
    handle = folder / f"{name}-{index}-{kind}"
    handle.with_suffix(".bin").write_bytes(data)
    handle.with_suffix(".why").write_text(text, encoding="utf-8", errors="backslashreplace")


def _strangers(suffix: str) -> list[bytes]:
    import fuzz_seeds

    others = [s for s in fuzz_seeds.SEEDS if s != suffix]
    return [fuzz_seeds.SEEDS[s]()[0] for s in others]


def _broken_rule(text: str, begin: str) -> str | None:
    if not text.startswith(begin):
        return "a message begins with the name of the file"
    if not text.isprintable():
        return "a message is printable"
    return None if len(text) <= MAX_MESSAGE else f"a message is at most {MAX_MESSAGE} characters"


def _end_of(handle: int, start: int) -> str:
    with open(f"/proc/self/fd/{handle}", errors="replace") as stream:
        stream.seek(start)
        return stream.read(2000)


def _quiet(parse: Parse, data: bytes) -> None:
    with suppress(RoadMetricsError):
        parse(data)


def _raise_hang(*_: Any) -> None:
    raise Hang


def _resident() -> int:
    """KiB, the most so far. Not `ru_maxrss`: a child's begins with what its parent held."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def _limit_memory(more: int) -> None:
    """Address space: what is mapped now and ``more`` bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def main() -> None:
    """NAME SEED PAGE SAVED SECONDS COUNT LIMIT."""
    name, seed, page, saved, seconds, count, limit = sys.argv[1:]
    worker = Worker(name, int(seed), Path(page), Path(saved), float(limit))
    print(json.dumps(worker.run(float(seconds), int(count))), flush=True)


if __name__ == "__main__":
    main()
