"""File names of published data sets, as their sources write them (docs/layouts.md)."""

import ast
import inspect
import sys

import pytest

from roadmetrics import layouts
from roadmetrics.cli.main import build_parser
from roadmetrics.errors import PairingError
from roadmetrics.images import image_of
from roadmetrics.layouts import CHOICES, LAYOUTS, fitting
from roadmetrics.pairs import pair_paths, require, truth_paths


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


def paired(pairing):
    return [(p.id, p.gt.name, p.pred and p.pred.name) for p in pairing.pairs]


@pytest.mark.parametrize(
    "pred", ["104.png", "104_mask.png", "104_pred.png", "104_road.tif", "104.json"]
)
def test_deepglobe(two, pred):
    pairing = pair_paths(*two(["104_mask.png", "104_sat.jpg"], [pred]))
    assert pairing.layout == "deepglobe"
    assert paired(pairing) == [("104", "104_mask.png", pred)]
    assert [name.rpartition("/")[2] for name in pairing.ignored] == ["104_sat.jpg"]


def test_deepglobe_masks_alone_are_exact_where_names_are_the_same(two):
    pairing = pair_paths(*two(["104_mask.png"], ["104_mask.png"]))
    assert (pairing.layout, pairing.pairs[0].id) == ("exact", "104_mask")


def test_a_photo_is_never_ground_truth(two):
    """Before, exact took the photo for a tile: with --missing zero it would have been scored."""
    gt, pred = two(["104_mask.png", "104_sat.jpg", "7_mask.png"], ["104_mask.png"])
    pairing = pair_paths(gt, pred)
    assert pairing.missing == ("7",)
    with pytest.raises(PairingError, match="1 of 2 ground truth tiles have no prediction"):
        require(pairing, "error")


@pytest.mark.parametrize("name", ["104_sat.jpg", "x_mask.png", "104_mask.json", "104_mask_2.png"])
def test_no_deepglobe_ground_truth(name):
    assert LAYOUTS["deepglobe"].gt_id(name) is None


@pytest.mark.parametrize("name", ["104_sat.jpg", "104_sat.png", "region_104.png"])
def test_no_deepglobe_prediction(name):
    assert LAYOUTS["deepglobe"].pred_id(name) is None


@pytest.mark.parametrize("pred", ["10078660_15.png", "10078660_15.tiff", "10078660_15_pred.npy"])
def test_massachusetts_map_and_photo_in_one_folder(two, pred):
    pairing = pair_paths(*two(["10078660_15.tif", "10078660_15.tiff"], [pred]))
    assert pairing.layout == "massachusetts"
    assert paired(pairing) == [("10078660_15", "10078660_15.tif", pred)]


@pytest.mark.parametrize("pred", ["8.p", "8.pickle", "region_8_output_graph.p",
                                  "region_8_output_graph_0.05_snap_graph.p"])  # fmt: skip
def test_cityscale_predictions(two, pred):
    files = ["region_8_graph_gt.pickle", "region_8_sat.png", "region_8_gt.png"]
    pairing = pair_paths(*two(files, [pred]))
    assert (pairing.layout, paired(pairing)) == (
        "cityscale",
        [("8", "region_8_graph_gt.pickle", pred)],
    )


def test_globalscale_is_never_guessed(two):
    gt, pred = two(["region_2714_refine_gt_graph.p"], ["2714.p"])
    assert pair_paths(gt, pred).layout == "cityscale"
    pairing = pair_paths(gt, pred, "globalscale")
    assert (pairing.layout, pairing.pairs[0].id) == ("globalscale", "2714")


@pytest.mark.parametrize(
    ("gt", "pred", "key"),
    [
        ("spacenetroads_AOI_2_Vegas_img10.geojson", "RGB-PanSharpen_AOI_2_Vegas_img10.tif",
         "AOI_2_Vegas_img10"),
        ("osmroads_AOI_2_Vegas_img10.geojson", "AOI_2_Vegas_img10.png", "AOI_2_Vegas_img10"),
        ("SN3_roads_train_AOI_2_Vegas_geojson_roads_speed_img10.geojson",
         "SN3_roads_train_AOI_2_Vegas_PS-RGB_img10.json", "AOI_2_Vegas_img10"),
        ("SN3_roads_train_AOI_3_Paris_geojson_roads_img100.geojson",
         "SN3_roads_train_AOI_3_Paris_PAN_img100.png", "AOI_3_Paris_img100"),
        ("SN3_roads_train_AOI_2_Vegas_geojson_roads_speed_img10.geojson",
         "AOI_2_Vegas_img10.json", "AOI_2_Vegas_img10"),
        ("SN5_roads_train_AOI_7_Moscow_geojson_roads_speed_chip996.geojson",
         "SN5_roads_train_AOI_7_Moscow_PS-RGB_chip996.png",
         "SN5_roads_train_AOI_7_Moscow_chip996"),
        ("SN5_roads_test_public_AOI_9_San_Juan_geojson_roads_speed_chip98.geojson",
         "SN5_roads_test_public_AOI_9_San_Juan_PS-MS_chip98.png",
         "SN5_roads_test_public_AOI_9_San_Juan_chip98"),
        ("AOI_2_Vegas_505__gt_graph.p", "AOI_2_Vegas_505.p", "AOI_2_Vegas_505"),
        ("AOI_2_Vegas_505__gt_graph_dense_spacenet.p", "AOI_2_Vegas_505_crop.p",
         "AOI_2_Vegas_505"),
    ],
)  # fmt: skip
def test_spacenet_3_and_5(two, gt, pred, key):
    pairing = pair_paths(*two([gt], [pred]))
    assert (pairing.layout, paired(pairing)) == ("spacenet", [(key, gt, pred)])


def test_spacenet_5_train_and_test_chips_of_one_number_never_pair():
    one = LAYOUTS["spacenet"]
    train = one.gt_id("SN5_roads_train_AOI_7_Moscow_geojson_roads_speed_chip0.geojson")
    assert train != one.pred_id("SN5_roads_test_public_AOI_7_Moscow_PS-RGB_chip0.png")


def test_the_graph_that_sam_road_scores_stands_above_the_dense_one(two):
    names = ["AOI_2_Vegas_5__gt_graph.p", "AOI_2_Vegas_5__gt_graph_dense_spacenet.p",
             "AOI_2_Vegas_5__rgb.png"]  # fmt: skip
    pairing = pair_paths(*two(names, ["AOI_2_Vegas_5.p"]))
    assert pairing.pairs[0].gt.name == "AOI_2_Vegas_5__gt_graph.p"
    assert len(pairing.ignored) == 2


@pytest.mark.parametrize(
    ("tile", "image"),
    [("104", "104_sat.jpg"), ("8", "region_8_sat.png"), ("10078660_15", "10078660_15.tiff"),
     ("AOI_2_Vegas_5", "AOI_2_Vegas_5__rgb.png")],
)  # fmt: skip
def test_the_photo_of_a_tile_is_found_beside_its_mask(tmp_path, tile, image):
    names = ["104_sat.jpg", "104_mask.png", "region_8_sat.png", "region_8_gt.png",
             "10078660_15.tif", "10078660_15.tiff", "AOI_2_Vegas_5__rgb.png"]  # fmt: skip
    assert image_of(folder(tmp_path / "images", names), tile).name == image


def test_no_two_layouts_fit_the_same_files():
    """One ground truth and one prediction of every layout, named as its source does."""
    for gt, pred in [
        ("104_mask.png", "104.png"),
        ("10078660_15.tif", "10078660_15_pred.png"),
        ("region_8_graph_gt.pickle", "8.p"),
        ("AOI_2_Vegas_5__gt_graph.p", "AOI_2_Vegas_5.p"),
        ("new york.graph", "new york.thr20.pix.graph"),
    ]:
        assert len(fitting([gt], [pred])) == 1, gt


def test_a_ground_truth_alone_by_layout(tmp_path):
    gt = folder(tmp_path / "gt", ["region_8_graph_gt.pickle", "region_8_sat.png"])
    pairing = truth_paths(gt, "cityscale")
    assert paired(pairing) == [("8", "region_8_graph_gt.pickle", None)]
    with pytest.raises(PairingError, match="no ground truth is named as layout deepglobe"):
        truth_paths(gt, "deepglobe")


def test_every_verb_offers_every_layout():
    """The names come from one place."""
    verbs = next(a for a in build_parser()._actions if a.choices and "score" in a.choices).choices
    offered = {
        name: tuple(action.choices)
        for name, verb in verbs.items()
        for action in verb._actions
        if "--layout" in action.option_strings
    }
    assert set(offered.values()) == {CHOICES}
    assert {"score", "describe", "explain", "render", "validate"} <= set(offered)


def test_layouts_import_the_standard_library_only():
    tree = ast.parse(inspect.getsource(layouts))
    names = [
        alias.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    ]
    assert {name.partition(".")[0] for name in names} <= set(sys.stdlib_module_names)
