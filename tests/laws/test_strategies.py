"""The examples are what the laws need: in general position, exact, and neither all good nor bad."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import roadmetrics as rm
from roadmetrics.geometry import project
from roadmetrics.testing.strategies import crossings, gaps, pairs, road_graphs, scale_of, shortcuts

DEFAULTS = list(rm.METRICS)
JUDGE_JUNCTIONS = ("jct", "junction")  # without any there is little or nothing to judge
MANY = settings(max_examples=60, suppress_health_check=list(HealthCheck))


def drawn(strategy, n=60):
    examples = []

    @settings(MANY, max_examples=n, derandomize=True, database=None)
    @given(strategy)
    def collect(example):
        examples.append(example)

    collect()
    return examples


@pytest.mark.parametrize("name", DEFAULTS)
def test_most_pairs_score_between_nothing_and_everything(name):
    metric = rm.get(name)
    n = 720 if name in JUDGE_JUNCTIONS else 240  # few would leave it to chance
    examples = drawn(pairs(metric), n)
    if name in JUDGE_JUNCTIONS:
        examples = [e for e in examples if all((g.degrees > 2).any() for g in e.graphs)]
        assert len(examples) >= 15
    values = [metric(e.gt, e.pred).value for e in examples]
    between = sum(0 < v < 1 for v in values)
    assert between > len(values) / 3, f"{between} of {len(values)}"


@pytest.mark.parametrize("name", DEFAULTS)
def test_no_vertex_comes_near_a_foreign_edge(name):
    scale = scale_of(rm.get(name))
    for graph in drawn(road_graphs(scale)):
        vertex, edge = np.nonzero(np.ones((len(graph.vertices), len(graph.edges))))
        own = (graph.edges[edge] == vertex[:, None]).any(axis=1)
        ends = graph.vertices[graph.edges[edge[~own]]]
        _, distance = project(graph.vertices[vertex[~own]], ends[:, 0], ends[:, 1])
        assert (distance > 2 * scale.reach).all()


@pytest.mark.parametrize("name", DEFAULTS)
def test_coordinates_are_exact(name):
    metric = rm.get(name)
    cell = scale_of(metric).cell
    for example in drawn(pairs(metric), 20):
        for graph in example.graphs:
            steps = graph.vertices / cell * 2**16
            assert (steps == np.round(steps)).all()


@pytest.mark.parametrize("name", DEFAULTS)
def test_special_examples_are_what_they_say(name):
    metric = rm.get(name)
    for example in drawn(gaps(metric), 20):
        assert example.pred.length < example.gt.length
        assert len(example.pred.edges) == len(example.gt.edges) + 1
    for example in drawn(shortcuts(metric), 20):
        assert len(example.pred.edges) == len(example.gt.edges) + 1
    for example in drawn(crossings(metric), 20):
        assert example.gt.length == pytest.approx(example.pred.length)
        assert sorted(len(g.edges) for g in example.graphs) == [3, 5]


def test_wild_examples_hold_every_oddity():
    from roadmetrics.testing.strategies import wild

    graphs = [e.gt for e in drawn(wild(rm.get("ccq")), 200)]
    assert any(not len(g.vertices) for g in graphs)
    assert any(len(g.vertices) and not len(g.edges) for g in graphs)
    assert any((g.edge_lengths == 0).any() for g in graphs)
    assert any((g.degrees == 0).any() and len(g.edges) for g in graphs)
    assert any(g.is_node is not None for g in graphs)
    assert any(len(np.unique(g.vertices, axis=0)) < len(g.vertices) for g in graphs)
