"""The benchmark of drawn towns: its command makes its ground truth, here and everywhere."""

import json
import re
import shlex

import pytest

from leaderboard.benchmark import Benchmark
from leaderboard.errors import BoardError
from leaderboard.making import HERE
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
