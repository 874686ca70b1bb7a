"""What the two versions of the paper print with ground-truth key points on SpaceNet (Table 1).

The arXiv version (2210.00828 v1) and that of ICCV 2023 differ. The bits of the latter come from a
damaged copy of one line, "0.5284.32128.744.432", and were cut into four by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Printed(NamedTuple):
    """Of one method: APLS, and bits per edge in autoregressive and in random order."""

    apls: float
    own: float | None = None
    random: float | None = None


ARXIV: Mapping[str, Printed] = MappingProxyType({
    "random": Printed(0.008, 8.743, 8.743),
    "cls": Printed(0.310),
    "gcn": Printed(0.488),
    "arm": Printed(0.743, 0.733, 30.84),
    "refiner": Printed(0.778, 4.636, 4.565),
})  # fmt: skip
ICCV: Mapping[str, Printed] = MappingProxyType({
    "random": Printed(0.008),
    "cls": Printed(0.430),
    "gcn": Printed(0.594),
    "arm": Printed(0.894, 0.528, 28.74),
    "refiner": Printed(0.928, 4.321, 4.432),
})  # fmt: skip
# Changes of APLS on SpaceNet in points, arXiv, figure 8.
ABLATIONS: Mapping[str, float] = MappingProxyType({
    "refiner-alone": -2.1, "refiner-scratch": -15.3, "refiner-blind": -13.4, "refiner-cross": 0.2,
})  # fmt: skip


def brackets(name: str) -> str:
    """APLS of both versions in percent, for a cell of the table.

    >>> brackets("arm"), brackets("nothing")
    (' (74.3; 89.4)', '')
    """
    if name not in ARXIV:
        return ""
    return f" ({100 * ARXIV[name].apls:.1f}; {100 * ICCV[name].apls:.1f})"
