"""JSON that fails in one line: UTF-8, no NaN, no doubled key, no nesting bomb."""

from __future__ import annotations

import json
import re
from typing import Any

from ..errors import FormatError
from ..graph import MAX_COORDINATE
from .files import decoded
from .files import quoted as quoted_text

MAX_COST = 512 << 20  # bytes that the parsed document may take, as guessed by `_check_cost`
_NUMBERS = (int, float)
_COSTS = ((b"[", 88), (b"{", 250), (b",", 56))  # bytes of Python for each, with one value

_TOKENS = re.compile(
    r'(?P<text>"(?:[^"\\]++|\\.)*+")(?P<colon>\s*:)?|(?P<brace>[{}])|(?P<constant>NaN|-?Infinity)'
    r"|(?<![\d.eE])(?<![eE][+-])(?P<digits>\d{4301,})(?![\d.eE])"
)


def parse_json(data: bytes, name: str) -> Any:
    """The document; FormatError with the line for what is no JSON.

    >>> parse_json(b'{"nodes": []}', "a.json")
    {'nodes': []}
    >>> parse_json(b'[NaN]', "a.json")
    Traceback (most recent call last):
    ...
    roadmetrics.errors.FormatError: a.json:1: NaN is no JSON number
    """
    _check_cost(data, name)
    text = decoded(data, name)
    try:
        return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise FormatError(f"{name}:{error.lineno}: not JSON: {error.msg}") from None
    except RecursionError:
        raise FormatError(f"{name}: brackets are nested too deeply") from None
    except ValueError:  # a constant, a doubled key, an integer of more than 4300 digits
        at, rule = _first_refused(text)
        raise FormatError(f"{name}:{text.count(chr(10), 0, at) + 1}: {rule}") from None


def _check_cost(data: bytes, name: str) -> None:
    """Refuse what would fill memory: a file of ``[],[],[],`` takes 25 times its size."""
    cost = sum(data.count(mark) * each for mark, each in _COSTS)
    cost += 0 if data.isascii() else 4 * len(data)  # one wide character widens all of a text
    if cost > MAX_COST:
        raise FormatError(
            f"{name}: reading it would take some {2 * cost >> 20} MiB of memory, above "
            f"{2 * MAX_COST >> 20}: cut it up, or save it as .npz"
        )


def _refuse_constant(text: str) -> None:
    raise ValueError


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        raise ValueError
    return result


def _first_refused(text: str) -> tuple[int, str]:
    """Where a text breaks a rule that Python's decoder tells no place of, and which."""
    keys: list[set[str]] = [set()]  # of each object that is open
    for token in _TOKENS.finditer(text):
        if token["constant"]:
            return token.start(), f"{token['constant']} is no JSON number"
        if token["digits"]:
            return token.start(), f"an integer of {len(token['digits'])} digits: refused"
        if token["brace"] == "{":
            keys.append(set())
        elif token["brace"] and len(keys) > 1:
            keys.pop()
        elif token["colon"]:
            key = json.loads(token["text"], strict=False)
            if key in keys[-1]:
                return token.start(), f"key {quoted(key)} is given twice"
            keys[-1].add(key)
    return 0, "not JSON"


def quoted(value: Any) -> str:
    """A value in one short line, in JSON's words."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return quoted_text(value)


def number(value: Any, place: str) -> float:
    """A finite JSON number below 1e12; a boolean is none."""
    if type(value) not in _NUMBERS:
        raise FormatError(f"{place}: expected a number, not {quoted(value)}")
    if not abs(value) <= MAX_COORDINATE:
        raise FormatError(f"{place}: {quoted(value)}: numbers must be finite and below 1e12")
    return float(value)


def point(value: Any, place: str) -> tuple[float, float]:
    """The first two numbers of a position; what follows (height) is dropped."""
    if not isinstance(value, list) or len(value) < 2:
        raise FormatError(f"{place}: a position is [x, y], not {quoted(value)}")
    x, y = value[0], value[1]
    if type(x) in _NUMBERS and type(y) in _NUMBERS and -1e9 < x < 1e9 and -1e9 < y < 1e9:
        return float(x), float(y)  # the ordinary case, fast
    return number(x, place), number(y, place)


def array_of(value: Any, place: str) -> list[Any]:
    """The value, if it is a JSON array."""
    if not isinstance(value, list):
        raise FormatError(f"{place}: expected an array, not {quoted(value)}")
    return value
