"""Growing damage: what each kind does, and that seeds, jobs and other tiles change nothing."""

import csv
import io
import json
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import roadmetrics as rm
from roadmetrics.cli import main
from roadmetrics.noise import study
from roadmetrics.noise_kinds import KINDS

BY_NAME = {kind.name: kind for kind in KINDS}
EMPTY = rm.RoadGraph([], [], "m")


def town(n=4):
    """A grid of streets of 120 m."""
    lines = [[(120 * i, 120 * j), (120 * (i + 1), 120 * j)] for i in range(n) for j in range(n + 1)]
    lines += [[(y, x) for x, y in line] for line in lines]
    return rm.RoadGraph.from_lines(lines, "m")


TOWN = town()
ROADS = 36  # 40 streets, of which 8 meet two by two in the corners of the town
METRICS = {name: rm.get(name) for name in ("ccq", "apls")}


def damaged(name, strength, seed=1):
    return BY_NAME[name].apply(TOWN, strength, seed)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_seeded_and_nothing_at_zero(kind):
    assert kind.apply(TOWN, 0.0, 1) is TOWN
    assert kind.apply(EMPTY, kind.strengths[-1], 1) is EMPTY
    one, again = (kind.apply(TOWN, kind.strengths[0], 5) for _ in range(2))
    assert one.digest == again.digest
    if kind.name != "shift":
        assert one.digest != TOWN.digest
    before = np.random.get_state()[1].tolist()
    kind.apply(TOWN, kind.strengths[1], 5)
    assert np.random.get_state()[1].tolist() == before


def test_gaps_take_their_length_away():
    assert damaged("gaps", 1.0).length == pytest.approx(TOWN.length - 20 * ROADS)


def test_missing_roads_are_nested():
    lengths = [damaged("missing roads", share).length for share in (0.05, 0.1, 0.2, 0.4, 1.0)]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[-1] == 0
    assert lengths[2] == pytest.approx(0.8 * TOWN.length, rel=0.2)


def test_false_roads_add_their_share():
    for share in (0.05, 0.4):
        assert damaged("false roads", share).length == pytest.approx((1 + share) * TOWN.length)


def test_doubling_costs_no_buffer_metric_anything():
    twice = damaged("doubling", 1.0)
    assert twice.length == pytest.approx(2 * TOWN.length)
    assert rm.ccq(TOWN, twice).value == 1.0


def test_jitter_and_shift_move_by_their_strength():
    step = damaged("jitter", 2.0).vertices - TOWN.vertices
    assert step.std() == pytest.approx(2.0, rel=0.35)
    step = damaged("shift", 8.0).vertices - TOWN.vertices
    assert np.hypot(*step.T) == pytest.approx(np.full(len(step), 8.0))


def test_missed_junctions_are_torn_open():
    torn = damaged("missed junctions", 1.0)
    assert torn.degrees.max() <= 2
    assert 0 < TOWN.length - torn.length < TOWN.length / 4


def test_split_roads_only_lose_their_connection():
    split = damaged("split roads", 1.0)
    assert split.length == pytest.approx(TOWN.length - 0.1 * ROADS)
    assert rm.ccq(TOWN, split).value == 1.0
    assert rm.apls(TOWN, split).value < 0.2


def test_a_study_starts_at_one_and_depends_on_its_seed_only():
    tiles = {"a": TOWN, "b": town(2)}
    kinds = [BY_NAME["gaps"], BY_NAME["jitter"]]
    result = study(tiles, METRICS, kinds=kinds, draws=2)
    for curve in result.curves:
        for name in METRICS:
            assert curve.values[name][0] == 1.0
            assert len(curve.values[name]) == len(curve.strengths)
            assert curve.values[name][-1] < 0.95
    other = study({"b": tiles["b"], "a": tiles["a"]}, METRICS, kinds=kinds, draws=2)
    assert result.curves == other.curves
    assert result.curves != study(tiles, METRICS, kinds=kinds, draws=2, seed=1).curves


def test_processes_do_not_change_the_numbers():
    kinds = [BY_NAME["gaps"]]
    tiles = {"a": town(1), "b": town(2), "c": town(1)}
    alone, both = (study(tiles, {"ccq": rm.get("ccq")}, kinds=kinds, jobs=n) for n in (1, 2))
    assert alone.curves == both.curves


def test_every_registered_metric_takes_part():
    metrics = {name: rm.get(name) for name in rm.METRICS}
    result = study({"a": town(2)}, metrics, kinds=[BY_NAME["missing roads"]])
    for name in rm.METRICS:
        assert result.curves[0].values[name][0] == 1.0
        assert result.curves[0].values[name][-1] < 1.0, name


def test_empty_tiles_stay_perfect():
    result = study({"a": EMPTY}, METRICS)
    assert all(set(c.values[name]) == {1.0} for c in result.curves for name in METRICS)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gt").mkdir()
    rm.write(town(1), tmp_path / "gt" / "a.json")
    return tmp_path


def noise(*more):
    return main(["noise", "--gt", "gt", "--metric", "ccq", "--metric", "apls,snap_dist=6", *more])


def test_command_line_in_every_form(folder, capsys):
    assert noise("--format", "csv") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {row["damage"] for row in rows} == set(BY_NAME)
    assert {row["unit"] for row in rows} == {"share", "m"}
    assert noise() == 0
    document = json.loads(capsys.readouterr().out)
    gaps = [
        float(row["value"]) for row in rows if (row["damage"], row["metric"]) == ("gaps", "ccq")
    ]
    assert document["damages"]["gaps"]["values"]["ccq"] == gaps
    assert noise("--kind", "shift", "--format", "table") == 0
    table = capsys.readouterr().out
    assert "16 m" in table
    assert "shift: the whole network moved (m)" in table
    assert "gaps" not in table


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_a_plot_is_written_beside_the_table(folder, capsys, suffix):
    assert noise("--kind", "gaps", "--out", f"o.{suffix}", "--format", "md") == 0
    assert capsys.readouterr().out.startswith("| damage | strength | ccq | apls,snap_dist=6 |")
    data = (folder / f"o.{suffix}").read_bytes()
    if suffix == "svg":
        words = " ".join(ET.fromstring(data.decode()).itertext())
        assert "gaps" in words
        assert "apls,snap_dist=6" in words
    else:
        assert data.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("--kind", "rain"), 2, "there is no damage 'rain': there are gaps,"),
        (("--draws", "0"), 2, "--draws must be 1"),
        (("--metric", "nope"), 2, "there is no metric"),
        (("--gt", "nowhere"), 3, "nowhere"),
        (("--gsd", "2", "--metric", "ccq,unit=px"), 3, "tile a: ccq,unit=px: "),
    ],
)
def test_mistakes_are_one_line(folder, capsys, args, code, words):
    assert noise(*args) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err.splitlines()[-1]
