"""Descriptions of drawn networks whose numbers are known."""

import csv
import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import roadmetrics as rm
from roadmetrics import sample
from roadmetrics.cli import main
from roadmetrics.description import EDGES, pooled
from roadmetrics.description_report import FORMATS
from roadmetrics.testing import strategies, transforms

SCALE = strategies.scale_of(rm.ccq)
CROSS = rm.RoadGraph.from_lines(
    [[(0, 0), (30, 0)], [(0, 0), (-60, 0)], [(0, 0), (0, 30)], [(200, 0), (200, 50)]],
    unit="m", extent=(-100, -100, 300, 100),
)  # fmt: skip
EMPTY = rm.RoadGraph([], [], "m")


def test_counts_of_a_drawn_network():
    about = rm.describe(CROSS)
    assert (about.n_vertices, about.n_edges, about.n_tiles) == (6, 4, 1)
    assert (about.n_junctions, about.n_endpoints, about.n_components) == (1, 5, 2)
    assert (about.length, about.area, about.duplicated) == (170, 80_000, 0)
    assert about.junctions_per_area == 12.5  # a square kilometre


def test_distributions_of_a_drawn_network():
    samples = rm.describe(CROSS).samples
    assert samples["junction_angle_deg"].tolist() == pytest.approx([90, 90, 180])
    assert samples["degree"].tolist() == [1, 1, 1, 1, 1, 3]
    assert samples["segment_length"].tolist() == pytest.approx([30, 30, 50, 60])
    assert samples["junction_dist"].tolist() == []  # there is but one


def test_angles_between_nearby_pieces():
    """Two pieces of 20 each 30 apart, at right angles; a third too far."""
    graph = rm.RoadGraph.from_lines([[(0, 0), (20, 0)], [(10, 20), (10, 40)], [(900, 0), (920, 0)]])
    assert rm.describe(graph).samples["nearby_angle_deg"].tolist() == pytest.approx([90])


def test_distance_to_the_nearest_junction():
    row = [(x, 0) for x in (0, 10, 40)]
    arms = [[p, (p[0], 5)] for p in row] + [[p, (p[0], -5)] for p in row]
    graph = rm.RoadGraph.from_lines([row, *arms])
    assert rm.describe(graph).samples["junction_dist"].tolist() == [10, 10, 30]


def test_histograms_count_every_sample():
    about = rm.describe(rm.read(next((sample.path() / "gt").iterdir())))
    for name, edges in EDGES.items():
        histogram = about.histogram(name)
        assert len(histogram) == len(edges) - 1
        assert sum(histogram) == len(about.samples[name]) > 0


def test_nothing_gives_zeros_and_no_nan():
    about = rm.describe(EMPTY)
    assert sum(sum(about.histogram(name)) for name in EDGES) == 0
    document = about.to_dict()
    assert document["length"] == document["duplicated"] == document["junctions_per_area"] == 0
    json.dumps(document, allow_nan=False)
    both = rm.describe(EMPTY, EMPTY)
    assert set(both.distances.values()) == {0.0}
    assert both.length_ratio is None
    one = rm.describe(CROSS, EMPTY)
    assert (one.length_ratio, set(one.distances.values())) == (0, {None, 0.0})
    json.dumps(one.to_dict(), allow_nan=False)


def test_a_graph_is_at_distance_0_from_itself_and_a_longer_one_is_not():
    pair = rm.describe(CROSS, transforms.magnified(CROSS, 2.0))
    assert pair.length_ratio == 2
    assert pair.distances["segment_length"] == pytest.approx(42.5)  # each is twice as long
    assert pair.distances["degree"] == 0
    assert set(rm.describe(CROSS, CROSS).distances.values()) == {0.0}


def test_other_things_and_other_units_are_refused():
    with pytest.raises(rm.GraphError, match="not list"):
        rm.describe([])
    with pytest.raises(rm.UnitError, match="--gsd"):
        rm.describe(CROSS, rm.RoadGraph([], []))
    with pytest.raises(rm.GraphError, match="no graph"):
        pooled([])


def test_a_mask_is_described_by_its_graph():
    mask = np.zeros((40, 40), dtype=bool)
    mask[20, 5:35] = True
    assert rm.describe(rm.Mask(mask)).length == pytest.approx(29)


@given(strategies.road_graphs(SCALE), st.integers(0, 2**32 - 1))
def test_neither_order_nor_subdivision_matters(graph, seed):
    rng = np.random.default_rng(seed)
    expected = rm.describe(graph).samples
    for other in (transforms.relabelled(graph, rng), transforms.subdivided(graph, rng)):
        samples = rm.describe(other).samples
        for name in set(EDGES) - {"nearby_angle_deg"}:
            assert samples[name] == pytest.approx(expected[name], rel=1e-6, abs=1e-4), name


@given(strategies.wild_graphs(SCALE))
def test_any_graph_is_described_in_finite_numbers(graph):
    json.dumps(rm.describe(graph, graph).to_dict(), allow_nan=False)


@pytest.fixture
def folders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for side in ("gt", "pred"):
        (tmp_path / side).mkdir()
        rm.write(CROSS, tmp_path / side / "a.json")
    rm.write(CROSS, tmp_path / "gt" / "b.json")


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_shows_every_distribution(folders, capsys, form):
    assert main(["describe", "gt", "pred", "--missing", "skip", "--per-tile",
                 "--format", form]) == 0  # fmt: skip
    out, err = capsys.readouterr()
    assert all(name in out.replace("\\_", "_") for name in EDGES)
    assert err == "roadmetrics: without prediction: 1: b\n"


def test_a_folder_alone_and_its_tiles_pooled(folders, capsys):
    assert main(["describe", "gt", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert list(document["tiles"]) == ["a", "b"]
    assert document["total"]["gt"]["n_junctions"] == 2
    assert document["total"]["gt"]["junctions_per_area"] == 12.5
    assert "pred" not in document["total"]


def test_csv_has_a_row_a_number_and_bin(folders, capsys):
    assert main(["describe", "gt/a.json", "pred/a.json", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    found = {(row["number"], row["from"]): row for row in rows}
    assert float(found["length", ""]["pred"]) == 170
    assert found["degree", "2.5"]["gt"] == "1"
    assert float(found["wasserstein degree", ""]["pred"]) == 0


def test_bounds_clip(folders, capsys):
    assert main(["describe", "gt/a.json", "--bounds", "-100,-100,100,100",
                 "--format", "json"]) == 0  # fmt: skip
    assert json.loads(capsys.readouterr().out)["total"]["gt"]["length"] == 120


@pytest.mark.parametrize(("args", "code"), [
    ([], 2), (["gt", "--flip-y"], 2), (["gt", "--split", "test"], 2),
    (["gt", "--pairs", "p.csv"], 2), (["nowhere"], 3), (["gt", "pred"], 3),
])  # fmt: skip
def test_what_cannot_be_is_one_line(folders, capsys, args, code):
    assert main(["describe", *args]) == code
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("roadmetrics: error: ")
