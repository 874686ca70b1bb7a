"""Actors of Ray: the same episodes as in this process, workers that are killed, errors in turn."""

import os
import signal
import threading
import time
from functools import partial
from pathlib import Path

import pytest
from fake_models import FakePlayer, check, collected

from reference_models.search.ray_crew import RayCrew
from reference_models.search.selfplay import Unit
from reference_models.search.workers import workers
from roadmetrics.errors import RoadMetricsError
from roadmetrics.ray_engine import ray_engine

pytest.importorskip("gymnasium")
pytest.importorskip("ray")
pytestmark = [
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks at /proc"),
    pytest.mark.xdist_group("ray"),  # clusters side by side take each other's ports
]
PATIENCE = 120.0  # seconds, on a machine that does much else


@pytest.fixture(scope="module")
def engine():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("roadmetrics.ray_engine.n_cores", lambda: 2)
        try:
            with ray_engine("ray", 2, 2) as one:
                yield one
        except RoadMetricsError as error:
            if "Ray does not start here" not in str(error):
                raise
            pytest.skip(str(error))


def played(folder):
    """Units that were begun, and the processes that did."""
    names = [path.name.split(".") for path in folder.glob("*.*.*")]
    return sorted(int(unit) for unit, _, _ in names), {int(pid) for _, pid, _ in names}


def kill_who_plays(folder, unit, killed):
    """Wait until somebody has the unit in hand, and waits in turn."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and not list(folder.glob(f"{unit}.*")):
        time.sleep(0.01)
    (folder / f"stop{unit}").unlink()
    killed.append(int(next(folder.glob(f"{unit}.*")).name.split(".")[1]))
    os.kill(killed[0], signal.SIGKILL)


def test_the_same_episodes_though_a_worker_is_killed(engine, tmp_path):
    """It costs the unit that it had in hand; an error comes in its turn, and others go on."""
    (tmp_path / "stop1").touch()
    (tmp_path / "fail6").touch()
    killed = []
    killer = threading.Thread(target=kill_who_plays, args=(tmp_path, 1, killed))
    killer.start()
    with workers("ray", 2, partial(FakePlayer, str(tmp_path))) as crew:  # the Ray that is there
        check(collected(crew))
        for number in (6, 7):
            crew.submit(Unit(number, 4 * number, 4, version=1))
        with pytest.raises(RoadMetricsError, match=r"^unit 6 cannot be played$"):
            crew.collect()
        assert [one.number for one in crew.collect()] == [28, 29, 30, 31]
    killer.join()
    units, pids = played(tmp_path)
    assert units == [0, 1, 1, 2, 3, 4, 5, 6, 7]
    assert len(pids) >= 2
    assert killed[0] in pids
    assert os.getpid() not in pids


def test_a_unit_that_kills_its_workers_is_given_up(engine, tmp_path, monkeypatch):
    monkeypatch.setattr("reference_models.search.ray_crew.TRIES", 2)
    (tmp_path / "die0").touch()
    crew = RayCrew(engine, 1, partial(FakePlayer, str(tmp_path)))
    crew.publish(0, b"3")
    crew.submit(Unit(0, 0, 4))
    with pytest.raises(RoadMetricsError, match="unit 0: its worker died 2 times"):
        crew.collect()
    crew.dismiss()
    assert played(tmp_path)[0] == [0, 0]
