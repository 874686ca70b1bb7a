"""Say which fields of two signatures differ: metric names, presets, signatures, or documents.

Of a document all metrics are taken: beside another document those of the same name, beside a
signature those of the same metric. Exit code 0: the same, 1: they differ.

  roadmetrics signature diff ccq ccq,slack=8
  roadmetrics signature diff apls:spacenet scores.json
  roadmetrics signature diff a.json b.json
"""

from __future__ import annotations

import argparse
import os

from .output import print_text

TYPE_CHECKING = False  # importing typing would slow --help down
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HELP = "say in which fields two signatures differ"
DIFFERENT = 1


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``signature``."""
    parser.add_argument("what", metavar="diff", choices=["diff"], help="the only thing it does")
    for name in "ab":
        parser.add_argument(name, metavar=name.upper(), help="name, preset, signature or document")


def run(args: argparse.Namespace) -> int:
    """Print one row a field that differs."""
    from ..signature_diff import difference
    from ..tables import as_text

    rows = []
    for key, a, b in _pairs(args.a, args.b):
        if a is None or b is None:
            rows.append([key, "metric", a or "-", b or "-"])
        else:
            found = difference(a, b)
            rows += [[key, field, x or "-", y or "-"] for field, (x, y) in found.items()]
    if rows:
        print_text(as_text(["of", "field", "A", "B"], rows, group=True))
    return DIFFERENT if rows else 0


def _pairs(a: str, b: str) -> Iterator[tuple[str, str | None, str | None]]:
    """What to compare: name, signature in A, signature in B (None: not there)."""
    ours, theirs = _signatures(a), _signatures(b)
    if isinstance(ours, str) and isinstance(theirs, str):
        yield a, ours, theirs
    elif isinstance(ours, str):
        for key, text in _of_metric(ours, theirs, b).items():
            yield key, ours, text
    elif isinstance(theirs, str):
        for key, text in _of_metric(theirs, ours, a).items():
            yield key, text, theirs
    else:
        for key in {**ours, **theirs}:
            yield key, ours.get(key), theirs.get(key)


def _signatures(text: str) -> str | Mapping[str, str]:
    """The text itself, or what a document holds by name."""
    if not (os.path.exists(text) or text.endswith(".json")):
        return text
    from ..documents import read_document

    return read_document(text).signatures


def _of_metric(signature: str, known: str | Mapping[str, str], path: str) -> dict[str, str]:
    from ..errors import PairingError
    from ..metric import split_name

    assert not isinstance(known, str)
    name = split_name(signature)[0]
    found = {key: text for key, text in known.items() if split_name(text)[0] == name}
    if not found:
        raise PairingError(f"{path}: it has no metric {name!r}, it has {', '.join(known)}")
    return found
