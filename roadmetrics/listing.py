"""What a folder holds, entry by entry: nothing is dropped, and nothing stops at the first fault."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from .errors import PairingError, RoadMetricsError
from .io.files import shown
from .layouts import LAYOUTS, Layout, stem
from .load import SUFFIXES, Place, is_note, places


class Finding(NamedTuple):
    """One thing seen: the rule it is grouped by, where, and what is special here (may be "")."""

    rule: str
    place: str
    text: str = ""


class Entry(NamedTuple):
    """One tile: the name that tells its id, and where it is read from."""

    name: str
    place: Place


@dataclass
class Listing:
    """Tiles by name, what is wrong, what is worth a note, and entries passed over with the reason.

    ``wrong`` is what would stop `score`.
    """

    tiles: list[Entry] = field(default_factory=list)
    wrong: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    ignored: list[Finding] = field(default_factory=list)
    unreadable: list[Path] = field(default_factory=list)  # suffixes that no reader knows


def listed(path: Path) -> Listing:
    """The entries of a folder, or one file; PairingError where there is no such path.

    >>> listed(Path("no/such/folder"))
    Traceback (most recent call last):
    ...
    roadmetrics.errors.PairingError: no/such/folder: no such file or folder
    """
    result = Listing()
    if not os.path.lexists(path):
        raise PairingError(f"{shown(path)}: no such file or folder")
    if not path.is_dir():
        _add(path, result)
        return result
    try:
        entries = sorted(path.iterdir())
    except OSError as error:
        raise PairingError(f"{shown(path)}: cannot be listed: {error.strerror}") from None
    for entry in entries:
        if is_note(entry):
            result.ignored.append(Finding("a note, a licence, or hidden", shown(entry)))
        else:
            _add(entry, result)
    return result


def where(entry: Entry) -> str:
    """The file, and the tile in a file of several."""
    path, tile = entry.place
    return shown(path) if tile is None else f"{shown(path)}: {shown(tile)}"


def by_id(
    listing: Listing, layout: Layout, *, as_pred: bool | None = None
) -> dict[str, list[Entry]]:
    """The tiles of a listing by id, without those that are no part of the layout.

    ``as_pred`` None: either side's names count. Of several ground truths that the layout ships for
    one tile the ones that `score` would take stay. What is left out is added to the listing.
    """
    found: dict[str, list[Entry]] = {}
    for entry in listing.tiles:
        key = _id(layout, entry.name, as_pred)
        if key is None:
            what = "a photo" if layout.image_id(entry.name) else f"no part of layout {layout.name}"
            listing.ignored.append(Finding(what, where(entry)))
        else:
            found.setdefault(key, []).append(entry)
    for key, entries in found.items():
        best = min(layout.gt_rank(entry.name) for entry in entries)
        found[key] = [one for one in entries if layout.gt_rank(one.name) == best]
        listing.ignored += [
            Finding("another ground truth of the tile is scored", where(one))
            for one in entries
            if layout.gt_rank(one.name) > best
        ]
    return found


def told_by_names(names: Iterable[str]) -> Layout:
    """The one published layout that all names are part of or lie beside, or exact.

    >>> told_by_names(["7_mask.png", "7_sat.jpg"]), told_by_names(["7_mask.png", "a.json"])
    (Layout('deepglobe'), Layout('exact'))
    >>> told_by_names([])
    Layout('exact')
    """
    every = list(names)
    fitting = [
        one
        for one in LAYOUTS.values()
        if one.is_found and one.name not in ("exact", "roadtracer")
        and any(one.gt_id(name) for name in every)
        and all(one.gt_id(name) or one.image_id(name) or one.is_beside(name) for name in every)
    ]  # fmt: skip
    return fitting[0] if len(fitting) == 1 else LAYOUTS["exact"]


def finding_of(error: Exception, path: Path) -> Finding:
    """An error of a reader, grouped by its text without numbers and quoted words.

    >>> finding_of(RoadMetricsError("a.graph:7: vertex 12 is 'x'"), Path("a.graph"))
    Finding(rule="vertex N is '..'", place='a.graph:7', text="vertex 12 is 'x'")
    >>> finding_of(MemoryError(), Path("a.npy"))
    Finding(rule='not enough memory to read it', place='a.npy', text='')
    """
    name = shown(path)
    if isinstance(error, MemoryError):
        return Finding("not enough memory to read it", name)
    if not isinstance(error, RoadMetricsError):
        kind = type(error).__name__
        return Finding(f"the reader broke down: please report it ({kind})", name, str(error)[:200])
    text, line = str(error), ""
    if text.startswith(name):
        text = text[len(name) :]
        if place := re.match(r":\d+(?=:)", text):
            text, line = text[place.end() :], place[0]
        text = text.removeprefix(":").strip()
    return Finding(rule_of(text), name + line, text)


def rule_of(text: str) -> str:
    """The text that errors of one kind share: quoted words and numbers are taken out.

    >>> rule_of("vertex -1.5e3 is 'x'"), rule_of("byte 12 is not UTF-8"), rule_of("")
    ("vertex N is '..'", 'byte N is not UTF-8', '')
    """
    text = re.sub(r"'(?:[^'\\]|\\.)*'", "'..'", text)
    return re.sub(r"(?<![A-Za-z])(?<![A-Za-z]-)[-+]?\d[\d.,]*(?:[eE][-+]?\d+)?", "N", text)


def _add(entry: Path, result: Listing) -> None:
    name = shown(entry)
    if not entry.name.isprintable():
        result.notes.append(Finding("a name with signs that cannot be printed", name))
    if entry.is_symlink():
        if not entry.exists():
            result.wrong.append(Finding("a link to nothing", name))
            return
        result.notes.append(Finding("a link: what it points to is read", name))
    if kind := _odd_kind(entry):
        result.wrong.append(Finding(kind, name))
    elif entry.suffix.lower() not in SUFFIXES:
        result.unreadable.append(entry)
    else:
        _add_tiles(entry, result)


def _odd_kind(entry: Path) -> str:
    """Why an entry is no file; "" where it is one."""
    try:
        mode = entry.stat().st_mode
    except OSError as error:
        return f"cannot be looked at: {error.strerror}"
    if stat.S_ISDIR(mode):
        return "a folder in the folder: give the one with the tiles"
    return "" if stat.S_ISREG(mode) else "no regular file: a device, a pipe or a socket"


def _add_tiles(entry: Path, result: Listing) -> None:
    try:
        found = places(entry)
    except Exception as error:  # whatever a table holds, the other files are looked at
        result.wrong.append(finding_of(error, entry))
        return
    result.tiles += [Entry(name, place) for name, place in found]


def _id(layout: Layout, name: str, as_pred: bool | None) -> str | None:
    if layout.name == "exact":
        return stem(name)
    if as_pred is None:
        return layout.gt_id(name) or layout.pred_id(name)
    return layout.pred_id(name) if as_pred else layout.gt_id(name)
