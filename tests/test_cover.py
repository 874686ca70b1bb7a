"""Pieces within a distance: the same whichever way candidates are found."""

import numpy as np
import pytest

from roadmetrics import RoadGraph, cover


def random_roads(seed, n, spread):
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, spread, (n, 2))
    xy[: n // 4] = np.round(xy[: n // 4], -1)  # upright, level, and meeting ends
    edges = rng.integers(0, n, (n, 2))
    return RoadGraph(xy, edges[edges[:, 0] != edges[:, 1]])


@pytest.mark.parametrize("offset", [0.0, 5e6])
@pytest.mark.parametrize("seed", range(6))
def test_boxes_and_tree_give_the_same_pieces(monkeypatch, seed, offset):
    a, b = random_roads(seed, 40, 100), random_roads(seed + 50, 60 if seed else 0, 100)
    a, b = (RoadGraph(g.vertices + offset, g.edges) for g in (a, b))
    quick = cover.covered_pieces(a, b, 2.0)
    monkeypatch.setattr(cover, "FEW", -1)
    for one, other in zip(quick, cover.covered_pieces(a, b, 2.0), strict=True):
        np.testing.assert_array_equal(one, other)
    assert quick[2].any() == (seed > 0)
