"""The analysis commands: exact on grids, and what they refuse."""

import json

import numpy as np
import pytest
from drawn import tile

from reference_models.analysis import by_difficulty, by_structure, graph_statistics
from reference_models.analysis.binned import binned, edges_of, same_tiles, tile_scores
from reference_models.analysis.by_structure import structure
from reference_models.analysis.chart import Panel, Series, chart
from reference_models.analysis.windows import statistics, windows_of
from reference_models.command import run_module
from roadmetrics.errors import RoadMetricsError
from roadmetrics.evaluate import score_folders
from roadmetrics.graph import RoadGraph
from roadmetrics.load import write
from roadmetrics.render.scene import Box

GRID = 50.0


def grid(n=9, step=GRID, turn=0.0):
    """n by n crossings ``step`` apart, roads half a step beyond the outer ones."""
    at = np.arange(n) * step
    far = (-step / 2, at[-1] + step / 2)
    ticks = [far[0], *at.tolist(), far[1]]
    rows = [[(x, y) for x in ticks] for y in at.tolist()]
    columns = [[(x, y) for y in ticks] for x in at.tolist()]
    c, s = np.cos(turn), np.sin(turn)
    turned = [(np.array(line) @ [[c, s], [-s, c]]).round(9).tolist() for line in rows + columns]
    return RoadGraph.from_lines(turned)


def test_a_perfect_grid_is_described_exactly():
    graph = grid()
    box = (-25.0, -25.0, 425.0, 425.0)
    found = statistics({"a": graph}, {"a": box}, 450.0)
    assert found.n_windows == 1
    samples = found.samples
    assert set(samples["junction_angle_deg"].round(9).tolist()) == {90.0}
    assert len(samples["junction_angle_deg"]) == 4 * 81
    assert set(samples["nearby_angle_deg"].round(6).tolist()) == {0.0, 90.0}
    assert set(samples["junction_dist"].tolist()) == {GRID}
    assert (samples["degree"] == 4).sum() == 81
    assert samples["degree"].min() == 1  # the roads' own ends
    assert set(samples["segment_length"].tolist()) == {25.0, GRID}
    assert samples["junctions"].tolist() == [81]
    assert samples["total_length"].tolist() == [18 * 450.0]


def test_windows_cut_a_grid_and_make_no_ends():
    found = statistics({"a": grid()}, {"a": (75.0, 75.0, 375.0, 375.0)}, 100.0)
    assert found.n_windows == 9
    assert found.samples["junctions"].tolist() == [4.0] * 9
    assert set(found.samples["degree"].tolist()) == {4.0}
    assert found.samples["total_length"].tolist() == [400.0] * 9
    assert set(found.samples["segment_length"].tolist()) == {25.0, GRID}


def test_a_turned_grid_has_the_same_angles():
    graph = grid(turn=0.4)
    samples = statistics({"a": graph}, {"a": graph.bounds}, 1e4).samples
    assert samples["junction_angle_deg"] == pytest.approx(90.0)
    assert samples["junction_dist"] == pytest.approx(GRID)


def test_windows_cover_a_box_once():
    boxes = list(windows_of((0, 0, 950, 400), 400))
    assert boxes == [(0, 0, 400, 400), (400, 0, 800, 400), (800, 0, 950, 400)]


@pytest.fixture
def folders(tmp_path):
    """A grid for each of 12 tiles; a prediction without its last roads, and a good one."""
    for name in ("gt", "worse", "same"):
        (tmp_path / name).mkdir()
    for k in range(12):
        gt = grid(3 + k % 3)
        for name, n in (("gt", 0), ("worse", 2 + k), ("same", 0)):
            edges = gt.edges[: len(gt.edges) - n]
            write(RoadGraph(gt.vertices, edges), tmp_path / name / f"t{k:02}.json")
    for name in ("worse", "same"):
        report = score_folders(tmp_path / "gt", tmp_path / name, metrics=["ccq"])
        (tmp_path / f"{name}.json").write_text(report.to_json())
    manifest = {"tiles": [{"id": f"t{k:02}", "difficulty": k / 20} for k in range(12)]}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path


def called(module, kind, call, *words):
    return run_module(module.__name__, "", kind, lambda args: print(call(args)), list(words))


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_statistics_of_folders(folders, capsys, suffix):
    out = folders / f"statistics.{suffix}"
    code = called(
        graph_statistics, graph_statistics.StatisticsArgs, graph_statistics.graph_statistics,
        "--gt", str(folders / "gt"), "--pred", f"worse={folders / 'worse'}",
        f"same={folders / 'same'}", "--window", "400", "--out", str(out),
    )  # fmt: skip
    assert code == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "12 tiles, 12 windows of 400 px"
    of_same = [line.split() for line in lines if " same " in line]
    assert len(of_same) == 7
    assert {(words[-2], words[-1]) for words in of_same} == {("0.000", "0.000")}
    worse = next(
        line.split() for line in lines if line.startswith("total_length") and "worse" in line
    )
    gt = next(
        line.split() for line in lines if line.startswith("total_length  ") and "truth" in line
    )
    assert float(worse[-2]) == pytest.approx(float(gt[-1]) - float(worse[3]), abs=0.02)
    assert out.stat().st_size > 1000


def test_scores_by_difficulty(folders, capsys):
    code = called(
        by_difficulty, by_difficulty.DifficultyArgs, by_difficulty.by_difficulty,
        "--towns", str(folders), "--scores", f"worse={folders / 'worse.json'}",
        f"same={folders / 'same.json'}", "--metric", "ccq", "--edges", "0,.3,1",
        "--out", str(folders / "d.png"),
    )  # fmt: skip
    assert code == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[4] for line in lines] == ["6", "6", "6", "6"]
    assert [line.split()[7] for line in lines if " same " in line] == ["1.0000", "1.0000"]
    low, high = (float(line.split()[7]) for line in lines if " worse " in line)
    scores = tile_scores(folders / "worse.json", "ccq")
    assert low == pytest.approx(np.mean([scores[f"t{k:02}"] for k in range(6)]), abs=1e-4)
    assert high == pytest.approx(np.mean([scores[f"t{k:02}"] for k in range(6, 12)]), abs=1e-4)


def test_gains_by_structure(folders, capsys):
    code = called(
        by_structure, by_structure.StructureArgs, by_structure.by_structure,
        "--gt", str(folders / "gt"), "--scores", f"worse={folders / 'worse.json'}",
        f"same={folders / 'same.json'}", "--metric", "ccq", "--against", "worse",
        "--bins", "2", "--out", str(folders / "s.svg"),
    )  # fmt: skip
    assert code == 0
    out = capsys.readouterr().out
    assert "worse" not in out
    worse = tile_scores(folders / "worse.json", "ccq")
    by_junctions = [line.split() for line in out.splitlines() if line.startswith("junctions")]
    many = [1 - worse[f"t{k:02}"] for k in range(12) if k % 3 > 0]  # 16 and 25 junctions
    assert float(by_junctions[-1][7]) == pytest.approx(np.mean(many), abs=1e-4)
    assert "gain over worse" in (folders / "s.svg").read_text()


def test_structure_of_a_grid():
    about = structure({"a": grid(3), "b": tile([])})
    assert about["junctions"] == {"a": 9.0, "b": 0.0}
    assert about["segment length"] == {"a": pytest.approx((12 * 50 + 12 * 25) / 24), "b": 0.0}


def test_bins():
    x = np.array([0.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0])
    found = binned(x, x * 2, [0, 1, 2])
    assert found.n_tiles == (1, 7)
    assert np.isnan(found.low[0])
    assert found.low[1] <= found.mean[1] <= found.high[1]
    assert np.isnan(binned(x, x, [5, 6]).mean[0])
    assert edges_of(x, "", 4)[0] == 0.0
    for bad in ("1", "2,1", "a,b"):
        with pytest.raises(RoadMetricsError, match="--edges must be ascending numbers"):
            edges_of(x, bad, 4)
    with pytest.raises(RoadMetricsError, match="b: other tiles than the first: t2"):
        same_tiles({"a": {"t1": 1.0}, "b": {"t1": 1.0, "t2": 0.0}}, {"t1": 0.0})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"--out": "figure.gif"}, "written as .svg or .png"),
        ({"--pred": "worse=nowhere"}, "nowhere: no such folder"),
        ({"--gt": "nowhere"}, "nowhere: no such folder"),
        ({"--window": "0"}, "must be above 0"),
    ],
)
def test_what_is_refused_in_one_line(folders, capsys, change, reason):
    words = {"--gt": str(folders / "gt"), "--pred": f"worse={folders / 'worse'}",
             "--out": str(folders / "x.png"), **change}  # fmt: skip
    flat = [word for pair in words.items() for word in pair]
    try:
        code = called(graph_statistics, graph_statistics.StatisticsArgs,
                      graph_statistics.graph_statistics, *flat)  # fmt: skip
    except SystemExit as stop:
        code = stop.code
    assert code in (2, 3)
    assert reason in capsys.readouterr().err
    assert not (folders / "x.png").exists()


def test_a_missing_tile_and_a_strange_document(folders, capsys):
    (folders / "worse" / "t03.json").unlink()
    code = called(
        graph_statistics, graph_statistics.StatisticsArgs, graph_statistics.graph_statistics,
        "--gt", str(folders / "gt"), "--pred", str(folders / "worse"),
        "--out", str(folders / "x.png"),
    )  # fmt: skip
    assert code == 3
    assert "1 tiles have no prediction: t03" in capsys.readouterr().err
    with pytest.raises(RoadMetricsError, match="'apls' is not one metric of ccq"):
        tile_scores(folders / "same.json", "apls")
    (folders / "manifest.json").write_text("[]")
    with pytest.raises(RoadMetricsError, match=r"manifest.json: not the manifest of"):
        by_difficulty.difficulties(folders)


def test_bars_are_as_high_as_their_values():
    series = [Series("a", np.array([1.0, 2.0])), Series("b", np.array([np.nan, -1.0]))]
    scene = chart("t", "", [Panel("p", "x", "y", ["0", "1", "2"], series)])
    boxes = [item for item in scene.items if isinstance(item, Box)]
    bars = [box for box in boxes if box.width != 22]  # of the legend
    assert len(bars) == 3
    heights = sorted(bar.height for bar in bars)
    assert heights[1] == pytest.approx(heights[0])
    assert heights[2] == pytest.approx(2 * heights[0])
