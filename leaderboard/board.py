"""A board: a folder of benchmarks, submissions, results, runs, rankings and reported figures."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from roadmetrics.io.files import shown

from . import schema
from .benchmark import Benchmark
from .errors import BoardError, Problems
from .reported import Reported, read_reported
from .store import read_json
from .submission import Submission
from .tables import NAME_RULE, Table, is_name


@dataclass(frozen=True)
class Result:
    """One result as it stands in its file (not to be changed), and the digest of its bytes."""

    raw: dict[str, Any]
    digest: str


@dataclass(frozen=True)
class Board:
    """The folder, and what board.toml says; the rest is read when it is asked for."""

    folder: Path
    title: str
    about: str
    url: str | None

    @classmethod
    def read(cls, folder: str | Path) -> Board:
        """The board of a folder; BoardError where it is none."""
        path = Path(folder)
        if not (path / "board.toml").is_file():
            raise BoardError(
                f"{shown(path)}: not a board: there is no board.toml in it (leaderboard init)"
            )
        problems: list[str] = []
        table = Table.read(path / "board.toml", problems)
        table.whole("schema", ..., 1, 1)
        found = cls(path, table.line("title"), table.text("about"), table.url("url"))
        table.close()
        if problems:
            raise Problems(problems)
        return found

    def benchmark_names(self) -> list[str]:
        """Benchmarks in order of name."""
        return self._folders("benchmarks", "benchmark.toml")

    def benchmark(self, name: str) -> Benchmark:
        """One benchmark; BoardError where there is none or it is wrong."""
        if name not in self.benchmark_names():
            known = ", ".join(self.benchmark_names()) or "none"
            raise BoardError(f"{shown(self.folder)}: there is no benchmark {name!r}: {known}")
        return Benchmark.read(self.folder / "benchmarks" / name)

    def submission_names(self, benchmark: str) -> list[str]:
        """Submissions of a benchmark in order of name."""
        return self._folders(f"submissions/{benchmark}", "submission.toml")

    def submission(self, benchmark: str, name: str) -> Submission:
        """One submission; BoardError where there is none, Problems where it is wrong."""
        folder = self.submission_folder(benchmark, name)
        if not os.path.lexists(folder):
            raise BoardError(f"{shown(folder)}: there is no such submission")
        return Submission.read(folder)

    def submission_folder(self, benchmark: str, name: str) -> Path:
        """Where a submission lies; BoardError where its name is none."""
        if not is_name(name):
            raise BoardError(f"submission {name!r}: {NAME_RULE}")
        return self.folder / "submissions" / benchmark / name

    def result_names(self, benchmark: str) -> list[str]:
        """Submissions that have a result, in order of name."""
        folder = self.folder / "results" / benchmark
        found = folder.iterdir() if folder.is_dir() else ()
        return sorted(p.stem for p in found if p.suffix == ".json" and is_name(p.stem))

    def result_path(self, benchmark: str, name: str) -> Path:
        """Where a result stands."""
        return self.folder / "results" / benchmark / f"{name}.json"

    def result(self, benchmark: str, name: str) -> Result:
        """One result, checked against its schema; BoardError where it is absent or wrong."""
        path = self.result_path(benchmark, name)
        try:
            status = path.stat()
        except OSError:
            raise BoardError(f"{shown(path)}: there is no result (leaderboard score)") from None
        found = _result(path, status.st_ino, status.st_mtime_ns, status.st_size)
        if (found.raw["benchmark"]["name"], found.raw["submission"]["name"]) != (benchmark, name):
            raise BoardError(f"{shown(path)}: it is the result of another submission")
        return found

    def run_path(self, benchmark: str, name: str) -> Path:
        """Where it stands how a result was computed."""
        return self.folder / "runs" / benchmark / f"{name}.json"

    def run(self, benchmark: str, name: str) -> dict[str, Any] | None:
        """How a result was computed; None where no file says so of the result as it is."""
        path = self.run_path(benchmark, name)
        if not path.is_file() or not self.result_path(benchmark, name).is_file():
            return None
        raw, _ = read_json(path)
        schema.require(raw, "run", shown(path))
        same = raw["result"] == self.result(benchmark, name).digest
        found: dict[str, Any] | None = raw if same else None
        return found

    def ranking_path(self, benchmark: str) -> Path:
        """Where the order of a benchmark stands."""
        return self.folder / "rankings" / f"{benchmark}.json"

    def reported(self, benchmark: str | None = None) -> list[Reported]:
        """Figures that papers print; of one benchmark, or all."""
        every = read_reported(self.folder / "reported")
        return [one for one in every if benchmark in (None, one.benchmark)]

    def _folders(self, where: str, file: str) -> list[str]:
        folder = self.folder / where
        found = folder.iterdir() if folder.is_dir() else ()
        return sorted(p.name for p in found if is_name(p.name) and (p / file).is_file())


@lru_cache(maxsize=64)
def _result(path: Path, _inode: int, _changed: int, _size: int) -> Result:
    """Read and checked once for all who ask; a result is replaced, never written over."""
    raw, digest = read_json(path)
    schema.require(raw, "result", shown(path))
    return Result(raw, digest)
