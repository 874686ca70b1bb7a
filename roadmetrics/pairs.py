"""Which prediction belongs to which ground truth: never guessed, never dropped in silence."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from .errors import PairingError
from .graph import Bounds
from .layouts import LAYOUTS, Layout, NameToId, stem
from .load import SUFFIXES, is_note

MISSING = ("error", "zero", "skip")
NAMED = 50  # names that a message gives before it counts


@dataclass(frozen=True)
class Pair:
    """One tile: its ground truth, its prediction (None: missing), and what is its own."""

    id: str
    gt: Path
    pred: Path | None
    gsd: float | None = None
    bounds: Bounds | None = None


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

    Two single files make one tile whatever their names. Otherwise names decide, by ``layout``:
    ``exact`` (the same name but for the suffix) or a published one (see `layouts`). ``auto`` is
    exact where any two names are the same, else the one published layout that pairs any files;
    where two of them do, that is an error. Missing predictions are left to `require`.

    Raises PairingError: no such path, no ground truth, two files for one tile, nothing pairs.
    """
    if gt.is_file() and pred.is_file():
        return Pairing("files", (Pair(stem(gt.name), gt, pred),))
    gts, preds = _files(gt), _files(pred)
    rule = _layout(layout) if layout != "auto" else _fitting(gts.tiles, preds.tiles, pred)
    if rule.name == "exact" and gts.others and not gts.tiles:
        folders = [other for other in gts.others if other.is_dir()]
        if folders:
            raise PairingError(
                f"{gt}: it holds folders, not tiles ({_few(f.name for f in folders)}): give the "
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


def require(pairing: Pairing, missing: str, pred: Path | None = None) -> None:
    """Raise PairingError for missing predictions unless ``missing`` is zero or skip."""
    if missing not in MISSING:
        raise PairingError(f"missing must be one of {', '.join(MISSING)}, not {missing!r}")
    lost = pairing.missing
    if missing == "skip" and len(lost) == len(pairing.pairs):
        raise PairingError(
            f"every tile lacks its prediction: nothing is left to score ({_few(lost)})"
        )
    if not lost or missing != "error":
        return
    hint = closest(lost[0], pairing.unmatched)
    if pairing.ignored:
        hint += f" (not read: {_few(pairing.ignored)})"
    raise PairingError(
        f"{len(lost)} of {len(pairing.pairs)} ground truth tiles have no prediction"
        f"{f' in {pred}' if pred else ''}: {_few(lost)}{hint}; go on with --missing zero or skip, "
        "choose tiles with --tiles, or pair them with --layout or --pairs"
    )


class _Files(NamedTuple):
    tiles: list[Path]  # of known formats, by name
    others: list[Path]


def _files(path: Path) -> _Files:
    """What a folder holds, without dot files, licences and notes (see `load.tile_paths`)."""
    if not path.exists():
        raise PairingError(f"{path}: no such file or folder")
    if not path.is_dir():
        return _Files([path], [])
    every = sorted(p for p in path.iterdir() if not is_note(p))
    tiles = [p for p in every if p.is_file() and p.suffix.lower() in SUFFIXES]
    return _Files(tiles, [p for p in every if p not in set(tiles)])


def _fitting(gts: list[Path], preds: list[Path], pred: Path) -> Layout:
    fitting = [one for one in LAYOUTS.values() if _n_common(one, gts, preds)]
    if fitting and fitting[0].name != "exact" and len(fitting) > 1:
        names = " and ".join(one.name for one in fitting)
        raise PairingError(f"{pred}: the layouts {names} both pair files here: say --layout")
    return fitting[0] if fitting else LAYOUTS["exact"]


def _n_common(layout: Layout, gts: list[Path], preds: list[Path]) -> int:
    gt_ids = {layout.gt_id(path.name) for path in gts} - {None}
    return len(gt_ids & {layout.pred_id(path.name) for path in preds})


def _pair_by(layout: Layout, gts: _Files, preds: _Files) -> Pairing:
    gt_all, pred_all = _by_id(gts.tiles, layout.gt_id), _by_id(preds.tiles, layout.pred_id)
    if not gt_all:
        raise PairingError(
            f"{gts.tiles[0].parent}: no ground truth is named as layout {layout.name} has it: "
            f"{layout.summary}"
        )
    gt_of = {key: _first_choice(key, paths, layout) for key, paths in gt_all.items()}
    pred_of = {key: _only(key, pred_all[key], "predictions") for key in gt_of if key in pred_all}
    known = {path for key in gt_of for path in pred_all.get(key, [])}
    unused = {*gts.tiles, *gts.others, *preds.others} - {*gt_of.values(), *pred_of.values()}
    return Pairing(
        layout.name,
        tuple(Pair(key, gt_of[key], pred_of.get(key)) for key in sorted(gt_of)),
        tuple(path.name for path in preds.tiles if path not in known),
        tuple(sorted(str(path) for path in unused)),
    )


def _by_id(paths: Iterable[Path], to_id: NameToId) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in paths:
        if (key := to_id(path.name)) is not None:
            found.setdefault(key, []).append(path)
    return found


def _first_choice(key: str, paths: list[Path], layout: Layout) -> Path:
    best = min(layout.gt_rank(path.name) for path in paths)
    return _only(key, [p for p in paths if layout.gt_rank(p.name) == best], "ground truths")


def _only(key: str, paths: list[Path], what: str) -> Path:
    if len(paths) > 1:
        names = " and ".join(path.name for path in paths[:3])
        raise PairingError(
            f"{paths[0].parent}: tile {key!r} has {len(paths)} {what}: {names}; keep one, or "
            "pair them with --pairs"
        )
    return paths[0]


def _layout(name: str) -> Layout:
    if name not in LAYOUTS:
        raise PairingError(f"layout must be auto or one of {', '.join(LAYOUTS)}, not {name!r}")
    return LAYOUTS[name]


def _few(names: Iterable[str]) -> str:
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
