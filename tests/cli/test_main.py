"""The command line from outside: exit codes, and what goes to which stream."""

import json
import os
import subprocess
import sys

import pytest

import roadmetrics as rm
from roadmetrics import sample

GT, LIGHT = str(sample.path() / "gt"), str(sample.path() / "pred_light")


def call(*args, **options):
    return subprocess.run(
        [sys.executable, "-m", "roadmetrics", *map(str, args)],
        capture_output=True, text=True, timeout=300, **options,
    )  # fmt: skip


@pytest.fixture
def tile(tmp_path):
    for side, x in (("gt", 100), ("pred", 50)):
        (tmp_path / side).mkdir()
        rm.write(rm.RoadGraph([(0, 0), (x, 0)], [(0, 1)]), tmp_path / side / "a.json")
    return ["score", "--gt", tmp_path / "gt", "--pred", tmp_path / "pred", "--metric", "ccq"]


@pytest.mark.parametrize("args", [["--help"], ["score", "--help"], ["show", "-h"], ["--version"]])
def test_help_imports_nothing_heavy(args):
    code = (
        "import sys\n"
        "from roadmetrics.cli import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "except SystemExit as end:\n    assert end.code == 0\n"
        "heavy = {'numpy', 'numba', 'pandas', 'scipy', 'shapely', 'networkx', 'PIL', 'pyproj'}\n"
        "print('LOADED', sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "LOADED []", done


def test_json_when_piped_and_nothing_else_on_either_stream(tile):
    done = call(*tile)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["total"]["ccq"]["n"] == 1


def test_below_the_floor_is_exit_1_and_says_which(tile):
    done = call(*tile, "--fail-under", "ccq=0.9")
    assert done.returncode == 1
    assert done.stderr == "roadmetrics: ccq is 0.55, below --fail-under 0.9\n"
    assert json.loads(done.stdout)["total"]["ccq"]["value"] == 0.55
    assert call(*tile, "--fail-under", "ccq=0.55").returncode == 0


def test_bad_input_is_exit_3_in_one_line(tile, tmp_path):
    (tmp_path / "pred" / "a.json").write_text('{"vertices": [[0, 0]], "edges": [[0, 7]]}')
    done = call(*tile, "--out", tmp_path / "scores.json")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("roadmetrics: error: ")
    assert "a.json" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "scores.json").exists()


def test_a_reader_that_leaves_early_is_no_traceback(tile):
    script = " ".join(f"'{word}'" for word in [sys.executable, "-m", "roadmetrics", *tile])
    done = subprocess.run(
        f"{script} --per-tile --format json | true", shell=True, capture_output=True, text=True
    )
    assert done.stderr == ""


def test_first_call_says_that_it_compiles_and_the_second_does_not(tile, tmp_path):
    env = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    first, second = call(*tile, env=env), call(*tile, env=env)
    assert first.stderr.startswith("roadmetrics: compiling kernels")
    assert first.stderr.count("\n") == 1
    assert second.stderr == ""
    a, b = json.loads(first.stdout), json.loads(second.stdout)
    assert a["total"] == b["total"]


def test_two_processes_give_the_same_document():
    one, two = (
        json.loads(call("score", "--gt", GT, "--pred", LIGHT, "--metric", "ccq",
                        "--jobs", jobs).stdout) for jobs in (1, 2)
    )  # fmt: skip
    for document in (one, two):
        for part in document["tiles"].values():
            del part["seconds"]
    assert one == two


def test_usage_errors_are_one_line(tmp_path):
    """What is wrong, without the whole usage."""
    run = [sys.executable, "-m", "roadmetrics", "score", "--bounds", "1,2"]
    result = subprocess.run(run, capture_output=True, text=True, cwd=tmp_path)
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert "must be x0,y0,x1,y1" in result.stderr


def test_a_terminal_without_arrows(tmp_path):
    """An encoding that lacks a sign shows another, and does not fail."""
    env = {**os.environ, "PYTHONIOENCODING": "ascii"}
    run = [sys.executable, "-m", "roadmetrics", "show", "tlts"]
    assert subprocess.run(run, capture_output=True, env=env).returncode == 0
    run = [sys.executable, "-m", "roadmetrics", "demo"]
    result = subprocess.run(run, capture_output=True, env=env)
    assert result.returncode == 0, result.stderr
    assert b"too_long ?" in result.stdout


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full device here")
def test_a_full_disk_is_one_line():
    """Exit code 3, no traceback."""
    run = [sys.executable, "-m", "roadmetrics", "show", "apls"]
    with open("/dev/full", "w") as full:
        result = subprocess.run(run, stdout=full, stderr=subprocess.PIPE, text=True)
    assert result.returncode == 3
    assert result.stderr.startswith("roadmetrics: error: cannot write the result")
    assert result.stderr.count("\n") == 1
