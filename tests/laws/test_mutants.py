"""Each law catches a metric broken on purpose."""

import pytest
from broken import MUTANTS, Mutant

from roadmetrics.metrics.ccq import CCQ
from roadmetrics.testing import LAWS, Example, LawBroken, check_law, check_metric


@pytest.mark.parametrize(
    ("law", "mutant"), [pytest.param(*m, id=f"{m[0]}-{m[1].__name__}") for m in MUTANTS]
)
def test_law_catches(law, mutant):
    with pytest.raises(LawBroken) as caught:
        check_law(mutant(), LAWS[law], 60, shrink=False)
    assert caught.value.law is LAWS[law]


def test_every_law_has_a_mutant():
    assert {law for law, _ in MUTANTS} == set(LAWS)


def test_the_mutants_base_is_sound():
    check_metric(Mutant(), exceptions={"gap", "overpass"}, n_examples=5)


def test_check_metric_lists_every_broken_law():
    with pytest.raises(AssertionError, match=r"ccq breaks 2 laws\ngap: .*(\n.*)*\noverpass: "):
        check_metric(CCQ(), n_examples=3)


def test_check_metric_refuses_an_unknown_exception():
    with pytest.raises(AssertionError, match="no laws \\['gravity'\\]"):
        check_metric(CCQ(), exceptions={"gravity"})


def test_a_failure_shows_code_that_repeats_it():
    with pytest.raises(LawBroken) as caught:
        check_law(CCQ(), LAWS["gap"], 3)
    text = repr(caught.value.example)
    assert text in str(caught.value)
    from roadmetrics import RoadGraph

    again = eval(text, {"RoadGraph": RoadGraph, "Example": Example})
    assert again.gt.digest == caught.value.example.gt.digest
