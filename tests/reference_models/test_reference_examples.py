"""The examples in the docstrings of losses and networks, where torch is there for them."""

import doctest
import importlib
import importlib.util
import pkgutil
from pathlib import Path

import pytest

import reference_models.losses
import reference_models.nets

PACKAGES = (reference_models.losses, reference_models.nets)
PLAIN = (
    "needed", "arguments", "settings", "tiles", "roads", "data", "data.photo", "data.scene",
    "papers.oner2021.published", "papers.oner2021.table",
)  # fmt: skip
NAMES = [f"reference_models.{name}" for name in PLAIN] + [
    f"{package.__name__}.{found.name}"
    for package in PACKAGES
    for found in pkgutil.iter_modules(package.__path__)
]
WITHOUT_TORCH = {
    *(f"reference_models.{name}" for name in PLAIN),
    *(f"reference_models.losses.{name}" for name in ("maximin", "official", "distance")),
}
HAS_TORCH = importlib.util.find_spec("torch") is not None


@pytest.mark.parametrize("name", NAMES)
def test_examples(name):
    if name not in WITHOUT_TORCH and not HAS_TORCH:
        pytest.skip("torch is not installed: it comes with the extra models")
    assert (
        doctest.testmod(
            importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE
        ).failed
        == 0
    )


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
    assert dir(package) == package.__all__
    with pytest.raises(AttributeError, match="bleu"):
        package.bleu  # noqa: B018
