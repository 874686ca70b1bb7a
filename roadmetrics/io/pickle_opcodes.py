"""Reads the opcodes of a pickle as plain values; nothing is imported, called or built.

Protocols 0 to 5, Python 2 included. Names of classes stay `Symbol`; the few that numpy scalars
need are decoded here from their bytes, every other one is refused. Dictionaries stay lists of
pairs, so that no key is ever hashed or compared. Opcodes as in Python's pickletools.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import Any

from ..errors import FormatError
from .pickle_machine import Machine, Pairs, Refused, Symbol

MAX_OPCODES = 4_000_000  # 2 to 4 s, below 0.6 GB; a tile of 4,500 vertices has 90,000, and
# 660,000 where its numbers are NumPy's
MAX_DIGITS = 40  # of an integer written as text
MAX_LONG_BYTES = 16
MAX_ESCAPED = 1 << 20  # of a text with escapes; here they hold the bytes of one number
STOP = ord(".")
_SCALAR_CODES = {
    "b1": "?", "i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I",
    "i8": "q", "u8": "Q", "f2": "e", "f4": "f", "f8": "d",
}  # fmt: skip

RECIPE = (
    "pickles are never run here: where you trust the file, load it yourself, make a graph with "
    "roadmetrics.RoadGraph(vertices, edges) and save it with roadmetrics.write(graph, 'tile.json')"
)
NETWORKX_RECIPE = (
    "it holds a networkx graph, and pickles are never run here: where you trust the file, load it "
    "yourself (pickle.load, or nx.read_gpickle before networkx 3) and save it with "
    "roadmetrics.write(roadmetrics.RoadGraph.from_networkx(G), 'tile.json')"
)


def run(data: bytes, name: str) -> Any:
    """The value that a pickle describes: numbers, text, bytes, lists, tuples and `Pairs`.

    Raises FormatError for a truncated or corrupt pickle (with the byte) and for any name but
    those of numpy scalars.
    """
    machine = Machine(data)
    try:
        return _interpreted(machine)
    except Refused as refusal:
        raise FormatError(f"{name}: {refusal}") from None
    except (IndexError, KeyError, ValueError, TypeError, struct.error, OverflowError) as error:
        reason = str(error).splitlines()[0][:80] if str(error) else "bad opcode"
        raise FormatError(
            f"{name}: byte {machine.start}: corrupt or truncated pickle ({reason})"
        ) from None


def _interpreted(machine: Machine) -> Any:
    data, operations = machine.data, _OPERATIONS
    for _ in range(MAX_OPCODES):
        machine.start = at = machine.at
        if at >= len(data):
            raise ValueError("it ends before its last opcode")
        machine.at = at + 1
        code = data[at]
        if code == STOP:
            return machine.pop()
        operation = operations.get(code)
        if operation is None:
            raise Refused(_unknown_opcode(code, at))
        operation(machine)
    raise Refused(f"more than {MAX_OPCODES} opcodes: cut the graph up, or save it as .npz")


def _unknown_opcode(code: int, at: int) -> str:
    if code in b"PQio\x81\x82\x83\x84\x92\x97\x98":
        return f"byte {at}: the pickle builds an object; {RECIPE}"
    return f"byte {at}: not a pickle (no opcode {code:#04x})"


Operation = Callable[[Machine], None]
_OPERATIONS: dict[int, Operation] = {}


def _opcode(code: bytes) -> Callable[[Operation], Operation]:
    def register(operation: Operation) -> Operation:
        _OPERATIONS[code[0]] = operation
        return operation

    return register


# numbers ------------------------------------------------------------------------------------


def _digits(text: bytes) -> int:
    if len(text) > MAX_DIGITS or b"_" in text:
        raise ValueError("an integer is too long")
    return int(text)


@_opcode(b"I")
def _int(m: Machine) -> None:
    m.stack.append(_digits(m.line()))


@_opcode(b"L")
def _long(m: Machine) -> None:
    m.stack.append(_digits(m.line().removesuffix(b"L")))


@_opcode(b"F")
def _float(m: Machine) -> None:
    m.stack.append(float(m.line()[: 2 * MAX_DIGITS]))


def _little(size: int) -> Operation:
    def long_of(m: Machine) -> None:
        n = int.from_bytes(m.take(size), "little")
        if n > MAX_LONG_BYTES:
            raise ValueError("an integer is too long")
        m.stack.append(int.from_bytes(m.take(n), "little", signed=True))

    return long_of


def _packed(form: str) -> Operation:
    return lambda m: m.stack.append(m.number(form))


def _constant(value: Any) -> Operation:
    return lambda m: m.stack.append(value)


for _code, _operation in {
    b"J": _packed("<i"), b"K": _packed("<B"), b"M": _packed("<H"), b"G": _packed(">d"),
    b"\x8a": _little(1), b"\x8b": _little(4),
    b"N": _constant(None), b"\x88": _constant(True), b"\x89": _constant(False),
}.items():  # fmt: skip
    _opcode(_code)(_operation)


# text and bytes -----------------------------------------------------------------------------

_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"\\": b"\\", b"'": b"'", b'"': b'"'}


def _unescape(match: re.Match[bytes]) -> bytes:
    text = match.group(1)
    return bytes([int(text[1:], 16)]) if text.startswith(b"x") else _ESCAPES[text]


@_opcode(b"S")
def _string(m: Machine) -> None:
    text = m.line().strip()
    if len(text) < 2 or text[0] != text[-1] or text[0] not in b"'\"":
        raise ValueError("a string has no quotes")
    if len(text) > MAX_ESCAPED:
        raise ValueError("a string is too long")
    m.stack.append(re.sub(rb"\\(x[0-9a-fA-F]{2}|.)", _unescape, text[1:-1]))


@_opcode(b"V")
def _unicode(m: Machine) -> None:
    m.stack.append(m.line().decode("raw-unicode-escape"))


def _sized(form: str, is_text: bool) -> Operation:
    def read(m: Machine) -> None:
        n = m.number(form)
        if n < 0:
            raise ValueError("a negative length")
        part = m.take(n)
        m.stack.append(part.decode("utf-8", "surrogatepass") if is_text else part)

    return read


for _code, _operation in {
    b"U": _sized("<B", False), b"T": _sized("<i", False),
    b"C": _sized("<B", False), b"B": _sized("<I", False), b"\x8e": _sized("<Q", False),
    b"\x8c": _sized("<B", True), b"X": _sized("<I", True), b"\x8d": _sized("<Q", True),
}.items():  # fmt: skip
    _opcode(_code)(_operation)


# containers ---------------------------------------------------------------------------------


@_opcode(b"(")
def _mark(m: Machine) -> None:
    m.marks.append(len(m.stack))


def _push_new(kind: type[Any]) -> Operation:
    return lambda m: m.stack.append(kind())


def _push_tuple(n: int) -> Operation:
    def collect(m: Machine) -> None:
        items = [m.pop() for _ in range(n)]
        m.stack.append(tuple(reversed(items)))

    return collect


for _code, _operation in {
    b"}": _push_new(Pairs), b"]": _push_new(list), b")": _push_new(tuple),
    b"\x8f": _push_new(list),  # a set, in the order written
    b"\x85": _push_tuple(1), b"\x86": _push_tuple(2), b"\x87": _push_tuple(3),
    b"t": lambda m: m.stack.append(tuple(m.pop_mark())),
    b"l": lambda m: m.stack.append(m.pop_mark()),
    b"e": lambda m: _extend(m, m.pop_mark()),
    b"a": lambda m: _extend(m, [m.pop()]),
    b"\x90": lambda m: _extend(m, m.pop_mark()),
    b"u": lambda m: _set_items(m, m.pop_mark()),
}.items():  # fmt: skip
    _opcode(_code)(_operation)


def _extend(m: Machine, items: list[Any]) -> None:
    m.top(list).extend(items)


def _set_items(m: Machine, flat: list[Any]) -> None:
    if len(flat) % 2:
        raise ValueError("a key has no value")
    m.top(Pairs).items.extend(zip(flat[::2], flat[1::2], strict=True))


@_opcode(b"s")
def _set_item(m: Machine) -> None:
    value, key = m.pop(), m.pop()
    m.top(Pairs).items.append((key, value))


@_opcode(b"d")
def _dict(m: Machine) -> None:
    flat = m.pop_mark()
    m.stack.append(Pairs())
    _set_items(m, flat)


# stack, memo and frames ---------------------------------------------------------------------


@_opcode(b"0")
def _pop(m: Machine) -> None:
    if m.marks and m.marks[-1] == len(m.stack):
        m.marks.pop()
    else:
        m.pop()


@_opcode(b"2")
def _dup(m: Machine) -> None:
    m.stack.append(m.stack[-1])


def _put(m: Machine, key: int) -> None:
    m.memo[key] = m.stack[-1]


def _get(m: Machine, key: int) -> None:
    if key not in m.memo:
        raise ValueError(f"memo {key} is not set")
    m.stack.append(m.memo[key])


for _code, _operation in {
    b"1": lambda m: m.pop_mark(),
    b"p": lambda m: _put(m, _digits(m.line())),
    b"q": lambda m: _put(m, m.number("<B")),
    b"r": lambda m: _put(m, m.number("<I")),
    b"\x94": lambda m: _put(m, len(m.memo)),
    b"g": lambda m: _get(m, _digits(m.line())),
    b"h": lambda m: _get(m, m.number("<B")),
    b"j": lambda m: _get(m, m.number("<I")),
    b"\x95": lambda m: m.take(8),  # a frame's length, not needed
}.items():
    _opcode(_code)(_operation)


@_opcode(b"\x80")
def _protocol(m: Machine) -> None:
    version = m.number("<B")
    if version > 5:
        raise ValueError(f"protocol {version} is not known, 5 is the newest")


class _ScalarType:
    """A numpy dtype of one number: code and byte order."""

    __slots__ = ("code", "order")

    def __init__(self, code: str) -> None:
        self.code = code
        self.order = "<"


# names: of numpy scalars only ---------------------------------------------------------------


@_opcode(b"c")
def _global(m: Machine) -> None:
    _push_symbol(m, m.line().decode("utf-8"), m.line().decode("utf-8"))


@_opcode(b"\x93")
def _stack_global(m: Machine) -> None:
    name, module = m.pop(), m.pop()
    if not isinstance(name, str) or not isinstance(module, str):
        raise ValueError("a name is not text")
    _push_symbol(m, module, name)


def _push_symbol(m: Machine, module: str, name: str) -> None:
    symbol = Symbol(module, name)
    if symbol not in _CALLS:
        recipe = NETWORKX_RECIPE if module.split(".")[0] == "networkx" else RECIPE
        raise Refused(f"byte {m.start}: the pickle names {f'{module}.{name}'[:60]!r}; {recipe}")
    m.stack.append(symbol)


@_opcode(b"R")
def _reduce(m: Machine) -> None:
    arguments, symbol = m.pop(), m.pop()
    if not isinstance(symbol, Symbol) or not isinstance(arguments, tuple):
        raise ValueError("a call of something that is no name")
    m.stack.append(_CALLS[symbol](*arguments))


@_opcode(b"b")
def _build(m: Machine) -> None:
    state = m.pop()
    scalar_type = m.top(_ScalarType)
    order = _text(state[1]) if isinstance(state, tuple) and len(state) >= 2 else ""
    if order not in ("<", ">", "=", "|"):
        raise ValueError("a numpy type with an unknown byte order")
    scalar_type.order = ">" if order == ">" else "<"


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("ascii")
    if not isinstance(value, str):
        raise ValueError("text was expected")
    return value


def _scalar_type(code: Any, *_flags: Any) -> _ScalarType:
    if _text(code) not in _SCALAR_CODES:
        raise ValueError(f"a numpy type {_text(code)[:20]!r} that is no number")
    return _ScalarType(_text(code))


def _scalar(scalar_type: Any, raw: Any) -> Any:
    if not isinstance(scalar_type, _ScalarType) or not isinstance(raw, bytes):
        raise ValueError("a numpy number without type or bytes")
    return struct.unpack(scalar_type.order + _SCALAR_CODES[scalar_type.code], raw)[0]


def _encoded(text: Any, encoding: Any) -> bytes:
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise ValueError("bytes that are not written as latin1 text")
    if len(text) > MAX_LONG_BYTES:  # one long text, encoded again and again, would fill memory
        raise ValueError("more bytes than a number has")
    return text.encode("latin-1")


_CALLS: dict[Symbol, Callable[..., Any]] = {
    Symbol("numpy.core.multiarray", "scalar"): _scalar,
    Symbol("numpy._core.multiarray", "scalar"): _scalar,
    Symbol("numpy", "dtype"): _scalar_type,
    Symbol("_codecs", "encode"): _encoded,
}
