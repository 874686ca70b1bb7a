"""Processes: results in order, first error, limits of time and memory, processes that die."""

from __future__ import annotations

import os
import signal
import time

import numpy as np
import pytest

from roadmetrics import parallel
from roadmetrics.errors import FormatError, RoadMetricsError
from roadmetrics.parallel import finished, mapped
from roadmetrics.workers import Limits


def of_environment(name):
    return os.environ[name]


@pytest.fixture(autouse=True)
def _two_cores(monkeypatch):
    monkeypatch.setattr(parallel, "n_cores", lambda: 2)


def squared(x):
    time.sleep(0.05 * (x % 3))
    return x * x


def unruly(x):
    if x == "sleep":
        time.sleep(600)
    if x == "eat":
        return len(np.ones(400_000_000))  # 3 GB
    if x == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if x == "raise":
        raise FormatError("a: wrong")
    if isinstance(x, tuple):
        time.sleep(x[1])
        raise FormatError(x[0])
    return x


def test_results_come_in_order_whatever_the_number_of_processes():
    things = list(range(9))
    assert [list(mapped(squared, things, jobs)) for jobs in (1, 2, 0)] == [
        [x * x for x in things]
    ] * 3


def test_the_dearest_is_begun_first():
    order = [one.index for one in finished(unruly, list("abcd"), 2, costs=[1, 9, 5, 7])]
    assert order[0] == 0  # done here
    assert sorted(order) == [0, 1, 2, 3]


def test_the_first_error_is_raised_whichever_comes_first():
    things = ["ok", ("slow", 1.0), ("quick", 0.0), "ok"]
    for jobs in (1, 2):
        with pytest.raises(FormatError, match="slow"):
            list(mapped(unruly, things, jobs))


def test_a_process_that_dies_is_one_line():
    with pytest.raises(RoadMetricsError, match="a worker process died"):
        list(mapped(unruly, ["ok", "die", "ok"], 2))


def test_what_runs_away_is_ended_and_the_others_go_on():
    things = ["a", "sleep", "b", "eat", "die", "c"]
    limits = Limits(seconds=6.0, memory=1500.0)
    begin = time.monotonic()
    found = {one.index: one for one in finished(unruly, things, 2, limits=limits)}
    assert time.monotonic() - begin < 120
    assert {k: one.result for k, one in found.items() if not one.ended} == {0: "a", 2: "b", 5: "c"}
    assert "took more than 6 s" in found[1].ended
    assert "needed more than 1500 MiB" in found[3].ended
    assert "died" in found[4].ended


def test_limits_hold_in_one_process_too():
    found = list(finished(unruly, ["a", "eat"], 1, limits=Limits(memory=1500.0)))
    assert [bool(one.ended) for one in sorted(found, key=lambda one: one.index)] == [False, True]


def test_each_process_uses_one_thread(monkeypatch):
    """Also where the threads of one score are set."""
    monkeypatch.setenv("ROADMETRICS_THREADS", "8")
    before = dict(os.environ)
    names = ["OPENBLAS_NUM_THREADS", "ROADMETRICS_THREADS"]
    outcomes = finished(of_environment, names, 1, limits=Limits(seconds=60.0))
    assert [one.result for one in outcomes] == ["1", "1"]
    assert dict(os.environ) == before
