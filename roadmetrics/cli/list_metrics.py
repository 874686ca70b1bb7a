"""List the metrics and their presets, by the names that --metric takes."""

from __future__ import annotations

import argparse

HELP = "list the metrics and their presets"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``list``: none."""


def run(args: argparse.Namespace) -> int:
    """Print a line a metric and a line a preset."""
    from ..metrics import METRICS

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
    return 0
