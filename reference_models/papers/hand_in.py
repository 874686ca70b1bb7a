"""Hand predictions in to a board, as any outsider does: submission.toml and predictions.zip.

docs/leaderboard-format.md says what the files hold.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from roadmetrics.errors import RoadMetricsError
from roadmetrics.io.files import MIB, read_bytes, shown, write_bytes
from roadmetrics.io.strict_json import parse_json

AUTHORS = ("The roadmetrics authors",)
EPOCH = (1980, 1, 1, 0, 0, 0)  # of every file in the archive: the same graphs give the same bytes


@dataclass(frozen=True)
class Entry:
    """What submission.toml says; ``name`` is the folder's."""

    name: str
    title: str
    description: str
    date: str
    paper: str
    training_data: Sequence[str]

    def toml(self, benchmark: str) -> str:
        """The file's text."""
        lines = {
            "name": self.name, "benchmark": benchmark, "title": self.title,
            "authors": list(AUTHORS), "paper": self.paper,
            "training_data": list(self.training_data), "description": self.description,
        }  # fmt: skip
        told = "".join(f"{key} = {json.dumps(value)}\n" for key, value in lines.items())
        return (
            f"schema = 1\n{told}date = {self.date}\nbaseline = true\n\n"
            '[predictions]\npath = "predictions.zip"\n'
        )


def hand_in(board: Path, benchmark: str, entry: Entry, pred: Path, towns: Path) -> Path:
    """Write the submission's folder, in place of an older one; the folder.

    ``pred``: folder of one graph a tile; ``towns``: the folder of towns that they were drawn on.
    Raises RoadMetricsError where there are no graphs, the board has no such benchmark, or it is one
    of other towns.
    """
    path = board / "benchmarks" / benchmark / "benchmark.toml"
    if not path.is_file():
        raise RoadMetricsError(f"{shown(board)}: it has no benchmark {benchmark}")
    manifest = towns / "manifest.json"
    digest = parse_json(read_bytes(manifest, 64 * MIB), shown(manifest))["digest"]
    if digest not in read_bytes(path, MIB).decode():
        raise RoadMetricsError(
            f"{shown(towns)}: not the towns of {benchmark}: their digest {digest} does not stand "
            f"in {shown(path)}"
        )
    _check_date(entry.date)
    files = sorted(pred.glob("*.json"))
    if not files:
        raise RoadMetricsError(f"{shown(pred)}: there are no graphs in it: run the table first")
    folder = board / "submissions" / benchmark / entry.name
    folder.mkdir(parents=True, exist_ok=True)
    write_bytes(folder / "predictions.zip", zipped(files))
    write_bytes(folder / "submission.toml", entry.toml(benchmark).encode())
    return folder


def _check_date(text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise RoadMetricsError(f"--date is a day such as 2026-11-21, not {text!r}") from None


def zipped(files: Sequence[Path]) -> bytes:
    """An archive of the files, whose bytes depend on names and contents alone.

    >>> len(zipped([]))
    22
    """
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in files:
            info = zipfile.ZipInfo(path.name, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, read_bytes(path, 64 * MIB))
    return stream.getvalue()
