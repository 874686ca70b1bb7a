"""The examples in the docstrings of losses and networks, where torch is there for them."""

import doctest
import importlib
import importlib.util
import pkgutil
from pathlib import Path

import pytest

import reference_models
import reference_models.losses
import reference_models.nets
from roadmetrics.errors import RoadMetricsError

PACKAGES = (reference_models.losses, reference_models.nets)
NAMES = [
    found.name
    for found in pkgutil.walk_packages(reference_models.__path__, "reference_models.")
    if not found.ispkg and not found.name.endswith("__main__") and ".towns." not in found.name
]
HAS_TORCH = importlib.util.find_spec("torch") is not None


@pytest.mark.parametrize("name", NAMES)
def test_examples(name):
    """Those of towns are run by pytest itself."""
    try:
        module = importlib.import_module(name)
    except (ModuleNotFoundError, RoadMetricsError):
        if HAS_TORCH:
            raise
        pytest.skip("torch is not installed: it comes with the extra models")
    assert doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE).failed == 0


@pytest.mark.skipif(not HAS_TORCH, reason="torch comes with the extra models")
def test_the_page_on_losses():
    page = Path(__file__).resolve().parents[2] / "docs" / "losses.md"
    failed, tried = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert tried >= 8
    assert failed == 0


@pytest.mark.skipif(not HAS_TORCH, reason="torch comes with the extra models")
@pytest.mark.parametrize("package", PACKAGES, ids=lambda p: p.__name__)
def test_public_names_are_found(package):
    for name in package.__all__:
        assert getattr(package, name).__doc__
    assert dir(package) == sorted(package.__all__)
    with pytest.raises(AttributeError, match="bleu"):
        package.bleu  # noqa: B018
