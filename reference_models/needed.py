"""torch is an extra: one line says how to get it."""

from __future__ import annotations

import importlib
from types import ModuleType

from roadmetrics.errors import RoadMetricsError


def imported(name: str) -> ModuleType:
    """The module; RoadMetricsError with the command that installs torch where that is absent.

    >>> imported("json").__name__
    'json'
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "torch":
            raise
        raise RoadMetricsError(f"{name} needs torch: pip install 'roadmetrics[models]'") from None
