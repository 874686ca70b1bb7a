"""docs/rewards.md: every example runs, section by section."""

import doctest
import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "rewards.md").read_text(encoding="utf-8")
SECTIONS = {part.split("\n", 1)[0]: part for part in re.split(r"^## ", PAGE, flags=re.M)[1:]}
NEEDS = {"Gymnasium": ["gymnasium"], "MaskablePPO": ["gymnasium", "sb3_contrib"]}
FOLLOWS = {"MaskablePPO": "Gymnasium"}  # it uses the names that the other defines


def run(name, names):
    test = doctest.DocTestParser().get_doctest(SECTIONS[name], names, name, "docs/rewards.md", 0)
    found = []
    runner = doctest.DocTestRunner()
    runner.run(test, out=found.append, clear_globs=False)
    assert runner.failures == 0, "".join(found)
    return runner.tries, test.globs


@pytest.mark.parametrize("name", SECTIONS)
def test_the_examples_of_a_section_run(name):
    for package in NEEDS.get(name, ()):
        pytest.importorskip(package, reason=f"needs {package}")
    if "sb3_contrib" in NEEDS.get(name, ()):
        import torch

        torch.set_num_threads(1)
    names = run(FOLLOWS[name], {})[1] if name in FOLLOWS else {}
    if ">>>" in SECTIONS[name]:
        assert run(name, names)[0] > 0


def test_the_three_ways_are_shown():
    assert {"Plain Python", "Gymnasium", "MaskablePPO"} <= set(SECTIONS)
