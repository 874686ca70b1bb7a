"""Units in turn, weights by version, and what workers are called."""

import pytest
from fake_models import FakePlayer, check, collected

from reference_models.search.selfplay import Unit
from reference_models.search.workers import Embedded, engine_of, workers
from roadmetrics.errors import RoadMetricsError

pytest.importorskip("gymnasium")


def test_in_this_process():
    with workers("embedded", 1, FakePlayer) as crew:
        check(collected(crew))
        assert crew.player.loaded == [3, 8]  # each version once


def test_versions_are_kept_while_units_need_them():
    crew = Embedded(FakePlayer)
    for version in (0, 1, 2):
        crew.publish(version, b"3")
        if version < 2:
            crew.submit(Unit(version, version, 1, version=version))
    assert sorted(crew.turns.weights) == [0, 1, 2]
    crew.collect()
    assert sorted(crew.turns.weights) == [1, 2]
    crew.collect()
    assert sorted(crew.turns.weights) == [2]


def test_what_is_out_of_turn():
    crew = Embedded(FakePlayer)
    with pytest.raises(RoadMetricsError, match="no unit is left to collect"):
        crew.collect()
    with pytest.raises(RoadMetricsError, match="unit 0: weights 0 are not published"):
        crew.submit(Unit(0, 0, 1))
    crew.publish(0, b"3")
    with pytest.raises(RoadMetricsError, match="weights 0 are not newer than 0"):
        crew.publish(0, b"4")
    with pytest.raises(RoadMetricsError, match="unit 1: the next one is 0"):
        crew.submit(Unit(1, 0, 1))


@pytest.mark.parametrize("text", ["rays", "ray:", "ray://", "ray:a b", "ray:a:x", "", "processes"])
def test_other_workers_are_refused(text):
    with pytest.raises(RoadMetricsError, match="workers are embedded, ray or ray:HOST"):
        engine_of(text)


def test_no_worker_at_all():
    with (
        pytest.raises(RoadMetricsError, match="ray: a worker at least, not 0"),
        workers("ray", 0, FakePlayer),
    ):
        pass
