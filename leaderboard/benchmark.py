"""A benchmark: which tiles are scored by which metrics, under which limits, against what."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from roadmetrics import sample
from roadmetrics.errors import FormatError, PairingError, RoadMetricsError
from roadmetrics.graph import Bounds, UnitName
from roadmetrics.io.files import MIB, decoded, read_bytes, shown
from roadmetrics.layouts import LAYOUTS
from roadmetrics.load import SIDECARS
from roadmetrics.metric import Metric, parse_with
from roadmetrics.metrics import METRICS
from roadmetrics.pairs import Pair, few, truth_paths
from roadmetrics.protocols import PROTOCOLS
from roadmetrics.splits import SPLITS

from .errors import BoardError, Problems
from .limits import Caps
from .store import digest, digest_of_all
from .tables import DIGEST, Table, is_line

Part = Literal["public", "private"]
MIN_PRIVATE = 10  # fewer tiles could be told from their sum
MEAN_RANK = "mean rank"
SOURCES = ("sample", "board", "maintainer")


@dataclass(frozen=True)
class Benchmark:
    """What benchmark.toml and tiles.csv say. ``tiles`` is empty until the benchmark is pinned."""

    folder: Path
    name: str
    version: int
    title: str
    about: str
    url: str | None
    protocol: str | None
    licence: str
    licence_text: str
    source: str
    truth_digest: str
    layout: str
    split: str | None
    made_by: str | None
    unit: UnitName
    gsd: float | None
    bounds: Bounds | None
    metrics: Mapping[str, Metric]
    signatures: Mapping[str, str]
    rank_by: str
    rank_part: str
    copies: str
    caps: Caps
    tiles: Mapping[str, Part]
    digest: str

    @classmethod
    def read(cls, folder: Path) -> Benchmark:
        """Read both files of a folder; Problems with everything that is wrong."""
        problems: list[str] = []
        table = Table.read(folder / "benchmark.toml", problems)
        fields = {} if problems else _fields(table, folder.name)
        tiles = _tiles(folder / "tiles.csv", problems)
        if problems:
            raise Problems(problems)
        return cls(folder=folder, tiles=tiles, digest=_digest(folder), **fields)

    @property
    def parts(self) -> dict[str, list[str]]:
        """Tiles by part: all, and public and private where there are both."""
        every = {"all": list(self.tiles)}
        of = {part: [i for i, own in self.tiles.items() if own == part] for part in _PARTS}
        return every | (of if all(of.values()) else {})

    @property
    def is_private(self) -> bool:
        """Whether any tile is private."""
        return "private" in self.tiles.values()

    def truth_folder(self, given: str | Path | None = None) -> Path:
        """The folder of ground truth: given, by the environment, or where the board has it.

        Raises BoardError where nobody says.
        """
        variable = "LEADERBOARD_GT_" + self.name.upper().replace("-", "_")
        told = given or os.environ.get(variable)
        if told:
            return Path(told)
        if self.source == "sample":
            return sample.path() / "gt"
        if self.source == "board":
            return self.folder / "gt"
        how = f"make it with {self.made_by!r}, then " if self.made_by else ""
        raise BoardError(
            f"{self.name}: its ground truth is not part of the board: {how}give the folder with "
            f"--gt, or in {variable}"
        )

    def truths(self, gt: Path) -> dict[str, Pair]:
        """Every tile's ground truth, by id, checked against the digest that is pinned.

        Raises BoardError where the benchmark is not pinned, tiles are absent, or bytes differ.
        """
        if not self.tiles or not self.truth_digest:
            raise BoardError(
                f"{self.name}: its tiles are not pinned yet: leaderboard pin {self.name} --gt DIR"
            )
        found = {pair.id: pair for pair in truth_pairs(gt, self.layout)}
        absent = [key for key in self.tiles if key not in found]
        if absent:
            raise BoardError(f"{shown(gt)}: there is no ground truth of tiles {few(absent)}")
        pairs = {key: found[key] for key in self.tiles}
        if (seen := digest_of_truth(list(pairs.values()))) != self.truth_digest:
            raise BoardError(
                f"{shown(gt)}: not the ground truth of {self.name} version {self.version}: its "
                f"digest is {seen[:19]}, pinned is {self.truth_digest[:19]}"
            )
        return pairs


_PARTS: tuple[Part, Part] = ("public", "private")


def truth_pairs(gt: Path, layout: str) -> tuple[Pair, ...]:
    """The tiles of a folder of ground truth; BoardError where there are none."""
    try:
        return truth_paths(gt, layout).pairs
    except RoadMetricsError as error:
        raise BoardError(str(error)) from None


def digest_of_truth(pairs: list[Pair]) -> str:
    """Digest of the names and bytes of all files that the tiles are read from."""
    files = {path for pair in pairs for path in _files_of(pair.gt)}
    return digest_of_all([(path.name, digest(_bytes(path))) for path in files])


def tiles_csv(tiles: Mapping[str, str]) -> bytes:
    """What tiles.csv holds."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([("id", "part"), *tiles.items()])
    return stream.getvalue().encode()


def _files_of(path: Path) -> list[Path]:
    beside = [path.with_suffix(s) for s in SIDECARS] if path.suffix == ".shp" else []
    return [path, *(one for one in beside if one.is_file())]


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BoardError(f"{shown(path)}: cannot be read: {error.strerror}") from None


def _digest(folder: Path) -> str:
    """Of both files; without tiles.csv of the first alone."""
    files = [folder / name for name in ("benchmark.toml", "tiles.csv")]
    return digest_of_all([(one.name, digest(_bytes(one))) for one in files if one.is_file()])


def _fields(table: Table, folder: str) -> dict[str, Any]:
    table.whole("schema", ..., 1, 1)
    licence = table.table("licence", is_needed=True)
    fields: dict[str, Any] = {
        "name": table.name("name", folder), "version": table.whole("version", ..., 1, 10**6),
        "title": table.line("title"), "about": table.text("about"), "url": table.url("url"),
        "protocol": table.line("protocol", None),
        "licence": licence.line("ground_truth"), "licence_text": licence.text("text"),
        **_truth(table.table("ground_truth", is_needed=True)),
    }  # fmt: skip
    if fields["protocol"] is not None and fields["protocol"] not in PROTOCOLS:
        table.wrong("protocol", f"there is {', '.join(PROTOCOLS)}")
    fields |= _reading(table.table("reading"))
    fields |= _metrics(table.table("metrics", is_needed=True), fields["unit"])
    ranking = table.table("ranking", is_needed=True)
    keys = tuple(fields["metrics"])
    fields |= {
        "rank_by": ranking.choice("by", (MEAN_RANK, *keys)),
        "rank_part": ranking.choice("part", ("all", *_PARTS), "all"),
        "copies": ranking.choice("copies", ("unranked", "ranked"), "unranked"),
        "caps": Caps.read(table.table("limits")),
    }
    for one in (licence, ranking, table):
        one.close()
    return fields


def _truth(table: Table) -> dict[str, Any]:
    found = {
        "source": table.choice("source", SOURCES), "truth_digest": table.value(
            "digest", str, "a digest", ""), "layout": table.choice("layout", tuple(LAYOUTS)),
        "split": table.line("split", None), "made_by": table.line("made_by", None),
    }  # fmt: skip
    if found["truth_digest"] and not DIGEST.fullmatch(found["truth_digest"]):
        table.wrong("digest", "expected sha256: and 64 hexadecimal digits, or nothing")
    known = SPLITS.get(found["layout"], {})
    if found["split"] is not None and found["split"] not in known:
        table.wrong("split", f"layout {found['layout']} has {', '.join(known) or 'none'}")
    table.close()
    return found


def _reading(table: Table) -> dict[str, Any]:
    bounds = table.value("bounds", list, "four numbers", None)
    if bounds is not None and not _is_box(bounds):
        table.wrong("bounds", "expected x0, y0, x1, y1 with x0 < x1 and y0 < y1")
        bounds = None
    found = {
        "unit": table.choice("unit", ("px", "m"), "px"),
        "gsd": table.number("gsd", None, 1e-6, 1e6),
        "bounds": None if bounds is None else tuple(float(value) for value in bounds),
    }
    table.close()
    return found


def _is_box(box: list[Any]) -> bool:
    numbers = all(type(value) in (int, float) for value in box)
    return len(box) == 4 and numbers and box[0] < box[2] and box[1] < box[3]


def _metrics(table: Table, unit: str) -> dict[str, Any]:
    """Metrics by key, each by its full signature, which this version must still compute."""
    metrics: dict[str, Metric] = {}
    signatures: dict[str, str] = {}
    for key in table.raw:
        text = table.value(key, str, "a signature", ...)
        if not isinstance(text, str) or not is_line(key, 60):
            continue
        try:
            metrics[key] = parse_with(text, METRICS)
            signatures[key] = metrics[key].signature(unit)
        except RoadMetricsError as error:
            table.wrong(key, str(error))
            continue
        if signatures[key] != text:
            table.wrong(key, f"not a full signature of this version, which is {signatures[key]}")
    if not table.raw:
        table.problems.append(f"{table.place}: there is no metric in it")
    return {"metrics": metrics, "signatures": signatures}


def _tiles(path: Path, problems: list[str]) -> dict[str, Part]:
    """Ids and parts in order of id; nothing where the file is not there yet."""
    if not path.exists():
        return {}
    name = shown(path)
    try:
        rows = list(csv.reader(decoded(read_bytes(path, 16 * MIB), name).splitlines(), strict=True))
    except (FormatError, PairingError, csv.Error) as error:
        problems.append(f"{name}: {str(error).removeprefix(f'{name}: ')}")
        return {}
    tiles: dict[str, Part] = {}
    if rows[:1] != [["id", "part"]]:
        problems.append(f"{name}:1: the header is id,part")
    for line, row in enumerate(rows[1:], 2):
        if len(row) != 2 or not is_line(row[0], 200) or row[1] not in _PARTS:
            problems.append(f"{name}:{line}: expected an id and public or private")
        elif row[0] in tiles:
            problems.append(f"{name}:{line}: tile {row[0]!r} stands in it twice")
        else:
            tiles[row[0]] = "public" if row[1] == "public" else "private"
    n = sum(part == "private" for part in tiles.values())
    if 0 < n < MIN_PRIVATE:
        problems.append(f"{name}: {n} private tiles: their sum would tell them; at least "
                        f"{MIN_PRIVATE}, or none")  # fmt: skip
    return dict(sorted(tiles.items()))
