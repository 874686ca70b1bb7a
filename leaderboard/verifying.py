"""Score again, and say where a committed number is another one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .board import Board
from .scoring import Progress, score

TOLERANCE = 1e-9
SAID = ("versions",)  # of a result: other versions may give the same numbers


def verify(
    board: Board, benchmark: str, name: str, gt: str | Path | None = None, *,
    predictions: str | Path | None = None, jobs: int = 1, progress: Progress | None = None,
) -> list[str]:  # fmt: skip
    """What differs between a result and a new one, in lines; nothing where nothing does.

    Numbers may differ by 1e-9, everything else not at all. Raises BoardError as `score` does.
    """
    told = board.result(benchmark, name).raw
    found = score(
        board.benchmark(benchmark), board.submission(benchmark, name), gt,
        predictions=predictions, jobs=jobs, progress=progress,
    ).result()  # fmt: skip
    return [
        line for key in {**found, **told} if key not in SAID
        for line in differences(told.get(key), found.get(key), key)
    ]  # fmt: skip


def differences(told: Any, found: Any, at: str) -> Iterator[str]:
    """Places at which two documents differ, each in a line.

    >>> list(differences({"a": 0.5}, {"a": 0.6}, "x"))
    ['x.a: the result says 0.5, scoring gives 0.6']
    >>> list(differences([1, {"b": 2}], [1.0, {"b": 2 + 1e-12}], "x"))
    []
    """
    if isinstance(told, dict) and isinstance(found, dict):
        for key in {**told, **found}:
            if key not in told or key not in found:
                where = "the result" if key in told else "scoring"
                yield f"{at}.{key}: only {where} has it"
            else:
                yield from differences(told[key], found[key], f"{at}.{key}")
    elif isinstance(told, list) and isinstance(found, list) and len(told) == len(found):
        for i, (a, b) in enumerate(zip(told, found, strict=True)):
            yield from differences(a, b, f"{at}.{i}")
    elif not _is_same(told, found):
        yield f"{at}: the result says {_short(told)}, scoring gives {_short(found)}"


def _is_same(told: Any, found: Any) -> bool:
    if _is_number(told) and _is_number(found):
        return bool(abs(told - found) <= TOLERANCE)
    return bool(told == found and type(told) is type(found))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _short(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 80 else f"{text[:77]}..."
