"""Boards to test with, and scoring in this process."""

import shutil
from pathlib import Path

import pytest
from board_maker import OWN_BOARD, Maker

from leaderboard import tiles as tiles_module
from roadmetrics.parallel import finished


@pytest.fixture
def make(tmp_path):
    """A maker of boards in folders of their own."""
    made = []

    def one(**options):
        made.append(Maker(tmp_path / f"board{len(made)}", **options))
        return made[-1]

    return one


@pytest.fixture
def here(monkeypatch):
    """Score in this process: without limits, but quickly."""

    def without_limits(work, things, jobs, *, limits):
        return finished(work, things, 1)

    monkeypatch.setattr(tiles_module, "finished", without_limits)


@pytest.fixture
def own_board(tmp_path):
    """A copy of the project's own board."""
    if not OWN_BOARD.is_dir():
        pytest.skip("the board is not part of a wheel")
    return Path(shutil.copytree(OWN_BOARD, tmp_path / "own"))
