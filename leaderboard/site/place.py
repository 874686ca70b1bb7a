"""Where pages lie: names that are safe in addresses, and a folder that is replaced as a whole."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from roadmetrics.io.files import shown

from ..errors import BoardError

MARKER = "site.json"  # a folder that holds it may be replaced
PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
RESERVED = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")  # as names of files on Windows


def slug(name: str) -> str:
    """The name of a tile's page; names that are not plain get a digest, so that none are alike.

    >>> slug("nauru_r1_c1"), slug("../A b")
    ('nauru_r1_c1', 'a-b-e3f8e011')
    """
    if PLAIN.fullmatch(name) and not RESERVED.fullmatch(name):
        return name
    plain = re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-")[:60]
    mark = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{plain}-{mark}" if plain else mark


@contextmanager
def replaced(out: Path) -> Iterator[Path]:
    """A new folder to fill, which takes the place of ``out`` when all went well.

    Raises BoardError where ``out`` is something that this program did not make.
    """
    _check(out)
    new = out.with_name(f".{out.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        new.mkdir(parents=True)
        yield new
        if out.exists():
            old = new.with_suffix(".old")
            out.rename(old)
            new.rename(out)
            shutil.rmtree(old)
        else:
            new.rename(out)
    except OSError as error:
        raise BoardError(f"{shown(out)}: cannot be written: {error.strerror or error}") from None
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _check(out: Path) -> None:
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise BoardError(f"{shown(out)}: not a folder: give one that is new, empty, or a site")
    if out.is_dir() and any(out.iterdir()) and not (out / MARKER).is_file():
        raise BoardError(
            f"{shown(out)}: there is something in it, and no {MARKER}: give a folder that is new, "
            "empty, or a site made before"
        )
