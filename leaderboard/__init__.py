"""Score submitted prediction folders, rank them honestly, publish a page. Imports roadmetrics only.

A board is a folder (docs/leaderboard-format.md); the command line is ``leaderboard``
(docs/leaderboard.md).
"""

from __future__ import annotations

from roadmetrics import __version__

__all__ = ["__version__"]
