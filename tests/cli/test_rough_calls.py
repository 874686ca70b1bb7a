"""Calls that go wrong, and files that ask for too much: one line, the right exit code."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import roadmetrics as rm
from roadmetrics.cli import main
from roadmetrics.tile_scores import score_pair

RUN = [sys.executable, "-m", "roadmetrics"]


@pytest.fixture
def tile(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for side, x in (("gt", 100), ("pred", 50)):
        (tmp_path / side).mkdir()
        rm.write(rm.RoadGraph([(0, 0), (x, 0)], [(0, 1)]), tmp_path / side / "a.json")
    return tmp_path


def score(*more):
    return main(["score", "--gt", "gt", "--pred", "pred", "--metric", "ccq", *more])


def error(capsys):
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("roadmetrics: error: ")
    assert err.count("\n") == 1
    return err.removeprefix("roadmetrics: error: ").rstrip("\n")


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        (["--gsd", "1e-200"], "metres from 1e-06 to 1e+06, not 1e-200"),
        (["--gsd", "1e7"], "metres from 1e-06 to 1e+06"),
        (["--gsd", "nan"], "must be a number of metres, not 'nan'"),
        (["--gsd", "1_0"], "must be a number of metres, not '1_0'"),
        (["--gsd", "\u0661"], "must be a number of metres"),
        (["--jobs", "x"], "must be a whole number, not 'x'"),
        (["--jobs", "1_0"], "must be a whole number, not '1_0'"),
        (["--threshold", "0"], "must be above 0 and at most 1, not 0"),
        (["--bounds", "0,0,1_0,9"], "must be x0,y0,x1,y1 of numbers, not '1_0'"),
    ],
)
def test_numbers_say_their_rule(tile, capsys, more, rule):
    with pytest.raises(SystemExit) as end:
        score(*more)
    assert end.value.code == 2
    assert rule in error(capsys)


def test_numbers_of_metrics_are_plain(tile, capsys):
    assert score("--metric", "ccq,slack=1_0") == 2
    assert error(capsys) == "ccq: slack=1_0 is not float"


def test_blanks_around_a_metric_are_no_part_of_its_name(tile, capsys):
    assert score("--metric", " ccq") == 0
    assert list(json.loads(capsys.readouterr().out)["total"]) == ["ccq"]


def test_out_without_a_name_is_refused_before_the_work(tile, capsys):
    assert score("--out", "") == 2
    assert error(capsys) == "--out needs the name of a file"


def test_a_threshold_without_a_map_is_told(tile, capsys):
    assert score("--threshold", "0.4") == 0
    assert capsys.readouterr().err.startswith("roadmetrics: --threshold has no effect")
    assert main(["convert", "gt/a.json", "b.json", "--threshold", "0.4"]) == 0
    assert "gt/a.json: --threshold has no effect" in capsys.readouterr().err
    np.save(tile / "map.npy", np.linspace(0, 1, 400).reshape(20, 20))
    args = ["score", "--gt", "map.npy", "--pred", "map.npy", "--metric", "ccq"]
    assert main([*args, "--threshold", "0.4"]) == 0
    assert capsys.readouterr().err == ""


def test_metres_that_a_mask_cannot_keep_are_told(tile, capsys):
    np.save(tile / "m.npy", np.eye(20, dtype=bool))
    assert main(["convert", "m.npy", "m.png", "--gsd", "2"]) == 0
    assert "a .png file keeps no unit" in capsys.readouterr().err


def test_a_pixel_size_for_metres_names_the_file(tile, capsys):
    rm.write(rm.RoadGraph([(0, 0), (9, 0)], [(0, 1)], "m"), tile / "m.json")
    assert main(["convert", "m.json", "n.json", "--gsd", "2"]) == 3
    assert error(capsys).startswith("m.json: the graph is in metres already")


def test_tiles_of_two_units_are_refused_as_soon_as_seen(tile, capsys, monkeypatch):
    for side in ("gt", "pred"):
        for key in "bc":
            rm.write(rm.RoadGraph([(0, 0), (9, 0)], [(0, 1)], "m"), tile / side / f"{key}.json")
    seen = []
    monkeypatch.setattr(
        "roadmetrics.runs.score_pair",
        lambda pair, **rest: seen.append(pair.id) or score_pair(pair, **rest),
    )
    assert score() == 3
    assert error(capsys).startswith("tile a is in px but tile b in m: ")
    assert seen == ["a", "b"]


def test_names_with_control_characters_are_shown_escaped(tile, capsys):
    for side in ("gt", "pred"):
        (tile / side / "a.json").rename(tile / side / "a\x1b[31m.json")
    assert score("--format", "table", "--per-tile") == 0
    out = capsys.readouterr().out
    assert "a\\x1b[31m" in out
    assert "\x1b" not in out
    (tile / "pred" / "a\x1b[31m.json").unlink()
    assert score() == 3
    assert "\\x1b[31m" in error(capsys)


def test_a_mask_too_thick_names_its_file(tile, capsys, monkeypatch):
    monkeypatch.setattr("roadmetrics.vectorize.MAX_THINNING", 1e5)
    np.save(tile / "m.npy", np.ones((256, 256), dtype=bool))
    args = ["score", "--gt", "m.npy", "--pred", "m.npy", "--metric", "ccq,domain=pixel"]
    assert main(args) == 3
    assert error(capsys).startswith("m.npy: the mask has roads about ")


def test_want_of_memory_is_one_line(tile, capsys, monkeypatch):
    def too_much(*args, **options):
        raise MemoryError("Unable to allocate 9.9 GiB")

    monkeypatch.setattr("roadmetrics.evaluate.score_folders", too_much)
    assert score() == 3
    assert error(capsys) == "not enough memory: Unable to allocate 9.9 GiB"


@pytest.mark.parametrize(
    ("table", "rule"),
    [
        ("id,gt,pred,id\na,gt/a.json,pred/a.json,b\n", "p.csv:1: the header has a column twice"),
        ('id,gt,pred\na,gt/a.json,"x\n', "p.csv:2: not a row of a table"),
        ("id,gt,pred\na\x1b[31m,gt/a.json,\n", "p.csv:2: the id 'a\\x1b[31m' holds what cannot"),
        ("id,gt,pred,gsd\na,gt/a.json,,1_0\n", "p.csv:2: gsd must be a number of metres"),
        ("id,gt,pred,gsd\na,gt/a.json,,1e-9\n", "p.csv:2: gsd must be 1e-06 to 1e+06 metres"),
    ],
)
def test_tables_name_the_line(tile, capsys, table, rule):
    (tile / "p.csv").write_text(table)
    assert main(["score", "--pairs", "p.csv", "--metric", "ccq"]) == 3
    assert error(capsys).startswith(rule)


def test_a_table_may_be_a_pipe_but_no_device(tile, capsys):
    os.mkfifo(tile / "pipe")
    text = "id,gt,pred\na,gt/a.json,pred/a.json\n"
    threading.Thread(target=(tile / "pipe").write_text, args=(text,), daemon=True).start()
    assert main(["score", "--pairs", "pipe", "--metric", "ccq"]) == 0
    assert list(json.loads(capsys.readouterr().out)["tiles"]) == ["a"]
    for option in (
        ["--pairs", "/dev/zero"],
        ["--gt", "gt", "--pred", "pred", "--tiles", "/dev/zero"],
    ):
        assert main(["score", *option, "--metric", "ccq"]) == 3
        assert "/dev/zero: not a readable" in error(capsys)


@pytest.mark.parametrize("closed", ["2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_traceback(tile, closed):
    words = " ".join([*RUN, "score", "--gt", "gt", "--pred", "pred", "--metric", "ccq"])
    done = subprocess.run(f"{words} {closed}", shell=True, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert (done.stdout == "") == (">&-" in closed.split())


def test_more_jobs_than_cores_are_told(tile, capsys, monkeypatch):
    monkeypatch.setattr("roadmetrics.parallel.n_cores", lambda: 2)
    assert score("--jobs", "100000") == 0
    assert capsys.readouterr().err == (
        "roadmetrics: --jobs 100000: there are 2 cores here, that many are used\n"
    )


INTERRUPTED = """
import signal, sys, time
from roadmetrics import parallel

signal.signal(signal.SIGINT, signal.default_int_handler)  # a run in the background ignores it

def work(x):
    if x == 0:
        print("started", flush=True)
    else:
        print("worker", flush=True)
        time.sleep(60)

if __name__ == "__main__":
    parallel.n_cores = lambda: 2
    try:
        list(parallel.mapped(work, range(5), 2))
    except KeyboardInterrupt:
        sys.exit(130)
"""


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="no process groups here")
def test_ctrl_c_ends_all_processes_in_silence(tmp_path):
    """As a terminal does it: the signal goes to every process of the group."""
    (tmp_path / "script.py").write_text(INTERRUPTED)
    run = subprocess.Popen(
        [sys.executable, "script.py"], cwd=tmp_path, start_new_session=True, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert [run.stdout.readline() for _ in range(2)] == ["started\n", "worker\n"]
    begin = time.monotonic()
    os.killpg(run.pid, signal.SIGINT)
    _, err = run.communicate(timeout=120)
    assert (run.returncode, err) == (130, "")
    assert time.monotonic() - begin < 20
