"""How numbers are written on pages; files to download have all digits."""

from __future__ import annotations

from collections.abc import Sequence

RANGE = "\N{EN DASH}"
NONE = "\N{EN DASH}"


def value(number: float | None, digits: int = 3) -> str:
    """A score; a dash for none.

    >>> value(0.69439), value(None) == NONE, value(-0.0001)
    ('0.694', True, '0.000')
    """
    if number is None:
        return NONE
    return f"{number:.{digits}f}" if round(number, digits) else f"{0:.{digits}f}"


def interval(low_high: Sequence[float] | None) -> str:
    """The ends of an interval; nothing for none.

    >>> interval([0.1, 0.25]) == f"0.100{RANGE}0.250", interval(None)
    (True, '')
    """
    if low_high is None:
        return ""
    return f"{value(low_high[0])}{RANGE}{value(low_high[1])}"


def ranks(low_high: Sequence[int] | None) -> str:
    """Ranks that are open.

    >>> ranks([1, 3]) == f"1{RANGE}3", ranks(None)
    (True, '')
    """
    return "" if low_high is None else RANGE.join(map(str, low_high))


def percent(share: float | None) -> str:
    """A share as a percentage.

    >>> percent(0.044), percent(None) == NONE
    ('4.4 %', True)
    """
    return NONE if share is None else f"{100 * share:.1f} %"


def length(number: float, unit: str | None) -> str:
    """A length of road.

    >>> length(3689.1, "m"), length(12.0, "m"), length(1234.5, "px")
    ('3.69 km', '12 m', '1,234 px')
    """
    if unit == "m" and number >= 1000:
        return f"{number / 1000:,.2f} km"
    return f"{number:,.0f} {unit or ''}".strip()


def p_value(p: float) -> str:
    """A probability.

    >>> p_value(0.04), p_value(0.0001)
    ('0.040', '< 0.001')
    """
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
