"""What a user of a board can cause: one line that says what, where, which rule, what to do."""

from __future__ import annotations

from roadmetrics.errors import RoadMetricsError


class BoardError(RoadMetricsError):
    """Base of every error that the leaderboard raises on purpose."""


class Refused(BoardError):
    """A submission breaks a rule; the rest of the board is unharmed."""


class Problems(BoardError):
    """Everything that is wrong with a file, at once; the message is the first of it."""

    def __init__(self, found: list[str]) -> None:
        self.found = found
        more = f" (and {len(found) - 1} more: leaderboard check)" if len(found) > 1 else ""
        super().__init__(found[0] + more)
