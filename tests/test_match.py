"""Matching against networkx and by hand."""

import networkx as nx
import numpy as np
import pytest

from roadmetrics.match import greedy_matching, match_most, near_pairs


@pytest.mark.parametrize("seed", range(20))
def test_as_many_as_networkx(seed):
    """The largest matching of random points, and it is a matching."""
    rng = np.random.default_rng(seed)
    a, b = rng.random((rng.integers(0, 60), 2)), rng.random((rng.integers(1, 60), 2))
    partner = match_most(a, b, 0.12)
    near = near_pairs(a, b, 0.12)
    graph = nx.Graph()
    graph.add_nodes_from(("a", i) for i in range(len(a)))
    for i in range(len(a)):
        graph.add_edges_from(
            (("a", i), ("b", j)) for j in near.column[near.ptr[i] : near.ptr[i + 1]].tolist()
        )
    top = {("a", i) for i in range(len(a))}
    best = len(nx.bipartite.maximum_matching(graph, top_nodes=top)) // 2
    taken = partner[partner >= 0]
    assert len(taken) == len(set(taken.tolist())) == best
    gap = np.hypot(*(a[partner >= 0] - b[taken]).T)
    assert (gap <= 0.12 * (1 + 1e-9)).all()


def test_augments_where_greed_fails():
    """Two rows want the first column; the second row can only have that one."""
    a, b = np.array([[0.0, 0.0], [-2.0, 0.0]]), np.array([[-1.0, 0.0], [1.5, 0.0]])
    assert match_most(a, b, 1.5).tolist() == [1, 0]


def test_greedy_takes_the_nearest_first():
    """Ascending distance, whatever the order given."""
    rows, columns = np.array([0, 0, 1]), np.array([0, 1, 0])
    mates = np.full(2, -1), np.full(2, -1)
    assert greedy_matching(rows, columns, np.array([2.0, 3.0, 1.0]), *mates) == 2
    assert mates[0].tolist() == [1, 0]


def test_radius_is_inclusive():
    """A pair at exactly the radius counts."""
    assert match_most(np.array([[0.1, 0.0]]), np.array([[0.4, 0.0]]), 0.3).tolist() == [0]
