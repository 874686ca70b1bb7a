"""Drainage canals: a few bent mains, and straight ditches between fields that run into them."""

from __future__ import annotations

from itertools import pairwise

from .chance import Chance
from .network import lines
from .plan import Block, Plan, Spot, Street, between
from .style import Style


def canal_plan(style: Style, reach: float, chance: Chance) -> Plan:
    """Fields and ditches that cover -reach to reach, both ways.

    Each strip between two mains has ditches at its own places, so that they meet the mains in T's.
    A ditch runs from main to main, or is a dead end from either.
    """
    plan = Plan()
    mains = [Main(y) for y in lines(style.short_block, reach, chance)]
    for low, high in pairwise(mains):
        xs = lines(style.long_block, reach, chance)
        pairs = [(_on(x, low, style, chance), _on(x, high, style, chance)) for x in xs]
        for a, b in pairs:
            _ditch(plan, (low, a), (high, b), style, chance)
        for (a, b), (c, d) in pairwise(pairs):
            plan.blocks.append(Block((a, c, d, b), "field"))
    for main in mains:
        for pair in pairwise(sorted({Spot(-reach, main.y), *main.joins, Spot(reach, main.y)})):
            plan.streets.append(Street(pair, "canal", style.collector))
    return plan


class Main:
    """A main canal, level on paper, and where ditches join it."""

    def __init__(self, y: float) -> None:
        self.y = y
        self.joins: set[Spot] = set()


def _on(x: float, main: Main, style: Style, chance: Chance) -> Spot:
    return Spot(x + chance.number(-style.jitter, style.jitter), main.y)


def _ditch(
    plan: Plan, low: tuple[Main, Spot], high: tuple[Main, Spot], style: Style, chance: Chance
) -> None:
    """A ditch from one main to the other, to somewhere between, or none."""
    (bottom, a), (top, b) = low, high
    fate, share = chance.number(), chance.number(0.45, 0.88)
    if fate < style.missing / 3:
        return
    if fate < style.missing:
        b = between(a, b, share)
    elif fate < 2 * style.missing:
        a = between(b, a, share)
    for main, spot in ((bottom, a), (top, b)):
        if spot.y == main.y:
            main.joins.add(spot)
    width = style.street * (1.0 if fate < 0.85 else 1.5)
    plan.streets.append(Street((a, b), "ditch", width))
