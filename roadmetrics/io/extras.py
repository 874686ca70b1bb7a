"""Packages that are not installed by default: one line says how to get them."""

from __future__ import annotations

import importlib
import re
from types import ModuleType

from ..errors import FormatError
from .files import quoted

_MEMORY = re.compile(r"'?/vsimem/[^\s']*'?|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}[^\s:]*")


def needed(package: str, extra: str, name: str) -> ModuleType:
    """The package; FormatError with the command that installs it where it is absent.

    >>> needed("nothing_of_this_name", "geo", "roads.fgb")
    Traceback (most recent call last):
    ...
    roadmetrics.errors.FormatError: roads.fgb: needs pip install 'roadmetrics[geo]'
    """
    try:
        return importlib.import_module(package)
    except ImportError:
        raise FormatError(f"{name}: needs pip install 'roadmetrics[{extra}]'") from None


def complaint(error: Exception) -> str:
    """What GDAL says, in one short line without its random names of files in memory.

    >>> complaint(ValueError("'/vsimem/3f/3f.tif' not recognized"))
    "'the file not recognized'"
    >>> complaint(ValueError())
    "''"
    """
    return quoted(_MEMORY.sub("the file", str(error)), 80)
