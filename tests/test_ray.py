"""Ray: the same numbers, workers and drivers that are killed, limits, errors, nothing left over."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path

import numpy as np
import pytest

import roadmetrics as rm
from roadmetrics import sample
from roadmetrics.cli import main
from roadmetrics.errors import FormatError, RoadMetricsError
from roadmetrics.evaluate import score_folders
from roadmetrics.parallel import finished, result_of
from roadmetrics.ray_engine import _connect as ray_connect
from roadmetrics.ray_engine import ray_engine
from roadmetrics.run_log import RunLog
from roadmetrics.tile_scores import score_pair
from roadmetrics.workers import ONE_THREAD, Limits

pytest.importorskip("ray")
pytestmark = [
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks at /proc"),
    pytest.mark.xdist_group("ray"),  # clusters side by side take each other's ports
]
METRICS = ["apls", "ccq", "junction"]
PATIENCE = 120.0  # seconds, on a machine that does much else


@pytest.fixture(scope="module")
def engine():
    """Ray with two workers, for all tests here that do not start their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("roadmetrics.ray_engine.n_cores", lambda: 2)
        with ray_engine("ray", 2, 9) as one:
            yield one


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Eight tiles; the prediction of the last is missing."""
    for side, far in (("gt", 0.0), ("pred", 3.0)):
        (tmp_path / side).mkdir()
        for k in range(8 if side == "gt" else 7):
            end = 60 + 15 * k - 4 * far
            graph = rm.RoadGraph([(0, 0), (end, far), (end, 80)], [(0, 1), (1, 2)])
            rm.write(graph, tmp_path / side / f"t{k}.json")
    monkeypatch.chdir(tmp_path)  # the workers have to find relative paths
    return tmp_path


def scored(**options):
    return document(score_folders("gt", "pred", METRICS, missing="zero", **options))


def document(report):
    """The bytes of the document, but for the seconds."""
    result = report.to_dict()
    for tile in result["tiles"].values():
        assert tile.pop("seconds") >= 0
    return json.dumps(result)


def slow(pair, **options):
    Path(f"{os.getpid()}.{pair.id}.pid").touch()
    time.sleep(0.3)
    return score_pair(pair, **options)


def slow_until_killed(pair, **options):
    """The first that has tile 3 in hand says so, and waits to be killed."""
    if pair.id == "t3" and not Path("victim").exists():
        Path("v").write_text(str(os.getpid()))
        Path("v").rename("victim")
        time.sleep(600)
    return slow(pair, **options)


def pids_of(folder):
    return {int(path.name.split(".")[0]) for path in folder.glob("*.pid")}


def unruly(x):
    if x == "sleep":
        time.sleep(600)
    if x == "eat":
        return len(np.ones(400_000_000))  # 3 GB
    if x == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if x == "lock":
        return threading.Lock()  # cannot be sent
    if isinstance(x, tuple):
        time.sleep(x[1])
        raise FormatError(x[0])
    return x


def threads_of(_):
    return os.getpid(), [os.environ.get(name) for name in ONE_THREAD]


def found(engine, things, **options):
    return {one.index: one for one in finished(unruly, things, 2, engine=engine, **options)}


def test_the_report_is_that_of_one_process(engine, folders, capfd):
    alone = scored()
    assert scored(engine="ray", jobs=2) == alone
    assert capfd.readouterr() == ("", "")


def test_a_worker_that_is_killed_loses_nothing(engine, folders, monkeypatch, capfd):
    alone, log = scored(), folders / "run.log"
    monkeypatch.setattr("roadmetrics.runs.score_pair", slow_until_killed)
    killed = []

    def kill_one():
        end, victim = time.monotonic() + PATIENCE, folders / "victim"
        while time.monotonic() < end and not victim.exists():
            time.sleep(0.01)
        killed.append(int(victim.read_text()))
        os.kill(killed[0], signal.SIGKILL)

    killer = threading.Thread(target=kill_one)
    killer.start()
    again = scored(engine="ray", jobs=2, resume=log)
    killer.join()
    assert again == alone
    assert len(killed) == 1
    assert log.read_bytes().count(b"\n") == 8
    assert killed[0] not in (os.getpid(), int(next(folders.glob("*.t3.pid")).name.split(".")[0]))
    assert capfd.readouterr().out == ""


def test_a_thing_that_kills_its_worker_each_time_is_given_up(engine):
    outcomes = found(engine, ["a", "die", "b"])
    assert outcomes[1].ended == "its worker died 3 times"
    assert [outcomes[i].result for i in (0, 2)] == ["a", "b"]
    with pytest.raises(RoadMetricsError, match="a worker process died"):
        result_of(outcomes[1])


def test_limits_of_time_and_memory(engine):
    limits = Limits(seconds=6.0, memory=1500.0)
    outcomes = found(engine, ["a", "sleep", "eat", "b"], limits=limits)
    assert [outcomes[i].result for i in (0, 3)] == ["a", "b"]
    assert outcomes[1].ended == "it took more than 6 s"
    assert outcomes[2].ended == "it needed more than 1500 MiB"


def test_the_first_error_is_told_whichever_comes_first(engine):
    outcomes = found(engine, ["ok", ("late", 1.0), ("early", 0.0), "ok"])
    assert [str(one.error) for one in outcomes.values() if one.error] == ["late"]
    outcomes = found(engine, ["ok", "lock", "ok"])
    assert isinstance(outcomes[1].error, RoadMetricsError)


def test_an_error_in_a_tile_is_the_same_line(engine, folders):
    (folders / "pred/t3.json").write_text('{"vertices": [[0, 0]], "edges": [[0, 5]]}')
    lines = []
    for options in ({}, {"engine": "ray", "jobs": 2}):
        with pytest.raises(FormatError) as caught:
            scored(**options)
        lines.append(str(caught.value))
    assert lines == ["pred/t3.json: edge 0 refers to vertex 5 but the file has 1"] * 2


def test_each_worker_uses_one_thread(engine):
    outcomes = finished(threads_of, list(range(6)), 2, engine=engine, limits=Limits(seconds=99.0))
    results = [one.result for one in outcomes]
    assert {tuple(threads) for _, threads in results} == {("1",) * len(ONE_THREAD)}
    assert os.getpid() not in {pid for pid, _ in results}


def test_without_ray_one_line_says_what_to_install(folders, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ray", None)
    assert main(["score", "--gt", "gt", "--pred", "pred", "--missing", "zero", "--metric", "ccq",
                 "--engine", "ray"]) == 3  # fmt: skip
    assert "roadmetrics: error: engine ray: needs pip install 'roadmetrics[ray]'" in (
        capsys.readouterr().err
    )


@pytest.mark.parametrize("text", ["rays", "ray:", "ray://", "ray://a b", "ray://a:x", "dask", ""])
def test_other_engines_are_refused(text, capsys):
    with pytest.raises(SystemExit):
        main(["score", "--gt", "gt", "--pred", "pred", "--engine", text])
    assert "processes, ray or ray://HOST[:PORT], not" in capsys.readouterr().err
    with pytest.raises(RoadMetricsError, match="an engine is"):
        score_folders(sample.path() / "gt", sample.path() / "gt", ["ccq"], engine=text)


# runs in processes of their own ------------------------------------------------------------

SCRIPT = """
import sys
sys.path[:0] = {path!r}
import test_ray
from roadmetrics import parallel, ray_engine, runs
from roadmetrics.cli import main
runs.score_pair = test_ray.slow
parallel.n_cores = ray_engine.n_cores = lambda: 2
if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
"""


class Run:
    """``roadmetrics score`` with slow tiles, and every process that comes of it."""

    def __init__(self, engine, *more):
        self.mark = uuid.uuid4().hex
        Path("script.py").write_text(SCRIPT.format(path=[str(Path(__file__).parent), *sys.path]))
        words = [w for name in METRICS for w in ("--metric", name)]
        self.process = subprocess.Popen(
            [sys.executable, "script.py", "score", "--gt", "gt", "--pred", "pred", "--missing",
             "zero", "--resume", "run.log", "--engine", engine, *words, *more],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
            env={**os.environ, "ROADMETRICS_TEST_MARK": self.mark},
        )  # fmt: skip

    def wait_for_lines(self, n):
        log, end = Path("run.log"), time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            if log.exists() and log.read_bytes().count(b"\n") >= n:
                return
            time.sleep(0.02)
        raise AssertionError(self.process.communicate())

    def left_over(self):
        """Processes that are there after a while."""
        end = time.monotonic() + PATIENCE  # Ray's agents look for their parent now and then
        while (left := with_mark(self.mark)) and time.monotonic() < end:
            time.sleep(0.1)
        return left


def with_mark(mark):
    left = {}
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and mark.encode() in (folder / "environ").read_bytes():
                left[folder.name] = (folder / "cmdline").read_bytes()
        except OSError:
            continue
    return {pid: line for pid, line in left.items() if line}  # not those that only wait


def test_a_killed_driver_leaves_nothing_and_its_run_goes_on(engine, folders):
    run = Run("ray")
    run.wait_for_lines(3)
    os.kill(run.process.pid, signal.SIGKILL)
    run.process.communicate()
    assert run.left_over() == {}
    n_done = Path("run.log").read_bytes().count(b"\n")
    assert 3 <= n_done < 8
    assert scored(engine="ray", jobs=2, resume="run.log") == scored()
    assert Path("run.log").read_bytes().count(b"\n") == 8
    RunLog(Path("run.log"))


def test_ctrl_c_leaves_nothing(folders):
    run = Run("ray")
    run.wait_for_lines(2)
    os.killpg(run.process.pid, signal.SIGINT)
    assert run.process.communicate(timeout=PATIENCE) == ("", "")
    assert run.process.returncode == 130
    assert run.left_over() == {}


def test_an_address_where_nothing_answers(folders):
    run = Run("ray://127.0.0.1:1")
    out, err = run.process.communicate(timeout=PATIENCE)
    assert (run.process.returncode, out) == (3, "")
    assert err.startswith("roadmetrics: error: ray://127.0.0.1:1 does not answer as Ray: ")
    assert err.count("\n") == 1
    assert not Path("run.log").exists()


def test_a_cluster_that_is_too_busy_is_called_again():
    class Busy:
        """Ray whose server for clients dies as often as said."""

        n_calls = 0

        def __init__(self, failures):
            self.failures = failures

        def init(self, **_):
            self.n_calls += 1
            if self.n_calls <= self.failures:
                raise RuntimeError("Starting Ray client server failed.")

        def shutdown(self):
            pass

    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        address = f"ray://127.0.0.1:{server.getsockname()[1]}"
        ray_connect(busy := Busy(2), address)
        assert busy.n_calls == 3
        with pytest.raises(RoadMetricsError, match="does not answer as Ray: Starting Ray client"):
            ray_connect(Busy(9), address)


def free_ports(n):
    """Ports of this machine that nothing listens on."""
    sockets = [socket.socket() for _ in range(n)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [str(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


@pytest.fixture
def cluster(tmp_path_factory):
    """The port for clients of a cluster of two cores that was begun by `ray start`."""
    mark = uuid.uuid4().hex
    gcs, client = free_ports(2)
    ray = str(Path(sys.executable).with_name("ray"))
    head = subprocess.Popen(
        [ray, "start", "--head", "--block", "--port", gcs, "--ray-client-server-port", client,
         "--num-cpus", "2", "--include-dashboard", "false", "--disable-usage-stats",
         "--object-store-memory", str(80 << 20), "--node-ip-address", "127.0.0.1"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
        env={**os.environ, "ROADMETRICS_TEST_MARK": mark, "RAY_AUTH_MODE": "disabled",
             "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path]),
             "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"},
    )  # fmt: skip
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and head.poll() is None:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", int(client))) == 0:
                break
        time.sleep(0.2)
    yield client
    head.terminate()
    head.wait(PATIENCE)
    for pid in with_mark(mark):
        os.kill(int(pid), signal.SIGKILL)


def test_a_cluster_by_its_address(cluster, folders, monkeypatch):
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    for _ in range(3):
        run = Run(f"ray://127.0.0.1:{cluster}", "--format", "json", "--out", "scores.json")
        out, err = run.process.communicate(timeout=PATIENCE)
        if run.process.returncode == 0 or "Starting Ray client server failed" not in err:
            break
    else:
        pytest.skip("Ray's own server for clients did not start, three times over")
    assert (run.process.returncode, out) == (0, ""), err
    assert err.count("\n") <= 2  # of the tile without prediction
    result = json.loads(Path("scores.json").read_text())
    alone = json.loads(scored())
    for tile in result["tiles"].values():
        tile.pop("seconds")
    assert result == alone
    assert len(pids_of(folders)) == 3  # of this run, and of two workers
