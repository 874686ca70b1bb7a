"""Bytes from and to files: regular files only, under a limit; written whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import FormatError, RoadMetricsError

MIB = 1 << 20


def shown(path: str | os.PathLike[str]) -> str:
    """The path as given, for a one-line message: control characters escaped."""
    text = os.fspath(path)
    return text if text.isprintable() else repr(text)[1:-1]


def quoted(value: object, limit: int = 40) -> str:
    """A value of a file in one short line; of a container only kind and size, however deep."""
    if isinstance(value, (list, tuple, dict)):
        kind = "object" if isinstance(value, dict) else "list"
        return f"{'an' if kind == 'object' else 'a'} {kind} of {len(value)}"
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if isinstance(value, str):
        return repr(value[:limit]) + ("..." if len(value) > limit else "")
    if value is None or isinstance(value, (int, float)):
        return str(value)[:limit]
    return f"a {type(value).__name__.strip('_').lower()}"


def read_bytes(path: Path, limit: int) -> bytes:
    """The whole file; FormatError if absent, a folder, a device, empty, above ``limit`` bytes."""
    name = shown(path)
    try:
        status = path.stat()
        check_regular(status, limit, name)
        with path.open("rb") as stream:
            data = stream.read(limit)
    except FormatError:
        raise
    except FileNotFoundError:
        raise FormatError(f"{name}: no such file") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or error
        raise FormatError(f"{name}: cannot be read: {reason}") from None
    if not data:
        raise FormatError(f"{name}: the file is empty")
    return data


def decoded(data: bytes, name: str) -> str:
    """UTF-8 text, a byte order mark aside; FormatError with the line of the first other byte."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FormatError(f"{name}:{line}: byte {error.start} is not UTF-8") from None


def check_regular(status: os.stat_result, limit: int, name: str) -> None:
    """Raise FormatError for what is no regular file, and for one above ``limit`` bytes."""
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "no regular file"
        raise FormatError(f"{name}: it is {kind}; give a file")
    if status.st_size > limit:
        size, most = status.st_size / MIB, limit / MIB
        raise FormatError(f"{name}: {size:.0f} MiB, above this format's limit of {most:.0f} MiB")


def write_bytes(path: Path, data: bytes) -> None:
    """Write beside the target, then rename: a reader never sees half a file.

    A link is followed; a device or pipe is refused, for a rename would replace it.
    """
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        raise FormatError(f"{shown(path)}: cannot be written: it is no regular file")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("xb") as stream:
            stream.write(data)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise FormatError(f"{shown(path)}: cannot be written: {error.strerror}") from None


@contextmanager
def located(name: str) -> Iterator[None]:
    """Put the file's name before an error that does not start with it."""
    try:
        yield
    except RoadMetricsError as error:
        if str(error).startswith(name + ":"):
            raise
        raise FormatError(f"{name}: {error}") from None
