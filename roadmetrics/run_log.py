"""The log of a run: a line for each tile when it is done, so that a killed run goes on from there.

A line is found again by its key, a digest of all that decides a tile's scores: the bytes of the
files, the metrics' signatures, the options, the version of this package. A line that a kill cut
short is left out. Lines are only ever added.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from . import __version__
from .documents import tile_result
from .errors import FormatError, PairingError
from .images import image_of
from .io.files import MIB, shown
from .load import SIDECARS
from .metric import Metric
from .pairs import Pair
from .prepare import Options
from .results import TileResult

CHUNK = 4 * MIB


class RunLog:
    """An append-only file of tile results by key."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines = _read(path)

    def found(self, key: str, metrics: Mapping[str, Metric]) -> TileResult | None:
        """The result of a key, if a line has it; FormatError where the line is not a result."""
        raw = self._lines.get(key)
        if raw is None:
            return None
        if raw["sum"] != _sum(key, raw.get("tile")):
            raise FormatError(
                f"{shown(self.path)}: {raw['id']}: the line has been changed: give another log"
            )
        return tile_result(raw["id"], raw["tile"], metrics, f"{shown(self.path)}: {raw['id']}")

    def add(self, key: str, result: TileResult) -> None:
        """Write a line and see it to the disk."""
        tile = result.to_dict()
        entry = {"key": key, "id": result.id, "sum": _sum(key, tile), "tile": tile}
        line = json.dumps(entry, allow_nan=False)
        try:
            with self.path.open("ab") as stream:
                stream.write(line.encode() + b"\n")
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise FormatError(f"{shown(self.path)}: cannot be written: {error.strerror}") from None


def key_of(
    pair: Pair, options: Options, metrics: Mapping[str, Metric], missing: str, extra: object
) -> str:
    """Digest of everything that a tile's result depends on."""
    state = hashlib.blake2b(digest_size=20)
    settings = [
        __version__, pair.id, pair.gt_tile, pair.pred_tile, pair.gsd, pair.bounds, missing,
        options.threshold, options.gsd, options.bounds, options.pred_axis, options.flip_y,
        options.unit, [(name, metric.signature(None)) for name, metric in metrics.items()],
        [str(path) for path in (pair.gt, pair.pred)], extra,
    ]  # fmt: skip
    state.update(repr(settings).encode())
    for path in (pair.gt, pair.pred, _image(pair, options)):
        state.update(b"|")
        for part in _parts(path):
            _add(state, part)
    return state.hexdigest()


def _image(pair: Pair, options: Options) -> Path | None:
    """The tile's own image; none where there is none, which scoring tells if it needs one."""
    images = options.images if pair.image is None else pair.image
    with suppress(PairingError):
        return None if images is None else image_of(images, pair.id)
    return None


def _parts(path: Path | None) -> Iterable[Path]:
    """The files whose bytes count: itself, and of a shapefile the others."""
    if path is None:
        return []
    beside = [path.with_suffix(suffix) for suffix in SIDECARS] if path.suffix == ".shp" else []
    return [path, *(other for other in beside if other.is_file())]


def _add(state: Any, path: Path) -> None:
    state.update(path.name.encode("utf-8", "surrogateescape") + b"|")
    try:
        with path.open("rb") as stream:
            while data := stream.read(CHUNK):
                state.update(data)
    except OSError as error:
        raise FormatError(f"{shown(path)}: cannot be read: {error.strerror}") from None


def _read(path: Path) -> dict[str, dict[str, Any]]:
    if not path.exists():
        return {}
    if not path.is_file():
        raise FormatError(f"{shown(path)}: a log of a run is a file")
    with path.open("rb") as stream:
        lines = stream.read().split(b"\n")
    if lines[-1]:  # cut short by a kill: the next line must not be joined to it
        _end_line(path)
    found: dict[str, dict[str, Any]] = {}
    for number, line in enumerate(lines, 1):
        if line:
            entry = _entry(line, f"{shown(path)}:{number}", is_last=number >= len(lines))
            if entry:
                found[entry["key"]] = entry
    return found


def _sum(key: str, tile: object) -> str:
    """Digest of a line: whoever changes a number by hand is told."""
    return hashlib.blake2b(f"{key}{json.dumps(tile)}".encode(), digest_size=10).hexdigest()


def _entry(line: bytes, place: str, *, is_last: bool) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        entry = None
    named = ("key", "id", "sum")
    if isinstance(entry, dict) and all(isinstance(entry.get(name), str) for name in named):
        return entry
    if is_last or (isinstance(entry, type(None)) and line.startswith(b'{"key": "')):
        return None  # what a kill left of a line
    raise FormatError(f"{place}: not a line of a run's log: give another file with --resume")


def _end_line(path: Path) -> None:
    with path.open("ab") as stream:
        stream.write(b"\n")
