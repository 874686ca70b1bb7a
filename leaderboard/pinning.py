"""Fix the tiles of a benchmark and the digest of its ground truth, once it is seen."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from roadmetrics.errors import RoadMetricsError
from roadmetrics.io.files import shown
from roadmetrics.pairs import Pairing
from roadmetrics.splits import selected

from .benchmark import MIN_PRIVATE, Benchmark, digest_of_truth, tiles_csv, truth_pairs
from .errors import BoardError
from .store import write_file


def pin(mark: Benchmark, gt: Path, *, part: str = "public", split_on: str | None = None) -> str:
    """Write tiles.csv and the digest into benchmark.toml; the digest.

    Tiles that tiles.csv has already keep their part, and are all; a benchmark without one takes
    those of its split (all, where it names none), as ``part``; with ``split_on`` a third of the
    tiles is public, chosen by a digest of that text and the id, the others are private.

    Raises BoardError where the ground truth lacks a tile or the split is not in it.
    """
    pairing = Pairing(mark.layout, truth_pairs(gt, mark.layout))
    tiles: dict[str, str] = dict(mark.tiles)
    if tiles:
        pairing = replace(pairing, pairs=tuple(p for p in pairing.pairs if p.id in tiles))
        if absent := sorted(set(tiles) - {pair.id for pair in pairing.pairs}):
            raise BoardError(f"{shown(gt)}: there is no ground truth of tile {absent[0]}")
    else:
        pairing = _of_split(mark, pairing, gt)
        tiles = {pair.id: _part(pair.id, part, split_on) for pair in pairing.pairs}
    n = sum(one == "private" for one in tiles.values())
    if 0 < n < MIN_PRIVATE:
        raise BoardError(f"{mark.name}: {n} private tiles would be told by their sum: at least "
                         f"{MIN_PRIVATE}, or none")  # fmt: skip
    digest = digest_of_truth(list(pairing.pairs))
    path = mark.folder / "benchmark.toml"
    text, n_found = re.subn(r'(?m)^(digest\s*=\s*)"[^"]*"', rf'\g<1>"{digest}"', path.read_text())
    if n_found != 1:
        raise BoardError(f"{shown(path)}: there is no line 'digest = \"...\"' to write to")
    write_file(mark.folder / "tiles.csv", tiles_csv(tiles))
    write_file(path, text.encode())
    return digest


def _of_split(mark: Benchmark, pairing: Pairing, gt: Path) -> Pairing:
    try:
        chosen, split = selected(pairing, None, mark.split, gt)
    except RoadMetricsError as error:
        raise BoardError(str(error)) from None
    if split and split.absent:
        raise BoardError(
            f"{shown(gt)}: {len(split.absent)} tiles of split {mark.split} have no ground truth "
            f"here, such as {split.absent[0]}: give all of it"
        )
    return chosen


def _part(key: str, part: str, split_on: str | None) -> str:
    if split_on is None:
        return part
    from hashlib import sha256

    return "public" if sha256(f"{split_on}/{key}".encode()).digest()[0] < 86 else "private"
