"""Declared exceptions are real: each counterexample breaks its law; none excuses a contract law."""

import pytest
from exceptions import EXCEPTIONS
from recorded import all_presets, decode, load, metric_of
from table import PAGE, page

import roadmetrics as rm
from roadmetrics.testing import LAWS

RECORDED = load()
DECLARED = [(name, law) for name, rows in EXCEPTIONS.items() for law in rows]
ON_RECORD = [(text, law) for text, rows in RECORDED.items() for law in rows]


@pytest.mark.parametrize(("name", "law"), DECLARED)
def test_declared_counterexample_breaks_its_law(name, law):
    declared = EXCEPTIONS[name][law]
    with pytest.raises(AssertionError):
        LAWS[law].check(rm.get(name), declared.example)


@pytest.mark.parametrize(("text", "law"), ON_RECORD)
def test_recorded_counterexample_breaks_its_law(text, law):
    record = RECORDED[text][law]
    with pytest.raises(AssertionError) as caught:
        LAWS[law].check(metric_of(text), decode(record))
    assert str(caught.value).split(":")[0] == record["why"].split(":")[0]


def test_contract_laws_have_no_exceptions():
    excused = {law for _, law in [*DECLARED, *ON_RECORD]}
    assert not [law for law in excused if LAWS[law].is_universal]


def test_every_preset_is_on_record():
    assert sorted(RECORDED) == sorted(all_presets()), "run python tests/laws/recorded.py"


def test_the_page_is_current():
    assert PAGE.read_text() == page(), "run python tests/laws/table.py"
