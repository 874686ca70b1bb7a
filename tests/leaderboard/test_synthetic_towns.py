"""The benchmark of drawn towns: its command makes its ground truth, here and everywhere."""

import json
import re
import shlex
from pathlib import Path

import pytest
from board_maker import OWN_BOARD

from leaderboard.benchmark import Benchmark
from leaderboard.board import Board
from leaderboard.errors import BoardError
from leaderboard.making import HERE
from leaderboard.ranking import rank
from leaderboard.verifying import verify
from reference_models.cli import main

pytestmark = pytest.mark.xdist_group("synthetic-towns")  # one process makes them, once


@pytest.fixture(scope="module")
def mark():
    return Benchmark.read(HERE / "definitions" / "synthetic-towns")


@pytest.fixture(scope="module")
def made(mark, tmp_path_factory):
    """The folder that the benchmark's command makes."""
    program, *call = shlex.split(mark.made_by)
    assert program == "reference-models"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("towns"))
        assert main([*call, "--jobs", "1"]) == 0
        return Path("synthetic-towns").resolve()


def test_the_command_makes_the_pinned_ground_truth(mark, made):
    assert sorted(mark.truths(made / "graphs")) == sorted(mark.tiles)
    manifest = json.loads((made / "manifest.json").read_text())
    assert manifest["digest"] == re.search("[0-9a-f]{32}", mark.about)[0]
    assert len(list((made / "images").iterdir())) == len(mark.tiles) == 50


def test_without_ground_truth_the_command_is_told(mark):
    with pytest.raises(BoardError, match="make it with 'reference-models synth --out synthetic-to"):
        mark.truth_folder()


def test_committed_results_are_of_this_ground_truth_and_verified(mark, made):
    """One submission is scored again; the order is that of all results."""
    if not OWN_BOARD.is_dir():
        pytest.skip("the board is not part of a wheel")
    own = Board.read(OWN_BOARD)
    names = own.result_names(mark.name)
    assert set(names) == {
        *(f"unet-{row}" for row in ("mse", "ce", "topo-global", "topo-windowed")),
        *(f"anagnostidis-{row}" for row in ("random", "cls", "gcn", "arm", "refiner")),
        *(f"anagnostidis-{row}-from-unet" for row in ("arm", "refiner")),
        "unet-gap-closing", "unet-segmentation",
    }  # fmt: skip
    for name in names:
        assert own.result(mark.name, name).raw["ground_truth"]["digest"] == mark.truth_digest
        assert own.result(mark.name, name).raw["status"] == "ok"
    assert verify(own, mark.name, "unet-topo-windowed", gt=made / "graphs") == []
    assert rank(own, mark.name) == json.loads(own.ranking_path(mark.name).read_text())
