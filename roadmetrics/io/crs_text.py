"""The EPSG number of a crs that a file describes in words: WKT, PROJ or PROJJSON."""

from __future__ import annotations

import json
import re
import warnings
from functools import lru_cache
from typing import Any

from ..errors import FormatError
from .files import quoted
from .projection import LONLAT, crs_name

MAX_TEXT = 20_000  # characters; the longest description in the EPSG register has about 10,000
_WKT = re.compile(
    r"\s*(PROJCS|GEOGCS|COMPD_CS|PROJCRS|PROJECTEDCRS|GEOGCRS|GEOGRAPHICCRS|GEODCRS|GEODETICCRS"
    r"|COMPOUNDCRS|BOUNDCRS)\s*[\[(]",
    re.I,
)
# no key that names a file, such as init and nadgrids
_PROJ = re.compile(
    r"\s*(\+(proj|zone|south|ellps|datum|units|no_defs|type|lat_[012]|lat_ts|lon_[012]|x_0|y_0"
    r"|k|k_0|a|b|rf|pm|towgs84)(=[-+\w.,]*)?\s*)+"
)


def crs_of(text: Any, place: str) -> str:
    """``EPSG:number`` of a name, of a WKT, PROJ or PROJJSON text, or of a parsed PROJJSON.

    Nothing is looked up but the register that pyproj brings. Raises FormatError where the
    description is none that the register knows.

    >>> crs_of("+proj=utm +zone=18 +datum=WGS84 +units=m +no_defs +type=crs", "a.graphml")
    'EPSG:32618'
    >>> crs_of("epsg:4326", "a.graphml")
    'EPSG:4326'
    >>> crs_of("", "a.graphml")
    Traceback (most recent call last):
    ...
    roadmetrics.errors.FormatError: a.graphml: crs '' is not understood: write it as EPSG:number
    """
    if isinstance(text, dict):
        text = json.dumps(text)
    is_short = isinstance(text, str) and len(text) <= MAX_TEXT
    if is_short and (text.lstrip()[:1] == "{" or _WKT.match(text) or _PROJ.fullmatch(text)):
        return _registered(text.strip(), place)
    return crs_name(text, place)


def _registered(text: str, place: str) -> str:
    found = _identified(text)
    if found is None:
        raise FormatError(
            f"{place}: its crs {quoted(text, 60)} has no EPSG number: project the file to a crs "
            "that has one"
        )
    return found


@lru_cache(maxsize=64)
def _identified(text: str) -> str | None:
    import pyproj

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if text.startswith("{"):
                crs = pyproj.CRS.from_json(text)
            elif text.startswith("+"):
                crs = pyproj.CRS.from_string(text)
            else:
                crs = pyproj.CRS.from_wkt(text)
            for candidate in (crs, *crs.sub_crs_list[:1]):  # of a compound one, the level part
                found = candidate.to_authority()
                if found is not None and found[0] in ("EPSG", "OGC"):
                    return LONLAT if found[1] == "CRS84" else f"EPSG:{int(found[1])}"
        except (pyproj.exceptions.CRSError, ValueError, RecursionError):
            return None
    return None
