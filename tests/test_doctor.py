"""The doctor on the bundled sample and on hand-made graphs."""

import itertools
import json

import numpy as np
import pytest
from planted import CASES, is_undone, plant, side_of

import roadmetrics as rm
from roadmetrics import sample
from roadmetrics.examination import MAX_TILES, spread
from roadmetrics.frames import Turn, turns
from roadmetrics.overlay import Cloud, agreement, points_on
from roadmetrics.pairs import pair_paths

SAMPLE = sample.path()
TILES = ("nauru_r2_c2", "nauru_r3_c2", "nauru_r4_c3", "nauru_r5_c4")
ROADS = [  # of no symmetry, in a tile of 400 x 300
    [(10, 20), (120, 30), (250, 10), (390, 40)], [(120, 30), (100, 150), (130, 290)],
    [(100, 150), (250, 170), (330, 120), (390, 130)], [(250, 170), (240, 290)],
    [(10, 220), (60, 180), (100, 150)], [(330, 120), (310, 60), (250, 10)],
]  # fmt: skip


def town(**tile):
    return rm.RoadGraph.from_lines(ROADS, **tile)


def moved(graph, matrix, offset=(0, 0)):
    return rm.RoadGraph(graph.vertices @ np.array(matrix, float).T + offset, graph.edges)


@pytest.fixture
def examined(tmp_path):
    """Write one pair of tiles as files, and ask the doctor."""

    def examine(gt, pred, **options):
        for side, tile in (("gt", gt), ("pred", pred)):
            folder = tmp_path / side
            folder.mkdir(exist_ok=True)
            for old in folder.iterdir():
                old.unlink()
            rm.write(tile, folder / f"a.{'png' if isinstance(tile, rm.Mask) else 'json'}")
        return rm.doctor(tmp_path / "gt", tmp_path / "pred", **options)

    return examine


@pytest.mark.parametrize(
    ("name", "about"),
    [(name, "centre") for name in CASES] + [(name, "origin") for name in ("flip y", "half")],
)
def test_sample_is_recovered(name, about, tmp_path):
    """Four tiles of the damaged sample, misplaced in sixteen ways."""
    planted = []
    for folder in ("gt", "pred"):
        (tmp_path / folder).mkdir()
    side = side_of(rm.read(SAMPLE / "gt" / f"{TILES[0]}.json"))
    for tile in TILES:
        gt = rm.read(SAMPLE / "gt" / f"{tile}.json")
        one = plant(name, gt, rm.read(SAMPLE / "pred_heavy" / f"{tile}.json"), about, side)
        rm.write(gt, tmp_path / "gt" / f"{tile}.json")
        rm.write(one.pred, tmp_path / "pred" / f"{tile}.json")
        planted.append(one)
    found = rm.doctor(tmp_path / "gt", tmp_path / "pred")
    assert is_undone(name, found, planted), found.render("table")


def test_nothing_to_change_in_the_sample():
    found = rm.doctor(SAMPLE / "gt", SAMPLE / "pred_heavy")
    assert (found.verdict, found.advice) == ("nothing to change", "")
    assert found.summary == f"nothing to change: predictions match {found.match:.2f}"
    assert len(found.tiles) == 19


def test_other_towns_do_not_match(tmp_path):
    """Tiles of the sample that are not of one place."""
    for i, pair in enumerate([(0, 9), (1, 12), (2, 11), (6, 14)]):
        names = sorted(p.name for p in (SAMPLE / "gt").glob("*.json"))
        for side, k in zip(("gt", "pred"), pair, strict=True):
            (tmp_path / side).mkdir(exist_ok=True)
            rm.write(rm.read(SAMPLE / "gt" / names[k]), tmp_path / side / f"{i}.json")
    found = rm.doctor(tmp_path / "gt", tmp_path / "pred")
    assert found.verdict == "no match", found.render("table")
    assert found.summary.startswith("no change tried makes them match: best 0.")
    assert found.advice == ""


def test_what_is_advised_makes_the_score_whole(examined, tmp_path):
    """Each pair of options, as score takes it, for predictions that need it."""
    gt = town(extent=(0, 0, 400, 300))
    cases = {
        "pass --pred-axis yx": ([[0, 1], [1, 0]], (0, 0), {"pred_axis": "yx"}),
        "pass --flip-y": ([[1, 0], [0, -1]], (0, 300), {"flip_y": True}),
        "pass --pred-axis yx --flip-y": (
            [[0, -1], [1, 0]], (300, 0), {"pred_axis": "yx", "flip_y": True},
        ),
    }  # fmt: skip
    for advice, (matrix, offset, options) in cases.items():
        found = examined(gt, moved(gt, matrix, offset))
        assert found.advice == advice
        assert found.match > 0.95 > 0.3 > found.given.agreement.value
        score = rm.score_folders(tmp_path / "gt", tmp_path / "pred", ["ccq"], **options)
        assert score.value("ccq") == 1.0
        again = rm.doctor(tmp_path / "gt", tmp_path / "pred", **options)
        assert again.verdict == "nothing to change"


def test_options_that_do_harm_are_to_be_left_out(examined):
    gt = town(extent=(0, 0, 400, 300))
    found = examined(gt, gt, flip_y=True)
    assert found.advice == "leave out --flip-y"
    assert "after leaving y as it is" in found.summary
    found = examined(gt, moved(gt, [[1, 0], [0, -1]], (0, 300)), pred_axis="yx")
    assert found.advice == "pass --flip-y, leave out --pred-axis yx"


def test_a_height_that_no_file_says_is_told(examined, tmp_path):
    found = examined(town(), moved(town(), [[1, 0], [0, -1]], (0, 300)))
    start = "pass --flip-y and the bounds of the tile, such that y0 + y1 is "
    assert found.advice.startswith(start)
    height = float(found.advice.removeprefix(start).removesuffix(" (--bounds)"))
    assert abs(height - 300) <= found.tolerance
    box = (0.0, 0.0, 400.0, 300.0)
    assert rm.doctor(tmp_path / "gt", tmp_path / "pred", bounds=box).advice == "pass --flip-y"


def test_shift_and_scale_are_told(examined):
    gt = town(extent=(0, 0, 400, 300))
    found = examined(gt, moved(gt, np.eye(2), (-60, 25)))
    assert "shifting by (60.0, -25.0) px" in found.summary
    assert "x becomes x + 60, y becomes y - 25" in found.advice
    found = examined(gt, moved(gt, np.eye(2) / 2))
    assert found.summary.endswith(
        "predictions are at 0.5 times the scale: rewrite them: x becomes 2 * x, y becomes 2 * y"
    )
    assert found.best.turn.scale == 2
    found = examined(gt, moved(gt, [[-1, 0], [0, 1]], (400, 0)))
    assert "score has no option for it: rewrite the predictions: x becomes 400 - x" in found.advice


def test_a_small_shift_is_no_fault(examined):
    gt = town()
    for shift in ((0.5, 0.5), (3, -3)):
        found = examined(gt, moved(gt, np.eye(2), shift))
        assert found.verdict == "nothing to change", (shift, found.tolerance)


def test_pixel_size_that_is_wrong(examined):
    """Ground truth in metres, prediction in pixels of 0.6 m, scored as if of 0.3 m."""
    lines = [np.add(line, (500_000, 4_000_000)) for line in ROADS]
    gt = rm.RoadGraph.from_lines(lines, unit="m", crs="EPSG:32611")
    pred = moved(gt, np.eye(2) / 0.6)
    found = examined(gt, pred, gsd=0.3)
    assert found.summary.endswith("predictions are at 0.5 times the scale: pass --gsd 0.6")
    assert examined(gt, pred, gsd=0.6).verdict == "nothing to change"


def test_masks_of_different_size(examined):
    """Score refuses them; the doctor says that one is half as large."""
    array = np.zeros((300, 400), bool)
    for line in ROADS:
        for a, b in itertools.pairwise(line):
            for t in np.linspace(0, 1, 400):
                x, y = np.round((1 - t) * np.array(a) + t * np.array(b)).astype(int)
                array[max(y - 2, 0) : y + 3, max(x - 2, 0) : x + 3] = True
    half = array[::2, ::2]
    found = examined(rm.Mask(array), rm.Mask(half))
    assert found.best.turn == Turn(scale=2.0)
    found = examined(rm.Mask(array), rm.Mask(array.T.copy()))
    assert found.advice == "pass --pred-axis yx"


def test_symmetric_roads_are_said_to_be(examined):
    road = rm.RoadGraph([(0, 0), (100, 0)], [(0, 1)])
    found = examined(road, road)
    assert found.verdict == "nothing to change"
    assert "flip x" in {trial.turn.name for trial in found.alike}
    assert "nearly symmetric" in found.render("table")


def test_bounds_cut_both_sides(examined):
    """What a prediction holds beyond the bounds counts for nothing."""
    far = rm.RoadGraph.from_lines([*ROADS, [(900, 0), (900, 5000), (1800, 4000), (990, 30)]])
    box = (0.0, 0.0, 400.0, 300.0)
    found = examined(town(), far, bounds=box)
    assert (found.verdict, found.match) == ("nothing to change", 1.0)
    assert found.best.agreement.of_pred == 1.0


def test_empty_sides_are_an_error(examined):
    with pytest.raises(rm.PairingError, match="no tile of 1 has roads in both"):
        examined(town(), rm.RoadGraph([], []))


def test_tiles_of_two_units_are_an_error(tmp_path):
    for side in ("gt", "pred"):
        (tmp_path / side).mkdir()
        rm.write(town(), tmp_path / side / "a.json")
        rm.write(town(unit="m"), tmp_path / side / "b.json")
    with pytest.raises(rm.UnitError, match="tile a is in px but tile b in m"):
        rm.doctor(tmp_path / "gt", tmp_path / "pred")


def test_the_document_holds_the_whole_change(examined):
    gt = town()
    found = examined(gt, moved(gt, [[0, 1], [1, 0]], (7, 90)))
    document = json.loads(found.render("json"))
    assert document["verdict"] == "change"
    change = document["change"]
    assert (change["swap"], change["flip_x"], change["flip_y"], change["scale"]) == (
        True, False, False, 1.0,
    )  # fmt: skip
    assert change["matrix"] == [[0, 1], [1, 0]]
    assert np.abs(np.array(change["offsets"]["a"]) - (-90, -7)).max() < found.tolerance
    assert document["tiles"] == ["a"]
    assert document["match"] == found.match > document["as_given"]


def test_same_answer_every_time(examined):
    first, second = (examined(town(), moved(town(), np.eye(2), (50, 9))) for _ in range(2))
    assert first.to_dict() == second.to_dict()


def test_tiles_are_spread_evenly():
    every = pair_paths(SAMPLE / "gt", SAMPLE / "pred_light").pairs
    assert spread(every, MAX_TILES) == list(every)
    few = spread(every, 4)
    assert [pair.id for pair in few] == [every[i].id for i in (0, 6, 12, 18)]


def test_turns_are_the_symmetries_of_a_square():
    matrices = {tuple(turn.matrix.ravel()) for turn in turns()}
    assert len(matrices) == 8
    assert all(abs(np.linalg.det(np.reshape(m, (2, 2)))) == 1 for m in matrices)
    assert turns()[0] == Turn()


def test_agreement_is_free_of_chance():
    """Roads on themselves: 1. Moved aside: 0, even where roads are dense."""
    grid = rm.RoadGraph.from_lines(
        [[(x, 0), (x, 200)] for x in range(0, 201, 20)]
        + [[(0, y), (200, y)] for y in range(0, 201, 20)]
    )
    points = points_on(grid, 2.0)
    cloud = Cloud(points, points, np.zeros(2))
    here = agreement([cloud], np.eye(2), [np.zeros(2)], 2.0)
    assert here == (1.0, 1.0, 1.0)
    aside = agreement([cloud], np.eye(2), [np.array([9.0, 9.0])], 2.0)
    assert aside.value < 0.05 < aside.of_gt


def test_half_a_map_matches_where_it_lies(examined):
    """A prediction of a part is as good as one of all."""
    part = rm.RoadGraph.from_lines(ROADS[:3])
    found = examined(town(), moved(part, [[0, 1], [1, 0]]))
    assert found.advice == "pass --pred-axis yx"
    assert found.match > 0.9
