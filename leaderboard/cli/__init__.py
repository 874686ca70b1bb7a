"""The command line: one file per verb; nothing heavy is imported before a verb runs."""

from __future__ import annotations

from .main import main

__all__ = ["main"]
