"""NPZ of arrays: vertices (N, 2), edges (M, 2), and what else a graph holds."""

from __future__ import annotations

import io
import mmap
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import FormatError
from ..graph import RoadGraph, adopted
from .files import MIB, located, quoted
from .graph_json import unit_of, with_crs
from .mapped import LOCAL, Bytes, flaw, member
from .npy import array_of
from .repairs import count_edges

MAX_UNPACKED = 256 * MIB  # bytes of all arrays together: 5 million vertices and edges, and weights
MAX_MEMBERS = 1000  # of an archive
MAX_LIST = MIB  # bytes of the list of members
ZIP64, ALIGN, PADDING = 20, 64, 0xD935  # bytes of sizes above 4 GiB; of a place; a mark of padding
_KINDS = {
    "vertices": "iuf", "nodes": "iuf", "edges": "iu", "weights": "iuf", "lengths": "iuf",
    "is_node": "b", "unit": "US", "units": "US", "crs": "US", "metres_per_pixel": "iuf",
    "extent": "iuf",
}  # fmt: skip
_BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError,
    ValueError, KeyError, IndexError, OverflowError,
)  # fmt: skip


def read_npz(data: Bytes, name: str, crs: str | None = None) -> RoadGraph:
    """Read ``vertices`` or ``nodes``, ``edges``, and where given unit, weights, is_node, crs.

    ``data`` may be a file that is mapped: then arrays that are stored, and as `write_npz` writes
    them, stay in it. Raises FormatError for a broken archive, an array of another shape or type,
    and an array whose header does not fit its bytes. Other arrays are ignored.

    >>> read_npz(write_npz(RoadGraph([(0, 0), (3, 4)], [(0, 1)], "m")), "a.npz")
    RoadGraph(2 vertices, 1 edges, 5.0 m)
    >>> read_npz(write_npz(RoadGraph([], [])), "a.npz")
    RoadGraph(0 vertices, 0 edges, 0.0 px)
    """
    arrays = _arrays(data, name)
    vertices, edges = _one(arrays, name, "vertices", "nodes"), _one(arrays, name, "edges")
    if vertices is None or edges is None:
        raise FormatError(f"{name}: no {'vertices or nodes' if vertices is None else 'edges'}")
    unit = unit_of(_scalar(_one(arrays, name, "unit", "units"), name), name)
    extent, scale = _one(arrays, name, "extent"), _one(arrays, name, "metres_per_pixel")
    weights = _one(arrays, name, "weights", "lengths")
    make: Callable[..., RoadGraph] = RoadGraph
    if isinstance(data, mmap.mmap):
        found = flaw({"vertices": vertices, "edges": edges, "weights": weights})
        if found is None:
            make = adopted
        elif sum(array.nbytes for array in arrays.values()) > MAX_UNPACKED:
            raise FormatError(
                f"{name}: {found}: above {MAX_UNPACKED // MIB} MiB arrays are used in their place: "
                "write it by roadmetrics.write, in Python"
            )
    if make is RoadGraph:
        _count(edges)
    with located(name):
        graph = make(
            vertices=vertices,
            edges=edges,
            unit="px" if unit == "degrees" else unit,
            extent=None if extent is None else tuple(_row(extent, 4, name)),
            metres_per_pixel=None if scale is None else _row(scale, 1, name)[0],
            is_node=_one(arrays, name, "is_node"),
            weights=weights,
        )
        return with_crs(graph, unit, _scalar(_one(arrays, name, "crs"), name), crs, name)


def write_npz(graph: RoadGraph, *, compressed: bool | None = None) -> bytes:
    """Everything that a graph holds, exactly.

    Not compressed, each array begins at a multiple of 64 bytes, so that it can be mapped; None:
    compressed unless the arrays are more than could be read back then.

    >>> g = RoadGraph([(0, 0), (3, 4)], [(0, 1)], "m")
    >>> read_npz(write_npz(g, compressed=False), "a.npz").digest == g.digest
    True
    >>> len(write_npz(RoadGraph([], []), compressed=False)) % 2
    0
    """
    arrays: dict[str, Any] = {"vertices": graph.vertices, "edges": graph.edges}
    for key in ("unit", "crs", "metres_per_pixel", "extent", "is_node", "weights"):
        value = getattr(graph, key)
        if value is not None:
            arrays[key] = np.array(value)
    stream = io.BytesIO()
    if compressed is None:
        compressed = sum(array.nbytes for array in arrays.values()) < MAX_UNPACKED - MIB
    if compressed:
        np.savez_compressed(stream, **arrays)
        return stream.getvalue()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for key, array in arrays.items():
            info = zipfile.ZipInfo(f"{key}.npy")  # of 1980: the same graph, the same bytes
            start = stream.tell() + LOCAL + len(info.filename) + ZIP64
            gap = -(start + 4) % ALIGN
            info.extra = struct.pack("<HH", PADDING, gap) + bytes(gap)
            with archive.open(info, "w", force_zip64=True) as out:
                np.lib.format.write_array(out, array, allow_pickle=False)
    return stream.getvalue()


def _arrays(data: Bytes, name: str) -> dict[str, npt.NDArray[Any]]:
    source = _Bounded(data, name)
    try:
        with zipfile.ZipFile(source) as archive:
            if len(archive.infolist()) > MAX_MEMBERS:
                raise FormatError(f"{name}: more than {MAX_MEMBERS} arrays in it")
            source.most = MAX_UNPACKED
            raw = _members(archive, data, name)
    except _BROKEN as error:
        if isinstance(error, FormatError):
            raise
        raise FormatError(f"{name}: a broken NPZ archive: {quoted(str(error), 80)}") from None
    return {key: array_of(part, f"{name}: {key}", _KINDS[key]) for key, part in raw.items()}


class _Bounded:
    """Bytes as a file for zipfile; while it reads the list of members, few at a time."""

    def __init__(self, data: Bytes, name: str) -> None:
        self._data, self._name, self._at = data, name, 0
        self.most = MAX_LIST

    def read(self, n: int = -1) -> bytes:
        left = max(len(self._data) - self._at, 0)
        n = left if n < 0 else min(n, left)
        if n > self.most:
            raise FormatError(f"{self._name}: more than {MAX_MEMBERS} arrays in it")
        self._at += n
        return self._data[self._at - n : self._at]

    def seek(self, offset: int, whence: int = 0) -> int:
        at = (0, self._at, len(self._data))[whence] + offset
        if at < 0:
            raise OSError("before the beginning")
        self._at = at
        return at

    def tell(self) -> int:
        return self._at

    def seekable(self) -> bool:
        return True


def _members(archive: zipfile.ZipFile, data: Bytes, name: str) -> dict[str, bytes | memoryview]:
    """Bytes of the arrays that are known here, under the limit whatever their headers say."""
    raw: dict[str, bytes | memoryview] = {}
    left = MAX_UNPACKED
    wanted = [info for info in archive.infolist() if _key(info) in _KINDS]
    for info in wanted:
        left -= 0 if _is_mapped(info, data) else max(info.file_size, 0)
        if left < 0:
            raise FormatError(f"{name}: {_key(info)}: unpacks above {MAX_UNPACKED // MIB} MiB")
    for info in wanted:
        key = _key(info)
        if key in raw:
            raise FormatError(f"{name}: array {key} is there twice")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise FormatError(f"{name}: {key}: packed in a way that NumPy does not write")
        if isinstance(data, mmap.mmap) and _is_mapped(info, data):
            raw[key] = member(data, info, archive.start_dir, name)
            continue
        with archive.open(info) as stream:
            raw[key] = stream.read(info.file_size)  # without a number zipfile unpacks all first
    return raw


def _is_mapped(info: zipfile.ZipInfo, data: Bytes) -> bool:
    """Of the arrays that may be large, those stored as they are."""
    large = _key(info) in ("vertices", "nodes", "edges", "weights", "lengths")
    return large and info.compress_type == zipfile.ZIP_STORED and not isinstance(data, bytes)


def _key(info: zipfile.ZipInfo) -> str:
    return info.filename.removesuffix(".npy")


def _count(edges: npt.NDArray[Any]) -> None:
    if edges.ndim == 2 and edges.shape[1] == 2 and edges.dtype.kind in "iu":
        count_edges(edges)


def _one(arrays: dict[str, npt.NDArray[Any]], name: str, *keys: str) -> npt.NDArray[Any] | None:
    found = [key for key in keys if key in arrays]
    if len(found) > 1:
        raise FormatError(f"{name}: both {found[0]!r} and {found[1]!r} are given; keep one")
    return arrays[found[0]] if found else None


def _scalar(array: npt.NDArray[Any] | None, name: str) -> str | None:
    if array is None:
        return None
    if array.size != 1:
        raise FormatError(f"{name}: unit and crs are one text each, not shape {array.shape}")
    try:
        if array.dtype.kind == "S":
            return bytes(array.reshape(-1)[0]).decode("ascii")
        # numpy would make broken text of numbers that are no characters: decoded here
        order = "be" if array.dtype.str.startswith(">") else "le"
        return array.tobytes().decode(f"utf-32-{order}").rstrip("\0")
    except UnicodeDecodeError:
        raise FormatError(f"{name}: unit or crs is not text") from None


def _row(array: npt.NDArray[Any], n: int, name: str) -> list[float]:
    if array.size != n:
        raise FormatError(f"{name}: expected {n} numbers, not shape {array.shape}")
    return [float(v) for v in array.reshape(-1)]
