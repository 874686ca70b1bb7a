"""README shows what really comes out."""

import doctest
import re
from pathlib import Path

import roadmetrics as rm
from roadmetrics import sample

README = Path(__file__).resolve().parents[1] / "README.md"


def shown_table(metrics):
    report = rm.score_folders(sample.path() / "gt", sample.path() / "pred_light", metrics)
    return "\n\n".join(report.table().split("\n\n")[:2])


def test_the_first_example_is_the_table_of_the_sample():
    """It names its metrics: another one in the registry changes nothing here."""
    text = README.read_text(encoding="utf-8")
    block = re.search(
        r"\$ roadmetrics score --gt gt --pred pred_light(.*?)\n(.*?)\n```", text, re.S
    )
    metrics = re.findall(r"--metric (\S+)", block[1])
    assert metrics
    assert block[2] == shown_table(metrics)


def test_the_python_examples_run():
    failed, tried = doctest.testfile(str(README), module_relative=False, encoding="utf-8")
    assert tried >= 8
    assert failed == 0


def test_every_verb_and_option_that_is_shown_exists():
    from roadmetrics.cli.main import _joined, build_parser

    commands = re.findall(r"^\$ roadmetrics (.*?)(?:  +#.*)?$", README.read_text("utf-8"), re.M)
    assert len(commands) >= 8
    for command in commands:
        build_parser().parse_args(_joined(command.split()))
