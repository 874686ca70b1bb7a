"""Counts of tiles that tests are made from: public ones from results, private ones from a store.

The store is a folder that is not published: BENCHMARK/SUBMISSION.json, written by the job that has
the ground truth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from roadmetrics.documents import TileRecord, tile_result
from roadmetrics.errors import FormatError
from roadmetrics.io.files import shown

from .benchmark import Benchmark
from .board import Result
from .errors import BoardError
from .store import as_json, read_json, write_file

KIND = "leaderboard private counts"


def private_path(folder: str | Path, benchmark: str, name: str) -> Path:
    """Where the private counts of a submission stand."""
    return Path(folder) / benchmark / f"{name}.json"


def write_private(
    folder: str | Path, benchmark: str, name: str, result: str, tiles: Mapping[str, Any]
) -> None:
    """Keep the counts of private tiles, with the digest of the result that they belong to."""
    document = {"schema": 1, "kind": KIND, "result": result, "tiles": tiles}
    write_file(private_path(folder, benchmark, name), as_json(document))


def records_of(
    mark: Benchmark, result: Result, name: str, ids: Sequence[str], private: str | Path | None
) -> dict[str, list[TileRecord]]:
    """By metric the records of the tiles, in their order; counts must give their scores.

    Raises BoardError where private counts are needed and are not there, or anything does not fit.
    """
    tiles = dict(result.raw["tiles"])
    if any(mark.tiles[key] == "private" for key in ids):
        tiles |= _private(mark, result, name, private)
    found: dict[str, list[TileRecord]] = {key: [] for key in mark.metrics}
    for key in ids:
        if key not in tiles:
            raise BoardError(f"results/{mark.name}/{name}.json: it has no tile {key!r}")
        try:
            place = f"results/{mark.name}/{name}.json: tile {key}"
            tile = tile_result(key, tiles[key], mark.metrics, place)
        except FormatError as error:
            raise BoardError(str(error)) from None
        for metric, score in tile.scores.items():
            found[metric].append(TileRecord(tile.status == "ok", score.counts, score.parts))
    return found


def _private(
    mark: Benchmark, result: Result, name: str, folder: str | Path | None
) -> dict[str, Any]:
    if folder is None:
        raise BoardError(
            f"{mark.name}: its order is over private tiles: give the folder of their counts with "
            "--private, or rank by the public part"
        )
    path = private_path(folder, mark.name, name)
    raw, _ = read_json(path)
    if not isinstance(raw, dict) or raw.get("kind") != KIND or type(raw.get("tiles")) is not dict:
        raise BoardError(f"{shown(path)}: not the private counts of a submission")
    if raw.get("result") != result.digest:
        raise BoardError(f"{shown(path)}: it belongs to another result: score {name} again")
    tiles: dict[str, Any] = raw["tiles"]
    return tiles
