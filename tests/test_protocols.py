"""Protocols: every column resolves, and the table is the paper's."""

import json

import pytest

import roadmetrics as rm
from roadmetrics import sample
from roadmetrics.cli import main
from roadmetrics.protocols import PROTOCOLS, protocol

GT, PRED = (str(sample.path() / side / "nauru_r1_c1.json") for side in ("gt", "pred_light"))
PAPERS = ("oner2021", "anagnostidis2022", "citraro2020", "spacenet", "sat2graph", "samroad")


def score(*more):
    return main(["score", "--gt", GT, "--pred", PRED, *more])


def test_the_protocols_of_the_papers_are_there():
    assert tuple(PROTOCOLS) == PAPERS


@pytest.mark.parametrize("name", PAPERS)
def test_every_column_is_a_part_of_a_preset_of_that_name(name):
    for column in PROTOCOLS[name].columns:
        metric = rm.get(column.metric)
        assert column.part in metric.perfect
        assert column.metric == f"{metric.name}:{name}"


@pytest.mark.parametrize("name", PAPERS)
def test_table_has_the_columns_in_order(name, capsys):
    assert score("--protocol", name, "--format", "csv") == 0
    header, row = capsys.readouterr().out.splitlines()[:2]
    assert header.split(",") == ["method", *(c.header for c in PROTOCOLS[name].columns)]
    assert row.startswith("nauru_r1_c1.json,")
    assert "nan" not in row


def test_percent_and_fraction(capsys):
    assert score("--protocol", "oner2021") == 0
    document = json.loads(capsys.readouterr().out)
    value = document["protocol"]["columns"][4]["value"]
    assert value == document["total"]["ccq:oner2021"]["pooled"]["quality"]
    assert score("--protocol", "oner2021", "--format", "table", "--per-tile") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["method", "APLS", "TLTS", "JCT", "HM", "CCQ"]
    assert lines[1].split()[-1] == f"{100 * value:.1f}"
    assert lines[2].split()[0] == "nauru_r1_c1"
    assert protocol("citraro2020").shown(0.5) == "0.5000"


def test_show_says_what_is_stated_and_what_assumed(capsys):
    assert main(["show", "oner2021"]) == 0
    text = capsys.readouterr().out
    assert "quality of ccq:oner2021" in text
    assert "stated" in text
    assert "assumed" in text


def test_unknown_and_double_requests(capsys):
    assert score("--protocol", "nope") == 2
    assert "there is no protocol 'nope'" in capsys.readouterr().err
    assert score("--protocol", "oner2021", "--metric", "ccq") == 2
