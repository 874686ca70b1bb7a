"""What scoring writes: the result, how it was computed, and counts that are not published."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from . import __version__, schema
from .board import Board
from .counts import write_private
from .scoring import Scoring
from .store import as_json, digest, write_file

LIBRARIES = ("numpy", "scipy", "numba", "shapely", "networkx", "pillow", "scikit-image", "pyproj")


def publish(
    board: Board,
    scoring: Scoring,
    *,
    started: datetime,
    wall_seconds: float,
    jobs: int = 1,
    private: str | Path | None = None,
) -> dict[str, Any]:
    """Write private counts, then the result, then its run file: each whole; the result's content.

    A kill between two of them leaves counts or a run file that do not fit the result, which
    readers see by its digest. A submission that was refused leaves no private counts.
    """
    document = scoring.result()
    benchmark, name = scoring.benchmark.name, scoring.submission.name
    schema.require(document, "result", f"result of {name}")
    data = as_json(document)
    if private is not None and scoring.benchmark.is_private and scoring.status != "failed":
        write_private(private, benchmark, name, digest(data), scoring.private())
    write_file(board.result_path(benchmark, name), data)
    run = {
        "schema": 1,
        "kind": "leaderboard run",
        "result": digest(data),
        "started": started.astimezone(UTC).isoformat(timespec="seconds"),
        "wall_seconds": round(wall_seconds, 3),
        "jobs": jobs,
        "tile_seconds": scoring.seconds(),
        "versions": versions(),
    }
    write_file(board.run_path(benchmark, name), as_json(run))
    return document


def versions() -> dict[str, str]:
    """Of Python, the system and the libraries that numbers may depend on."""
    return {
        "roadmetrics": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        **{name: metadata.version(name) for name in LIBRARIES},
    }
