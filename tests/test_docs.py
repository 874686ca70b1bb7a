"""Documentation against code: cards, sources of constants, public docstrings."""

import dataclasses
import inspect
from pathlib import Path

import pytest

import roadmetrics as rm

DOCS = Path(__file__).resolve().parents[1] / "docs"
METRICS = list(rm.METRICS.values())


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
def test_every_metric_has_a_card(metric):
    """The card names every preset and every part."""
    card = (DOCS / "metrics" / f"{metric.name}.md").read_text()
    for name in (*metric.presets, *metric.perfect):
        assert name in card, name


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
def test_every_constant_has_a_source(metric):
    """Fields and preset constants say where they come from; defaults equal their source's value."""
    default = metric()
    for f in dataclasses.fields(metric):
        constant = f.metadata["constant"]
        assert getattr(default, f.name) == constant.value
        assert constant.source
        assert f.metadata["what"]
    for name, preset in metric.presets.items():
        made = metric.from_preset(name)
        assert preset.summary
        for field, constant in preset.constants.items():
            assert getattr(made, field) == constant.value
            assert constant.source


@pytest.mark.parametrize("name", sorted(rm.__all__))
def test_public_names_have_docstrings(name):
    """Classes, functions and their public methods are documented."""
    thing = getattr(rm, name)
    if not (inspect.isclass(thing) or inspect.isfunction(thing)):
        return
    assert inspect.getdoc(thing)
    if inspect.isclass(thing):
        for key, member in vars(thing).items():
            if not key.startswith("_") and (inspect.isfunction(member) or key == "graph"):
                assert inspect.getdoc(member) or inspect.getdoc(getattr(thing, key)), key


def test_lazy_names_are_the_public_ones():
    """What __all__ promises is what import on demand finds; metrics are found by the registry."""
    assert set(rm.__all__) == {*rm._HOME, "get", "__version__"}
    assert set(dir(rm)) == {*rm.__all__, *rm.METRICS}
    for name, metric in rm.METRICS.items():
        assert getattr(rm, name) == metric()


def test_unknown_name_is_an_attribute_error():
    """No name is invented."""
    with pytest.raises(AttributeError, match="no attribute 'bleu'"):
        _ = rm.bleu
