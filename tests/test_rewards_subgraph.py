"""The sub-graph term against the full metric."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rewards_steps import CASES, PAIRS, POINTS, STEPS, Episode, drawn, graph, walk
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

from roadmetrics.rewards.matchings import sum_of_matchings
from roadmetrics.rewards.near import Pairs, grid_of, near_segments, reach_of, turned
from roadmetrics.rewards.subgraph_term import SubgraphGround

NAMES = (
    "subgraph", "subgraph,radius=60", "subgraph,radius=45,match_dist=12,start_spacing=20",
    "subgraph,radius=0", "subgraph,match_dist=0", "subgraph,spacing=25,start_spacing=25,radius=100",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("case", CASES)
def test_hand_drawn_cases(case, name):
    (vertices, edges), (xy, steps) = CASES[case]
    drawn(SubgraphGround, name, graph(vertices, edges), xy, steps)


@pytest.mark.parametrize("name", NAMES)
@given(points=POINTS, pairs=PAIRS, key_points=POINTS, steps=STEPS)
def test_every_state_is_that_of_the_metric(name, points, pairs, key_points, steps):
    walk(SubgraphGround, name, points, pairs, key_points, steps)


def test_more_starts_than_a_word_has_bits():
    """By hand: a half is drawn; 30 holes a start, and 15 marbles for starts within 25 of it."""
    gt = graph([(0, 0), (300, 0)], [(0, 1)])
    xy = [(0, 0), (150, 0), (300, 0)]
    name = "subgraph,start_spacing=1,radius=300"
    episode = Episode(SubgraphGround, name, gt, xy)
    recall = 15 * (175 + 150) / (30 * (300 + 150))
    assert episode.add(0, 1) == pytest.approx(2 * recall / (1 + recall), abs=1e-12)
    assert episode.add(1, 2) == 1.0
    episode.undo()
    assert episode.roads.stack == [(0, 1)]


@given(st.integers(0, 9), st.integers(0, 9), st.integers(1, 130), st.floats(0.1, 1), st.randoms())
def test_sums_of_matchings_are_those_of_scipy(n, m, n_parts, share, random):
    rng = np.random.default_rng(random.randrange(2**32))
    table = rng.random((n, m)) < share / 2
    own, other = rng.random((n, n_parts)) < share, rng.random((m, n_parts)) < share
    near = pairs_of(table)
    total = sum_of_matchings(near, turned(near, m), bits_of(own), bits_of(other))
    expected = 0
    for s in range(n_parts):
        part = table[own[:, s]][:, other[:, s]]
        if part.size:
            mates = maximum_bipartite_matching(csr_matrix(part), perm_type="column")
            expected += int((mates >= 0).sum())
    assert total == expected


def pairs_of(table):
    rows, columns = np.nonzero(table)
    ptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(table)))])
    return Pairs(ptr.astype(np.int64), columns.astype(np.int64), np.ones(len(rows)))


def bits_of(table):
    """[n, words] of [n, parts]."""
    bits = np.zeros((len(table), (table.shape[1] + 63) // 64), dtype=np.uint64)
    for i, s in zip(*np.nonzero(table), strict=True):
        bits[i, s // 64] |= np.uint64(1) << np.uint64(s % 64)
    return bits


@given(
    st.lists(st.tuples(st.integers(-200, 200), st.integers(-200, 200)), max_size=20),
    st.lists(st.tuples(*[st.integers(-40, 40)] * 4), max_size=9),
    st.sampled_from([0.0, 5.0, 30.0]),
)
def test_points_near_segments_are_those_of_the_index(points, lines, radius):
    from roadmetrics.index import SegmentIndex

    points = np.array(points, float).reshape(-1, 2) / 4
    ends = np.array(lines, float).reshape(-1, 2, 2)
    lines_graph = graph(ends.reshape(-1, 2), np.arange(2 * len(ends)).reshape(-1, 2))
    expected = SegmentIndex.of(lines_graph).around(points, radius)
    start, end = ends[:, 0].copy(), ends[:, 1].copy()
    reach = reach_of(radius)
    near = near_segments(grid_of(points, reach), points, start, end, reach)
    near = turned(near, len(points))
    found = np.repeat(np.arange(len(points)), np.diff(near.ptr))
    assert found.tolist() == expected.point.tolist()
    assert near.column.tolist() == expected.edge.tolist()
    assert near.distance.tolist() == pytest.approx(expected.distance.tolist(), abs=1e-12)
