"""A dataclass of a script's options makes its command line: one place for name, rule and help."""

from __future__ import annotations

import argparse
import math
from dataclasses import MISSING, Field, field, fields
from typing import Any, ClassVar, Protocol, TypeVar

from roadmetrics.errors import RoadMetricsError


class Arguments(Protocol):
    """A frozen dataclass whose fields are made by `option`."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


Made = TypeVar("Made", bound=Arguments)


def option(
    text: str,
    default: Any = MISSING,
    *,
    choices: tuple[str, ...] = (),
    least: float = -math.inf,
    most: float = math.inf,
    above: float | None = None,
    is_positional: bool = False,
    is_many: bool = False,
    is_late: bool = False,
    metavar: str | None = None,
) -> Any:
    """A field with its help, its default (none: it must be given) and the rule for its values.

    ``is_many``: several words, which the field holds with spaces between. ``is_late``: runs that
    were written before there was this option are read, and have its default.
    """
    rule = {"help": text, "choices": choices, "least": least, "most": most, "above": above}
    kind = {"positional": is_positional, "metavar": metavar, "many": is_many, "late": is_late}
    return field(default=default, metadata={**rule, **kind})


def check(args: Arguments) -> None:
    """Raise RoadMetricsError for the first value that breaks its field's rule."""
    for one in fields(args):
        value, rule = getattr(args, one.name), one.metadata
        if message := broken_rule(value, rule):
            raise RoadMetricsError(f"{flag_of(one.name)} {message}, not {value!r}")


def broken_rule(value: Any, rule: Any) -> str:
    """What is asked of a value that it is not; empty where all is well.

    >>> broken_rule(0, {"choices": (), "least": 1, "most": 9, "above": None})
    'must be from 1 to 9'
    >>> broken_rule("", {"choices": ("a", "b"), "least": 0, "most": 1, "above": None})
    'must be one of a, b'
    """
    if rule["choices"]:
        return "" if value in rule["choices"] else f"must be one of {', '.join(rule['choices'])}"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return ""
    least, most, above = rule["least"], rule["most"], rule["above"]
    if above is not None and not (value > above and math.isfinite(value)):
        return f"must be above {above:g}"
    if least <= value <= most and math.isfinite(value):
        return ""
    if math.isinf(most):
        return "must be finite" if math.isinf(least) else f"must be {least:g} or more"
    return f"must be from {least:g} to {most:g}"


def flag_of(name: str) -> str:
    """``--checkpoint-every`` for checkpoint_every."""
    return "--" + name.replace("_", "-")


def add_arguments(parser: argparse.ArgumentParser, kind: type[Arguments]) -> None:
    """Add an argument for every field of the dataclass."""
    for one in fields(kind):
        name = one.name if one.metadata["positional"] else flag_of(one.name)
        parser.add_argument(name, **_argument_of(one))


def _argument_of(one: Field[Any]) -> dict[str, Any]:
    """What argparse is told of a field."""
    rule, default = one.metadata, one.default
    told: dict[str, Any] = {"help": rule["help"].replace("%", "%%"), "metavar": rule["metavar"]}
    if one.type == "bool":
        return {**told, "default": default, "action": argparse.BooleanOptionalAction}
    told["type"] = _parser_of(one)
    if rule["choices"]:
        told["choices"] = rule["choices"]
    if default is MISSING:
        many = {"nargs": "+"} if rule["many"] else {}
        return {**told, **many} if rule["positional"] else {**told, **many, "required": True}
    if default != "":
        told["help"] += f" (default {default:g})" if _is_number(one) else f" (default {default})"
    if rule["many"]:
        return {**told, "nargs": "+", "default": default.split()}
    return {**told, "default": default}


def made_from(kind: type[Made], namespace: argparse.Namespace) -> Made:
    """The dataclass of what was given on the command line."""
    given = {one.name: getattr(namespace, one.name) for one in fields(kind)}
    return kind(**{k: " ".join(v) if isinstance(v, list) else v for k, v in given.items()})


def _is_number(one: Field[Any]) -> bool:
    return one.type in ("int", "float")


def _parser_of(one: Field[Any]) -> Any:
    """From text to a value of the field's type, under its rule."""
    kind = {"int": int, "float": float}.get(str(one.type))
    if kind is None:
        return str

    def parse(text: str) -> Any:
        try:
            value = kind(text) if text.isascii() and "_" not in text else math.nan
        except ValueError:
            value = math.nan
        if isinstance(value, float) and math.isnan(value):
            what = "a whole number" if kind is int else "a number"
            raise argparse.ArgumentTypeError(f"must be {what}, not {text!r}")
        if message := broken_rule(value, one.metadata):
            raise argparse.ArgumentTypeError(f"{message}, not {text}")
        return value

    return parse
