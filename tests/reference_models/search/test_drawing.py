"""The tree as SVG: well formed, every node and way in it, nothing over another."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest
from fake_models import RandomModel

from reference_models.search.drawing import draw_tree
from reference_models.search.driver import Roots, SearchArgs, search
from roadmetrics.errors import RoadMetricsError

SVG = "{http://www.w3.org/2000/svg}"


def searched(n_simulations=60):
    roots = Roots(np.full((2, 1), -1), np.zeros(2, int), np.array([6, 0]), np.ones((2, 4), bool))
    return search(RandomModel(4, 3), roots, SearchArgs(n_simulations))


def test_every_node_and_every_way():
    found = searched()
    root = ET.fromstring(draw_tree(found.tree))
    used = found.tree.visits[0] > 0
    circles, ways = list(root.iter(f"{SVG}circle")), list(root.iter(f"{SVG}path"))
    assert (len(circles), len(ways)) == (used.sum(), used.sum() - 1)
    words = [text.text for text in root.iter(f"{SVG}text")]
    assert "61" in words
    assert "END" in [span.text for span in root.iter(f"{SVG}tspan")]
    places = [tuple(float(c.get(key)) for key in ("cx", "cy", "r")) for c in circles]
    width, height = float(root.get("width")), float(root.get("height"))
    for k, (x, y, r) in enumerate(places):
        assert r <= x <= width - r
        assert r <= y <= height - r
        for x2, y2, r2 in places[:k]:
            assert np.hypot(x - x2, y - y2) >= r + r2


def test_the_most_visited_when_there_are_many():
    found = searched(200)
    root = ET.fromstring(draw_tree(found.tree, most=20))
    assert len(list(root.iter(f"{SVG}circle"))) == 20
    assert len(list(root.iter(f"{SVG}path"))) == 19


def test_a_row_without_search():
    with pytest.raises(RoadMetricsError, match="row 1: there is no search to draw"):
        draw_tree(searched().tree, 1)
