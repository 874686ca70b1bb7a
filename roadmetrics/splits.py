"""Official splits: which tiles of a data set a paper scores. docs/layouts.md cites each.

A split is a rule, a list in the code it was published with, or a list that users hold beside the
ground truth. Where the data set comes as one folder for each part, only the number is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .errors import FormatError, PairingError
from .io.files import MIB, decoded, read_bytes, shown
from .io.strict_json import parse_json
from .pair_table import select
from .pairs import Pairing, few

LIMIT = 64 * MIB  # of a list
ALIASES = {"val": "valid", "validation": "valid", "in-domain-test": "test"}
_ROADTRACER = "mitroadmaps/roadtracer@fb6019a"
_SAM_ROAD = "htcr/sam_road@04b67c5 dataset.py:21-39; songtaohe/Sat2Graph@7ca4a34 model/train.py:128"
_GLOBAL = "BYU-FROST-Lab/samroadplus@86f7b0e dataset.py, globalscale_data_partition"
_CONNECTIVITY = "anilbatra2185/road_connectivity@01e4166 data/deepglobe"
_SPACENET = "htcr/sam_road@04b67c5 spacenet/data_split.json (400 px tiles)"
_MNIH = "V. Mnih 2013, mass_roads: one folder for each part"
_TEST_CITIES = (
    "amsterdam", "boston", "chicago", "denver", "kansas city", "la", "montreal", "new york",
    "paris", "pittsburgh", "saltlakecity", "san diego", "tokyo", "toronto", "vancouver",
)  # fmt: skip
_TRAINING_CITIES = (
    "indianapolis", "louisville", "columbus", "milwaukee", "minneapolis", "seattle", "portland",
    "sf", "san antonio", "vegas", "phoenix", "dallas", "austin", "san jose", "houston", "miami",
    "tampa", "orlando", "atlanta", "st louis", "nashville", "dc", "baltimore", "philadelphia",
    "london",
)  # fmt: skip


@dataclass(frozen=True)
class Split:
    """A published part of a data set: ``n`` tiles, and their ids where those are published.

    ``files``: names of lists that users hold in or beside the ground truth's folder, each with the
    key of the ids where it is JSON.
    """

    name: str
    n: int
    source: str
    ids: tuple[str, ...] | None = None
    files: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True)
class Chosen:
    """The split of a run: how many of its ``n`` tiles have a ground truth here."""

    name: str
    layout: str
    source: str
    n: int
    absent: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def n_here(self) -> int:
        """Tiles of the split that have a ground truth."""
        return self.n - len(self.absent)

    def to_dict(self) -> dict[str, Any]:
        """Plain types, for the document."""
        return {
            "name": self.name, "layout": self.layout, "source": self.source,
            "n": self.n, "n_here": self.n_here, "absent": list(self.absent),
            "notes": list(self.notes),
        }  # fmt: skip


def _regions(numbers: Iterable[int]) -> tuple[str, ...]:
    return tuple(str(number) for number in numbers)


def _listed(name: str, n: int, source: str, *files: tuple[str, str | None]) -> Split:
    return Split(name, n, source, files=files)


def _ruled(name: str, source: str, ids: Sequence[str]) -> Split:
    return Split(name, len(ids), source, tuple(ids))


SPLITS: Mapping[str, Mapping[str, Split]] = {
    layout: {split.name: split for split in splits}
    for layout, splits in {
        "cityscale": (
            _ruled("train", _SAM_ROAD, _regions(x for x in range(180) if x % 10 < 8)),
            _ruled("valid", _SAM_ROAD, _regions(x for x in range(180) if x % 20 == 18)),
            _ruled(
                "test", _SAM_ROAD, _regions(x for x in range(180) if x % 10 == 9 or x % 20 == 8)
            ),
        ),
        "globalscale": (
            _ruled("train", _GLOBAL, _regions(range(2375))),
            _ruled("valid", _GLOBAL, _regions(range(2375, 2714))),
            _ruled("test", _GLOBAL, _regions(range(2714, 3338))),
            _ruled("out-of-domain-test", _GLOBAL, _regions(range(130))),
        ),
        "roadtracer": (
            _ruled("train", f"{_ROADTRACER} roadtracer/tileloader.py:19", _TRAINING_CITIES),
            _ruled("test", f"{_ROADTRACER} roadcnn/infer.py:48", _TEST_CITIES),
        ),
        "spacenet": (
            _listed("train", 2040, _SPACENET, ("data_split.json", "train")),
            _listed("valid", 127, _SPACENET, ("data_split.json", "validation")),
            _listed("test", 382, _SPACENET, ("data_split.json", "test")),
        ),
        "deepglobe": (
            _listed("train", 4696, _CONNECTIVITY, ("train.txt", None)),
            _listed("valid", 1530, _CONNECTIVITY, ("val.txt", None)),
        ),
        "massachusetts": (
            _listed("train", 1108, _MNIH),
            _listed("valid", 14, _MNIH),
            _listed("test", 49, _MNIH),
        ),
    }.items()
}


def choose(pairing: Pairing, name: str, gt: Path) -> tuple[Pairing, Chosen]:
    """Only the tiles of a published split of the pairing's layout, and what is known of it.

    A user may hold a part of a data set: tiles of the split that have no ground truth here are
    named in `Chosen`, and `told` prints how many with every score. Raises PairingError where the
    layout has no such split, its list is nowhere, none of its tiles is here, or a tile is in no
    split of a layout whose splits are all of it.

    >>> choose(Pairing("exact", ()), "test", Path("gt"))
    Traceback (most recent call last):
    ...
    roadmetrics.errors.PairingError: --split test: the files pair by layout exact, which has no
    published split: say --layout cityscale, globalscale, roadtracer, spacenet, deepglobe or
    massachusetts, or give a list with --tiles
    """
    split = _split(pairing.layout, name)
    _check_all_known(pairing, gt)
    known = {_plain(pair.id, pairing.layout): pair.id for pair in pairing.pairs}
    ids, source = split.ids, split.source
    if ids is None:
        ids, source = _ids_beside(split, gt)
    if ids is None:
        return _counted(pairing, split, source)
    wanted = {_plain(key, pairing.layout): key for key in ids}
    absent = tuple(key for plain, key in wanted.items() if plain not in known)
    if len(absent) == len(wanted):
        raise PairingError(
            f"--split {split.name}: none of its {len(wanted)} tiles has a ground truth in "
            f"{shown(gt)}: {few(absent)}; there are {few(known.values())}"
        )
    keep = {known[plain] for plain in wanted if plain in known}
    notes = () if len(wanted) == split.n else (_other_count(split, len(wanted), source),)
    chosen = Chosen(split.name, pairing.layout, source, len(wanted), absent, notes)
    return replace(pairing, pairs=tuple(p for p in pairing.pairs if p.id in keep)), chosen


def selected(
    pairing: Pairing, tiles: str | Path | None, split: str | None, gt: str | Path | None
) -> tuple[Pairing, Chosen | None]:
    """The tiles that a list or a published split names; all where neither is given.

    Raises PairingError for both, and as `pair_table.select` and `choose` do.
    """
    if tiles is not None and split is not None:
        raise PairingError("give either a list of tiles or a split")
    if tiles is not None:
        return select(pairing, Path(tiles)), None
    if split is not None:
        return choose(pairing, split, Path(gt or ""))
    return pairing, None


def told(split: Mapping[str, Any]) -> str:
    """One line of a run's split as the document has it, with the denominator.

    >>> told({"name": "test", "layout": "cityscale", "n": 27, "n_here": 1})
    'split: test of cityscale, 1 of its 27 tiles'
    >>> told({"name": "test", "layout": "cityscale", "n": 0, "n_here": 0})
    'split: test of cityscale, all 0 tiles'
    """
    n, n_here = split["n"], split["n_here"]
    how_many = f"all {n}" if n == n_here else f"{n_here} of its {n}"
    return f"split: {split['name']} of {split['layout']}, {how_many} tiles"


def count_note(layout: str, n: int) -> str:
    """What to tell of a list of ``n`` tiles where the layout's published splits have other counts.

    Empty where one has, or where the layout has no split.

    >>> count_note("deepglobe", 1530), count_note("exact", 3)
    ('', '')
    >>> count_note("deepglobe", 1000)
    'the list has 1000 tiles; the published splits of deepglobe: train 4696, valid 1530'
    """
    splits = SPLITS.get(layout, {})
    if not splits or any(split.n == n for split in splits.values()):
        return ""
    counts = ", ".join(f"{split.name} {split.n}" for split in splits.values())
    return f"the list has {n} tiles; the published splits of {layout}: {counts}"


def _split(layout: str, name: str) -> Split:
    splits = SPLITS.get(layout)
    if splits is None:
        *names, last = SPLITS
        raise PairingError(
            f"--split {name}: the files pair by layout {layout}, which has no published split: say "
            f"--layout {', '.join(names)} or {last}, or give a list with --tiles"
        )
    key = ALIASES.get(name, name)
    if key not in splits:
        raise PairingError(f"--split {name}: layout {layout} has {', '.join(splits)}")
    return splits[key]


def _check_all_known(pairing: Pairing, gt: Path) -> None:
    """City-scale has regions 0 to 179; more is another data set of the same names."""
    if pairing.layout != "cityscale":
        return
    every = {key for split in SPLITS["cityscale"].values() for key in split.ids or ()}
    if others := [pair.id for pair in pairing.pairs if pair.id not in every]:
        raise PairingError(
            f"{shown(gt)}: {few(others)} are none of the 180 regions of cityscale: if this is "
            "Global-Scale, say --layout globalscale"
        )


def _plain(key: str, layout: str) -> str:
    """City names are written with and without spaces."""
    return re.sub(r"[^a-z0-9]", "", key.lower()) if layout == "roadtracer" else key


def _ids_beside(split: Split, gt: Path) -> tuple[tuple[str, ...] | None, str]:
    """The ids in a list that lies in or beside the ground truth; None where there is no list."""
    folder = gt if gt.is_dir() else gt.parent
    for file, key in split.files:
        for place in (folder / file, folder.absolute().parent / file):
            if place.is_file():
                return _read_list(place, key), f"{shown(place)}"
    return None, split.source


def _read_list(path: Path, key: str | None) -> tuple[str, ...]:
    name = shown(path)
    data = read_bytes(path, LIMIT)
    if key is None:
        found: Any = decoded(data, name).split()
    else:
        document = parse_json(data, name)
        found = document.get(key) if isinstance(document, dict) else None
    if not isinstance(found, list) or not found or not all(isinstance(x, str) for x in found):
        raise FormatError(f"{name}: expected {'lines' if key is None else f'{key!r}: a list'} of "
                          "tile ids")  # fmt: skip
    if len(set(found)) < len(found):
        raise FormatError(f"{name}: a tile stands in it twice")
    return tuple(found)


def _counted(pairing: Pairing, split: Split, source: str) -> tuple[Pairing, Chosen]:
    """A split of which only the number is published: the folder is the split, or is not."""
    if len(pairing.pairs) != split.n:
        lists = " or ".join(file for file, _ in split.files)
        raise PairingError(
            f"--split {split.name}: it has {split.n} tiles, here are {len(pairing.pairs)}, and no "
            f"list says which{f' ({lists} in or beside the ground truth)' if lists else ''}: give "
            "the folder of the split, or a list with --tiles"
        )
    return pairing, Chosen(split.name, pairing.layout, source, split.n, ())


def _other_count(split: Split, n: int, source: str) -> str:
    return f"{source} has {n} tiles, the published split {split.name} {split.n}"
