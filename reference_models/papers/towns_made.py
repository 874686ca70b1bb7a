"""Folders of towns that a table made before: whether they are the ones that are asked for."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from roadmetrics.errors import RoadMetricsError
from roadmetrics.io.files import MIB, read_bytes, shown
from roadmetrics.io.strict_json import parse_json

from ..towns.folder import MANIFEST
from ..towns.options import Options


def check_towns(folder: Path, n: int, seed: int, options: Options) -> None:
    """Raise RoadMetricsError for a folder of other towns."""
    path = folder / MANIFEST
    held = parse_json(read_bytes(path, 64 * MIB), shown(path))
    if (len(held["tiles"]), held["seed"], held["options"]) != (n, seed, asdict(options)):
        raise RoadMetricsError(
            f"{shown(folder)}: towns of other options: give the same options again, or another "
            "--work"
        )
