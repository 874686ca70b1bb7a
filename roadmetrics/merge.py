"""The documents of all shards of a run, joined to the report that one run would have given."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import __version__
from .documents import Document, read_document, rebuilt, texts, tile_result
from .errors import FormatError, PairingError
from .evaluate import report_of, shard_of
from .io.files import quoted
from .report import Report

_TEXT = (str, type(None))
_NUMBER = (int, float, type(None))
RUN: dict[str, Any] = {  # of what kind each setting is that a report tells
    "gt": _TEXT, "pred": _TEXT, "layout": str, "missing": str, "tiles": _TEXT, "pairs": _TEXT,
    "protocol": _TEXT, "shard": _TEXT, "n_ground_truth": int, "gsd": _NUMBER, "threshold": _NUMBER,
    "bounds": (list, type(None)), "split": (dict, type(None)), "ignored": list, "flip_y": bool,
    "pred_axis": str, "images": _TEXT, "unit": _TEXT,
}  # fmt: skip


def merge(paths: Sequence[str | Path]) -> Report:
    """Join the documents of `score` with ``--shard 1/N`` to ``N/N``, in any order.

    Raises PairingError where one is missing, there twice, of another version or of another run,
    FormatError for what is no document.

    >>> merge([])
    Traceback (most recent call last):
    ...
    roadmetrics.errors.PairingError: give the documents of all shards of a run
    """
    read = [read_document(path) for path in paths]
    if not read:
        raise PairingError("give the documents of all shards of a run")
    for one in read:
        _check_run(read[0], one)
    _check_complete(read)
    first, run = read[0], _run_of(read[0])
    for one in read:
        texts(one.raw.get("missing"), f"{one.name}: missing")
    metrics = {
        key: rebuilt(text, f"{first.name}: total of {key}")
        for key, text in first.signatures.items()
    }
    tiles = {
        key: tile_result(key, raw, metrics, f"{one.name}: tile {key}")
        for one in read for key, raw in one.raw["tiles"].items()
    }  # fmt: skip
    return report_of(
        {**run, "shard": None},
        metrics,
        [tiles[key] for key in sorted(tiles)],
        sorted(key for one in read for key in one.raw["missing"]),
        texts(first.raw.get("unmatched"), f"{first.name}: unmatched"),
    )


def _run_of(document: Document) -> dict[str, Any]:
    """How the run was made: what a report says of it, each of its kind."""
    run = document.raw.get("run")
    if not isinstance(run, dict):
        raise FormatError(f"{document.name}: run: expected an object, not {quoted(run)}")
    for key, kinds in RUN.items():
        value = run.get(key)
        if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool):
            raise FormatError(f"{document.name}: run: {key} cannot be {quoted(value)}")
    split = run["split"]
    if split is not None and not {"name", "layout", "n", "n_here", "absent", "notes"} <= set(split):
        raise FormatError(f"{document.name}: run: split is not one that score wrote")
    texts(run["ignored"], f"{document.name}: run: ignored")
    return run


def _check_run(first: Document, other: Document) -> None:
    if other.raw.get("roadmetrics") != __version__:
        raise PairingError(
            f"{other.name}: it is of version {other.raw.get('roadmetrics')}, this is {__version__}"
        )
    ours, theirs = ({**_run_of(one), "shard": None} for one in (first, other))
    for key in dict.fromkeys([*ours, *theirs]):
        if ours.get(key) != theirs.get(key):
            raise PairingError(
                f"{first.name} and {other.name} are of two runs: {key} is {ours.get(key)!r} in one "
                f"and {theirs.get(key)!r} in the other"
            )
    if (first.signatures, first.raw.get("unmatched")) != (
        other.signatures, other.raw.get("unmatched")
    ):  # fmt: skip
        raise PairingError(f"{first.name} and {other.name} are of two runs")


def _check_complete(read: Sequence[Document]) -> None:
    seen: dict[int, str] = {}
    parts: set[int] = set()
    for one in read:
        text = one.raw["run"].get("shard")
        if not isinstance(text, str):
            raise PairingError(f"{one.name}: it is no shard of a run (score --shard I/N)")
        i, n = shard_of(text)
        if i in seen:
            raise PairingError(f"{one.name} and {seen[i]} are both shard {text}: give each once")
        seen[i] = one.name
        parts.add(n)
    if len(parts) > 1:
        raise PairingError(f"shards of {' and '.join(map(str, sorted(parts)))} parts do not join")
    n = parts.pop()
    if lost := [str(i) for i in range(1, n + 1) if i not in seen]:
        names = ", ".join(f"{i}/{n}" for i in lost[:20])
        raise PairingError(f"{len(lost)} of {n} shards are not there: {names}")
