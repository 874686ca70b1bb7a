"""Which prediction belongs to which ground truth: never guessed, never dropped in silence."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from .errors import PairingError
from .graph import Bounds
from .layouts import LAYOUTS, Layout, fitting, stem
from .load import SUFFIXES, Place, is_note, places

if TYPE_CHECKING:
    from .layouts import NameToId

MISSING = ("error", "zero", "skip")
NAMED = 50  # names that a message gives before it counts


@dataclass(frozen=True)
class Pair:
    """One tile: its ground truth, its prediction (None: missing), and what is its own.

    ``gt_tile`` and ``pred_tile`` say which tile of a file of several; ``image`` is the GeoTIFF
    that joins pixels and the ground.
    """

    id: str
    gt: Path
    pred: Path | None
    gsd: float | None = None
    bounds: Bounds | None = None
    gt_tile: str | None = None
    pred_tile: str | None = None
    image: Path | None = None


@dataclass(frozen=True)
class Pairing:
    """Tiles in order of id; ``layout`` names the rule that paired them.

    ``unmatched``: predictions that no ground truth asks for; ``ignored``: files in either folder
    that are no tile (unknown suffix, or not part of the layout).
    """

    layout: str
    pairs: tuple[Pair, ...]
    unmatched: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Ids without a prediction."""
        return tuple(pair.id for pair in self.pairs if pair.pred is None)


def pair_paths(gt: Path, pred: Path, layout: str = "auto") -> Pairing:
    """Pair two folders, two files, or a folder and a file.

    Two single files of one tile each make one tile whatever their names. Otherwise names decide,
    by ``layout``: ``exact`` (the same name but for the suffix) or a published one (see
    `layouts`). ``auto`` is exact where any two names are the same, else the one published layout
    that pairs any files; where two of them do, that is an error (see `layouts.fitting`). Missing
    predictions are left to `require`.

    Raises PairingError: no such path, no ground truth, two files for one tile, nothing pairs.
    """
    gts, preds = _files(gt), _files(pred)
    if gt.is_file() and pred.is_file() and len(gts.tiles) == len(preds.tiles) == 1:
        return Pairing("files", (_pair(stem(gts.tiles[0].name), gts.tiles[0], preds.tiles[0]),))
    rule = _layout(layout) if layout != "auto" else _fitting(gts.tiles, preds.tiles, pred)
    if rule.name == "exact" and gts.others and not gts.tiles:
        folders = [other for other in gts.others if other.is_dir()]
        if folders:
            raise PairingError(
                f"{gt}: it holds folders, not tiles ({few(f.name for f in folders)}): give the "
                f"folder of the ground truth itself, such as {folders[0]}"
            )
    if rule.name == "exact" and gts.others:
        raise PairingError(
            f"{gts.others[0]}: {len(gts.others)} such entries of the ground truth cannot be read "
            f"(formats: {_suffixes()}): take them away, or name the files with --pairs"
        )
    if not gts.tiles:
        raise PairingError(f"{gt}: there is no ground truth in it (formats: {_suffixes()})")
    return _pair_by(rule, gts, preds)


def truth_paths(gt: Path, layout: str) -> Pairing:
    """The tiles of a folder of ground truth by a layout, none with a prediction.

    Raises PairingError as `pair_paths` does.
    """
    gts = _files(gt)
    if not gts.tiles:
        raise PairingError(f"{gt}: there is no ground truth in it (formats: {_suffixes()})")
    return _pair_by(_layout(layout), gts, _Files([], []))


def require(pairing: Pairing, missing: str, pred: Path | None = None) -> None:
    """Raise PairingError for missing predictions unless ``missing`` is zero or skip."""
    if missing not in MISSING:
        raise PairingError(f"missing must be one of {', '.join(MISSING)}, not {missing!r}")
    lost = pairing.missing
    if missing == "skip" and len(lost) == len(pairing.pairs):
        raise PairingError(
            f"every tile lacks its prediction: nothing is left to score ({few(lost)})"
        )
    if not lost or missing != "error":
        return
    hint = closest(lost[0], pairing.unmatched)
    if pairing.ignored:
        hint += f" (not read: {few(pairing.ignored)})"
    raise PairingError(
        f"{len(lost)} of {len(pairing.pairs)} ground truth tiles have no prediction"
        f"{f' in {pred}' if pred else ''}: {few(lost)}{hint}; go on with --missing zero or skip, "
        "choose tiles with --tiles, or pair them with --layout or --pairs"
    )


class _Tile(NamedTuple):
    name: str  # that tells the id: of the file, or of the tile in a file of several
    place: Place


class _Files(NamedTuple):
    tiles: list[_Tile]  # of known formats, by name
    others: list[Path]


def _pair(key: str, gt: _Tile, pred: _Tile | None) -> Pair:
    (gt_path, gt_tile), (pred_path, pred_tile) = gt.place, pred.place if pred else (None, None)
    return Pair(key, gt_path, pred_path, gt_tile=gt_tile, pred_tile=pred_tile)


def _files(path: Path) -> _Files:
    """What a folder holds, without dot files, licences and notes (see `load.tile_paths`)."""
    if not os.path.exists(path):  # False for a name too long, where Path.exists raises
        raise PairingError(f"{path}: no such file or folder")
    if not path.is_dir():
        return _Files(_tiles([path]), [])
    every = sorted(p for p in path.iterdir() if not is_note(p))
    known = [p for p in every if p.is_file() and p.suffix.lower() in SUFFIXES]
    return _Files(_tiles(known), [p for p in every if p not in set(known)])


def _tiles(files: Iterable[Path]) -> list[_Tile]:
    return [_Tile(name, place) for file in files for name, place in places(file)]


def _fitting(gts: list[_Tile], preds: list[_Tile], pred: Path) -> Layout:
    found = fitting([tile.name for tile in gts], [tile.name for tile in preds])
    if len(found) > 1:
        names = " and ".join(one.name for one in found)
        raise PairingError(f"{pred}: the layouts {names} both pair files here: say --layout")
    return found[0] if found else LAYOUTS["exact"]


def _pair_by(layout: Layout, gts: _Files, preds: _Files) -> Pairing:
    gt_all, pred_all = _by_id(gts.tiles, layout.gt_id), _by_id(preds.tiles, layout.pred_id)
    if not gt_all:
        raise PairingError(
            f"{gts.tiles[0].place.path.parent}: no ground truth is named as layout {layout.name} "
            f"has it: {layout.summary}"
        )
    gt_of = {key: _first_choice(key, tiles, layout) for key, tiles in gt_all.items()}
    pred_of = {key: _only(key, pred_all[key], "predictions") for key in gt_of if key in pred_all}
    known = {tile for key in gt_of for tile in pred_all.get(key, [])}
    chosen = {tile.place.path for tile in (*gt_of.values(), *pred_of.values())}
    every = {tile.place.path for tile in gts.tiles}.union(gts.others, preds.others)
    return Pairing(
        layout.name,
        tuple(_pair(key, gt_of[key], pred_of.get(key)) for key in sorted(gt_of)),
        tuple(tile.name for tile in preds.tiles if tile not in known),
        tuple(sorted(str(path) for path in every - chosen)),
    )


def _by_id(tiles: Iterable[_Tile], to_id: NameToId) -> dict[str, list[_Tile]]:
    found: dict[str, list[_Tile]] = {}
    for tile in tiles:
        if (key := to_id(tile.name)) is not None:
            found.setdefault(key, []).append(tile)
    return found


def _first_choice(key: str, tiles: list[_Tile], layout: Layout) -> _Tile:
    best = min(layout.gt_rank(tile.name) for tile in tiles)
    return _only(key, [t for t in tiles if layout.gt_rank(t.name) == best], "ground truths")


def _only(key: str, tiles: list[_Tile], what: str) -> _Tile:
    if len(tiles) > 1:
        paths = [tile.place.path for tile in tiles]
        raise PairingError(
            f"{paths[0].parent}: tile {key!r} has {len(tiles)} {what}: "
            f"{' and '.join(path.name for path in paths[:3])}; keep one, or pair them with --pairs"
        )
    return tiles[0]


def _layout(name: str) -> Layout:
    if name not in LAYOUTS:
        raise PairingError(f"layout must be auto or one of {', '.join(LAYOUTS)}, not {name!r}")
    return LAYOUTS[name]


def few(names: Iterable[str]) -> str:
    """The first fifty, and how many more."""
    every = list(names)
    more = f" and {len(every) - NAMED} more" if len(every) > NAMED else ""
    return ", ".join(every[:NAMED]) + more


def closest(key: str, names: Iterable[str]) -> str:
    """The end of a message: the names most like ``key``, or nothing."""
    by_stem = {stem(name): name for name in names}
    near = difflib.get_close_matches(key, list(by_stem)[:10_000], 2, cutoff=0.3)
    return f" (closest to {key!r}: {', '.join(by_stem[one] for one in near)})" if near else ""


def _suffixes() -> str:
    return " ".join(sorted(SUFFIXES))
