"""The command line of the reference models: one file per verb, nothing heavy before a verb runs."""

from __future__ import annotations

from .main import main

__all__ = ["main"]
