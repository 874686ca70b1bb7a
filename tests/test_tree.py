"""Which segments come near others, against all pairs; and networks cut into short edges."""

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

import roadmetrics as rm
from roadmetrics import sample, tree
from roadmetrics.tree import GROUP, near, tree_of

EXACT = 1e-9  # of a score
ROUNDED = 1e-4  # where coordinates are rounded to a millimetre


@given(
    seed=st.integers(0, 2**32 - 1), n=st.integers(0, 150), m=st.integers(0, 3 * GROUP),
    spread=st.sampled_from([0.0, 5.0, 60.0]), reach=st.sampled_from([1e-9, 0.5, 17.7, 300.0]),
    on_grid=st.booleans(),
)  # fmt: skip
def test_like_all_pairs(seed, n, m, spread, reach, on_grid):
    """Short, long and no length at all; crossing, touching; in order of the queries, then edges."""
    rng = np.random.default_rng(seed)

    def segments(k):
        start = rng.uniform(0, 100, (k, 2))
        end = start + rng.normal(0, spread, (k, 2)) * (rng.random((k, 1)) > 0.2)
        return (np.round(start, -1), np.round(end, -1)) if on_grid else (start, end)

    (start, end), (first, last) = segments(n), segments(m)
    query, edge = near(tree_of(start, end), first, last, reach)
    ours, theirs = (
        shapely.linestrings(np.stack(pair, axis=1)) if len(pair[0]) else np.zeros(0, dtype=object)
        for pair in ((first, last), (start, end))
    )
    gap = shapely.distance(ours[:, None], theirs[None])
    assert np.stack([query, edge], axis=1).tolist() == np.argwhere(gap <= reach).tolist()


def test_far_outlier():
    """One segment a million times as far away as the others are apart."""
    start = np.concatenate([np.random.default_rng(0).uniform(0, 1e3, (500, 2)), [[1e9, 1e9]]])
    query, edge = near(tree_of(start, start + 1.0), start, start, 1e-3)
    assert set(range(501)) == set(query[query == edge].tolist())


def test_one_long_segment(monkeypatch):
    """It widens no group of queries: each would be held against every segment."""
    tested = []
    rng = np.random.default_rng(0)
    start = rng.uniform(0, 1e4, (4000, 2))
    end = start + 5.0
    end[0] = 1e12
    seen = tree._near
    monkeypatch.setattr(tree, "_near", lambda *given: tested.append(given[2]) or seen(*given))
    query, edge = near(tree_of(start, end), start, start, 1e-3)
    assert set(range(4000)) == set(query[query == edge].tolist())
    assert tested[0] < 1e3


@pytest.mark.parametrize("most", [400, 399])
def test_too_many_pairs(monkeypatch, most):
    """A distance in another unit is told before it takes all memory."""
    monkeypatch.setattr(tree, "MAX_PAIRS", most)
    monkeypatch.setattr(tree, "MAX_EACH", 1)
    start = np.random.default_rng(0).uniform(0, 1e3, (20, 2))
    if most < 400:
        with pytest.raises(rm.RoadMetricsError, match=r"more than 399 pairs .* lower the distance"):
            near(tree_of(start, start), start, start, 1e6)
    else:
        assert len(near(tree_of(start, start), start, start, 1e6)[0]) == 400


def cut(graph, longest, decimals):
    """The same roads in edges no longer than ``longest``, coordinates rounded."""
    vertices, edges = list(graph.vertices), []
    for (a, b), length in zip(graph.edges.tolist(), graph.edge_lengths, strict=True):
        n = int(np.ceil(length / longest))
        chain = [a, *range(len(vertices), len(vertices) + n - 1), b]
        step = (graph.vertices[b] - graph.vertices[a]) / n
        vertices += [graph.vertices[a] + step * k for k in range(1, n)]
        edges += list(pairwise(chain))
    return rm.RoadGraph(np.round(vertices, decimals), edges, graph.unit)


@pytest.mark.parametrize("name", [*rm.METRICS, "apls,sources=500"])
def test_short_edges_score_alike(name):
    """A network cut to 7.5 m, to the last bit and to a millimetre."""
    gt = rm.read(sample.path() / "gt/nauru_r2_c2.json")
    pred = rm.read(sample.path() / "pred_light/nauru_r2_c2.json")
    metric = rm.get(name)
    value = metric(gt, pred).value
    assert 0 < value < 1
    for decimals, tolerance in ((9, EXACT), (3, ROUNDED)):
        short = cut(gt, 7.5, decimals)
        assert len(short.edges) > 3 * len(gt.edges)
        assert metric(short, pred).value == pytest.approx(value, abs=tolerance)
