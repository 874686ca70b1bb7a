"""Zip files of strangers: every entry looked at before any is unpacked, every byte counted."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import IO

from roadmetrics.io.files import MIB, shown

from .limits import Caps
from .names import doubles, wrong_content, wrong_kind, wrong_name

CHUNK = 1 << 20
SMALL = MIB  # of an entry, unpacked: its ratio does not matter
HEADER, CENTRAL, LOCATOR, END = 30, 46, 20, 22  # the least bytes of the parts of a zip
MAX_COMMENT = 1 << 16
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError,
          ValueError, struct.error, OverflowError)  # fmt: skip
_KINDS = {
    stat.S_IFLNK: "a link", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device",
    stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket",
}  # fmt: skip


def unpack(path: Path, folder: Path, caps: Caps) -> list[str]:
    """Write the entries of a zip into an empty folder; what is wrong, and then nothing of worth.

    All entries are judged first, by the archive's list; then each is streamed, and what it really
    holds is counted.
    """
    name = shown(path.name)
    if problem := _directory(path, caps):
        return [f"{name}: {problem}"]
    try:
        with zipfile.ZipFile(path) as archive:
            entries = _entries(archive)
            problems = [f"{name}: {text}" for text in _wrong(entries, caps)]
            for text, info in () if problems else entries:
                if problem := _stream(archive, info, folder / text, caps):
                    problems.append(f"{name}: {shown(text)}: {problem}")
            return problems
    except BROKEN as error:
        return [f"{name}: not a zip that can be read: {' '.join(str(error).split())[:120]}"]


def _directory(path: Path, caps: Caps) -> str:
    """What is wrong with the list at the end of the file, before zipfile reads it into memory."""
    size = path.stat().st_size
    if size > caps.total_mib * MIB:
        return f"above the limit of {caps.total_mib:g} MiB"
    with path.open("rb") as stream:
        stream.seek(max(0, size - END - MAX_COMMENT))
        tail = stream.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < END:
        return "not a zip: its list of entries is missing"
    disk, _, _, n, n_bytes, offset, _ = struct.unpack("<HHHHIIH", tail[at + 4 : at + END])
    is_64 = tail[max(0, at - LOCATOR) : at].startswith(b"PK\x06\x07")  # zipfile believes it first
    if is_64 or disk or n == 0xFFFF or 0xFFFFFFFF in (n_bytes, offset):
        return "a zip in several parts or of the 64 bit kind: write a plain one"
    if n > caps.files or n_bytes > caps.files * (CENTRAL + 512):
        return f"more than {caps.files} entries"
    return ""


def _entries(archive: zipfile.ZipFile) -> list[tuple[str, zipfile.ZipInfo]]:
    """(name below the one folder that holds all, if one does; entry), without that folder."""
    every = [(_raw_name(info), info) for info in archive.infolist()]
    tops = {name.partition("/")[0] for name, _ in every}
    is_below = len(tops) == 1 and all("/" in name for name, _ in every)
    top = f"{tops.pop()}/" if is_below else ""
    if top in ("/", "./", "../"):
        top = ""
    return [(name.removeprefix(top), info) for name, info in every if name != top]


def _raw_name(info: zipfile.ZipInfo) -> str:
    """The name as it stands in the file: zipfile cuts it at NUL and turns backslashes."""
    return info.orig_filename


def _wrong(entries: list[tuple[str, zipfile.ZipInfo]], caps: Caps) -> Iterator[str]:
    total = sum(info.file_size for _, info in entries)
    if not entries:
        yield "there is no file in it"
    if len(entries) > caps.files:
        yield f"{len(entries)} entries, more than {caps.files}"
    if total > caps.total_mib * MIB:
        yield f"{total / MIB:.0f} MiB unpacked, above {caps.total_mib:g} MiB"
    for name, info in entries:
        if problem := _wrong_entry(name, info, caps):
            yield f"{shown(name)}: {problem}"
    for name, other in doubles(name for name, _ in entries):
        yield f"{shown(name)}: the same name as {shown(other)}" + ", but for case" * (name != other)
    ordered = sorted(entries, key=lambda entry: entry[1].header_offset)
    for (_, first), (name, info) in pairwise(ordered):
        if info.header_offset < first.header_offset + HEADER + first.compress_size:
            yield f"{shown(name)}: it overlaps another entry"


def _wrong_entry(name: str, info: zipfile.ZipInfo, caps: Caps) -> str:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind in _KINDS:
        return f"{_KINDS[kind]}: give the file itself"
    if problem := wrong_name(name):
        return problem
    if info.flag_bits & 1:
        return "it is encrypted"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "its packing is neither stored nor deflated"
    if info.file_size > caps.file_mib * MIB:
        return f"{info.file_size / MIB:.0f} MiB unpacked, above {caps.file_mib:g} MiB"
    if info.file_size > SMALL and info.file_size > caps.ratio * max(info.compress_size, 1):
        return f"it unpacks to more than {caps.ratio:g} times its size"
    return wrong_kind(name, caps)


def _stream(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, caps: Caps) -> str:
    try:
        with archive.open(info) as source, target.open("xb") as out:
            return _copy(source, out, target.name, caps)
    except BROKEN as error:
        return f"it cannot be unpacked: {' '.join(str(error).split())[:120]}"


def _copy(source: IO[bytes], out: IO[bytes], name: str, caps: Caps) -> str:
    """Bytes in pieces, never more than a file may have."""
    left = int(caps.file_mib * MIB)
    is_first = True
    while data := source.read(CHUNK):
        if is_first and (problem := wrong_content(PurePosixPath(name).name, data[:512])):
            return problem
        is_first = False
        left -= len(data)
        if left < 0:
            return f"above {caps.file_mib:g} MiB"
        out.write(data)
    return ""
