"""Tables that users write: pairs.csv, and the list of tiles of a split."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from .errors import FormatError, PairingError
from .graph import MAX_PIXEL, MIN_PIXEL
from .io.files import MIB, decoded, shown
from .load import places
from .pairs import Pair, Pairing, closest, pair_paths

LIMIT = 64 * MIB  # of a table or list


def pairing_of(
    gt: str | Path | None, pred: str | Path | None, pairs: str | Path | None, layout: str
) -> Pairing:
    """The pairing of a table, or else of ground truth and predictions by a layout.

    Raises PairingError where both or neither are given.
    """
    if pairs is not None:
        if gt is not None or pred is not None:
            raise PairingError("give either a table of pairs, or ground truth and prediction")
        return pair_csv(Path(pairs))
    if gt is None or pred is None:
        raise PairingError("give both ground truth and prediction, or a table of pairs")
    return pair_paths(Path(gt), Path(pred), layout)


def pair_csv(path: Path) -> Pairing:
    """Pairs from a table ``id,gt,pred`` with optional ``gsd``, ``bounds`` and ``image``.

    Paths are relative to the table (of a pipe: to the working folder); an empty ``pred`` is a
    missing prediction; bounds are ``x0 y0 x1 y1``; ``image`` is a GeoTIFF. Of a file that holds
    several tiles the one of this id is taken. Raises PairingError naming file and line.
    """
    name = shown(path)
    reader = csv.DictReader(io.StringIO(_text(path, "table of pairs"), newline=""), strict=True)
    try:
        header = list(reader.fieldnames or [])
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise PairingError(
            f"{name}:{reader.reader.line_num}: not a row of a table: {error}"
        ) from None
    known = ("id", "gt", "pred", "gsd", "bounds", "image")
    if not {"id", "gt", "pred"} <= set(header) or not set(header) <= set(known):
        raise PairingError(f"{name}:1: the header is {','.join(known)} (the last three optional)")
    if len(set(header)) < len(header):
        raise PairingError(f"{name}:1: the header has a column twice: {','.join(header)}")
    folder = path.parent if path.is_file() else Path()
    pairs: dict[str, Pair] = {}
    for line, row in rows:
        pair = _csv_pair(folder, f"{name}:{line}", row)
        if pair.id in pairs:
            raise PairingError(f"{name}:{line}: tile {pair.id!r} stands in the table twice")
        pairs[pair.id] = pair
    if not pairs:
        raise PairingError(f"{name}: there is no pair in it")
    return Pairing("pairs", tuple(pairs[key] for key in sorted(pairs)))


def select(pairing: Pairing, split: Path) -> Pairing:
    """Only the tiles that the file ``split`` names, one id a line.

    Raises PairingError for an id without ground truth, an id given twice, an empty file.
    """
    wanted = _read_split(split)
    known = {pair.id: pair for pair in pairing.pairs}
    for line, key in wanted:
        if key not in known:
            raise PairingError(
                f"{shown(split)}:{line}: there is no ground truth {key!r}{closest(key, known)}"
            )
    keep = {key for _, key in wanted}
    return replace(pairing, pairs=tuple(pair for pair in pairing.pairs if pair.id in keep))


def _csv_pair(folder: Path, where: str, row: Mapping[str | None, str | None]) -> Pair:
    if None in row or any(value is None for value in row.values()):
        raise PairingError(f"{where}: the row has another number of fields than the header")
    text = {str(key): (value or "").strip() for key, value in row.items()}
    if not text["id"] or not text["gt"]:
        raise PairingError(f"{where}: id and gt must not be empty")
    if not text["id"].isprintable():
        raise PairingError(f"{where}: the id {text['id']!r} holds what cannot be printed")
    gt = _existing(folder / text["gt"], where)
    pred = _existing(folder / text["pred"], where) if text["pred"] else None
    image = text.get("image", "")
    gsd = _numbers(where, "gsd", text.get("gsd", ""), 1)
    if gsd and not MIN_PIXEL <= gsd[0] <= MAX_PIXEL:
        raise PairingError(
            f"{where}: gsd must be {MIN_PIXEL:g} to {MAX_PIXEL:g} metres, not {gsd[0]:g}"
        )
    bounds = _numbers(where, "bounds", text.get("bounds", ""), 4)
    if bounds and not (bounds[0] < bounds[2] and bounds[1] < bounds[3]):
        raise PairingError(f"{where}: bounds must have x0 < x1 and y0 < y1")
    return Pair(
        text["id"],
        gt,
        pred,
        gsd[0] if gsd else None,
        (bounds[0], bounds[1], bounds[2], bounds[3]) if bounds else None,
        _tile_in(gt, text["id"]),
        _tile_in(pred, text["id"]) if pred else None,
        _existing(folder / image, where) if image else None,
    )


def _tile_in(path: Path, key: str) -> str | None:
    """The tile of a file of several that has this id, or its only one."""
    names = [place.tile for _, place in places(path)]
    return names[0] if len(names) == 1 else key


def _existing(path: Path, where: str) -> Path:
    if not path.is_file():
        raise PairingError(
            f"{where}: there is no file {shown(path)} (leave pred empty for a missing prediction)"
        )
    return path


def _numbers(where: str, name: str, text: str, n: int) -> list[float]:
    try:
        values = [float(word) for word in text.replace(",", " ").split()]
    except ValueError:
        values = [float("nan")]
    if "_" in text or not text.isascii():  # Python would take 1_0, and digits of any script
        values = [float("nan")]
    if values and (len(values) != n or any(value - value != 0 for value in values)):
        rule = "x0 y0 x1 y1" if n == 4 else "a number of metres"
        raise PairingError(f"{where}: {name} must be {rule}, not {text!r}")
    return values


def _read_split(path: Path) -> list[tuple[int, str]]:
    name = shown(path)
    lines = _text(path, "list of tiles").splitlines()
    wanted = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]
    if not wanted:
        raise PairingError(f"{name}: there is no tile id in it")
    seen: set[str] = set()
    for number, key in wanted:
        if key in seen:
            raise PairingError(f"{name}:{number}: tile {key!r} stands in the list twice")
        seen.add(key)
    return wanted


def _text(path: Path, what: str) -> str:
    """The text of a file or pipe of at most LIMIT bytes; no device, which may never end."""
    name = shown(path)
    try:
        if path.exists() and not (path.is_file() or path.is_fifo()):
            raise PairingError(f"{name}: not a readable {what}: it is neither a file nor a pipe")
        with path.open("rb") as file:
            data = file.read(LIMIT + 1)
    except OSError as error:
        raise PairingError(f"{name}: not a readable {what}: {error.strerror}") from None
    if len(data) > LIMIT:
        raise PairingError(f"{name}: not a readable {what}: above {LIMIT // MIB} MiB")
    try:
        return decoded(data, name)
    except FormatError as error:
        raise PairingError(str(error)) from None
