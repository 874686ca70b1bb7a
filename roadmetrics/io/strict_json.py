"""JSON that fails in one line: UTF-8, no NaN, no doubled key, no nesting bomb."""

from __future__ import annotations

import json
import math
from typing import Any

from ..errors import FormatError
from ..graph import MAX_COORDINATE
from .files import quoted


def parse_json(data: bytes, name: str) -> Any:
    """The document; FormatError with the line for what is no JSON.

    >>> parse_json(b'{"nodes": []}', "a.json")
    {'nodes': []}
    >>> parse_json(b'[NaN]', "a.json")
    Traceback (most recent call last):
    ...
    roadmetrics.errors.FormatError: a.json: NaN is no JSON number
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FormatError(f"{name}:{line}: byte {error.start} is not UTF-8") from None
    try:
        return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise FormatError(f"{name}:{error.lineno}: not JSON: {error.msg}") from None
    except RecursionError:
        raise FormatError(f"{name}: brackets are nested too deeply") from None
    except ValueError as error:  # a constant, a doubled key, an integer of 4300 digits
        raise FormatError(f"{name}: {str(error).split(';')[0]}") from None


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is no JSON number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        seen: set[str] = set()
        twice = next(k for k, _ in pairs if k in seen or seen.add(k))  # type: ignore[func-returns-value]
        raise ValueError(f"key {quoted(twice)} is given twice")
    return result


def number(value: Any, place: str) -> float:
    """A finite JSON number below 1e12; a boolean is none."""
    if type(value) not in (int, float):
        raise FormatError(f"{place}: expected a number, not {quoted(value)}")
    if not abs(value) <= MAX_COORDINATE:
        raise FormatError(f"{place}: {quoted(value)}: numbers must be finite and below 1e12")
    return float(value)


def point(value: Any, place: str) -> tuple[float, float]:
    """The first two numbers of a position; what follows (height) is dropped."""
    if not isinstance(value, list) or len(value) < 2:
        raise FormatError(f"{place}: a position is [x, y], not {quoted(value)}")
    x, y = value[0], value[1]
    if type(x) is float and type(y) is float and math.isfinite(x + y) and abs(x) + abs(y) < 1e9:
        return x, y  # the ordinary case, fast
    return number(x, place), number(y, place)


def array_of(value: Any, place: str) -> list[Any]:
    """The value, if it is a JSON array."""
    if not isinstance(value, list):
        raise FormatError(f"{place}: expected an array, not {quoted(value)}")
    return value
