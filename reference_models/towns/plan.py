"""A town on paper: streets as lines in metres, before they are bent, turned and laid on pixels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Kind = Literal["street", "collector", "lane", "ditch", "canal"]
KINDS: tuple[Kind, ...] = ("street", "collector", "lane", "ditch", "canal")
Use = Literal["houses", "park", "field", "paved"]


class Spot(NamedTuple):
    """A place in metres; the bend that moves it is taken at ``bent_at`` (a ring stays round)."""

    x: float
    y: float
    bent_at: tuple[float, float] | None = None


@dataclass(frozen=True)
class Street:
    """A road between two spots. Streets of one level that share an end join there."""

    spots: tuple[Spot, ...]
    kind: Kind
    width: float
    level: int = 0


class Round(NamedTuple):
    """A disc: the end of a dead end is one of road, the middle of a roundabout one of grass."""

    centre: Spot
    radius: float
    is_road: bool


class Block(NamedTuple):
    """The land between four crossings."""

    corners: tuple[Spot, Spot, Spot, Spot]
    use: Use


@dataclass
class Plan:
    """All of it; streets reach beyond the tile."""

    streets: list[Street] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)


def between(a: Spot, b: Spot, share: float) -> Spot:
    """The spot that lies this share of the way from a to b.

    >>> between(Spot(0, 0), Spot(4, 8), 0.25)
    Spot(x=1.0, y=2.0, bent_at=None)
    """
    return Spot(a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share)
