"""What the pages of a Parquet column unpack to, from their headers (Thrift's compact protocol)."""

from __future__ import annotations

UNPACKED, PACKED = 2, 3  # fields of PageHeader
_STOP, _TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY = 0, 1, 2, 3, 7, 8
_NUMBERS, _STRUCT = (4, 5, 6), 12
MAX_DEPTH = 8  # of structs in a header; those of the format have 3, and no list
MAX_PAGES = 100_000  # of a column in a row group


def unpacked_size(data: bytes, start: int, size: int) -> int:
    """Bytes of all pages from ``start`` on, ``size`` bytes with their headers.

    pyarrow believes a page's own header, not the file's metadata. Raises ValueError for headers
    that do not parse.

    >>> unpacked_size(bytes([0x25, 200, 1, 0x15, 6, 0, 1, 2, 3]), 0, 9)
    100
    >>> unpacked_size(b"", 0, 0)
    0
    """
    at, total, n = start, 0, 0
    while at < min(start + size, len(data)):
        fields, at = _struct(data, at, 0)
        packed, unpacked = fields.get(PACKED, -1), fields.get(UNPACKED, -1)
        if packed < 0 or unpacked < 0:
            raise ValueError("a page without its size")
        total, n = total + unpacked, n + 1
        if n > MAX_PAGES:
            raise ValueError(f"more than {MAX_PAGES} pages")
        at += packed
    return total


def _struct(data: bytes, at: int, depth: int) -> tuple[dict[int, int], int]:
    """The numbers of a struct by field, and where it ends."""
    if depth > MAX_DEPTH:
        raise ValueError("a page header is nested too deeply")
    numbers: dict[int, int] = {}
    field = 0
    while (head := _byte(data, at)) & 15 != _STOP:
        at += 1
        if head >> 4:
            field += head >> 4
        else:
            field, at = _number(data, at)
        if head & 15 in _NUMBERS:
            numbers[field], at = _number(data, at)
        else:
            at = _passed(data, at, head & 15, depth)
    return numbers, at + 1


def _passed(data: bytes, at: int, kind: int, depth: int) -> int:
    """Where a value ends that is not wanted."""
    if kind in (_TRUE, _FALSE):
        return at
    if kind in (_BYTE, _DOUBLE):
        return at + (1 if kind == _BYTE else 8)
    if kind in _NUMBERS:
        return _number(data, at)[1]
    if kind == _BINARY:
        n, at = _varint(data, at)
        return at + n
    if kind == _STRUCT:
        return _struct(data, at, depth + 1)[1]
    raise ValueError(f"a field of type {kind}")


def _number(data: bytes, at: int) -> tuple[int, int]:
    value, at = _varint(data, at)
    return (value >> 1) ^ -(value & 1), at


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for k in range(10):
        byte = _byte(data, at + k)
        value |= (byte & 127) << 7 * k
        if byte < 128:
            return value, at + k + 1
    raise ValueError("a number of more than 10 bytes")


def _byte(data: bytes, at: int) -> int:
    if at >= len(data):
        raise ValueError("a page header is cut short")
    return data[at]
