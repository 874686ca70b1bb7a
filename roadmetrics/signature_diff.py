"""Which fields of two signatures differ."""

from __future__ import annotations

from .errors import SignatureError
from .metric import parse_with, split_name
from .metrics import METRICS

Difference = dict[str, tuple[str | None, str | None]]  # field: value here, value there


def spelled_out(text: str) -> dict[str, str]:
    """Every field of a name, preset or signature, ``metric`` and ``revision`` among them.

    A signature of another revision, or with fields that this version lacks, is taken as it
    stands. Raises SignatureError for what is no signature and no name.

    >>> spelled_out("ccq,slack=8")["slack"]
    '8.0'
    >>> spelled_out("")
    Traceback (most recent call last):
    ...
    roadmetrics.errors.SignatureError: a metric is NAME[:PRESET][,FIELD=VALUE...], not ''
    """
    name, preset, given = split_name(text)
    revision = given.pop("revision", None)
    request = ",".join([f"{name}:{preset}" if preset else name,
                        *(f"{key}={value}" for key, value in given.items())])  # fmt: skip
    try:
        _, _, fields = split_name(parse_with(request, METRICS).signature())
    except SignatureError:
        if revision is None or preset:
            raise
        fields = dict(given)
    if revision is not None:
        fields["revision"] = revision
    return {"metric": name, **fields}


def difference(a: str, b: str) -> Difference:
    """Fields whose values differ, None where one side has no such field; {} where none does.

    >>> difference("ccq", "ccq,slack=8")
    {'slack': ('5.0', '8.0')}
    >>> difference("ccq", "ccq,slack=5")
    {}
    """
    ours, theirs = spelled_out(a), spelled_out(b)
    every = dict.fromkeys([*ours, *theirs])
    return {
        key: (ours.get(key), theirs.get(key)) for key in every if ours.get(key) != theirs.get(key)
    }


def in_words(found: Difference) -> str:
    """One line.

    >>> in_words({"slack": ("5.0", "8.0")})
    'slack (5.0, 8.0)'
    >>> in_words({})
    ''
    """
    return ", ".join(f"{key} ({a or 'none'}, {b or 'none'})" for key, (a, b) in found.items())
