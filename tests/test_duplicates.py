"""Length drawn twice: closed forms, order, subdivision; and where it is shown."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import roadmetrics as rm
from roadmetrics.cli import main
from roadmetrics.duplicates import duplicated_length, duplicated_share
from roadmetrics.testing import strategies, transforms

SCALE = strategies.scale_of(rm.ccq)


def lines(*every):
    return rm.RoadGraph.from_lines(every)


def grid(n=5, side=100, dx=0):
    ends = (n - 1) * side + dx
    return [
        line
        for i in range(n)
        for at in (i * side + dx,)
        for line in ([(at, dx), (at, ends)], [(dx, at), (ends, at)])
    ]


def test_a_clean_grid_has_none():
    assert duplicated_length(lines(*grid())) == 0


@pytest.mark.parametrize("copies", [2, 3])
def test_a_network_drawn_n_times_could_lose_all_but_one(copies):
    graph = lines(*(line for k in range(copies) for line in grid(dx=2 * k)))
    assert duplicated_share(graph) == pytest.approx(1 - 1 / copies, abs=0.01)


def test_tolerance_is_inclusive_and_exact():
    road = [(0, 0), (100, 0)]
    assert duplicated_length(lines(road, [(0, 5), (100, 5)])) == pytest.approx(100)
    assert duplicated_length(lines(road, [(0, 5.001), (100, 5.001)])) == 0
    assert duplicated_length(lines(road, [(0, 8), (100, 8)]), tolerance=8) == pytest.approx(100)
    assert duplicated_length(lines(road, [(20, 1), (50, 1)])) == pytest.approx(30)


def test_the_same_line_over_itself_counts_half():
    graph = rm.RoadGraph([(0, 0), (90, 0), (0, 0), (90, 0)], [(0, 1), (2, 3)])
    assert duplicated_share(graph) == pytest.approx(0.5)


@pytest.mark.parametrize("angle", [5, 10, 20, 29])
def test_a_fork_counts_only_where_its_arms_are_near(angle):
    t = math.radians(angle)
    fork = lines([(0, 0), (900, 0)], [(0, 0), (900 * math.cos(t), 900 * math.sin(t))])
    # seen from either arm until they are 5 apart, across that arm
    assert duplicated_length(fork) == pytest.approx(5 / math.tan(t), rel=1e-6)


@pytest.mark.parametrize("angle", [31, 60, 90])
def test_steep_forks_and_crossings_have_none(angle):
    t = math.radians(angle)
    far = (90 * math.cos(t), 90 * math.sin(t))
    assert duplicated_length(lines([(0, 0), (90, 0)], [(0, 0), far])) == 0
    assert duplicated_length(lines([(-90, 0), (90, 0)], [(-far[0], -far[1]), far])) == 0


def test_a_bend_is_no_copy_of_itself():
    t = np.linspace(0, math.pi, 40)
    curve = np.stack([40 * np.cos(t), 40 * np.sin(t)], axis=1).tolist()
    assert duplicated_length(lines(curve)) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("graph", [
    rm.RoadGraph([], []), rm.RoadGraph([(0, 0)], []), rm.RoadGraph([(0, 0), (9, 0)], [(0, 1)]),
    rm.RoadGraph([(1, 1), (1, 1), (1, 1)], [(0, 1), (1, 2)]),
])  # fmt: skip
def test_small_graphs_have_none(graph):
    assert (duplicated_length(graph), duplicated_share(graph)) == (0, 0)


@given(strategies.road_graphs(SCALE), st.integers(0, 2**32 - 1))
def test_neither_order_nor_subdivision_matters(graph, seed):
    twice = transforms.united(graph, transforms.moved(graph, (1.0, 0.5)))
    rng = np.random.default_rng(seed)
    expected = duplicated_length(twice)
    for other in (transforms.relabelled(twice, rng), transforms.subdivided(twice, rng)):
        assert duplicated_length(other) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@given(strategies.wild_graphs(SCALE))
def test_any_graph_has_a_share(graph):
    assert 0 <= duplicated_share(graph) < 1


@pytest.fixture
def folders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rm.write(lines(*grid()), "gt.json")
    rm.write(lines(*grid(), *grid(dx=2)), "pred.json")


def test_drawing_the_truth_twice_is_flagged_though_ccq_is_perfect(folders, capsys):
    """The issue's own example: a perfect score, and the foot of the table that tells."""
    run = ["score", "--gt", "gt.json", "--pred", "pred.json", "--metric", "ccq"]
    assert main([*run, "--format", "table"]) == 0
    out, err = capsys.readouterr()
    assert "length ratio 2.000; duplicated: gt 0.0 %, pred 49.8 % (roads drawn twice)" in out
    assert "roads drawn twice?" in err
    assert main([*run, "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["total"]["ccq"]["value"] == 1.0
    assert document["lengths"]["is_flagged"] is True
    assert document["lengths"]["pred"]["duplicated"] == pytest.approx(0.4975)
    assert document["lengths"]["ratio"] == pytest.approx(2)
    assert document["tiles"]["gt"]["pred"]["duplicated"] == pytest.approx(0.4975)


def test_the_truth_itself_is_not_flagged(folders, capsys):
    run = ["score", "--gt", "gt.json", "--pred", "gt.json", "--metric", "ccq"]
    assert main([*run, "--format", "table"]) == 0
    out, err = capsys.readouterr()
    assert "length ratio 1.000; duplicated: gt 0.0 %, pred 0.0 %\n" in out
    assert err == ""


def test_no_roads_have_no_ratio(folders, capsys):
    rm.write(rm.RoadGraph([], []), "none.json")
    assert main(["score", "--gt", "none.json", "--pred", "none.json", "--metric", "ccq"]) == 0
    lengths = json.loads(capsys.readouterr().out)["lengths"]
    assert (lengths["ratio"], lengths["gt"]) == (None, {"length": 0, "duplicated": 0})
