"""Everything that is wrong with a submission, at once, without any ground truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from roadmetrics.pairs import closest, few

from .board import Board
from .errors import BoardError, Problems
from .staging import Staged, staged
from .submission import Submission
from .tiles import NO_TILE, in_processes, looked_at, options_of, predicted


@dataclass
class Findings:
    """What is wrong (it would not rank) and what is worth knowing."""

    wrong: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    n_tiles: int = 0
    n_read: int = 0


def check(
    board: Board, benchmark: str, name: str, *, predictions: str | None = None, jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Findings:  # fmt: skip
    """Look a submission through as scoring would, and read every prediction.

    Raises BoardError for what is wrong with the board itself.
    """
    mark = board.benchmark(benchmark)
    found = Findings(n_tiles=len(mark.tiles))
    if not mark.tiles:
        raise BoardError(f"{benchmark}: its tiles are not pinned yet: leaderboard pin {benchmark}")
    try:
        submission = board.submission(benchmark, name)
    except Problems as problems:
        found.wrong += problems.found
        return found
    if submission.benchmark != benchmark:
        found.wrong.append(f"{name}: it is a submission to {submission.benchmark}")
    if submission.path is None and predictions is None:
        found.notes.append(f"predictions lie at {submission.url}: not looked at (--predictions)")
        return found
    try:
        with staged(submission, mark, predictions) as files:
            _look(files, found, board, submission, jobs, progress)
    except Problems as problems:
        found.wrong += problems.found
    return found


def _look(
    files: Staged, found: Findings, board: Board, submission: Submission, jobs: int,
    progress: Callable[[int, int], None] | None,
) -> None:  # fmt: skip
    mark = board.benchmark(submission.benchmark)
    tiles, odd = predicted(files, mark)
    for name, why in odd.items():
        is_note = why == NO_TILE
        (found.notes if is_note else found.wrong).append(f"{name}: {why}" if is_note else why)
    missing = [key for key in mark.tiles if key not in tiles]
    if missing:
        hint = closest(missing[0], odd)
        found.wrong.append(f"{len(missing)} of {len(mark.tiles)} tiles have no prediction: "
                           f"{few(missing)}{hint}")  # fmt: skip
    for key, several in tiles.items():
        if len(several) > 1:
            names = ", ".join(place.path.name for place in several)
            found.wrong.append(f"tile {key}: several predictions: {names}")
    threshold = options_of(mark, submission).threshold
    single = {key: each[0] for key, each in sorted(tiles.items()) if len(each) == 1}
    work = [(place, threshold, mark.caps) for place in single.values()]
    for place, text in zip(
        single.values(), in_processes(looked_at, work, mark.caps, jobs, progress), strict=True
    ):
        name = place.path.name
        if text:
            found.wrong.append(text if text.startswith(name) else f"{name}: {text}")
    found.n_read = len(single) - sum(1 for text in found.wrong if text.startswith(tuple(
        place.path.name for place in single.values())))  # fmt: skip
