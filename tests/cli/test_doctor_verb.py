"""``roadmetrics doctor``: exit codes, forms, streams."""

import json

import pytest

import roadmetrics as rm
from roadmetrics.cli import main

ROADS = [
    [(10, 20), (120, 30), (250, 10), (390, 40)], [(120, 30), (100, 150), (130, 290)],
    [(100, 150), (250, 170), (330, 120), (390, 130)], [(250, 170), (240, 290)],
]  # fmt: skip


@pytest.fixture
def folders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    gt = rm.RoadGraph.from_lines(ROADS)
    for name, tile in {"gt": gt, "swapped": rm.RoadGraph(gt.vertices[:, ::-1], gt.edges)}.items():
        (tmp_path / name).mkdir()
        rm.write(tile, tmp_path / name / "a.json")
    return tmp_path


def doctor(pred, *more):
    return main(["doctor", "--gt", "gt", "--pred", pred, *more])


def test_exit_codes(folders, capsys):
    assert doctor("gt") == 0
    assert doctor("swapped") == 1
    assert doctor("swapped", "--pred-axis", "yx") == 0
    assert doctor("nowhere") == 3
    assert main(["doctor", "--gt", "gt"]) == 2
    assert doctor("gt", "--out", "found.md") == 2
    assert capsys.readouterr().err.splitlines() == [
        "roadmetrics: error: nowhere: no such file or folder",
        "roadmetrics: error: give --gt and --pred, or --pairs",
        "roadmetrics: error: --out found.md: doctor writes .txt and .json",
    ]


def test_the_first_line_says_what_to_type(folders, capsys):
    doctor("swapped", "--format", "table")
    out, err = capsys.readouterr()
    assert out.splitlines()[0].startswith("matches 1.00 after swapping x and y, 0.")
    assert out.splitlines()[0].endswith(" as given: pass --pred-axis yx")
    assert err == ""


def test_json_where_no_terminal_is(folders, capsys):
    doctor("swapped")
    printed = json.loads(capsys.readouterr().out)
    assert doctor("swapped", "--out", "found.json") == 1
    assert json.loads((folders / "found.json").read_text()) == printed
    assert printed["advice"] == "pass --pred-axis yx"
    assert printed["change"]["matrix"] == [[0.0, 1.0], [1.0, 0.0]]


def test_a_table_of_pairs(folders, capsys):
    (folders / "pairs.csv").write_text("id,gt,pred\na,gt/a.json,swapped/a.json\n")
    assert main(["doctor", "--pairs", "pairs.csv"]) == 1
    assert main(["doctor", "--pairs", "pairs.csv", "--gt", "gt"]) == 2
