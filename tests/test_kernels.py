"""What kernels may call, and the sorter that they share."""

import ast
from pathlib import Path

import numpy as np
import pytest

import roadmetrics
from roadmetrics.sorting import first_above, first_from, order_of

FILES = sorted(Path(roadmetrics.__file__).parent.rglob("*.py"))
SORTERS = {
    "sort", "argsort", "sorted", "median", "unique", "partition", "searchsorted", "heappush",
    "heappop",
}  # fmt: skip


def kernels(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef) and any(
            "njit" in ast.unparse(one) for one in node.decorator_list
        ):
            yield node


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.name))
def test_no_kernel_calls_a_sort_of_numpys(path):
    """Cached kernels that do run each other's helpers: see roadmetrics/sorting.py."""
    for kernel in kernels(path):
        called = {
            node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            for node in ast.walk(kernel)
            if isinstance(node, ast.Call)
        }
        assert not called & SORTERS, f"{path.name}: {kernel.name}"


@pytest.mark.parametrize("n", [0, 1, 2, 3, 10, 1000])
def test_order_is_that_of_a_stable_sort(n):
    rng = np.random.default_rng(n)
    for values in (rng.normal(size=n), rng.integers(0, 4, n).astype(float), np.zeros(n)):
        assert order_of(values).tolist() == np.argsort(values, kind="stable").tolist()


def test_positions_are_those_of_numpy():
    rng = np.random.default_rng(0)
    for n in (0, 1, 2, 7, 40):
        values = np.sort(rng.integers(0, 9, n).astype(float))
        for x in np.arange(-1.0, 10.5, 0.5):
            assert first_from(values, x) == np.searchsorted(values, x)
            assert first_above(values, x) == np.searchsorted(values, x, side="right")
