"""From a command line to a script's options, and to the script, which needs torch."""

from __future__ import annotations

import argparse
from types import ModuleType
from typing import TypeVar

from roadmetrics.cli.output import UsageError
from roadmetrics.errors import RoadMetricsError

from ..arguments import Arguments, made_from
from ..needed import imported

Made = TypeVar("Made", bound=Arguments)


def call_of(kind: type[Made], namespace: argparse.Namespace) -> Made:
    """The options; what contradicts itself is an error of usage."""
    try:
        return made_from(kind, namespace)
    except RoadMetricsError as error:
        raise UsageError(str(error)) from None


def loaded(name: str) -> ModuleType:
    """The script ``reference_models.NAME``; RoadMetricsError where torch is not installed."""
    return imported(f"{__package__.rpartition('.')[0]}.{name}")
