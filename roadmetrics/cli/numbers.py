"""Numbers on the command line, with the rule that they break."""

from __future__ import annotations

import argparse
import math


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError
    return value


def positive(text: str) -> float:
    """Parse a number above 0."""
    value = _number(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"must be more than 0, not {text}")
    return value


def share(text: str) -> float:
    """Parse a number from 0 to 1."""
    value = _number(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"must lie between 0 and 1, not {text}")
    return value


def count(text: str) -> int:
    """Parse a whole number from 0 up."""
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"must not be negative, not {text}")
    return value


def bounds(text: str) -> tuple[float, float, float, float]:
    """Parse ``x0,y0,x1,y1``."""
    try:
        x0, y0, x1, y1 = (_number(word) for word in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be x0,y0,x1,y1, not {text!r}") from None
    if not (x0 < x1 and y0 < y1):
        raise argparse.ArgumentTypeError(f"needs x0 < x1 and y0 < y1, not {text!r}")
    return x0, y0, x1, y1
