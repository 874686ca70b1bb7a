import json

import pytest

from roadmetrics.errors import PairingError
from roadmetrics.layouts import LAYOUTS
from roadmetrics.pair_table import pair_csv, select
from roadmetrics.pairs import pair_paths, require


def folder(path, names):
    path.mkdir()
    for name in names:
        (path / name).write_text("never read\n")
    return path


@pytest.fixture
def two(tmp_path):
    def make(gt, pred):
        return folder(tmp_path / "gt", gt), folder(tmp_path / "pred", pred)

    return make


def names(pairing):
    return [(p.id, p.gt.name, p.pred and p.pred.name) for p in pairing.pairs]


def test_exact_stem_pairs_across_suffixes_and_sorts_by_id(two):
    pairing = pair_paths(*two(["b.json", "a.json"], ["a.graph", "b.png"]))
    assert pairing.layout == "exact"
    assert names(pairing) == [("a", "a.json", "a.graph"), ("b", "b.json", "b.png")]
    assert pairing.missing == pairing.unmatched == pairing.ignored == ()


def test_roadtracer_id_is_the_text_before_the_first_dot_and_may_hold_spaces(two):
    pairing = pair_paths(
        *two(
            ["new york.graph", "vancouver.graph"],
            ["new york.graph.graph", "vancouver.0.25_0.25.newreconnect.graph"],
        )
    )
    assert pairing.layout == "roadtracer"
    assert [p.id for p in pairing.pairs] == ["new york", "vancouver"]


def test_cityscale_scores_the_graph_that_the_papers_score(two):
    gt, pred = two(
        ["region_8_graph_gt.pickle", "region_8_refine_gt_graph.p", "region_9_refine_gt_graph.p"],
        ["8.p", "9.p"],
    )
    pairing = pair_paths(gt, pred)
    assert pairing.layout == "cityscale"
    assert names(pairing) == [
        ("8", "region_8_graph_gt.pickle", "8.p"),
        ("9", "region_9_refine_gt_graph.p", "9.p"),
    ]
    assert [name.rpartition("/")[2] for name in pairing.ignored] == ["region_8_refine_gt_graph.p"]


@pytest.mark.parametrize(
    ("name", "image"),
    [
        ("spacenetroads_AOI_2_Vegas_img10.geojson", "AOI_2_Vegas_img10"),
        ("RGB-PanSharpen_AOI_2_Vegas_img10.tif", "AOI_2_Vegas_img10"),
        (
            "SN5_roads_test_public_AOI_9_San_Juan_PS-RGB_chip98.png",
            "SN5_roads_test_public_AOI_9_San_Juan_chip98",
        ),
        (
            "SN3_roads_train_AOI_2_Vegas_geojson_roads_speed_img1.geojson",
            "AOI_2_Vegas_img1",
        ),
        ("AOI_2_Vegas_505__gt_graph.p", "AOI_2_Vegas_505"),
        ("AOI_2_Vegas_505__rgb.png", None),
        ("boston.p", None),
    ],
)
def test_spacenet_image_ids(name, image):
    assert LAYOUTS["spacenet"].gt_id(name) == image


def test_spacenet_layout_is_found(two):
    pairing = pair_paths(
        *two(["spacenetroads_AOI_2_Vegas_img10.geojson"], ["PS-RGB_AOI_2_Vegas_img10.png"])
    )
    assert pairing.layout == "spacenet"
    assert [p.id for p in pairing.pairs] == ["AOI_2_Vegas_img10"]


def test_auto_stays_exact_once_a_name_is_the_same(two):
    gt, pred = two(["a.graph", "b.graph"], ["a.graph", "b.v2.graph"])
    pairing = pair_paths(gt, pred)
    assert pairing.layout == "exact"
    assert pairing.missing == ("b",)
    assert pairing.unmatched == ("b.v2.graph",)
    assert pair_paths(gt, pred, "roadtracer").missing == ()


def test_two_predictions_of_one_tile_are_an_error_that_names_both(two):
    gt, pred = two(["x.graph"], ["x.thr20.graph", "x.thr30.graph"])
    with pytest.raises(PairingError, match=r"'x' has 2 predictions: x.thr20.graph and x.thr30"):
        pair_paths(gt, pred)


def test_two_ground_truths_of_one_tile_are_an_error(two):
    with pytest.raises(PairingError, match=r"2 ground truths: a.graph and a.png"):
        pair_paths(*two(["a.graph", "a.png"], ["a.json"]))


def test_missing_predictions_are_named_fifty_at_most_with_the_closest_name(two):
    gt, pred = two([f"tile_{i:02}.json" for i in range(54)], ["tile_13.json", "tile_00_v2.json"])
    pairing = pair_paths(gt, pred)
    with pytest.raises(PairingError) as caught:
        require(pairing, "error", pred)
    message = str(caught.value)
    assert message.startswith("53 of 54 ground truth tiles have no prediction")
    assert "tile_50 and 3 more" in message
    assert "tile_51" not in message
    assert "closest to 'tile_00': tile_00_v2.json" in message
    assert "--missing" in message
    assert "\n" not in message
    require(pairing, "zero")
    require(pairing, "skip")


def test_nothing_left_to_skip_is_an_error(two):
    pairing = pair_paths(*two(["a.json"], ["b.json"]))
    require(pairing, "zero")
    with pytest.raises(PairingError, match="nothing is left"):
        require(pairing, "skip")
    with pytest.raises(PairingError, match="one of error, zero, skip"):
        require(pairing, "ignore")


def test_an_unreadable_file_in_the_ground_truth_is_never_dropped(two):
    gt, pred = two(["a.json", "b.dwg"], ["a.json"])
    with pytest.raises(PairingError, match=r"b.dwg"):
        pair_paths(gt, pred)


def test_notes_and_hidden_files_are_no_tiles(two):
    gt, pred = two(["a.json", "README.md", ".DS_Store", "LICENSE"], ["a.json", "notes.txt"])
    assert names(pair_paths(gt, pred)) == [("a", "a.json", "a.json")]


def test_predictions_that_cannot_be_read_are_listed(two):
    pairing = pair_paths(*two(["a.json"], ["a.json", "b.dwg", "c.json"]))
    assert pairing.unmatched == ("c.json",)
    assert [path.rpartition("/")[2] for path in pairing.ignored] == ["b.dwg"]


def test_a_missing_prediction_may_be_one_that_cannot_be_read(two):
    gt, pred = two(["a.json"], ["a.dwg"])
    with pytest.raises(PairingError, match=r": a \(not read: .*a\.dwg\); go on"):
        require(pair_paths(gt, pred), "error")


def test_two_files_pair_whatever_their_names(two):
    gt, pred = two(["truth.json"], ["out.graph"])
    pairing = pair_paths(gt / "truth.json", pred / "out.graph")
    assert (pairing.layout, names(pairing)) == ("files", [("truth", "truth.json", "out.graph")])


def test_a_file_and_a_folder_pair_by_name(two):
    gt, pred = two(["a.json", "b.json"], ["a.json", "b.json"])
    assert names(pair_paths(gt / "b.json", pred)) == [("b", "b.json", "b.json")]


@pytest.mark.parametrize("layout", ["citiscale", ""])
def test_an_unknown_layout_is_an_error(two, layout):
    with pytest.raises(PairingError, match="auto or one of exact, roadtracer"):
        pair_paths(*two(["a.json"], ["a.json"]), layout)


def test_a_layout_that_fits_no_ground_truth_is_an_error(two):
    with pytest.raises(PairingError, match="no ground truth is named as layout cityscale"):
        pair_paths(*two(["a.json"], ["a.json"]), "cityscale")


def test_empty_and_absent_folders_are_errors(two, tmp_path):
    gt, pred = two([], ["a.json"])
    with pytest.raises(PairingError, match="there is no ground truth in it"):
        pair_paths(gt, pred)
    with pytest.raises(PairingError, match="no such file or folder"):
        pair_paths(tmp_path / "nowhere", pred)


def table(tmp_path, text):
    path = tmp_path / "pairs.csv"
    path.write_text(text)
    folder(tmp_path / "in", ["a.json", "b.json"])
    return path


def test_table_of_pairs(tmp_path):
    path = table(
        tmp_path,
        "id,gt,pred,gsd,bounds\nz,in/b.json,in/a.json,0.5,-1 0 5 6.5\ny,in/a.json,,,\n",
    )
    pairing = pair_csv(path)
    assert pairing.layout == "pairs"
    y, z = pairing.pairs
    assert (y.id, y.pred, y.gsd, y.bounds) == ("y", None, None, None)
    assert (z.gsd, z.bounds) == (0.5, (-1.0, 0.0, 5.0, 6.5))
    assert z.gt == tmp_path / "in/b.json"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", ":1: the header is id,gt,pred"),
        ("id,gt\n", ":1: the header is"),
        ("id,gt,pred,colour\n", ":1: the header is"),
        ("id,gt,pred\n", "there is no pair in it"),
        ("id,gt,pred\na,in/a.json\n", ":2: the row has another number of fields"),
        ("id,gt,pred\na,in/a.json,in/b.json,1\n", ":2: the row has another number of fields"),
        ("id,gt,pred\n,in/a.json,in/b.json\n", ":2: id and gt must not be empty"),
        ("id,gt,pred\na,in/a.json,in/c.json\n", ":2: there is no file"),
        ("id,gt,pred\na,in/a.json,\na,in/b.json,\n", ":3: tile 'a' stands in the table twice"),
        ("id,gt,pred,gsd\na,in/a.json,,wide\n", ":2: gsd must be a number of metres"),
        ("id,gt,pred,gsd\na,in/a.json,,inf\n", ":2: gsd must be a number of metres"),
        ("id,gt,pred,bounds\na,in/a.json,,1 2 3\n", ":2: bounds must be x0 y0 x1 y1"),
    ],
)
def test_bad_tables_name_file_and_line(tmp_path, text, place):
    path = table(tmp_path, text)
    with pytest.raises(PairingError) as caught:
        pair_csv(path)
    assert str(caught.value).startswith(str(path))
    assert place in str(caught.value)


def test_a_table_that_is_not_text(tmp_path):
    (tmp_path / "pairs.csv").write_bytes(b"id,gt,pred\n\xff\xfe\n")
    with pytest.raises(PairingError, match=r"pairs.csv:2: byte 11 is not UTF-8"):
        pair_csv(tmp_path / "pairs.csv")


def test_split_chooses_tiles_and_only_its_own_gaps_count(two, tmp_path):
    pairing = pair_paths(*two(["a.json", "b.json", "c.json"], ["a.json", "b.json"]))
    (tmp_path / "split").write_text("b\n\na\n")
    chosen = select(pairing, tmp_path / "split")
    assert [p.id for p in chosen.pairs] == ["a", "b"]
    require(chosen, "error")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\nd\n", ":2: there is no ground truth 'd'"),
        ("a\na\n", ":2: tile 'a' stands in the list twice"),
        ("\n", "there is no tile id in it"),
    ],
)
def test_bad_splits(two, tmp_path, text, message):
    pairing = pair_paths(*two(["a.json"], ["a.json"]))
    (tmp_path / "split").write_text(text)
    with pytest.raises(PairingError) as caught:
        select(pairing, tmp_path / "split")
    assert message in str(caught.value)


def test_a_list_of_ids_may_be_saved_by_a_json_minded_user(two, tmp_path):
    pairing = pair_paths(*two(["a.json"], ["a.json"]))
    (tmp_path / "split").write_text(json.dumps(["a"]))
    with pytest.raises(PairingError, match="there is no ground truth"):
        select(pairing, tmp_path / "split")
