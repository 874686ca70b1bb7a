"""Damage to bytes: flips, cuts, copies, splices of two files, and values that readers trip on."""

from __future__ import annotations

import io
import json
import pickle
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

Damage = Callable[[bytes], bytes]

_NUMBERS = (
    "0", "-0", "-1", "1", "2", "1e999", "-1e999", "1e308", "1e13", "1e12", "1e-320", "NaN", "nan",
    "inf", "-Infinity", "Infinity", "1_0", "0x10", "01", "1.", ".5", "+1", "\u0661",
    str(2**31), str(2**32), str(2**63), str(2**64), str(-(2**63)), "9" * 60, "9" * 5000,
)  # fmt: skip
_WORDS = (
    "", " ", "\n", "\n\n", "\r", "\t", "\0", "\x1b[31m", "\u2028", "\ufeff", "\ud7ff", "\U0010ffff",
    "../../etc/passwd", "/dev/zero", "__class__", "%s%n", "EMPTY", "null", "true", "None",
)  # fmt: skip
_JSON = (
    "[" * 2000, "]", "{", "}", '{"a":' * 2000, "[[]]", "{}", "[]", '""', '"\\ud800"', ",", ":",
    '"type"', '"nodes"', '"vertices"', '"edges"', '"unit": "degrees",', '"unit": "m",',
    '"crs": "EPSG:4326",', '"crs": "EPSG:2263",', '"crs": "EPSG:999999",', '"polylines": [],',
    '"extent": [0, 0, 0, 0],', '"weights": [-1],', '"is_node": [1],', '"metres_per_pixel": 0,',
    '"FeatureCollection"', '"Feature"', '"Point"', '"GeometryCollection"', '"geometry": null',
)  # fmt: skip
_WKT = (
    "LINESTRING", "LINESTRING (0 0)", "LINESTRING EMPTY", "MULTILINESTRING", "POLYGON", "POINT",
    "Z", "ZM", "(", ")", "((", "))", ",", '"', '""', "'", ";", "GEOMETRYCOLLECTION", "ImageId",
    "WKT_Pix", "(" * 500, "0 0, " * 50,
)  # fmt: skip
_XML = (
    "<", ">", "</", "/>", "<!DOCTYPE a [<!ENTITY b 'c'>]>", "&b;", "&#0;", "&#x110000;",
    "<![CDATA[", "<!--", "<?xml version='1.0' encoding='utf-16'?>", "<a>" * 500, "<node id='1'/>",
    "<nd ref='1'/>", "<way>", "key='d9'", "<data key='d0'>1</data>", "xmlns='x'",
    "LINESTRING (0 0, 1 1)",
)  # fmt: skip
_OPCODES = (
    b"(.0123IFVSpgtldsaue)]}\x80\x85\x86\x87KMNRbcBCXTUqrhj2\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x90\x91"
    b"\x92\x93\x94\x95\x96\x97\x98QPio\x81\x82\x83\x84"
)
_PICKLE = (
    *(chr(code) for code in _OPCODES),
    "cos\nsystem\n", "cbuiltins\neval\n", "cnumpy\ndtype\n", "cnumpy.core.multiarray\nscalar\n",
    "c_codecs\nencode\n", "(S'id'\ntR.", "I99999999999\n", "L1L\n", "F1e999\n", "g999\n", "2" * 50,
    "(lp0\n", "g0\ng0\n", "]\x94(h\0h\0e",
)  # fmt: skip
_BINARY = tuple(
    struct.pack(form, value & ((1 << 8 * size) - 1)).decode("latin-1")
    for form, size in (("<B", 1), ("<H", 2), (">H", 2), ("<I", 4), (">I", 4), ("<Q", 8), (">Q", 8))
    for value in (0, 1, -1, 0x7F << 8 * (size - 1), 1 << 8 * size - 1, 20_000, 1 << 16, 255)
) + tuple(
    struct.pack(form, value).decode("latin-1")
    for form in ("<d", ">d", "<f", ">f")
    for value in (float("nan"), float("inf"), -0.0, 1e30)
)
_HEADERS = (
    "(1000000000, 1000000000)", "(0, 5)", "()", "(-1,)", "|O", "<f8", "<U9", "|S3", "<M8", "<V8",
    ">i4", "?", "<c16", "True", "False", "'descr'", "'shape'", "'fortran_order'",
)  # fmt: skip

_OF_SUFFIX: dict[str, tuple[str, ...]] = {
    **dict.fromkeys((".json", ".geojson", ".geojsonl", ".geojsonseq", ".ndjson"), _JSON),
    ".csv": _WKT, ".graph": (), ".p": _PICKLE, ".npy": _HEADERS, ".npz": _HEADERS,
    **dict.fromkeys((".graphml", ".osm", ".xml"), _XML),
}  # fmt: skip
_TEXT = (
    ".json",
    ".geojson",
    ".csv",
    ".graph",
    ".graphml",
    ".osm",
    ".xml",
    ".geojsonl",
    ".geojsonseq",
)


def tokens_of(suffix: str) -> list[bytes]:
    """What is put into files of this suffix."""
    own = _OF_SUFFIX.get(suffix, ())
    is_binary = suffix == ".p" or own == _HEADERS or suffix not in _OF_SUFFIX
    text = _NUMBERS + _WORDS + own * 2 if suffix in _TEXT or suffix == ".p" else own
    encoding = "utf-8" if suffix in _TEXT else "latin-1"
    common = [word.encode(encoding, "replace") for word in text]
    return common + [word.encode("latin-1") for word in (_BINARY if is_binary else ())]


def mutated(rng: Random, seeds: list[bytes], tokens: list[bytes], suffix: str) -> bytes:
    """One damaged file: now and then two in one, or cut short."""
    data = rng.choice(seeds)
    inside = _INSIDE.get(suffix)
    if inside is not None and rng.random() < 0.7:
        return inside(rng, data, lambda part: _damaged(rng, part, tokens))
    if rng.random() < 0.1:
        other = rng.choice(seeds)
        data = data[: rng.randrange(len(data) + 1)] + other[rng.randrange(len(other)) :]
    data = _damaged(rng, data, tokens)
    return data[: rng.randrange(1, len(data) + 1)] if rng.random() < 0.05 else data


def _damaged(rng: Random, data: bytes, tokens: list[bytes]) -> bytes:
    work = bytearray(data or b"\0")
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 5))):
        rng.choice(_ACTIONS)(rng, work, tokens)
        if not work:
            work += rng.choice(tokens) or b"\0"
    return bytes(work)


def _flip(rng: Random, work: bytearray, _: list[bytes]) -> None:
    work[rng.randrange(len(work))] ^= 1 << rng.randrange(8)


def _set(rng: Random, work: bytearray, _: list[bytes]) -> None:
    work[rng.randrange(len(work))] = rng.randrange(256)


def _insert(rng: Random, work: bytearray, _: list[bytes]) -> None:
    at = rng.randrange(len(work) + 1)
    work[at:at] = rng.randbytes(rng.randrange(1, 9))


def _delete(rng: Random, work: bytearray, _: list[bytes]) -> None:
    at = rng.randrange(len(work))
    del work[at : at + rng.randrange(1, 17)]


def _duplicate(rng: Random, work: bytearray, _: list[bytes]) -> None:
    at, start = rng.randrange(len(work) + 1), rng.randrange(len(work))
    part = bytes(work[start : start + rng.randrange(1, 65)])
    work[at:at] = part * rng.choice((1, 1, 1, 2, 40))


def _put(rng: Random, work: bytearray, tokens: list[bytes]) -> None:
    at, word = rng.randrange(len(work) + 1), rng.choice(tokens)
    work[at : at + rng.choice((0, len(word), 1, 3))] = word


def _put_number(rng: Random, work: bytearray, tokens: list[bytes]) -> None:
    """In place of a number that is there, so that the grammar lives."""
    digits = [i for i, byte in enumerate(work[:4096]) if 48 <= byte <= 57]
    if not digits:
        return
    start = end = rng.choice(digits)
    while end < len(work) and chr(work[end]) in "0123456789.eE+-":
        end += 1
    work[start:end] = rng.choice(tokens)


_ACTIONS: tuple[Callable[[Random, bytearray, list[bytes]], None], ...] = (
    _flip, _flip, _set, _insert, _delete, _duplicate, _put, _put, _put_number,
)  # fmt: skip


# damage inside containers that carry check sums, and to values rather than bytes


def _in_png(rng: Random, data: bytes, damage: Damage) -> bytes:
    """One chunk damaged, unpacked where it is pixels, its check sum made right again."""
    chunks, at = [], 8
    while at + 12 <= len(data):
        n = int.from_bytes(data[at : at + 4], "big")
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + n]))
        at += 12 + n
    k = rng.randrange(len(chunks))
    kind, body = chunks[k]
    if kind == b"IDAT" and rng.random() < 0.5:
        body = zlib.compress(damage(zlib.decompress(body)), 1)
    else:
        body = damage(body)
    chunks[k] = kind, body
    parts = [
        len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")
        for kind, body in chunks
    ]
    return data[:8] + b"".join(parts)


def _in_zip(rng: Random, data: bytes, damage: Damage) -> bytes:
    """One member damaged, all packed again."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    k = rng.randrange(len(members))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as out:
        for i, (name, body) in enumerate(members):
            out.writestr(name, damage(body) if i == k else body)
    return stream.getvalue()


_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 3, 4, 1.5, -0.0, 1e-320, 1e11, 1e12, 1e300, 2**31, 2**63,
    10**40, float("nan"), float("inf"), "", "x", "0", "m", "px", "degrees", "EPSG:4326",
    "EPSG:32633",
    "EPSG:2263", "Feature", "LineString", "MultiLineString", "Point", "FeatureCollection", [], {},
    [[]], [0, 0], [1, 1], [0, 0, 0], [[0, 0], [1, 1]], [180, 90], [-180.5, 95], [0, 1, 1],
    "\x1b[2J",
)  # fmt: skip


def _in_json(rng: Random, data: bytes, damage: Damage) -> bytes:
    """One to three values inside the document replaced, doubled, moved or taken away."""
    document = json.loads(data)
    for _ in range(rng.choice((1, 1, 2, 3))):
        document = _other_value(rng, document)
    return json.dumps(document).encode()


def _in_pickle(rng: Random, data: bytes, damage: Damage) -> bytes:
    """As `_in_json`, for what our own pickles hold, in any protocol."""
    document = [list(pair) for pair in pickle.loads(data).items()]
    for _ in range(rng.choice((1, 1, 2, 3))):
        document = _other_value(rng, document)
    with suppress(TypeError, ValueError):  # keys that cannot be hashed
        document = dict(document)
    return pickle.dumps(document, rng.randrange(6))


def _other_value(rng: Random, value: Any) -> Any:
    """A copy with one place changed."""
    size = len(value) if isinstance(value, (list, tuple, dict)) else 0
    if not size or rng.random() < 0.15:
        return rng.choice(_VALUES)
    if isinstance(value, dict):
        key = rng.choice(list(value))
        if rng.random() < 0.15:
            return {k: v for k, v in value.items() if k != key}
        return {**value, key: _other_value(rng, value[key])}
    i = rng.randrange(size)
    items = list(value)
    choice = rng.random()
    if choice < 0.1:
        del items[i]
    elif choice < 0.2:
        items.insert(i, items[rng.randrange(size)])
    elif choice < 0.25:
        items *= rng.choice((0, 2, 30))
    elif choice < 0.35:
        j = rng.randrange(size)
        items[i], items[j] = items[j], items[i]
    else:
        items[i] = _other_value(rng, items[i])
    return tuple(items) if isinstance(value, tuple) else items


def _in_geopackage(rng: Random, data: bytes, damage: Damage) -> bytes:
    """One cell of one table: a blob damaged, anything else replaced."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(data)
        names = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'"
        table = rng.choice([row[0] for row in connection.execute(names)])
        cursor = connection.execute(f'SELECT rowid, * FROM "{table}"')
        rows, columns = cursor.fetchall(), [column[0] for column in cursor.description]
        if not rows:
            return damage(data)
        row, k = rng.choice(rows), rng.randrange(1, len(columns))
        value = damage(row[k]) if isinstance(row[k], bytes) else rng.choice(_CELLS)
        connection.execute(
            f'UPDATE OR IGNORE "{table}" SET "{columns[k]}" = ? WHERE rowid = ?', (value, row[0])
        )
        connection.commit()
        return bytes(connection.serialize())
    except (sqlite3.Error, OverflowError):
        return damage(data)
    finally:
        connection.close()


_CELLS = (
    None, "", b"", 0, -1, 1, 4326, 32611, 2**62, 1e300, "x", "edges", "EPSG", "LINESTRING", "POINT",
    "GEOMETRY", "geom", 'a"b', "gpkg_contents", "sqlite_master", "PROJCS[", "+proj=longlat",
    "\x1b[2J",
)  # fmt: skip


def _in_parquet(rng: Random, data: bytes, damage: Damage) -> bytes:
    """A geometry damaged, or the description of the column; all packed again."""
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(pyarrow.BufferReader(data))
    shapes = table["geometry"].to_pylist()
    text = table.schema.metadata[b"geo"]
    if rng.random() < 0.6:
        shapes = [None if shape is None else damage(shape) for shape in shapes]
    else:
        text = _in_json(rng, text, damage)
    fresh = pyarrow.table({"geometry": shapes}).replace_schema_metadata({b"geo": text})
    stream = io.BytesIO()
    pyarrow.parquet.write_table(fresh, stream, compression=rng.choice(("none", "zstd", "gzip")))
    return stream.getvalue()


_INSIDE: dict[str, Callable[[Random, bytes, Damage], bytes]] = {
    ".png": _in_png, ".npz": _in_zip, ".json": _in_json, ".geojson": _in_json, ".p": _in_pickle,
    ".gpkg": _in_geopackage, ".parquet": _in_parquet,
}  # fmt: skip
