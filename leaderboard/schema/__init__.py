"""The published schemas (JSON Schema draft 7), and the check that readers make against them.

Knows the keywords that the schemas use, and refuses a schema that uses another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from roadmetrics.io.files import quoted

from ..errors import BoardError

NAMES = ("result", "run", "ranking")
_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "boolean": (bool,),
    "null": (type(None),), "integer": (int,), "number": (int, float),
}  # fmt: skip
_NUMBER = {"type": "number"}
_SAID = {"$schema", "title", "description", "definitions"}  # tell, but ask nothing


@cache
def load(name: str) -> Mapping[str, Any]:
    """A schema by name."""
    schema: Mapping[str, Any] = json.loads(files(__name__).joinpath(f"{name}.json").read_text())
    return schema


def require(document: Any, name: str, place: str) -> None:
    """Raise BoardError with the first thing in which a document differs from its schema.

    >>> require([], "run", "runs/a/b.json")
    Traceback (most recent call last):
    ...
    leaderboard.errors.BoardError: runs/a/b.json: expected an object, not a list of 0
    """
    schema = load(name)
    for problem in _problems(document, schema, schema, ""):
        raise BoardError(f"{place}: {problem}")


def _problems(
    value: Any, rule: Mapping[str, Any], root: Mapping[str, Any], at: str
) -> Iterator[str]:
    where = f"{at}: " if at else ""
    for key, asked in rule.items():
        if key in _SAID:
            continue
        if key == "$ref":
            yield from _problems(value, root["definitions"][asked.rpartition("/")[2]], root, at)
        elif key == "oneOf":
            found = [next(_problems(value, one, root, at), None) for one in asked]
            if None not in found:
                yield found[-1] or ""
        elif key in _INSIDE:
            yield from _INSIDE[key](value, asked, rule, root, at)
        elif text := _RULES[key](value, asked):
            yield f"{where}{text}"


def _of_type(value: Any, asked: str) -> str:
    is_bool = isinstance(value, bool) and asked != "boolean"
    if isinstance(value, _TYPES[asked]) and not is_bool:
        return ""
    return f"expected {'an' if asked[0] in 'aio' else 'a'} {asked}, not {quoted(value)}"


def _one_of(value: Any, asked: list[Any]) -> str:
    is_known = any(value == one and type(value) is type(one) for one in asked)
    return "" if is_known else f"expected one of {asked}, not {quoted(value)}"


def _like(value: Any, pattern: str) -> str:
    is_like = not isinstance(value, str) or (re.search(pattern, value) and value[-1:] != "\n")
    return "" if is_like else f"{quoted(value)} is not like {pattern}"


def _at_least(value: Any, asked: float) -> str:
    return "" if not _is_number(value) or value >= asked else f"{value} is below {asked}"


def _at_most(value: Any, asked: float) -> str:
    return "" if not _is_number(value) or value <= asked else f"{value} is above {asked}"


def _long_enough(value: Any, asked: int) -> str:
    return "" if not isinstance(value, (str, list)) or len(value) >= asked else "it is too short"


def _short_enough(value: Any, asked: int) -> str:
    return "" if not isinstance(value, (str, list)) or len(value) <= asked else "it is too long"


def _has(value: Any, asked: list[str]) -> str:
    lacking = [key for key in asked if isinstance(value, dict) and key not in value]
    return f"there is no {lacking[0]!r}" if lacking else ""


_RULES: Mapping[str, Callable[[Any, Any], str]] = {
    "type": _of_type, "enum": _one_of, "const": lambda value, asked: _one_of(value, [asked]),
    "pattern": _like, "minimum": _at_least, "maximum": _at_most, "required": _has,
    "minLength": _long_enough, "minItems": _long_enough,
    "maxLength": _short_enough, "maxItems": _short_enough,
}  # fmt: skip


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _properties(value: Any, asked: Any, rule: Any, root: Any, at: str) -> Iterator[str]:
    for key, one in asked.items():
        if isinstance(value, dict) and key in value:
            yield from _problems(value[key], one, root, _below(at, key))


def _others(value: Any, asked: Any, rule: Any, root: Any, at: str) -> Iterator[str]:
    known = rule.get("properties", {})
    if asked == _NUMBER and isinstance(value, dict) and _are_numbers(value):
        return  # most of a result: quickly
    for key in value if isinstance(value, dict) else ():
        if key in known:
            continue
        if asked is False:
            yield f"{_below(at, key)}: it is not known here"
        else:
            yield from _problems(value[key], asked, root, _below(at, key))


def _are_numbers(value: Mapping[str, Any]) -> bool:
    return all(type(one) in (int, float) for one in value.values())


def _items(value: Any, asked: Any, rule: Any, root: Any, at: str) -> Iterator[str]:
    for i, one in enumerate(value if isinstance(value, list) else ()):
        yield from _problems(one, asked, root, _below(at, str(i)))


_INSIDE = {"properties": _properties, "additionalProperties": _others, "items": _items}


def _below(at: str, key: str) -> str:
    name = key if key.isprintable() else repr(key)[1:-1]
    return f"{at}.{name}" if at else name
