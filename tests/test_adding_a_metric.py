"""docs/adding-a-metric.md, followed: its blocks are what this test does."""

import importlib.util
import json
import re
import runpy
import sys
from pathlib import Path

import pytest

import roadmetrics as rm
from roadmetrics.cli import main
from roadmetrics.testing import LAWS, check_metric

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "adding-a-metric.md").read_text(encoding="utf-8")


def block(heading, language="python"):
    section = re.search(rf"^## {heading}.*?(?=^## |\Z)", PAGE, re.M | re.S)
    return re.search(rf"```{language}\n(.*?)```", section[0], re.S)[1]


@pytest.fixture
def length(tmp_path, monkeypatch):
    """The toy, written where the page says (but outside the package) and registered as it says."""
    name = "roadmetrics.metrics.length"
    path = tmp_path / "length.py"
    path.write_text(block("1"), encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    registry = dict(rm.METRICS)
    exec(block("2"), {"__package__": "roadmetrics.metrics", "METRICS": registry})
    monkeypatch.setitem(rm.METRICS, "length", registry["length"])
    return registry["length"]


def test_python_and_the_command_line_find_it(length, tmp_path, capsys):
    assert rm.get("length") == rm.length == length()
    assert "length" in dir(rm)
    for side, x in (("gt", 80), ("pred", 60)):
        rm.write(rm.RoadGraph([(0, 0), (x, 0)], [(0, 1)]), tmp_path / f"{side}.json")
    pair = ["--gt", str(tmp_path / "gt.json"), "--pred", str(tmp_path / "pred.json")]
    assert main(["score", *pair, "--metric", "length", "--metric", "length:lenient"]) == 0
    totals = json.loads(capsys.readouterr().out)["total"]
    assert (totals["length"]["value"], totals["length:lenient"]["value"]) == (0.75, 1)
    assert main(["score", *pair, "--metric", "length", "--format", "table"]) == 0
    assert "off ↓" in capsys.readouterr().out
    assert main(["show", "length"]) == 0
    assert "assumed: any difference counts" in capsys.readouterr().out
    assert main(["list"]) == 0
    assert "length:lenient" in capsys.readouterr().out


def test_its_cases_pass(length):
    cases = {}
    exec(block("4"), cases)
    tests = [case for name, case in cases.items() if name.startswith("test_")]
    assert len(tests) == 3
    for case in tests:
        case()


def test_its_card_names_every_part_and_preset(length):
    card = block("3", "markdown").lower()
    assert all(name in card for name in (*length.presets, *length.perfect))


def test_its_laws_hold_but_for_the_declared(length, monkeypatch):
    laws = ROOT / "tests" / "laws"
    names = runpy.run_path(str(laws / "exceptions.py"))
    exec(block("5"), names)
    declared = names["EXCEPTIONS"]["length"]
    check_metric(length(), exceptions=set(declared), n_examples=4)
    for law, entry in declared.items():
        with pytest.raises(AssertionError):
            LAWS[law].check(length(), entry.example)


def test_the_files_and_names_that_it_speaks_of_are_there():
    paths = re.findall(r"`((?:tests|roadmetrics|docs)/[\w./-]+)`", PAGE)
    commands = re.findall(r"`python (tests/\S+\.py)", PAGE)
    toy = [path for path in paths if "length" in path]
    assert commands == ["tests/laws/recorded.py", "tests/laws/table.py"]
    assert len(toy) == 3
    for path in {*paths, *commands} - set(toy):
        assert (ROOT / path).exists(), path
