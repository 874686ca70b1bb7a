"""Predictions copied to a folder of our own: what was judged and digested is what is scored."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from roadmetrics.io.files import MIB, shown

from .archive import CHUNK, unpack
from .benchmark import Benchmark
from .errors import BoardError, Problems
from .limits import Caps
from .names import doubles, is_note, wrong_content, wrong_kind, wrong_name
from .store import digest_of_all
from .submission import Submission


@dataclass(frozen=True)
class Staged:
    """Checked files in a folder that is gone after use. Digest: of all names and bytes."""

    folder: Path
    names: tuple[str, ...]
    n_bytes: int
    digest: str


@contextmanager
def staged(
    submission: Submission, benchmark: Benchmark, given: str | Path | None = None
) -> Iterator[Staged]:
    """The predictions of a submission, from its folder or zip, or from what is ``given``.

    Nothing of it is run, imported or followed. Raises Problems with every rule that is broken,
    and BoardError where the predictions are elsewhere and are not given.
    """
    source = _source(submission, given)
    with tempfile.TemporaryDirectory(prefix="leaderboard-") as name:
        folder = Path(name).resolve()
        if problems := _fill(source, folder, benchmark.caps):
            raise Problems(problems)
        yield _described(folder)


def _source(submission: Submission, given: str | Path | None) -> Path:
    if given is not None and submission.sha256 is None:
        raise BoardError(f"{submission.name}: its predictions lie beside it: give none")
    if submission.path is not None:
        return submission.path
    if given is None:
        raise BoardError(
            f"{submission.name}: its predictions lie at {submission.url}: fetch them and give the "
            "file with --predictions"
        )
    path = Path(given)
    if not path.is_file() or path.is_symlink():
        raise BoardError(f"{shown(path)}: no such file")
    if (seen := _sha256(path)) != submission.sha256:
        raise Problems([f"{shown(path.name)}: its sha256 is {seen}, the submission says "
                        f"{submission.sha256}"])  # fmt: skip
    return path


def _fill(source: Path, folder: Path, caps: Caps) -> list[str]:
    """Copy or unpack; what is wrong."""
    try:
        mode = os.lstat(source).st_mode
    except (OSError, ValueError):
        return [f"{shown(source.name)}: no such file or folder beside submission.toml"]
    if stat.S_ISDIR(mode):
        return _copy_folder(source, folder, caps)
    if stat.S_ISREG(mode) and source.suffix.lower() == ".zip":
        return unpack(source, folder, caps)
    return [f"{shown(source.name)}: predictions are a folder or a .zip, not {_kind(mode)}"]


def _copy_folder(source: Path, folder: Path, caps: Caps) -> list[str]:
    entries = _listed(source, caps)
    if isinstance(entries, str):
        return [f"{source.name}: {entries}"]
    problems = [
        f"{source.name}: {shown(name)}: {problem}"
        for name, status in entries if (problem := _wrong(name, status, caps))
    ]  # fmt: skip
    problems += [
        f"{source.name}: {shown(name)}: the same name as {shown(other)}, but for case"
        for name, other in doubles(name for name, _ in entries)
    ]
    total = sum(status.st_size for _, status in entries)
    if total > caps.total_mib * MIB:
        problems.append(f"{source.name}: {total / MIB:.0f} MiB, above {caps.total_mib:g} MiB")
    for name, _ in () if problems else entries:
        if problem := _copy_file(source / name, folder / name, caps):
            problems.append(f"{source.name}: {shown(name)}: {problem}")
    return problems


def _listed(source: Path, caps: Caps) -> list[tuple[str, os.stat_result]] | str:
    """(name, status) of every entry in order, links not followed; a text where too many."""
    found = []
    try:
        with os.scandir(source) as entries:
            for entry in entries:
                if entry.name in (".gitkeep", ".gitattributes"):
                    continue
                found.append((entry.name, entry.stat(follow_symlinks=False)))
                if len(found) > caps.files:
                    return f"more than {caps.files} files"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return sorted(found, key=lambda one: one[0]) or "there is no file in it"


def _wrong(name: str, status: os.stat_result, caps: Caps) -> str:
    if stat.S_ISDIR(status.st_mode):
        return "a folder in the folder: all predictions lie side by side"
    if not stat.S_ISREG(status.st_mode):
        return f"{_kind(status.st_mode)}: give the file itself"
    if status.st_nlink > 1:
        return "a hard link to another file: give a copy"
    if problem := wrong_name(name) or wrong_kind(name, caps):
        return problem
    if status.st_size > caps.file_mib * MIB:
        return f"{status.st_size / MIB:.0f} MiB, above {caps.file_mib:g} MiB"
    return ""


def _kind(mode: int) -> str:
    kinds = {stat.S_ISLNK: "a link", stat.S_ISFIFO: "a pipe", stat.S_ISSOCK: "a socket",
             stat.S_ISREG: "a file", stat.S_ISDIR: "a folder"}  # fmt: skip
    return next((text for is_kind, text in kinds.items() if is_kind(mode)), "a device")


def _copy_file(source: Path, target: Path, caps: Caps) -> str:
    """Copy a regular file, whatever it has become since it was listed."""
    try:
        handle = os.open(source, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as stream, target.open("xb") as out:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return "no regular file"
            left, head = int(caps.file_mib * MIB), b""
            while data := stream.read(CHUNK):
                head = head or data[:512]
                left -= len(data)
                if left < 0:
                    return f"above {caps.file_mib:g} MiB"
                out.write(data)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return wrong_content(source.name, head)


def _described(folder: Path) -> Staged:
    paths = sorted(folder.iterdir())
    digests = [(path.name, f"sha256:{_sha256(path)}") for path in paths if not is_note(path.name)]
    n_bytes = sum(path.stat().st_size for path in paths if not is_note(path.name))
    return Staged(folder, tuple(name for name, _ in digests), n_bytes, digest_of_all(digests))


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
