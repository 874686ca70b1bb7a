"""Numbers on the command line, with the rule that they break."""

from __future__ import annotations

import argparse
import math


def _number(text: str, rule: str) -> float:
    """A finite number as one writes it: Python would also take 1_0, and digits of any script."""
    try:
        value = float(text) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"must be {rule}, not {text!r}")
    return value


def positive(text: str) -> float:
    """Parse a number above 0."""
    value = _number(text, "a number above 0")
    if value <= 0:
        raise argparse.ArgumentTypeError(f"must be more than 0, not {text}")
    return value


def gsd(text: str) -> float:
    """Parse the size of a pixel in metres."""
    from ..graph import MAX_PIXEL, MIN_PIXEL  # a call that gives it needs graphs anyway

    value = _number(text, "a number of metres")
    if not MIN_PIXEL <= value <= MAX_PIXEL:
        raise argparse.ArgumentTypeError(
            f"must be a number of metres from {MIN_PIXEL:g} to {MAX_PIXEL:g}, not {text}"
        )
    return value


def share(text: str) -> float:
    """Parse a number above 0, up to 1."""
    value = _number(text, "a number above 0, at most 1")
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"must be above 0 and at most 1, not {text}")
    return value


def count(text: str) -> int:
    """Parse a whole number from 0 up."""
    try:
        value = int(text) if text.isascii() and "_" not in text else None
    except ValueError:
        value = None
    if value is None:
        raise argparse.ArgumentTypeError(f"must be a whole number, not {text!r}")
    if value < 0:
        raise argparse.ArgumentTypeError(f"must not be negative, not {text}")
    return value


def bounds(text: str) -> tuple[float, float, float, float]:
    """Parse ``x0,y0,x1,y1``."""
    words = text.split(",")
    if len(words) != 4:
        raise argparse.ArgumentTypeError(f"must be x0,y0,x1,y1, not {text!r}")
    x0, y0, x1, y1 = (_number(word, "x0,y0,x1,y1 of numbers") for word in words)
    if not (x0 < x1 and y0 < y1):
        raise argparse.ArgumentTypeError(f"needs x0 < x1 and y0 < y1, not {text!r}")
    return x0, y0, x1, y1
