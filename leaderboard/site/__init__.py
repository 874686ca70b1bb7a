"""Static pages of a board: they open from a folder, ask for nothing elsewhere, and escape it all.

`build` writes them whole or not at all; docs/leaderboard-format.md has the folder.
"""

from __future__ import annotations

from .build import build

__all__ = ["build"]
