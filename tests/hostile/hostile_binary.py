"""Binary files that mean harm: pickles, arrays, archives, images. Each function gives the bytes."""

from __future__ import annotations

import io
import os
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable

import numpy as np

MILLION = 1_000_000


# pickles ------------------------------------------------------------------------------------


class _Call:
    """Pickles as a call of ``function`` with ``arguments``."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.function, self.arguments


def runners(marker: str) -> dict[str, bytes]:
    """Pickles that would make the file ``marker`` if they were run, at five protocols."""
    import importlib
    import subprocess

    code = f"open({marker!r}, 'w')"
    calls = {
        "os.system": _Call(os.system, f"touch '{marker}'"),
        "eval": _Call(eval, code),
        "exec": _Call(exec, code),
        "open": _Call(open, marker, "w"),
        "import": _Call(importlib.import_module, "this"),
        "subprocess": _Call(subprocess.call, ["touch", marker]),
        "compile": _Call(compile, code, "x", "exec"),
        "as a key": {_Call(eval, code): [(0, 1)]},
        "as a neighbour": {(0, 0): [_Call(os.system, f"touch '{marker}'")]},
    }
    return {
        f"{name}, protocol {protocol}": pickle.dumps(call, protocol)
        for name, call in calls.items()
        for protocol in (0, 1, 2, 4, 5)
    }


def by_hand(marker: str) -> dict[str, bytes]:
    """The same with opcodes that `pickle.dumps` does not write."""
    touch = f"touch '{marker}'".encode()
    text = b"X" + struct.pack("<I", len(touch)) + touch
    return {
        "INST": b"(S'" + touch.replace(b"'", b"\\'") + b"'\nios\nsystem\n.",
        "OBJ": b"(cos\nsystem\n" + text + b"o.",
        "NEWOBJ": b"\x80\x02cos\nsystem\n" + text + b"\x85\x81.",
        "BUILD": b"\x80\x02}" + text + b"Nsb.",
        "STACK_GLOBAL": b"\x80\x04\x8c\x02os\x94\x8c\x06system\x93" + text + b"\x85R.",
        "STACK_GLOBAL with dots": b"\x80\x04\x8c\x05numpy\x8c\x0bos.system.x\x93"
        + text
        + b"\x85R.",
        "EXT": b"\x80\x02\x82\x01.",
        "PERSID": b"Pos.system\n.",
        "dtype of an object": b"cnumpy\ndtype\n(S'O8'\nI0\nI1\ntR.",
        "codecs with another codec": b"c_codecs\nencode\n(V" + b"a" * 10 + b"\nVbz2\ntR.",
        "scalar of an object": b"cnumpy.core.multiarray\nscalar\n"
        b"(cnumpy\ndtype\n(S'O'\nI0\nI1\ntRtR.",
    }


def _shared(n: int) -> bytes:
    """A list of two times the list before, n times: 2 ** n values if it were written out."""
    return b"]\x94" + b"".join(b"]\x94(h%ch%ce" % (i, i) for i in range(n)) + b"."


PICKLES = {
    "doubling lists": lambda: _shared(200),
    "doubling tuples": lambda: b"\x80\x02K\x00" + b"2\x86" * (MILLION // 2) + b".",
    "one list of neighbours for a million keys": lambda: (
        b"\x80\x04}](" + b"K\x01K\x02\x86" * 1000 + b"e\x940("
        + b"".join(b"K\x01J" + struct.pack("<i", i) + b"\x86h\x00" for i in range(MILLION)) + b"u."
    ),
    "deep lists": lambda: b"]" * MILLION + b"a" * (MILLION - 1) + b".",
    "deep tuples": lambda: b")" + b"\x85" * (3 * MILLION) + b".",
    "deep dictionaries": lambda: b"}" + b"K\x01}" * MILLION + b"s" * MILLION + b".",
    "60 MB of dictionaries": lambda: b"}" * (60 * MILLION),
    "60 MB of lists": lambda: b"]" * (60 * MILLION),
    "60 MB of marks": lambda: b"(" * (60 * MILLION),
    "60 MB of numbers": lambda: b"F1\n" * (20 * MILLION),
    "60 MB of copies": lambda: b"K\x01" + b"2" * (60 * MILLION),
    "60 MB of tuples": lambda: b")\x85" * (30 * MILLION),
    "memo of a million": lambda: b"K\x01" + b"".join(
        b"r" + struct.pack("<I", i * 4000) for i in range(MILLION)
    ) + b".",
    "frame of 2**63": lambda: b"\x80\x04\x95" + b"\xff" * 8 + b"}.",
    "text of 2**63": lambda: b"\x80\x04\x8d" + b"\xff" * 7 + b"\x7f}.",
    "text of 60 MB, copied": lambda: b"X" + struct.pack("<I", 60 * MILLION) + b"a" * (60 * MILLION)
    + b"2" * 1000 + b".",
    "integer of a million digits": lambda: b"I" + b"9" * MILLION + b"\n.",
    "LONG4 of a megabyte": lambda: b"\x80\x02\x8b" + struct.pack("<I", MILLION) + b"\x7f" * MILLION
    + b".",
    "1e999": lambda: b"(dp0\n(F1e999\nI0\nt(lp1\ns.",
    "million vertices": lambda: b"\x80\x02}(" + b"".join(
        b"K\x01J" + struct.pack("<i", i) + b"\x86]" for i in range(MILLION)
    ) + b"u.",
    "escapes": lambda: b"S'" + b"\\x41" * (10 * MILLION) + b"'\n.",
}  # fmt: skip


# arrays and archives ------------------------------------------------------------------------


def _npy(text: str, body: bytes = b"") -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode("latin-1") + body


def _header(descr: str, shape: str) -> str:
    return f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n"


NPY = {
    "shape of 10**12": lambda: _npy(_header("<f8", "(1000000, 1000000)")),
    "shape of 2**62 and 4": lambda: _npy(_header("<f8", f"({2**62}, 4)"), b"x" * 8),
    "shape of 0 and 2**49": lambda: _npy(_header("<f8", f"(0, {2**49})")),
    "negative shape": lambda: _npy(_header("<f8", "(-1, 2)"), b"x" * 16),
    "objects": lambda: _npy(_header("|O", "(1, 1)"), pickle.dumps([_Call(os.system, "true")])),
    "structure": lambda: _npy("{'descr': [('a', '|O')], 'fortran_order': False, 'shape': (1,)}"),
    "code in the header": lambda: _npy("__import__('os').system('true')"),
    "deep header": lambda: _npy("(" * 60_000),
    "header of 4 GB": lambda: b"\x93NUMPY\x02\x00\xff\xff\xff\xff{",
    "void of 0 bytes": lambda: _npy(_header("|V0", "(1000000, 1000000)")),
    "text of 0 characters": lambda: _npy(_header("<U0", "(1000000, 1000000)")),
    "long dimension": lambda: _npy(_header("|b1", f"({'9' * 60000},)")[:65000]),
    "200 million pixels": lambda: _npy(_header("|u1", "(10000, 20000)"), bytes(200 * MILLION)),
    "400 MB of doubles": lambda: _npy(_header("<f8", "(5000, 10000)"), bytes(400 * MILLION)),
    "pixels of NaN": lambda: _npy(_header("<f8", "(1000, 1000)"), b"\xff" * 8 * MILLION),
}


def _zip(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as out:
        for name, body in members.items():
            out.writestr(name, body)
    return stream.getvalue()


def _big(shape: str, descr: str, n_bytes: int) -> bytes:
    return _npy(_header(descr, shape), bytes(n_bytes))


def _zip_that_lies(size: int) -> bytes:
    """300 MB of zeros whose entries say ``size``."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packer.compress(bytes(300 * MILLION)) + packer.flush()
    name = b"vertices.npy"
    numbers = (8, 0, 0, 0, len(body), size, len(name))
    local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, *numbers, 0)
    central = struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, *numbers, 0, 0, 0, 0, 0, 0)
    start = len(local) + len(name) + len(body)
    length = len(central) + len(name)
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1, 1, length, start, 0)
    return local + name + body + central + name + end


def _zip_of_one_body(n: int) -> bytes:
    """n entries that share one body: 'overlapped files' of the better zip bombs."""
    whole = _zip({"vertices.npy": _big("(0, 2)", "<f8", 0)})
    start = whole.index(b"PK\1\2")
    entry, end = whole[start : whole.index(b"PK\5\6")], whole[whole.index(b"PK\5\6") :]
    counts = struct.pack("<HHII", n % 65536, n % 65536, n * len(entry), start)
    return whole[:start] + entry * n + end[:8] + counts + end[20:]


_EDGES = _npy(_header("<i8", "(0, 2)"))


def _mapped(edges: object, vertices: object = None, at: int = 0, number: int = 0) -> bytes:
    """Arrays that are used in their place, 6 million bytes; ``number`` in the list of members."""
    from types import SimpleNamespace

    from roadmetrics.io.npz import write_npz

    n = 300_000
    xy = np.arange(2 * n, dtype="<f8").reshape(n, 2) if vertices is None else vertices
    rest = dict.fromkeys(("unit", "crs", "metres_per_pixel", "extent", "is_node", "weights"))
    graph = SimpleNamespace(vertices=xy, edges=edges, **rest)
    data = bytearray(write_npz(graph, compressed=False))  # type: ignore[arg-type]
    if at:
        place = data.index(b"PK\1\2") + at
        data[place : place + 4] = struct.pack("<I", number)
    return bytes(data)


_CHAIN = np.stack([np.arange(200_000), np.arange(1, 200_001)], axis=1).astype("<i4")
NPZ = {
    "in place": lambda: _mapped(_CHAIN),
    "in place, edges that leave": lambda: _mapped(_CHAIN + 200_000),
    "in place, edges below 0": lambda: _mapped(_CHAIN - 9),
    "in place, one edge ever again": lambda: _mapped(np.tile(_CHAIN[:1], (300_000, 1))),
    "in place, a star": lambda: _mapped(_CHAIN * np.array([0, 1], dtype="<i4")),
    "in place, all NaN": lambda: _mapped(_CHAIN, np.full((300_000, 2), np.nan)),
    "in place, list of bytes elsewhere": lambda: _mapped(_CHAIN, at=42, number=2**32 - 2),
    "in place, list of bytes amid others": lambda: _mapped(_CHAIN, at=42, number=4096),
    "in place, larger than the file": lambda: _mapped(_CHAIN, at=24, number=2**32 - 2),
    "in place, another checksum": lambda: _mapped(_CHAIN, at=16, number=7),
    "300 MB of zeros": lambda: _zip({"vertices.npy": _big("(20000000, 2)", "<f8", 320 * MILLION)}),
    "250 MB of zeros": lambda: _zip({
        "vertices.npy": _big("(10000000, 2)", "<f8", 160 * MILLION),
        "edges.npy": _big("(5000000, 2)", "<i8", 80 * MILLION)}),
    "four arrays of 80 MB": lambda: _zip({
        f"{key}.npy": _big("(10000000,)", "<f8", 80 * MILLION)
        for key in ("vertices", "edges", "weights", "is_node")}),
    "unknown array of 400 MB": lambda: _zip({"x.npy": bytes(400 * MILLION), "edges.npy": _EDGES}),
    "bzip2": lambda: _zip({"vertices.npy": bytes(MILLION)}, zipfile.ZIP_BZIP2),
    "xz": lambda: _zip({"vertices.npy": bytes(MILLION)}, zipfile.ZIP_LZMA),
    "size that lies, small": lambda: _zip_that_lies(100),
    "size that lies, 4 GB": lambda: _zip_that_lies(2**32 - 2),
    "entries over one body": lambda: _zip_of_one_body(30_000),
    "a million entries": lambda: _zip_of_one_body(MILLION),
    "archive in an archive": lambda: _zip({"vertices.npy": _zip({"vertices.npy": bytes(MILLION)})}),
    "names of paths": lambda: _zip({"../../vertices.npy": _EDGES, "/etc/edges.npy": _EDGES}),
    "objects": lambda: _zip({"vertices.npy": _npy(_header("|O", "(1, 2)"),
                             pickle.dumps(_Call(os.system, "true"))), "edges.npy": _EDGES}),
    "million vertices and edges": lambda: _zip({
        "vertices.npy": _npy(_header("<f8", "(1000000, 2)"),
                             np.arange(2 * MILLION, dtype="<f8").tobytes()),
        "edges.npy": _npy(_header("<i8", "(1000000, 2)"), np.random.default_rng(0).integers(
            0, MILLION, (MILLION, 2), dtype="<i8").tobytes())}),
    "unit that is no text": lambda: _zip({"vertices.npy": _npy(_header("<f8", "(0, 2)")),
        "edges.npy": _EDGES, "unit.npy": _npy(_header("<U1", "()"), b"\xff\xff\xff\x7f")}),
    "unit of 30 MB": lambda: _zip({"vertices.npy": _npy(_header("<f8", "(0, 2)")),
        "edges.npy": _EDGES, "unit.npy": _big("()", "<U30000000", 120 * MILLION)}),
    "extent of NaN": lambda: _zip({"vertices.npy": _npy(_header("<f8", "(0, 2)")),
        "edges.npy": _EDGES, "extent.npy": _npy(_header("<f8", "(4,)"), b"\xff" * 32)}),
}  # fmt: skip


# images -------------------------------------------------------------------------------------


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png(
    width: int, height: int, bits: int, colour: int, pixels: bytes, more: bytes = b""
) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    body = _chunk(b"IHDR", head) + more + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _zeros(n: int, noise: int = 0) -> bytes:
    """n zero bytes packed, some noise behind them."""
    packer = zlib.compressobj(9)
    block = bytes(MILLION)
    parts = [packer.compress(block) for _ in range(n // MILLION)]
    parts.append(packer.compress(bytes(n % MILLION - noise if noise else n % MILLION)))
    parts.append(packer.compress(os.urandom(noise) if noise else b""))
    return b"".join(parts) + packer.flush()


PNG = {
    "30000 x 30000 of one bit": lambda: _png(30_000, 30_000, 1, 0, _zeros(90 * MILLION)),
    "30000 x 30000 of a byte": lambda: _png(30_000, 30_000, 8, 0, _zeros(100 * MILLION)),
    "2**31 x 2**31": lambda: _png(2**31 - 1, 2**31 - 1, 8, 0, b""),
    "0 x 0": lambda: _png(0, 0, 8, 0, _zeros(10)),
    "20000 x 10000 of a byte": lambda: _png(20_000, 10_000, 8, 0, _zeros(10_000 * 20_001)),
    "20000 x 10000 that passes": lambda: _png(
        20_000, 10_000, 8, 0, _zeros(10_000 * 20_001), _chunk(b"tEXt", b"a\0" + b"b" * 20_000)),
    "20000 x 10000 of a bit": lambda: _png(
        20_000, 10_000, 1, 0, _zeros(10_000 * 2_501), _chunk(b"tEXt", b"a\0" + b"b" * 20_000)),
    "8192 x 8192 of 3 bytes": lambda: _png(8192, 8192, 8, 2, _zeros(8192 * (8192 * 3 + 1))),
    "8192 x 8192 of 4 bytes": lambda: _png(8192, 8192, 8, 6, _zeros(8192 * (8192 * 4 + 1))),
    "8192 x 8192 of 4 deep": lambda: _png(8192, 8192, 16, 6, _zeros(100 * MILLION)),
    "8192 x 8192 palette": lambda: _png(
        8192, 8192, 8, 3, _zeros(8192 * 8193), _chunk(b"PLTE", bytes(range(256)) * 3)),
    "8192 x 8192 transparent palette": lambda: _png(
        8192, 8192, 8, 3, _zeros(8192 * 8193),
        _chunk(b"PLTE", bytes(range(256)) * 3) + _chunk(b"tRNS", bytes(range(256)))),
    "10000 x 10000 of 2 bytes": lambda: _png(10_000, 10_000, 16, 0, _zeros(10_000 * 20_001)),
    "pixels that go on": lambda: _png(10, 10, 8, 0, _zeros(200 * MILLION)),
    "text of 300 MB": lambda: _png(10, 10, 8, 0, _zeros(110), _chunk(
        b"zTXt", b"a\0\0" + _zeros(300 * MILLION))),
    "profile of 300 MB": lambda: _png(10, 10, 8, 0, _zeros(110), _chunk(
        b"iCCP", b"a\0\0" + _zeros(300 * MILLION))),
    "a million chunks": lambda: _png(10, 10, 8, 0, _zeros(110), _chunk(b"abCd", b"") * MILLION),
    "chunk of 4 GB": lambda: b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIHDR" + b"\0" * 20,
    "4000 x 4000 colours of noise": lambda: _png(4000, 4000, 8, 2, zlib.compress(
        b"".join(b"\0" + os.urandom(12_000) for _ in range(4000)), 0)),
}  # fmt: skip


def tiff(tags: list[tuple[int, int, int, int]], rest: bytes = b"", following: int = 0) -> bytes:
    """A little-endian TIFF of one page: (tag, type, count, value) each; ``rest`` comes after."""
    entries = b"".join(struct.pack("<HHII", *tag) for tag in sorted(tags))
    return (b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + entries
            + struct.pack("<I", following) + rest)  # fmt: skip


def _one_strip(width: int, height: int, packing: int, body: bytes, bits: int = 8) -> bytes:
    tags = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, bits), (259, 3, 1, packing),
            (262, 3, 1, 1), (273, 4, 1, 0), (277, 3, 1, 1), (278, 4, 1, height),
            (279, 4, 1, len(body))]  # fmt: skip
    start = 8 + 2 + 12 * len(tags) + 4
    return tiff([(t, k, n, start if t == 273 else v) for t, k, n, v in tags], body)


TIFF = {
    "20000 x 10000 deflate": lambda: _one_strip(20_000, 10_000, 8, _zeros(200 * MILLION)),
    "20000 x 10000 deflate that passes": lambda: _one_strip(
        20_000, 10_000, 8, _zeros(200 * MILLION) + bytes(20_000)),
    "30000 x 30000 deflate": lambda: _one_strip(30_000, 30_000, 8, _zeros(90 * MILLION)),
    "8192 x 8192 deflate": lambda: _one_strip(8192, 8192, 8, _zeros(8192 * 8192)),
    "8192 x 8192 of doubles": lambda: _one_strip(8192, 8192, 8, _zeros(8192 * 8192 * 8), 64),
    "8192 x 8192 lzw": lambda: _one_strip(8192, 8192, 5, b"\x80\x00\x20\x10" * 1000),
    "8192 x 8192 packbits": lambda: _one_strip(8192, 8192, 32773, b"\x81\x00" * (8192 * 64)),
    "10 x 10 in tiles of 2**30": lambda: tiff([
        (256, 4, 1, 10), (257, 4, 1, 10), (258, 3, 1, 8), (259, 3, 1, 8), (262, 3, 1, 1),
        (277, 3, 1, 1), (322, 4, 1, 2**30), (323, 4, 1, 2**30), (324, 4, 1, 8), (325, 4, 1, 99)],
        bytes(99)),
    "a strip of 4 GB": lambda: tiff([
        (256, 4, 1, 10), (257, 4, 1, 10), (258, 3, 1, 8), (259, 3, 1, 8), (262, 3, 1, 1),
        (273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, 2**32 - 1), (279, 4, 1, 2**32 - 1)]),
    "a billion strips": lambda: tiff([
        (256, 4, 1, 10), (257, 4, 1, 10), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1),
        (273, 4, 10**9, 8), (277, 3, 1, 1), (278, 4, 1, 1), (279, 4, 10**9, 8)]),
    "directory that loops": lambda: tiff([(256, 4, 1, 10), (257, 4, 1, 10)], following=8),
    "65535 tags": lambda: tiff([(i, 4, 1, 1) for i in range(65_535)]),
    "65535 times one big tag": lambda: tiff([(40_000, 1, MILLION, 8)] * 65_535, bytes(MILLION)),
    "65535 samples a pixel": lambda: tiff([
        (256, 4, 1, 8000), (257, 4, 1, 8000), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 2),
        (273, 4, 1, 8), (277, 3, 1, 65_535), (278, 4, 1, 8000), (279, 4, 1, 99)]),
    "BigTIFF": lambda: b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0" + b"\xff" * 100,
}  # fmt: skip


def _jpeg(size: int, scans: int) -> bytes:
    """A progressive JPEG of ``size`` pixels a side with ``scans`` scans that hold nothing."""
    from PIL import Image

    stream = io.BytesIO()
    Image.new("L", (16, 16)).save(stream, format="JPEG", progressive=True)
    data = bytearray(stream.getvalue())
    frame = data.index(b"\xff\xc2")
    data[frame + 5 : frame + 9] = struct.pack(">HH", size, size)
    first = data.index(b"\xff\xda")
    length = int.from_bytes(data[first + 2 : first + 4], "big")
    scan = bytes(data[first : first + 2 + length]) + b"\0" * 8
    return bytes(data[:first]) + scan * scans + b"\xff\xd9"


JPEG = {
    "65500 x 65500": lambda: _jpeg(65_500, 1),
    "8000 x 8000": lambda: _jpeg(8000, 1),
    "5000 scans of 4000 x 4000": lambda: _jpeg(4000, 5000),
    "60 scans of 8000 x 8000": lambda: _jpeg(8000, 60),
    "million comments": lambda: b"\xff\xd8" + b"\xff\xfe\x00\x02" * MILLION + b"\xff\xd9",
    "markers without end": lambda: b"\xff\xd8" + b"\xff" * (10 * MILLION),
}


# geographic files ---------------------------------------------------------------------------


def _pbf(raw_size: int, body: bytes, n: int = 1) -> bytes:
    """OSMHeader and ``n`` blobs of OSMData whose zlib ``body`` says ``raw_size``."""

    def varint(value: int) -> bytes:
        out = b""
        while value > 127:
            out, value = out + bytes([value & 127 | 128]), value >> 7
        return out + bytes([value])

    def field(number: int, data: bytes) -> bytes:
        return bytes([number << 3 | 2]) + varint(len(data)) + data

    def blob(kind: bytes, raw: int, packed: bytes) -> bytes:
        inner = b"\x10" + varint(raw) + field(3, packed)
        head = field(1, kind) + b"\x18" + varint(len(inner))
        return struct.pack(">I", len(head)) + head + inner

    header = field(4, b"OsmSchema-V0.6") + field(4, b"DenseNodes")
    start = blob(b"OSMHeader", len(header), zlib.compress(header))
    return start + blob(b"OSMData", raw_size, body) * n


PBF = {
    "blob of 1 GB": lambda: _pbf(1_000 * MILLION, _zeros(100 * MILLION)),
    "blob of 300 MB that says 30 MB": lambda: _pbf(30 * MILLION, _zeros(300 * MILLION)),
    "100 blobs of 30 MB": lambda: _pbf(30 * MILLION, _zeros(30 * MILLION), 100),
    "header of 2 GB": lambda: b"\x7f\xff\xff\xff\x0a\x09OSMHeader",
    "damaged groups": lambda: _pbf(4000, zlib.compress(b"\x12\xff\x7f" * 1333 + b"\0")),
}


def _shp(records: bytes, kind: int = 3) -> bytes:
    n = (100 + len(records)) // 2
    return (
        struct.pack(">7i", 9994, 0, 0, 0, 0, 0, n)
        + struct.pack("<2i8d", 1000, kind, *[0] * 8)
        + records
    )


SHP = {
    "a million null records": lambda: _shp(struct.pack(">2i", 1, 2) + b"\0\0\0\0") * 1
    + (struct.pack(">2i", 1, 2) + b"\0\0\0\0") * MILLION,
    "2**31 points": lambda: _shp(struct.pack(">2i", 1, 22) + struct.pack(
        "<i4d2i", 3, 0, 0, 0, 0, 1, 2**31 - 1)),
    "2**31 parts": lambda: _shp(struct.pack(">2i", 1, 22) + struct.pack(
        "<i4d2i", 3, 0, 0, 0, 0, 2**31 - 1, 2)),
    "record of no words": lambda: _shp(struct.pack(">2i", 1, 0) * MILLION),
    "record of negative words": lambda: _shp(struct.pack(">2i", 1, -4) * 1000),
}  # fmt: skip


def _gpkg(*statements: str) -> bytes:
    import sqlite3

    from roadmetrics import RoadGraph
    from roadmetrics.io.geopackage import write_geopackage

    graph = RoadGraph([(500000, 4e6), (500100, 4e6)], [(0, 1)], "m", crs="EPSG:32632")
    connection = sqlite3.connect(":memory:")
    connection.deserialize(write_geopackage(graph, "a.gpkg"))
    connection.executescript(";".join(statements))
    result = bytes(connection.serialize())
    connection.close()
    return result


_COUNT = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x AS geom FROM c"
GPKG = {
    "view without end": lambda: _gpkg("DROP TABLE edges", f"CREATE VIEW edges AS {_COUNT}"),
    "view in place of the list": lambda: _gpkg(
        "DROP TABLE gpkg_geometry_columns",
        "CREATE VIEW gpkg_geometry_columns AS SELECT 'edges' AS table_name, "
        "'geom' AS column_name, 'LINESTRING' AS geometry_type_name, x AS srs_id FROM "
        f"({_COUNT.replace('AS geom', 'AS x')})"),
    "generated column": lambda: _gpkg(
        "DROP TABLE edges", "CREATE TABLE edges (a, geom AS (zeroblob(900000000)))",
        "INSERT INTO edges VALUES (1)"),
    "blobs of zeros": lambda: _gpkg(
        "UPDATE edges SET geom = zeroblob(60000000)"),
    "million rows": lambda: _gpkg(
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 1000000) "
        "INSERT INTO edges (geom) SELECT (SELECT geom FROM edges LIMIT 1) FROM c"),
    "name of a table that is code": lambda: _gpkg(
        "UPDATE gpkg_geometry_columns SET table_name = 'edges; DROP TABLE edges'"),
    "pages of 2**32": lambda: b"SQLite format 3\0\x02\0\1\1\0\x40\x20\x20" + b"\xff" * 600,
    "attached file": lambda: _gpkg("UPDATE gpkg_geometry_columns SET table_name = '/etc/passwd'"),
}  # fmt: skip


def _parquet_bomb(n: int) -> bytes:
    import json

    import pyarrow
    import pyarrow.parquet

    about = {"encoding": "WKB", "geometry_types": []}
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": about}}
    line = struct.pack("<BII4d", 1, 2, 2, 7.1, 43.5, 7.2, 43.5)
    table = pyarrow.table({"geometry": pyarrow.array([line + bytes(1000)] * n)})
    stream = io.BytesIO()
    table = table.replace_schema_metadata({"geo": json.dumps(geo)})
    pyarrow.parquet.write_table(table, stream, compression="zstd")
    return stream.getvalue()


PARQUET = {
    "a value half a million times": lambda: _parquet_bomb(MILLION // 2),
    "footer of 4 GB": lambda: b"PAR1" + bytes(100) + b"\xff\xff\xff\xffPAR1",
    "footer of noise": lambda: (
        b"PAR1" + b"\x15\x02\x19\xfc" * 2500 + struct.pack("<I", 9000) + b"PAR1"
    ),
}
FGB = {
    "nothing behind the magic": lambda: b"fgb\x03fgb\x00" + b"\xff" * 200,
    "header of 2 GB": lambda: b"fgb\x03fgb\x00\xff\xff\xff\x7f" + bytes(1000),
    "VRT": lambda: (
        b'<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/vsicurl/http://127.0.0.1:9/'
        b"a.fgb</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
    ),
}
BINARY = {
    ".p": PICKLES, ".npy": NPY, ".npz": NPZ, ".png": PNG, ".tif": TIFF, ".jpg": JPEG, ".pbf": PBF,
    ".shp": SHP, ".gpkg": GPKG, ".parquet": PARQUET, ".fgb": FGB,
}  # fmt: skip
