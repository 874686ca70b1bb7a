"""List the metrics and their presets, by the names that --metric takes, and the protocols."""

from __future__ import annotations

import argparse

HELP = "list the metrics, their presets, and the protocols"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``list``: none."""


def run(args: argparse.Namespace) -> int:
    """Print a line a metric, a line a preset, a line a protocol."""
    from ..metrics import METRICS
    from ..protocols import PROTOCOLS

    rows = [
        (text, summary)
        for name, cls in METRICS.items()
        for text, summary in [
            (name, cls.title),
            *((f"  {name}:{preset}", p.summary) for preset, p in cls.presets.items()),
        ]
    ]
    width = max(len(text) for text, _ in rows)
    for text, summary in rows:
        print(f"{text.ljust(width)}  {summary}")
    print("\nprotocols, for --protocol")
    for one in PROTOCOLS.values():
        print(f"{one.name.ljust(width)}  {one.title}")
    return 0
