"""Threads within one score: the same bits however many, and never more than are allowed."""

import threading
import time

import numpy as np
import pytest

import roadmetrics as rm
from roadmetrics import tally
from roadmetrics.routes import BLOCK, RUN
from roadmetrics.threads import in_threads, n_threads, ranges

N = 34  # junctions a side: control points for several runs of blocks


def town(seed):
    """A jittered grid with some streets missing."""
    rng = np.random.default_rng(seed)
    xy = np.stack(np.meshgrid(np.arange(N), np.arange(N)), axis=-1).reshape(-1, 2) * 40.0
    xy += np.random.default_rng(0).uniform(-6, 6, xy.shape)
    index = np.arange(N * N).reshape(N, N)
    across = np.stack([index[:, :-1].ravel(), index[:, 1:].ravel()], axis=1)
    down = np.stack([index[:-1].ravel(), index[1:].ravel()], axis=1)
    edges = np.concatenate([across, down])
    return rm.RoadGraph(xy, edges[rng.random(len(edges)) > 0.1], "m")


@pytest.mark.parametrize("name", ["apls", "tlts", "hm,radius=90", "subgraph,radius=60"])
def test_same_bits(monkeypatch, name):
    """All counts, with one thread, two, and more than there are cores."""
    gt, pred = town(1), town(2)
    seen = set()
    parts = []
    for n in (1, 2, 5):
        monkeypatch.setenv("ROADMETRICS_THREADS", str(n))
        monkeypatch.setattr(tally, "LEAST", 300)
        fresh = [rm.RoadGraph(g.vertices, g.edges, g.unit) for g in (gt, pred)]
        counts = rm.get(name).count(*fresh)
        seen.add(repr(counts))
        parts.append(len(ranges(10_000, 300)))
    assert len(seen) == 1
    assert parts == [1, 2, 5]


def test_enough_points_for_runs():
    """The town above is cut into several runs."""
    assert len(rm.get("apls").explain(town(1), town(2))["gt_control_xy"]) > 3 * RUN * BLOCK


def test_threads_overlap(monkeypatch):
    """Two parts wait for each other: only two threads get past the barrier."""
    monkeypatch.setenv("ROADMETRICS_THREADS", "2")
    barrier = threading.Barrier(2, timeout=20)
    assert sorted(in_threads(lambda _: barrier.wait(), [0, 1])) == [0, 1]


def test_first_error_and_no_more_work(monkeypatch):
    """An error comes out as it is, and what has not begun never does."""
    monkeypatch.setenv("ROADMETRICS_THREADS", "2")
    begun = []

    def work(part):
        begun.append(part)
        if part == 0:
            raise rm.RoadMetricsError("no")
        time.sleep(0.05)

    with pytest.raises(rm.RoadMetricsError, match=r"^no$"):
        in_threads(work, range(100))
    assert len(begun) < 100


@pytest.mark.parametrize("text", ["0", "-1", "two", "1e3", "²"])
def test_wrong_number(monkeypatch, text):
    """One line that names the variable."""
    monkeypatch.setenv("ROADMETRICS_THREADS", text)
    with pytest.raises(rm.RoadMetricsError, match="ROADMETRICS_THREADS is a number of threads"):
        n_threads()
