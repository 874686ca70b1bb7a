"""Kinds of towns: how their networks are laid out, and what they look like from above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Colour = tuple[int, int, int]
StyleName = Literal["suburb", "arid", "canals"]


@dataclass(frozen=True, kw_only=True)
class Palette:
    """Colours of one season and camera; of each list, things draw one."""

    ground: Colour
    lawns: tuple[Colour, ...]
    fields: tuple[Colour, ...]
    asphalt: Colour
    walk: Colour  # pavements, driveways
    roofs: tuple[Colour, ...]
    crowns: tuple[Colour, ...]
    roughness: float = 1.0  # of the ground's texture
    contrast: float = 1.0
    cast: Colour = (0, 0, 0)  # added to all


@dataclass(frozen=True, kw_only=True)
class Style:
    """Lengths in metres, shares from 0 to 1."""

    name: StyleName
    long_block: tuple[float, float]  # between streets, one way
    short_block: tuple[float, float]  # and the other
    jitter: float  # of each crossing
    bend: float  # how far streets leave their straight lines
    street: float  # width
    collector: float
    collectors: float  # share of collectors
    missing: float  # share of streets that are left out
    lanes: float  # share of blocks with a dead end or a lane through them
    roundabouts: float
    overpasses: float
    parks: float  # share of blocks without houses
    house: tuple[float, float]  # sides
    lot: tuple[float, float]  # widths
    flat_roofs: float
    crown: tuple[float, float]  # radii
    garden_trees: float  # tried on a square metre
    palettes: tuple[Palette, ...]


_SUMMER = Palette(
    ground=(108, 114, 82),
    lawns=((102, 114, 74), (114, 124, 82), (96, 106, 72), (130, 128, 94), (112, 116, 84),
           (122, 118, 92)),
    fields=((122, 124, 78), (92, 114, 60), (140, 128, 92), (106, 118, 70)),
    asphalt=(112, 113, 115), walk=(168, 165, 158),
    roofs=((112, 96, 88), (134, 90, 74), (98, 98, 104), (128, 122, 114), (88, 80, 76),
           (150, 142, 132)),
    crowns=((46, 70, 36), (56, 80, 40), (40, 62, 34), (66, 86, 46), (52, 72, 44)),
)  # fmt: skip
_AUTUMN = Palette(
    ground=(122, 112, 84),
    lawns=((124, 118, 82), (112, 112, 74), (138, 124, 92), (106, 104, 74)),
    fields=((146, 126, 92), (126, 108, 82), (158, 142, 106)),
    asphalt=(124, 122, 124), walk=(176, 172, 166),
    roofs=((104, 92, 88), (120, 86, 76), (92, 94, 102), (140, 132, 124), (82, 76, 76)),
    crowns=((82, 76, 44), (104, 78, 42), (66, 72, 42), (118, 90, 50), (58, 66, 42)),
    contrast=0.95, cast=(3, 0, -3),
)  # fmt: skip
_WET = Palette(
    ground=(82, 96, 66),
    lawns=((86, 106, 68), (76, 96, 62), (98, 112, 76), (92, 100, 70), (108, 110, 84)),
    fields=((78, 100, 60), (98, 112, 70), (108, 102, 80)),
    asphalt=(88, 91, 97), walk=(146, 148, 148),
    roofs=((84, 80, 82), (106, 74, 66), (72, 76, 86), (118, 114, 112), (62, 60, 62)),
    crowns=((40, 62, 38), (46, 68, 40), (36, 56, 36), (56, 76, 48), (64, 78, 50)),
    contrast=1.05, cast=(0, 1, 6),
)  # fmt: skip
_DRY = Palette(
    ground=(176, 156, 128),
    lawns=((182, 162, 134), (168, 150, 124), (188, 172, 146), (158, 146, 116), (128, 132, 88)),
    fields=((184, 164, 132), (172, 152, 122), (166, 156, 128)),
    asphalt=(140, 136, 132), walk=(196, 188, 174),
    roofs=((198, 188, 174), (182, 128, 100), (212, 206, 196), (170, 140, 116), (160, 150, 140),
           (192, 142, 112)),
    crowns=((72, 84, 52), (86, 94, 62), (62, 76, 46), (96, 100, 70)),
    roughness=1.3,
)  # fmt: skip
_PALE = Palette(
    ground=(190, 178, 158),
    lawns=((192, 180, 160), (180, 168, 148), (200, 190, 172), (146, 148, 112)),
    fields=((196, 184, 162), (184, 170, 146)),
    asphalt=(158, 155, 152), walk=(206, 201, 192),
    roofs=((222, 218, 212), (206, 200, 190), (196, 160, 134), (180, 172, 162), (230, 228, 224)),
    crowns=((84, 92, 66), (72, 84, 56), (98, 104, 78)),
    roughness=1.2, contrast=0.9, cast=(4, 2, -2),
)  # fmt: skip
_FARM = Palette(
    ground=(116, 120, 74),
    lawns=((110, 118, 70),),
    fields=((96, 122, 62), (132, 134, 80), (150, 136, 98), (84, 108, 54), (168, 154, 112),
            (120, 128, 70), (136, 116, 88)),
    asphalt=(58, 72, 70), walk=(178, 164, 134),
    roofs=((150, 146, 142), (124, 92, 80), (176, 174, 170)),
    crowns=((52, 74, 38), (60, 84, 42), (72, 90, 50), (44, 66, 36)),
)  # fmt: skip
_FALLOW = Palette(
    ground=(150, 138, 104),
    lawns=((146, 136, 102),),
    fields=((164, 146, 112), (146, 128, 98), (176, 160, 126), (128, 132, 84), (138, 120, 92)),
    asphalt=(66, 74, 70), walk=(190, 176, 148),
    roofs=((160, 156, 150), (130, 100, 86)),
    crowns=((74, 84, 50), (64, 78, 44), (90, 96, 62)),
    cast=(2, 0, -2),
)  # fmt: skip

STYLES: dict[str, Style] = {
    "suburb": Style(
        name="suburb", long_block=(76, 112), short_block=(58, 78), jitter=7, bend=17, street=7.0,
        collector=11.5, collectors=0.34, missing=0.12, lanes=0.34, roundabouts=0.35,
        overpasses=0.35, parks=0.12, house=(9, 14), lot=(15, 21), flat_roofs=0.08,
        crown=(2.4, 6.0), garden_trees=1 / 420, palettes=(_SUMMER, _AUTUMN, _WET),
    ),
    "arid": Style(
        name="arid", long_block=(60, 96), short_block=(52, 64), jitter=1.5, bend=4, street=8.0,
        collector=13.0, collectors=0.28, missing=0.07, lanes=0.22, roundabouts=0.12,
        overpasses=0.35, parks=0.14, house=(11, 17), lot=(16, 20), flat_roofs=0.6,
        crown=(2.4, 6.6), garden_trees=1 / 700, palettes=(_DRY, _PALE),
    ),
    "canals": Style(
        name="canals", long_block=(20, 34), short_block=(95, 150), jitter=2, bend=9, street=2.2,
        collector=6.5, collectors=0.0, missing=0.3, lanes=0.0, roundabouts=0.0,
        overpasses=0.0, parks=1.0, house=(8, 16), lot=(60, 120), flat_roofs=0.4,
        crown=(1.4, 4.2), garden_trees=1 / 1400, palettes=(_FARM, _FALLOW),
    ),
}  # fmt: skip
