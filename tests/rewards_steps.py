"""Episodes on small graphs, every state of which is compared with the full metric."""

import numpy as np
from hypothesis import strategies as st

import roadmetrics as rm
from roadmetrics.rewards.roads import Roads
from roadmetrics.rewards.terms import FullGround


def graph(vertices, edges):
    return rm.RoadGraph(np.array(vertices, float).reshape(-1, 2), edges)


class Episode:
    """A term beside the metric that it stands for."""

    def __init__(self, form, name, gt, xy):
        self.metric, self.gt = rm.get(name), gt
        assert form.fits(self.metric, gt)
        assert not issubclass(form, FullGround)
        self.roads = Roads(gt, graph(xy, []).vertices)
        self.term = form(self.metric, gt).begin(self.roads)
        self.check(self.term.rebuild(self.roads))

    def check(self, value):
        expected = self.metric(self.gt, self.roads.graph()).value
        assert abs(value - expected) <= 1e-9, (value, expected, self.roads.stack)
        return value

    def add(self, a, b):
        edge = min(a, b), max(a, b)
        if a != b and edge not in self.roads.edges:
            self.roads.push(*edge)
            return self.check(self.term.push(self.roads, *edge))
        return None

    def undo(self):
        if self.roads.stack:
            self.term.pop(self.roads, *self.roads.pop())
            self.check(self.term.copy().rebuild(self.roads))

    def remove(self, k):
        stack = self.roads.stack
        if stack:
            at = k % len(stack)
            self.roads.replace(stack[:at] + stack[at + 1 :])
            self.check(self.term.rebuild(self.roads))


def drawn(form, name, gt, xy, edges):
    """The value after every edge was drawn, each state compared; the same in any order."""
    episode = Episode(form, name, gt, xy)
    values = [episode.add(*edge) for edge in edges]
    other = Episode(form, name, gt, xy)
    for edge in reversed(edges):
        other.add(*edge)
    assert other.term.rebuild(other.roads) == episode.term.rebuild(episode.roads)
    return values


# a coarse lattice: coincident and collinear points, crossings and equal distances are common
ON_LATTICE = st.tuples(st.integers(0, 5), st.integers(0, 5)).map(
    lambda p: (30.0 * p[0], 30.0 * p[1])
)
ANYWHERE = st.tuples(st.floats(0, 200), st.floats(0, 200))
POINTS = st.one_of(
    st.lists(ON_LATTICE, min_size=2, max_size=9), st.lists(ANYWHERE, min_size=2, max_size=9)
)
PAIRS = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=12)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 8), st.integers(0, 8)),
        st.tuples(st.just("add"), st.integers(0, 8), st.integers(0, 8)),
        st.tuples(st.just("undo"), st.just(0), st.just(0)),
        st.tuples(st.just("remove"), st.integers(0, 20), st.just(0)),
    ),
    max_size=10,
)


def walk(form, name, points, pairs, key_points, steps):
    """Random steps on a random ground truth."""
    edges = [(a % len(points), b % len(points)) for a, b in pairs]
    episode = Episode(form, name, graph(points, np.array(edges, int).reshape(-1, 2)), key_points)
    n = len(key_points)
    for kind, a, b in steps:
        if kind == "add":
            episode.add(a % n, b % n)
        elif kind == "undo":
            episode.undo()
        else:
            episode.remove(a)


CROSS = [(0, 100), (100, 100), (200, 100), (100, 0), (100, 200)]
CASES = {
    "t junction by snapping": (
        ([(0, 0), (100, 0), (200, 0), (100, 90)], [(0, 1), (1, 2), (1, 3)]),
        ([(0, 2), (200, 2), (100, 5), (101, 90)], [(0, 1), (2, 3)]),
    ),
    "overpass": (
        (CROSS, [(0, 1), (1, 2), (3, 1), (1, 4)]),
        ([(0, 100), (200, 100), (100, 0), (100, 200)], [(0, 1), (2, 3)]),
    ),
    "coincident key points": (
        (CROSS, [(0, 1), (1, 2), (3, 1), (1, 4)]),
        ([*CROSS, (100, 100), (100, 100)], [(0, 1), (5, 2), (5, 6), (1, 5), (3, 6), (6, 4)]),
    ),
    "empty ground truth": (([], []), ([(0, 0), (50, 0), (0, 0)], [(0, 2), (0, 1)])),
    "ground truth without length": (([(9, 9), (9, 9)], [(0, 1)]), ([(0, 0), (50, 0)], [(0, 1)])),
    "loop": (
        ([(0, 0), (120, 0), (120, 120), (0, 120)], [(0, 1), (1, 2), (2, 3), (0, 3)]),
        ([(0, 1), (60, 1), (121, 0), (120, 119), (0, 121)], [(a, (a + 1) % 5) for a in range(5)]),
    ),
    "loop of one point": (
        ([(0, 0), (60, 0)], [(0, 1)]),
        ([(5, 0), (5, 0), (5, 0), (60, 0)], [(0, 1), (1, 2), (0, 2), (0, 3)]),
    ),
    "roads on top of each other": (
        ([(0, 0), (100, 0), (200, 0)], [(0, 1), (1, 2)]),
        ([(0, 0), (100, 0), (200, 0), (50, 0)], [(0, 1), (0, 2), (3, 2), (1, 2), (0, 3)]),
    ),
    "far outside": (
        ([(0, 0), (100, 0)], [(0, 1)]),
        ([(0, 0), (100, 0), (9000, -7000), (9100, -7000)], [(2, 3), (0, 1), (1, 2)]),
    ),
    "far from zero": (
        ([(700000, 5e6), (700100, 5e6), (700100, 5000100)], [(0, 1), (1, 2)]),
        ([(700000, 5e6), (700100, 5e6), (700100, 5000100)], [(1, 2), (0, 1), (0, 2)]),
    ),
}  # fmt: skip
