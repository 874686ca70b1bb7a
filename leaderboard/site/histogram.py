"""How a metric is spread over tiles, as a small drawing and in words."""

from __future__ import annotations

from collections.abc import Sequence

from .markup import Html, joined, tag
from .numbers import value

BINS, WIDTH, HEIGHT, FOOT = 20, 300, 84, 16


def histogram(key: str, values: Sequence[float]) -> Html:
    """Bars over 0 to 1, or farther where the values are."""
    low, high = min([0.0, *values]), max([1.0, *values])
    counts = counted(values, low, high)
    most = max(counts)
    step = WIDTH / BINS
    bars = [
        tag("rect", x=f"{k * step + 1:g}", y=f"{HEIGHT - n / most * (HEIGHT - 12):.1f}",
            width=f"{step - 2:g}", height=f"{n / most * (HEIGHT - 12):.1f}",
            class_="bar")
        for k, n in enumerate(counts) if n
    ]  # fmt: skip
    ends = f"from {value(min(values))} to {value(max(values))}"
    words = f"{key} over {len(values)} public tiles: {ends}, median {value(_median(values))}"
    drawing = tag(
        "svg", *bars, tag("path", d=f"M0 {HEIGHT}H{WIDTH}", class_="axis"),
        _label(0, "start", value(low, 1)), _label(WIDTH, "end", value(high, 1)),
        _label(WIDTH / 2, "middle", f"most in a bar: {most}"),
        viewBox=f"0 0 {WIDTH} {HEIGHT + FOOT}", role="img", aria_label=words, class_="histogram",
    )  # fmt: skip
    return tag("figure", drawing, tag("figcaption", words))


def counted(values: Sequence[float], low: float, high: float) -> list[int]:
    """How many values are in each bar; the last one holds its upper end.

    >>> counted([0.0, 0.04, 1.0], 0.0, 1.0)[0], counted([1.0], 0.0, 1.0)[-1], counted([], 0, 1)[0]
    (2, 1, 0)
    """
    counts = [0] * BINS
    for one in values:
        counts[min(int((one - low) / (high - low) * BINS), BINS - 1)] += 1
    return counts


def _median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _label(x: float, anchor: str, text: str) -> Html:
    return joined([tag("text", text, x=f"{x:g}", y=HEIGHT + FOOT - 3, text_anchor=anchor)])
