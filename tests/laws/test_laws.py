"""Every law, over every registered metric's default and over every preset."""

import pytest
from exceptions import EXCEPTIONS
from hypothesis import settings
from recorded import all_presets, load, metric_of

import roadmetrics as rm
from roadmetrics.testing import LAWS, check_law

RECORDED = load()
N_DEFAULT = settings().max_examples
N_PRESET = max(N_DEFAULT // 4, 8)


def _defaults():
    for name in rm.METRICS:
        for law in LAWS:
            yield pytest.param(name, law, id=f"{name}-{law}")


def _presets():
    for text in all_presets():
        for law in LAWS:
            if law not in RECORDED.get(text, {}):
                yield pytest.param(text, law, id=f"{text}-{law}")


@pytest.mark.parametrize(("name", "law"), list(_defaults()))
def test_default_obeys(name, law):
    if law in EXCEPTIONS.get(name, {}):
        pytest.skip(f"declared: {EXCEPTIONS[name][law].reason}")
    metric = rm.get(name)
    assert LAWS[law].applies(metric), f"{name} has no field that {law} could be checked on"
    check_law(metric, LAWS[law], N_DEFAULT)


@pytest.mark.parametrize(("text", "law"), list(_presets()))
def test_preset_obeys(text, law):
    metric = metric_of(text)
    if not LAWS[law].applies(metric):
        pytest.skip("no field to check it on")
    check_law(metric, LAWS[law], N_PRESET, shrink=False)
