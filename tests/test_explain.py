"""What cost the score: any metric's arrays, listed by the convention of their names."""

import csv
import io
import json

import numpy as np
import pytest

import roadmetrics as rm
from roadmetrics import sample
from roadmetrics.cli import main
from roadmetrics.explain import explain
from roadmetrics.layers import SIDES, layers_of, match_lines
from roadmetrics.metric import Unit

EMPTY = rm.RoadGraph([], [], "m")
TEE = rm.RoadGraph([(0, 0), (100, 0), (200, 0), (100, 80)], [(0, 1), (1, 2), (1, 3)], "m")
WITHOUT_STEM = rm.RoadGraph([(0, 0), (100, 0), (200, 0)], [(0, 1), (1, 2)], "m")


def tile(side):
    return rm.read(sample.path() / side / "nauru_r2_c3.json")


def shown_by(metric):
    gt, pred = tile("gt"), tile("pred_heavy")
    if metric.unit is Unit.PX:
        gt, pred = (rm.RoadGraph(g.vertices - g.vertices.min(axis=0), g.edges) for g in (gt, pred))
    return metric(gt, pred), metric.explain(gt, pred)


@pytest.mark.parametrize("name", list(rm.METRICS))
def test_every_default_keeps_the_convention(name):
    """Each layer has xy, credit and cost of one length, in range, on both or one side."""
    score, shown = shown_by(rm.get(name))
    layers = layers_of(shown)
    assert layers, "nothing to draw"
    for layer in layers:
        assert layer.side in SIDES
        assert layer.xy.shape[1:] in ((2,), (2, 2)), layer.thing
        assert len(layer.xy) == len(layer.credit) == len(layer.cost), layer.thing
        assert np.isfinite(layer.xy).all()
        assert (layer.cost >= 0).all()
        given = shown[f"{layer.side}_{layer.thing}_credit"]
        assert ((given >= -1e-12) & (given <= 1 + 1e-12)).all()
    assert np.isfinite(match_lines(shown)).all()
    assert sum(layer.cost.sum() for layer in layers) > 0
    assert score.value < 1


@pytest.mark.parametrize("name", list(rm.METRICS))
def test_nothing_is_lost_between_identical_networks(name):
    """No cost, all credit."""
    gt = tile("gt")
    assert explain(rm.get(name), gt, gt).causes == ()
    for layer in layers_of(rm.get(name).explain(gt, gt)):
        assert layer.credit == pytest.approx(np.ones(len(layer.credit))), layer.thing


@pytest.mark.parametrize("name", list(rm.METRICS))
def test_shares_sum_to_one(name):
    """The metric's own things make up all that was lost; roads no more than that."""
    causes = explain(rm.get(name), tile("gt"), tile("pred_heavy")).causes
    own = sum(cause.share for cause in causes if cause.what != "road")
    roads = sum(cause.share for cause in causes if cause.what == "road")
    assert own == pytest.approx(1.0)
    assert roads <= 1 + 1e-9
    ranks = [cause.share for cause in causes if cause.what == "road"]
    assert ranks == sorted(ranks, reverse=True)


def test_the_missing_road_is_named():
    """A missing stem of 80 m: with a slack of 5, the last 75 of them are lost."""
    road, piece = explain(rm.get("ccq"), TEE, WITHOUT_STEM).causes
    assert (road.what, road.side, road.x, road.y, road.size) == ("road", "gt", 100.0, 40.0, 80.0)
    assert (piece.what, piece.y, piece.size) == ("piece of road", 42.5, 75.0)
    assert road.share == piece.share == 1.0
    assert road.credit == pytest.approx(5 / 80)


def test_an_invented_road_is_the_predictions():
    causes = explain(rm.get("ccq"), WITHOUT_STEM, TEE).causes
    assert {cause.side for cause in causes} == {"pred"}


def test_points_at_junctions_are_called_so():
    """APLS: the stem's end and middle are control points, its foot is a junction."""
    causes = explain(rm.get("apls"), TEE, WITHOUT_STEM).causes
    junction = [cause for cause in causes if cause.what == "junction"]
    assert [(c.x, c.y) for c in junction] == [(100.0, 0.0)]
    stem = next(cause for cause in causes if cause.what == "road")
    assert (stem.x, stem.y, stem.size) == (100.0, 40.0, 80.0)


@pytest.mark.parametrize("gt", [EMPTY, TEE])
@pytest.mark.parametrize("pred", [EMPTY, TEE])
def test_empty_tiles(gt, pred):
    for name in rm.METRICS:
        result = explain(rm.get(name), gt, pred, "a")
        for form in ("table", "json", "csv", "md", "latex"):
            assert result.render(form)


def test_masks_are_explained_by_their_vectors():
    array = np.zeros((60, 60), dtype=bool)
    array[30, 5:55] = True
    half = array.copy()
    half[:, 30:] = False
    for name in ("ccq", "ccq:citraro2020", "apls"):
        assert explain(rm.get(name), rm.Mask(array), rm.Mask(half)).causes[0].side == "gt"


GT, HEAVY = str(sample.path() / "gt"), str(sample.path() / "pred_heavy")


def call(*more):
    return main(["explain", "--gt", GT, "--pred", HEAVY, *more])


def test_command_line_in_every_form(capsys, tmp_path):
    tile_args = ("--tile", "nauru_r2_c3", "--metric", "apls", "--top", "3")
    assert call(*tile_args, "--format", "csv") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    kinds = [row["what"] for row in rows]
    assert kinds.count("road") == kinds.count("control") == 3
    assert call(*tile_args) == 0
    document = json.loads(capsys.readouterr().out)
    assert [cause["share"] for cause in document["causes"]] == [float(row["share"]) for row in rows]
    assert call(*tile_args, "--out", str(tmp_path / "a.md")) == 0
    assert (tmp_path / "a.md").read_text().startswith("| what | is |")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("--metric", "ccq"), 2, "say which tile (--tile ID) of the 19"),
        (("--metric", "nope", "--tile", "nauru_r2_c3"), 2, "there is no metric 'nope'"),
        (
            ("--metric", "ccq", "--tile", "nauru_r2_c9"),
            3,
            "there is no tile 'nauru_r2_c9' (closest",
        ),
        (
            ("--metric", "ccq", "--tile", "nauru_r2_c3", "--out", "/no/a.csv"),
            3,
            "cannot be written",
        ),
        (("--metric", "ccq,unit=px", "--tile", "nauru_r2_c3"), 3, "graphs are in metres"),
    ],
)
def test_mistakes_are_one_line(capsys, args, code, words):
    assert call(*args) == code
    err = capsys.readouterr().err.splitlines()
    assert words in err[-1]
    assert err[-1].startswith("roadmetrics: error: ")
