"""Runs in parts: logs, limits, shards, kills; every way gives the same document."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import roadmetrics as rm
from roadmetrics.cli import main
from roadmetrics.errors import FormatError, PairingError, RoadMetricsError
from roadmetrics.evaluate import score_folders
from roadmetrics.merge import merge
from roadmetrics.run_log import RunLog


@pytest.fixture
def folders(tmp_path):
    """Twelve tiles; the prediction of the last is missing."""
    for side, far in (("gt", 0.0), ("pred", 3.0)):
        (tmp_path / side).mkdir()
        for k in range(12 if side == "gt" else 11):
            end = 60 + 15 * k - 4 * far
            graph = rm.RoadGraph([(0, 0), (end, far), (end, 80)], [(0, 1), (1, 2)])
            rm.write(graph, tmp_path / side / f"t{k:02d}.json")
    return tmp_path


METRICS = ["apls", "ccq", "junction", "hm"]


def scored(folders, **options):
    return score_folders(folders / "gt", folders / "pred", METRICS, missing="zero", **options)


def document(report):
    result = report.to_dict()
    for tile in result["tiles"].values():
        assert tile.pop("seconds") >= 0
    for key in ("shard", "tile_time", "tile_memory"):
        result["run"].pop(key)
    return result


def test_shards_join_to_the_document_of_one_run(folders):
    whole = document(scored(folders))
    for n in (1, 3, 12):
        paths = []
        for i in reversed(range(1, n + 1)):
            paths.append(folders / f"part{i}of{n}.json")
            paths[-1].write_text(scored(folders, shard=f"{i}/{n}").to_json())
        assert document(merge(paths)) == whole
        assert json.dumps(document(merge(paths))) == json.dumps(whole)


def test_left_out_tiles_are_in_one_shard(folders):
    options = {"missing": "skip", "metrics": ["ccq"]}
    whole = score_folders(folders / "gt", folders / "pred", **options)
    paths = []
    for i in (1, 2):
        part = score_folders(folders / "gt", folders / "pred", shard=f"{i}/2", **options)
        paths.append(folders / f"{i}.json")
        paths[-1].write_text(part.to_json())
    assert document(merge(paths)) == document(whole)


def test_shards_that_do_not_join_are_told(folders, capsys):
    parts = {}
    for name, options in {
        "1of2": {"shard": "1/2"}, "2of2": {"shard": "2/2"}, "2of3": {"shard": "2/3"},
        "metres": {"shard": "2/2", "gsd": 2.0}, "whole": {},
    }.items():  # fmt: skip
        parts[name] = folders / f"{name}.json"
        parts[name].write_text(scored(folders, **options).to_json())
    for names, rule in (
        (["1of2"], "1 of 2 shards are not there: 2/2"),
        (["1of2", "1of2"], "both shard 1/2"),
        (["1of2", "2of3"], "shards of 2 and 3 parts"),
        (["1of2", "metres"], "gsd is None in one and 2.0 in the other"),
        (["whole"], "no shard of a run"),
    ):
        with pytest.raises(PairingError, match=rule):
            merge([parts[name] for name in names])
    with pytest.raises(PairingError, match="make at most so many"):
        scored(folders, shard="1/13")
    for text in ("0/2", "3/2", "1", "a/b", "1/2/3", "٣/٤"):
        with pytest.raises(PairingError, match="a shard is I/N"):
            scored(folders, shard=text)
    assert main(["merge", str(parts["2of2"]), str(parts["1of2"]), "--format", "csv"]) == 0
    assert "apls" in capsys.readouterr().out


def test_a_log_spares_what_is_done(folders, monkeypatch):
    log, whole = folders / "run.log", document(scored(folders))
    assert document(scored(folders, resume=log)) == whole
    assert len(log.read_bytes().splitlines()) == 12

    def never(*_, **__):
        raise AssertionError

    with monkeypatch.context() as patch:
        patch.setattr("roadmetrics.runs.score_pair", never)
        assert document(scored(folders, resume=log)) == whole
        for change in ({"gsd": 2.0}, {"flip_y": True, "bounds": (0, 0, 500, 500)}):
            with pytest.raises(AssertionError):
                scored(folders, resume=log, **change)
    rm.write(rm.RoadGraph([(0, 0), (9, 0)], [(0, 1)]), folders / "pred/t03.json")
    again = document(scored(folders, resume=log))
    assert again == document(scored(folders))
    assert again["tiles"]["t03"] != whole["tiles"]["t03"]
    assert len(log.read_bytes().splitlines()) == 13


@pytest.mark.parametrize("cut", [1, 40, 300])
def test_a_line_cut_short_is_scored_again(folders, cut):
    log = folders / "run.log"
    whole = document(scored(folders, resume=log))
    log.write_bytes(log.read_bytes()[:-cut])
    assert document(scored(folders, resume=log)) == whole
    assert document(scored(folders, resume=log)) == whole
    RunLog(log)


@pytest.mark.parametrize(
    "text", ["hello\nworld\n", "[]\n[]\n", '{"a": 1}\n{}\n', "[" * 100_000 + "\n\n"]
)
def test_another_file_is_no_log(folders, text):
    log = folders / "notes.txt"
    log.write_text(text)
    with pytest.raises(FormatError, match=r"notes\.txt:1: not a line"):
        scored(folders, resume=log)
    assert log.read_text() == text


def test_a_log_of_other_numbers_is_refused(folders):
    log = folders / "run.log"
    scored(folders, resume=log)
    log.write_bytes(log.read_bytes().replace(b'"quality": 0.', b'"quality": 0.0'))
    with pytest.raises(FormatError, match="the line has been changed"):
        scored(folders, resume=log)


SCRIPT = """
import sys, time
from roadmetrics import runs
from roadmetrics.cli import main
real = runs.score_pair
def slow(pair, **rest):
    time.sleep(0.2)
    return real(pair, **rest)
runs.score_pair = slow
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_a_killed_run_goes_on_where_it_was(folders, monkeypatch):
    (folders / "script.py").write_text(SCRIPT)
    words = ["score", "--gt", "gt", "--pred", "pred", "--missing", "zero", "--resume", "run.log",
             *[w for name in METRICS for w in ("--metric", name)]]  # fmt: skip
    run = subprocess.Popen(
        [sys.executable, "script.py", *words], cwd=folders, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    log, end = folders / "run.log", time.monotonic() + 120
    while time.monotonic() < end and not (log.exists() and log.read_bytes().count(b"\n") >= 3):
        time.sleep(0.05)
    run.kill()
    run.wait()
    n_done = log.read_bytes().count(b"\n")
    assert 3 <= n_done < 12
    monkeypatch.chdir(folders)
    options = {"metrics": METRICS, "missing": "zero"}
    again = score_folders("gt", "pred", resume="run.log", **options)
    assert document(again) == document(score_folders("gt", "pred", **options))
    assert log.read_bytes().count(b"\n") == 12


def changed(value):
    """Every document that differs in one place from ``value``, by a thing of another kind."""
    if isinstance(value, dict):
        for key in value:
            for other in (None, 5, -1, 1e308, True, "x", [], {}, [5]):
                yield {**value, key: other}
            for inner in changed(value[key]):
                yield {**value, key: inner}


def test_a_changed_document_is_merged_or_refused_in_one_line(folders):
    two = folders / "2.json"
    two.write_text(score_folders(folders / "gt", folders / "pred", ["ccq"], missing="skip",
                                 shard="2/2", tiles=two_tiles(folders)).to_json())  # fmt: skip
    one = score_folders(folders / "gt", folders / "pred", ["ccq"], missing="skip",
                        shard="1/2", tiles=two_tiles(folders)).to_dict()  # fmt: skip
    refused = n_lines = 0
    for document in changed(one):
        (folders / "1.json").write_text(json.dumps(document))
        try:
            merge([folders / "1.json", two]).to_json()
        except RoadMetricsError as error:
            refused += str(error).count("\n") == 0
            n_lines += str(error).count("\n")
    assert (refused > 300, n_lines) == (True, 0)


def two_tiles(folders):
    (folders / "split.txt").write_text("t00\nt01\n")
    return folders / "split.txt"


def test_where_every_tile_fails_there_is_no_interval(folders):
    report = scored(folders, tile_memory=1e-3)
    assert {tile.status for tile in report.tiles.values()} == {"failed"}
    for total in report.totals.values():
        assert (total.value, total.ci95) == (0, None)
        assert "unit=any" in total.signature
    assert "failed 12" in report.summary()[0]
    report.render("table")


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_tile_that_runs_away_is_scored_zero(folders, monkeypatch, jobs):
    monkeypatch.setattr("roadmetrics.parallel.n_cores", lambda: 2)
    folder = (folders / "gt", folders / "pred")
    (folders / "pred/t05.json").unlink()
    rest = score_folders(*folder, ["apls", "ccq"], missing="zero")  # compiles, which counts as time
    rng = np.random.default_rng(0)
    edges = rng.integers(0, 3000, (60_000, 2))
    wild = rm.RoadGraph(rng.uniform(0, 1e3, (3000, 2)), edges)  # routes of it take very long
    rm.write(wild, folders / "pred/t05.npz")
    report = score_folders(*folder, ["apls", "ccq"], missing="zero", jobs=jobs, tile_time=20)
    assert {key: tile.status for key, tile in report.tiles.items() if tile.status != "ok"} == {
        "t05": "failed", "t11": "missing",
    }  # fmt: skip
    tile = report.tiles["t05"]
    assert tile.scores["apls"].value == tile.scores["ccq"].value == 0
    assert "took more than 20 s" in tile.notes[0]
    assert "failed 1" in report.summary()[0]
    for key in rest.tiles:  # the tile that failed counts as one without prediction
        assert report.tiles[key].scores == rest.tiles[key].scores


def test_limits_must_be_positive(folders):
    for options in ({"tile_time": 0.0}, {"tile_memory": -1.0}, {"tile_time": float("nan")}):
        with pytest.raises(RoadMetricsError, match="the limit of"):
            scored(folders, **options)


def test_limits_do_not_change_a_number(folders):
    assert document(scored(folders, tile_time=300.0, tile_memory=8000.0)) == document(
        scored(folders)
    )
