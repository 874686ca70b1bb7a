"""Attention rollout and flow: by hand, by networkx, causal, shares."""

import networkx as nx
import numpy as np
import pytest

from reference_models.analysis.attention_flow import attended, chosen_edges
from reference_models.analysis.attention_flow_maths import (
    by_edge,
    flow,
    flows,
    mixed,
    place_of,
    rollout,
)
from roadmetrics.errors import RoadMetricsError


def causal_layers(n, depth, seed=0, heads=3):
    """Attention as a decoder has it: random, nothing of what comes later."""
    rng = np.random.default_rng(seed)
    raw = np.tril(rng.exponential(1.0, (depth, heads, n, n)) ** 3)
    return [mixed(layer / layer.sum(axis=-1, keepdims=True)) for layer in raw]


def test_two_layers_by_hand():
    """From place 2, half to itself: of .3, .2, .5 to the places below, which pass on their own."""
    second = np.array([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.3, 0.2, 0.5]])
    first = np.array([[1.0, 0.0, 0.0], [0.4, 0.6, 0.0], [0.25, 0.15, 0.6]])
    layers = [first, second]
    # to 0: min(.3, 1) + min(.2, .4) + min(.5, .25); to 1: min(.2, .6) + min(.5, .15); to 2: .5
    assert flows(layers, 2) == pytest.approx([0.75, 0.35, 0.5], abs=1e-6)
    assert flow(layers, 2) == pytest.approx(np.array([0.75, 0.35, 0.5]) / 1.6, abs=1e-6)
    # .3 + .2 x .4 + .5 x .25; .2 x .6 + .5 x .15; .5 x .6
    assert rollout(layers, 2) == pytest.approx([0.505, 0.195, 0.3])
    assert rollout(layers, 1) == pytest.approx([0.7, 0.3, 0.0])


@pytest.mark.parametrize("method", [rollout, flow])
def test_shares_add_up_and_the_future_has_none(method):
    layers = causal_layers(9, 3)
    for place in range(9):
        shares = method(layers, place)
        assert shares.sum() == pytest.approx(1.0)
        assert (shares[: place + 1] > 0).all()
        assert not shares[place + 1 :].any()
        shorter = [layer[: place + 1, : place + 1] for layer in layers]
        assert method(shorter, place) == pytest.approx(shares[: place + 1], abs=1e-12)


def test_flow_is_that_of_networkx():
    layers, place = causal_layers(6, 3, seed=4), 4
    graph = nx.DiGraph()
    for k, layer in enumerate(layers):
        for i, j in zip(*np.nonzero(layer), strict=True):
            graph.add_edge((k + 1, int(i)), (k, int(j)), capacity=float(layer[i, j]))
    found = flows(layers, place)
    for j in range(place + 1):
        value = nx.maximum_flow_value(graph, (3, place), (0, j))
        assert found[j] == pytest.approx(value, abs=1e-5)
    assert np.abs(flow(layers, place) - rollout(layers, place)).max() > 0.01  # they do differ


def test_a_layer_is_half_its_heads_and_half_itself():
    heads = np.array([[[1.0, 0.0], [0.2, 0.8]], [[1.0, 0.0], [0.6, 0.4]]])
    assert mixed(heads) == pytest.approx(np.array([[1.0, 0.0], [0.2, 0.8]]))
    for wrong in (np.ones((2, 3)), np.full((1, 2, 2), -1.0), np.full((1, 1, 1), np.nan)):
        with pytest.raises(RoadMetricsError, match="attention"):
            mixed(wrong)


def test_two_tokens_make_an_edge():
    layers = causal_layers(9, 2)  # the image, and four edges
    for edge in range(4):
        shares = rollout(layers, place_of(edge))
        image, own, earlier = by_edge(shares, edge)
        assert len(earlier) == edge
        assert image + own + earlier.sum() == pytest.approx(1.0)
    assert earlier[1] == pytest.approx(shares[3] + shares[4])  # tokens 2 and 3
    (one,) = attended(layers, [3], "rollout")
    assert (one.image, one.own, one.earlier.tolist()) == (image, own, earlier.tolist())


def test_edges_that_are_shown():
    assert chosen_edges(20, 5, 4) == [5, 10, 14, 19]
    assert chosen_edges(20, 20, 4) == []
