"""TOML tables read strictly: every key known, every value of its kind, all problems at once."""

from __future__ import annotations

import datetime
import re
import tomllib
from pathlib import Path
from typing import Any

from roadmetrics.errors import FormatError
from roadmetrics.io.files import MIB, decoded, quoted, read_bytes, shown

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}[a-z0-9]")
NAME_RULE = "a name is 2 to 64 of a-z, 0-9 and -"
URL = re.compile(r"https?://[^\s\"'<>`\\]{1,490}")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_ABSENT = object()


def is_name(text: str) -> bool:
    """Whether a text may name a benchmark or a submission.

    >>> is_name("our-method"), is_name("../x"), is_name("")
    (True, False, False)
    """
    return NAME.fullmatch(text) is not None


def is_line(text: str, most: int = 300) -> bool:
    """Whether a text is one printable line, not empty."""
    return 0 < len(text) <= most and text.isprintable() and bool(text.strip())


class Table:
    """A table whose keys are asked for one by one; what is wrong is added to ``problems``."""

    def __init__(self, raw: dict[str, Any], place: str, problems: list[str]) -> None:
        self.raw, self.place, self.problems = raw, place, problems
        self.asked: set[str] = set()

    @classmethod
    def read(cls, path: Path, problems: list[str]) -> Table:
        """The table of a file; an empty one, and a problem, where it is no TOML."""
        name = shown(path)
        try:
            raw = tomllib.loads(decoded(read_bytes(path, MIB), name))
        except FormatError as error:
            problems.append(str(error))
            raw = {}
        except (ValueError, RecursionError) as error:  # or too many digits
            problems.append(f"{name}: not TOML: {' '.join(str(error).split())[:200]}")
            raw = {}
        return cls(raw, name, problems)

    def wrong(self, key: str, rule: str) -> None:
        """Add a problem of a key."""
        self.problems.append(f"{self.place}: {key}: {rule}")

    def value(self, key: str, kind: type | tuple[type, ...], what: str, default: Any) -> Any:
        """The value, or the default where the key is absent or its value of another kind."""
        self.asked.add(key)
        found = self.raw.get(key, _ABSENT)
        if found is _ABSENT:
            if default is ...:
                self.wrong(key, f"it is missing: {what}")
            return None if default is ... else default
        kinds = kind if isinstance(kind, tuple) else (kind,)
        if not isinstance(found, kinds) or (isinstance(found, bool) and bool not in kinds):
            self.wrong(key, f"expected {what}, not {quoted(found)}")
            return None if default is ... else default
        return found

    def line(self, key: str, default: Any = ..., most: int = 300) -> Any:
        """One printable line."""
        found = self.value(key, str, "a line of text", default)
        if isinstance(found, str) and found != default and not is_line(found, most):
            self.wrong(key, f"expected one line of at most {most} printable letters")
        return found

    def text(self, key: str, default: str = "", most: int = 2000) -> str:
        """Several lines; control characters but line ends are refused."""
        found: str = self.value(key, str, "a text", default)
        if len(found) > most or not all(c.isprintable() or c == "\n" for c in found):
            self.wrong(key, f"expected at most {most} printable letters")
        return found

    def name(self, key: str, expected: str | None = None) -> str:
        """A name; the one that is expected where one is."""
        found = self.value(key, str, NAME_RULE, ...) or ""
        if found and not is_name(found):
            self.wrong(key, f"{NAME_RULE}, not {quoted(found)}")
        elif found and expected is not None and found != expected:
            self.wrong(key, f"expected {expected!r}, the name of its folder, not {quoted(found)}")
        return str(found)

    def lines(self, key: str, default: Any = ..., most: int = 100) -> tuple[str, ...]:
        """A list of lines."""
        found = self.value(key, list, "a list of lines", default) or ()
        if len(found) > most or not all(isinstance(x, str) and is_line(x) for x in found):
            self.wrong(key, f"expected a list of at most {most} lines of printable letters")
            return ()
        return tuple(found)

    def url(self, key: str) -> str | None:
        """An address, None where there is none."""
        found: str | None = self.value(key, str, "an address", None)
        if found is not None and not URL.fullmatch(found):
            self.wrong(key, f"expected an address that begins with https://, not {quoted(found)}")
        return found

    def number(self, key: str, default: Any, low: float, high: float) -> Any:
        """A finite number from ``low`` to ``high``."""
        found = self.value(key, (int, float), "a number", default)
        if found is None or found is default or low <= found <= high:  # NaN is in no range
            return found
        self.wrong(key, f"expected {low:g} to {high:g}, not {quoted(found)}")
        return default

    def whole(self, key: str, default: Any, low: int, high: int) -> Any:
        """A whole number from ``low`` to ``high``."""
        found = self.value(key, int, "a whole number", default)
        if isinstance(found, int) and not low <= found <= high:
            self.wrong(key, f"expected {low} to {high}, not {quoted(found)}")
        return found

    def choice(self, key: str, choices: tuple[str, ...], default: Any = ...) -> str:
        """One of a few words."""
        what = f"one of {', '.join(choices)}"
        found = self.value(key, str, what, default)
        if found is not None and found not in choices:
            self.wrong(key, f"expected {what}, not {quoted(found)}")
        return str(found)

    def flag(self, key: str, default: bool = False) -> bool:
        """True or false."""
        return bool(self.value(key, bool, "true or false", default))

    def day(self, key: str) -> str:
        """A date, as ISO 8601."""
        found = self.value(key, datetime.date, "a date such as 2026-11-21", ...)
        if isinstance(found, datetime.datetime):
            self.wrong(key, "expected a date without a time")
        return "" if found is None else found.isoformat()[:10]

    def table(self, key: str, *, is_needed: bool = False) -> Table:
        """A table in the table; empty where it is absent."""
        found = self.value(key, dict, "a table", ... if is_needed else {}) or {}
        return Table(found, f"{self.place}: {key}", self.problems)

    def close(self) -> None:
        """Add a problem for every key that nobody asked for."""
        for key in self.raw:
            if key not in self.asked:
                self.wrong(key if key.isprintable() else repr(key)[1:-1], "it is not known here")
