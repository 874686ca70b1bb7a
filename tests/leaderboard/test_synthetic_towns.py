"""The benchmark of drawn towns: its command makes its ground truth, here and everywhere."""

import json
import re
import shlex

import pytest
from board_maker import OWN_BOARD

from leaderboard.benchmark import Benchmark
from leaderboard.board import Board
from leaderboard.errors import BoardError
from leaderboard.making import HERE
from leaderboard.ranking import rank
from leaderboard.verifying import verify
from reference_models.cli import main


@pytest.fixture
def mark():
    return Benchmark.read(HERE / "definitions" / "synthetic-towns")


def test_the_command_makes_the_pinned_ground_truth(mark, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    program, *call = shlex.split(mark.made_by)
    assert program == "reference-models"
    assert main([*call, "--jobs", "1"]) == 0
    capsys.readouterr()
    made = tmp_path / "synthetic-towns"
    assert sorted(mark.truths(made / "graphs")) == sorted(mark.tiles)
    manifest = json.loads((made / "manifest.json").read_text())
    assert manifest["digest"] == re.search("[0-9a-f]{32}", mark.about)[0]
    assert len(list((made / "images").iterdir())) == len(mark.tiles) == 50


def test_without_ground_truth_the_command_is_told(mark):
    with pytest.raises(BoardError, match="make it with 'reference-models synth --out synthetic-to"):
        mark.truth_folder()


def test_committed_results_are_of_this_ground_truth_and_verified(mark, tmp_path, monkeypatch):
    """One submission is scored again; the order is that of all results."""
    if not OWN_BOARD.is_dir():
        pytest.skip("the board is not part of a wheel")
    monkeypatch.chdir(tmp_path)
    assert main([*shlex.split(mark.made_by)[1:], "--jobs", "1"]) == 0
    own = Board.read(OWN_BOARD)
    names = own.result_names(mark.name)
    assert {"unet-mse", "unet-ce", "unet-topo-global", "unet-topo-windowed"} <= set(names)
    for name in names:
        assert own.result(mark.name, name).raw["ground_truth"]["digest"] == mark.truth_digest
        assert own.result(mark.name, name).raw["status"] == "ok"
    gt = tmp_path / "synthetic-towns" / "graphs"
    assert verify(own, mark.name, "unet-topo-windowed", gt=gt) == []
    assert rank(own, mark.name) == json.loads(own.ranking_path(mark.name).read_text())
