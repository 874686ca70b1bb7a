"""Submissions that have no result yet, or one of other predictions or of another version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .benchmark import Benchmark
from .board import Board
from .errors import BoardError, Problems
from .scoring import first
from .staging import staged
from .submission import Submission


def pending(board: Board, benchmark: str | None = None) -> Iterator[tuple[str, str, str | None]]:
    """(benchmark, submission, address of its predictions or None) of what is to be scored.

    A submission.toml that is wrong is passed over: it cannot be scored, and `check` says why.
    Raises BoardError for what is wrong with the board.
    """
    for name in [benchmark] if benchmark else board.benchmark_names():
        if not board.submission_names(name):
            continue
        mark = board.benchmark(name)
        for one in board.submission_names(name) if mark.tiles and mark.truth_digest else ():
            try:
                submission = board.submission(name, one)
            except Problems:
                continue
            if submission.withdrawn is None and not _is_scored(board, mark, submission):
                yield name, one, submission.url


def _is_scored(board: Board, mark: Benchmark, mine: Submission) -> bool:
    if mine.name not in board.result_names(mark.name):
        return False
    try:
        raw = board.result(mark.name, mine.name).raw
    except BoardError:
        return False
    same = (
        raw["benchmark"]["version"] == mark.version
        and raw["ground_truth"]["digest"] == mark.truth_digest
        and raw["submission"] == mine.told()
        and raw["predictions"]["archive"] == mine.sha256
    )
    return same and _has_these(raw, mark, mine)


def _has_these(raw: Mapping[str, Any], mark: Benchmark, mine: Submission) -> bool:
    """Whether a result is of the predictions as they are; those elsewhere have a fixed digest."""
    if mine.path is None:
        return True
    try:
        with staged(mine, mark) as files:
            return bool(raw["predictions"]["digest"] == files.digest)
    except Problems as problems:
        return bool(raw["reasons"] == first(problems.found))
