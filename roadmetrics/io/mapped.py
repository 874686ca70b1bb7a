"""Graphs whose arrays stay in their file: checked there block by block, and never copied.

The pages of a file that is mapped are the system's, not the process's: they are read when they are
touched, shared by all processes that map the file, and dropped when memory is wanted.
"""

from __future__ import annotations

import itertools
import mmap
import os
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import FormatError
from ..graph import MAX_COORDINATE, MIN_COORDINATE
from .files import MIB, check_regular, read_bytes, shown

LEAST = 4 * MIB  # a smaller file is read: nothing is gained, and it may be changed in place
LIMIT = 4096 * MIB  # 140 million vertices and as many edges
BLOCK = 1 << 20  # rows that are checked at a time: some tens of MB
PART = 1 << 22  # edges that are sorted at a time
LOCAL = 30  # bytes of a member's own header, then come its name and what else there is
Bytes = bytes | mmap.mmap


def bytes_of(path: Path) -> Bytes:
    """The file's bytes, mapped read-only where there are many; FormatError as of `read_bytes`."""
    try:
        size = path.stat().st_size
    except (OSError, ValueError):
        size = 0  # read_bytes tells
    if size < LEAST:
        return read_bytes(path, LEAST)
    try:
        with path.open("rb") as stream:
            check_regular(os.fstat(stream.fileno()), LIMIT, shown(path))
            return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise FormatError(f"{shown(path)}: cannot be read: {error.strerror}") from None


def member(data: mmap.mmap, info: zipfile.ZipInfo, end: int, name: str) -> memoryview:
    """The bytes of a stored member where they lie, its checksum compared; FormatError if not so.

    ``end``: where the list of members begins, which no member may reach.
    """
    at = info.header_offset
    raw = info.filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437")
    head = data[at : at + LOCAL]
    if len(head) < LOCAL or not head.startswith(b"PK\3\4"):
        raise FormatError(f"{name}: a broken NPZ archive: no header of {info.filename!r:.40}")
    n_name, n_more = int.from_bytes(head[26:28], "little"), int.from_bytes(head[28:30], "little")
    start = at + LOCAL + n_name + n_more
    if data[at + LOCAL : at + LOCAL + n_name] != raw or info.flag_bits & 1:
        raise FormatError(f"{name}: a broken NPZ archive: two names, or locked: {raw!r:.40}")
    if info.file_size != info.compress_size or start + info.file_size > end:
        raise FormatError(f"{name}: a broken NPZ archive: {raw!r:.40} is not all there")
    body = memoryview(data)[start : start + info.file_size]
    state = 0
    for first in range(0, len(body), BLOCK):
        state = zlib.crc32(body[first : first + BLOCK], state)
    if state != info.CRC:
        raise FormatError(f"{name}: a broken NPZ archive: bad CRC-32 of {raw!r:.40}")
    return body


def flaw(arrays: dict[str, npt.NDArray[Any] | None]) -> str | None:
    """Why the arrays cannot stay as they are; None where they are as a RoadGraph would make them.

    That is: C order, aligned, [N, 2] float64 with no -0.0, [M, 2] int32 with i < j, each edge once.
    """
    vertices, edges, weights = arrays["vertices"], arrays["edges"], arrays["weights"]
    assert vertices is not None
    assert edges is not None
    for key, descr in (("vertices", "float64"), ("edges", "int32"), ("weights", "float64")):
        array = arrays[key]
        if array is None:
            continue
        if array.dtype != np.dtype(descr) or not array.dtype.isnative:
            return f"{key} must be {descr}, not {array.dtype}"
        if array.ndim != (1 if key == "weights" else 2) or array.shape[1:] not in ((), (2,)):
            return f"{key} must be rows of two, not of shape {array.shape}"
        if not (array.flags.c_contiguous and array.flags.aligned):
            return f"{key} must lie in C order at a multiple of 8 bytes"
    return _flaw_of_vertices(vertices) or _flaw_of_edges(edges, len(vertices)) or (
        None if weights is None else _flaw_of_weights(weights, len(edges))
    )  # fmt: skip


def _blocks(array: npt.NDArray[Any]) -> Iterator[tuple[int, npt.NDArray[Any]]]:
    for start in range(0, len(array), BLOCK):
        yield start, array[start : start + BLOCK]


def _flaw_of_vertices(vertices: npt.NDArray[np.float64]) -> str | None:
    for start, rows in _blocks(vertices):
        size = np.abs(rows)
        if not (size <= MAX_COORDINATE).all():
            row = start + int(np.argmin((size <= MAX_COORDINATE).all(axis=1)))
            return f"vertex {row} must be finite, below 1e12"
        small = rows[size < MIN_COORDINATE]
        if small.any() or np.signbit(small).any():
            return "a coordinate near 0 must be 0"
    return None


def _flaw_of_edges(edges: npt.NDArray[np.int32], n_vertices: int) -> str | None:
    for start, rows in _blocks(edges):
        good = (rows[:, 0] >= 0) & (rows[:, 0] < rows[:, 1]) & (rows[:, 1] < n_vertices)
        if not good.all():
            row = start + int(np.argmin(good))
            return f"edge {row} must be i, j with i < j, vertices that there are"
    if _is_any_twice(edges, n_vertices):
        return "an edge must be there once"
    return None


def _is_any_twice(edges: npt.NDArray[np.int32], n_vertices: int) -> bool:
    """Sorted by parts of the vertices, so that little is held at a time."""
    n_parts = -(-len(edges) // PART)
    bounds = np.linspace(0, n_vertices, n_parts + 1).astype(np.int64)
    for low, high in itertools.pairwise(bounds):
        parts = [rows[(rows[:, 0] >= low) & (rows[:, 0] < high)] for _, rows in _blocks(edges)]
        keys = np.concatenate(
            [part[:, 0].astype(np.int64) * n_vertices + part[:, 1] for part in parts]
        )
        keys.sort()
        if (keys[1:] == keys[:-1]).any():
            return True
    return False


def _flaw_of_weights(weights: npt.NDArray[np.float64], n_edges: int) -> str | None:
    if len(weights) != n_edges:
        return f"there are {len(weights)} weights for {n_edges} edges"
    for _, rows in _blocks(weights):
        if not (np.isfinite(rows) & (rows >= 0)).all():
            return "weights must be finite and not negative"
    return None
