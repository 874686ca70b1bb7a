"""Files of a board: written whole or not at all, read under a limit, digested."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from roadmetrics.errors import FormatError
from roadmetrics.io.files import MIB, read_bytes, shown
from roadmetrics.io.strict_json import parse_json

from .errors import BoardError

LIMIT = 512 * MIB  # of one file of the board


def write_file(path: Path, data: bytes) -> None:
    """Write beside the target, sync, then rename: a kill leaves the old file or the new one.

    Any number of processes may write one file: the last rename stands.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise BoardError(f"{shown(path)}: cannot be written: {error.strerror}") from None


def _sync_folder(folder: Path) -> None:
    """Make the rename last through a loss of power; where folders cannot be synced, do nothing."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def as_json(document: Any) -> bytes:
    """The document as the board stores it: the same document gives the same bytes."""
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8") + b"\n"


def read_json(path: Path) -> tuple[Any, str]:
    """(document, digest of its bytes); BoardError in one line for what is no JSON file."""
    try:
        data = read_bytes(path, LIMIT)
        return parse_json(data, shown(path)), digest(data)
    except FormatError as error:
        raise BoardError(str(error)) from None


def digest(data: bytes) -> str:
    """``sha256:`` and the hexadecimal digest.

    >>> digest(b"")[:20]
    'sha256:e3b0c44298fc1'
    """
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def digest_of_all(files: Iterable[tuple[str, str]]) -> str:
    """Digest of (name, digest) of several files, in whatever order they come.

    >>> digest_of_all([]) == digest(b"")
    True
    """
    lines = sorted(f"{name}\0{one}\n" for name, one in files)
    return digest("".join(lines).encode("utf-8", "surrogateescape"))
