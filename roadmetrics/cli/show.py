"""Show what a metric is: definition, formula, reference, fields, presets, and where each number
comes from. ``stated`` marks a number that its source gives, ``assumed`` one that none gives.

  roadmetrics show ccq
  roadmetrics show ccq:oner2021
  roadmetrics show oner2021
"""

from __future__ import annotations

import argparse

TYPE_CHECKING = False  # importing typing would slow --help down
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

HELP = "show a metric or protocol: definition, formula, fields, presets with sources"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the argument of ``show``."""
    parser.add_argument("metric", metavar="METRIC", help="NAME, NAME:PRESET, or a protocol")


def run(args: argparse.Namespace) -> int:
    """Print the card of a metric."""
    from ..errors import SignatureError
    from ..metric import parse_with, split_name
    from ..metrics import METRICS
    from ..protocols import PROTOCOLS

    if args.metric in PROTOCOLS:
        print("\n".join(_protocol(PROTOCOLS[args.metric])))
        return 0
    try:
        metric = parse_with(args.metric, METRICS)
    except SignatureError as error:
        raise SignatureError(f"{error}; protocols: {', '.join(PROTOCOLS)}") from None
    name, preset, _ = split_name(args.metric)
    cls = METRICS[name]
    shown = {preset: cls.presets[preset]} if preset else cls.presets
    print("\n".join([*_head(cls, metric), *_fields(metric), *_presets(cls, shown)]))
    return 0


def _protocol(one: Any) -> Iterator[str]:
    """The columns of a paper's table, and every constant behind them with its source."""
    from ..metric import parse_with, split_name
    from ..metrics import METRICS

    yield from _entry(f"{one.name}: ", one.title)
    yield from _entry("  reference  ", one.reference)
    if one.note:
        yield from _entry("  note       ", one.note)
    yield ""
    yield "columns, as fractions" if one.scale == "fraction" else "columns, in percent"
    for column in one.columns:
        yield f"  {column.header:22} {column.part} of {column.metric}"
    for text in one.metrics:
        name, preset, _ = split_name(text)
        cls = METRICS[name]
        yield from _presets(cls, {preset: cls.presets[preset]})
        yield from _defaults(cls, cls.presets[preset])
        yield f"  signature {parse_with(text, METRICS)}"


def _head(cls: Any, metric: Any) -> Iterator[str]:
    yield f"{cls.name}: {cls.title} (revision {cls.revision})"
    lower = ", ".join(part for part in cls.perfect if part in cls.lower_is_better)
    rows = {
        "formula": cls.formula,
        "reference": cls.reference,
        "parts": ", ".join(cls.perfect) + (f" (lower is better: {lower})" if lower else ""),
        "value": f"{cls.headline}, over tiles: {metric.aggregation}",
        "masks": "read as they are" if cls.reads_masks else "vectorized first",
    }
    for key, text in rows.items():
        yield from _entry(f"  {key:10}", text)
    yield f"  signature {metric}"


def _fields(metric: Any) -> Iterator[str]:
    import dataclasses

    yield ""
    yield "fields (value; meaning; default and its source)"
    for f in dataclasses.fields(metric):
        constant = f.metadata["constant"]
        yield f"  {f.name} = {_plain(getattr(metric, f.name))}"
        yield from _entry("      ", f.metadata["what"])
        yield from _entry("      ", f"default {_plain(constant.value)}, {_source(constant)}")


def _presets(cls: Any, shown: Any) -> Iterator[str]:
    for name, preset in shown.items():
        yield ""
        yield from _entry(f"{cls.name}:{name}  ", preset.summary)
        for key, constant in preset.constants.items():
            yield from _entry(f"  {key} = {_plain(constant.value)}  ", _source(constant))


def _defaults(cls: Any, preset: Any) -> Iterator[str]:
    """The fields that a preset leaves as they are."""
    import dataclasses

    for f in dataclasses.fields(cls):
        if f.name not in preset.constants:
            constant = f.metadata["constant"]
            lead = f"  {f.name} = {_plain(constant.value)}  default, "
            yield from _entry(lead, _source(constant))


def _source(constant: Any) -> str:
    return f"{'stated' if constant.is_stated else 'assumed'}: {constant.source}"


def _plain(value: Any) -> str:
    return str(getattr(value, "value", value))


def _entry(lead: str, text: str) -> list[str]:
    import textwrap

    indent = " " * min(len(lead), 12)
    return textwrap.wrap(text, 96, initial_indent=lead, subsequent_indent=indent) or [lead]
