"""Each published layout, from small files made here: images, roads in their pixels, splits."""

import json

import numpy as np
import pytest
from PIL import Image
from small_sets import geojson_row, geotiff, graph, mask, photo, towns

from reference_models.data import Photos, open_data
from reference_models.towns.folder import write_towns
from reference_models.towns.options import Options
from roadmetrics.errors import RoadMetricsError
from roadmetrics.graph import RoadGraph
from roadmetrics.load import write


def rows_of(scene):
    """The y of every vertex of its roads."""
    return sorted(set(scene.graph().vertices[:, 1].round(6).tolist()))


def test_towns_as_synth_writes_them(tmp_path):
    write_towns(tmp_path / "towns", 2, 3, Options(size=96))
    first, second = open_data(tmp_path / "towns")
    assert [first.id, second.id] == ["town_3_00000", "town_3_00001"]
    assert first.size == (96, 96)
    road = first.graph()
    assert road.metres_per_pixel == 0.5
    assert road.extent == (-0.5, -0.5, 95.5, 95.5)
    assert road.length > 50
    with pytest.raises(RoadMetricsError, match="--split test: a folder of towns has no published"):
        open_data(tmp_path / "towns", split="test")


def test_images_beside_masks(tmp_path):
    photo(tmp_path / "images" / "a.png")
    mask(tmp_path / "masks" / "a.png", row=12)
    (scene,) = open_data(tmp_path)
    assert rows_of(scene) == [12]
    assert not scene.is_empty()
    photo(tmp_path / "images" / "b.png")
    with pytest.raises(RoadMetricsError, match=r"1 tiles have an image without roads .* b$"):
        open_data(tmp_path)


def test_roadtracer(tmp_path):
    """Tile 0, -1 begins at x 0, y -4096 of its city; cities of a split, whatever their spaces."""
    for name in ("kansascity_0_-1", "miami_1_0"):
        photo(tmp_path / "imagery" / f"{name}_sat.png")
    graph(tmp_path / "graphs" / "kansascity.graph", (-50, -4096 + 7), (90, -4096 + 7))
    graph(tmp_path / "graphs" / "miami.graph", (4096 + 3, -10), (4096 + 3, 90))
    assert [scene.id for scene in open_data(tmp_path)] == ["kansascity_0_-1", "miami_1_0"]
    (test,) = open_data(tmp_path, split="test")
    assert test.id == "kansascity_0_-1"
    assert rows_of(test) == [7]
    assert test.graph().bounds == (-0.5, 7, 39.5, 7)
    (train,) = open_data(tmp_path, split="train")
    assert set(train.graph().vertices[:, 0]) == {3}
    (tmp_path / "graphs" / "miami.graph").unlink()
    with pytest.raises(RoadMetricsError, match=r"miami.graph: no such file, but miami_1_0_sat"):
        open_data(tmp_path)


def test_deepglobe(tmp_path):
    for number in (7, 12, 30):
        photo(tmp_path / "train" / f"{number}_sat.jpg")
        mask(tmp_path / "train" / f"{number}_mask.png", row=number % 25)
    (tmp_path / "train" / "train.txt").write_text("7\n30")
    (tmp_path / "train" / "val.txt").write_text("12\n")
    assert [scene.id for scene in open_data(tmp_path, split="train")] == ["30", "7"]
    (scene,) = open_data(tmp_path, split="valid")
    assert rows_of(scene) == [12]
    assert scene.graph().metres_per_pixel == 0.5
    (tmp_path / "train" / "12_sat.jpg").unlink()
    with pytest.raises(RoadMetricsError, match="1 of 3 tiles have no image: 12"):
        open_data(tmp_path)


def test_massachusetts(tmp_path):
    for part, name in (("train", "10078660_15"), ("test", "10378780_15")):
        photo(tmp_path / part / "sat" / f"{name}.tiff")
        mask(tmp_path / part / "map" / f"{name}.tif", row=9)
    assert [scene.id for scene in open_data(tmp_path)] == ["10078660_15", "10378780_15"]
    (scene,) = open_data(tmp_path, split="test")
    assert scene.id == "10378780_15"
    assert rows_of(scene) == [9]
    assert scene.graph().metres_per_pixel == 1.0
    assert open_data(tmp_path / "test")[0].id == scene.id
    with pytest.raises(RoadMetricsError, match="no valid/sat with images"):
        open_data(tmp_path, split="val")


def test_cityscale(tmp_path):
    for number in (1, 18, 9):
        photo(tmp_path / "20cities" / f"region_{number}_sat.png")
        graph(tmp_path / "20cities" / f"region_{number}_graph_gt.pickle", (2, 8), (30, 8))
    assert [s.id for s in open_data(tmp_path, split="train")] == ["1"]
    assert [s.id for s in open_data(tmp_path, split="valid")] == ["18"]
    (scene,) = open_data(tmp_path, split="test")
    assert scene.id == "9"
    assert rows_of(scene) == [8]
    assert scene.graph().metres_per_pixel == 1.0


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_spacenet_chips(tmp_path, kind):
    """400 px crops with 100 px overlap; the GeoTIFF places the roads; 16 bits are stretched."""
    pytest.importorskip("rasterio", reason="needs the extra geo")
    name = "SN3_roads_train_AOI_2_Vegas_{}_img10"
    geotiff(tmp_path / "PS-RGB" / f"{name.format('PS-RGB')}.tif", kind=kind)
    roads = tmp_path / "geojson_roads" / f"{name.format('geojson_roads')}.geojson"
    geojson_row(roads, 33)
    speed = tmp_path / "geojson_roads_speed" / f"{name.format('geojson_roads_speed')}.geojson"
    geojson_row(speed, 99)
    scenes = open_data(tmp_path)
    assert [s.id for s in scenes] == ["AOI_2_Vegas_img10_0_0", "AOI_2_Vegas_img10_100_0"]
    assert [s.box for s in scenes] == [(0, 0, 400, 400), (100, 0, 500, 400)]
    road = scenes[1].graph()
    np.testing.assert_allclose(road.vertices[:, 1], 33, atol=1e-3)
    assert road.length == pytest.approx(399.5, abs=0.01)
    with Photos() as photos:
        pixels = photos.open(scenes[0].image)
        assert pixels.shape == (400, 500, 3)
        assert pixels.dtype == np.uint8
        if kind == np.uint16:  # 2nd to 98th percentile
            assert np.mean(pixels == 0) == pytest.approx(0.02, abs=0.01)
    roads.unlink()
    with pytest.raises(RoadMetricsError, match="1 photos have no roads: AOI_2_Vegas_img10"):
        open_data(tmp_path)


def test_spacenet_ready_cut(tmp_path):
    """y of the pickles points up."""
    for number in (5, 6):
        photo(tmp_path / f"AOI_2_Vegas_{number}__rgb.png")
        graph(tmp_path / f"AOI_2_Vegas_{number}__gt_graph.p", (2, 8), (30, 8))
    lists = {"train": ["AOI_2_Vegas_5"], "validation": [], "test": ["AOI_2_Vegas_6"]}
    (tmp_path / "data_split.json").write_text(json.dumps(lists))
    (scene,) = open_data(tmp_path, split="test")
    assert scene.id == "AOI_2_Vegas_6"
    assert rows_of(scene) == [29 - 8]


def test_orthophoto(tmp_path):
    """90 % of the rows, then 5 % and 5 %; train+valid is the 95 % of the paper."""
    photo(tmp_path / "canals.png", 50, 200)
    graph(tmp_path / "canals.json", (20, -5), (20, 205))
    (whole,) = open_data(tmp_path)
    assert whole.size == (50, 200)
    boxes = {name: open_data(tmp_path, split=name)[0].box
             for name in ("train", "valid", "test", "train+valid")}  # fmt: skip
    assert boxes == {
        "train": (0, 0, 50, 180), "valid": (0, 180, 50, 190), "test": (0, 190, 50, 200),
        "train+valid": (0, 0, 50, 190),
    }  # fmt: skip
    (test,) = open_data(tmp_path, split="test")
    assert test.graph().bounds == (20, -0.5, 20, 9.5)
    (tmp_path / "canals.json").unlink()
    mask(tmp_path / "canals_mask.png", 50, 200, row=195)
    assert rows_of(open_data(tmp_path, split="test")[0]) == [5]


def test_which_layout(tmp_path):
    with pytest.raises(RoadMetricsError, match="no layout fits: name one of towns, roadtracer"):
        open_data(tmp_path)
    towns(tmp_path)
    photo(tmp_path / "3_sat.jpg")
    mask(tmp_path / "3_mask.png")
    with pytest.raises(RoadMetricsError, match="both towns and deepglobe fit"):
        open_data(tmp_path)
    assert [scene.id for scene in open_data(tmp_path, "deepglobe")] == ["3"]
    with pytest.raises(RoadMetricsError, match="layout must be one of"):
        open_data(tmp_path, "kitti")


def test_a_mask_of_another_size(tmp_path):
    photo(tmp_path / "images" / "a.png", 40, 30)
    mask(tmp_path / "masks" / "a.png", 41, 30)
    (scene,) = open_data(tmp_path)
    for call in (scene.graph, scene.is_empty):
        with pytest.raises(RoadMetricsError, match=r"masks/a.png: 41 x 30 .*images/a.png has 40 x"):
            call()


def test_no_image(tmp_path):
    towns(tmp_path, 1)
    (tmp_path / "images" / "t0.png").write_bytes(b"nothing")
    with pytest.raises(RoadMetricsError, match=r"t0.png: no"):
        open_data(tmp_path)[0].size  # noqa: B018


def test_metres_without_crs(tmp_path):
    towns(tmp_path, 1)
    write(RoadGraph([(0, 0), (9, 9)], [(0, 1)], "m"), tmp_path / "graphs" / "t0.json")
    with pytest.raises(RoadMetricsError, match="metres without a crs cannot be placed"):
        open_data(tmp_path)[0].graph()


@pytest.mark.parametrize("form", ["png", "tif", "jpg"])
def test_large_images_go_to_disk(tmp_path, monkeypatch, form):
    """Decoded in bands into a mapped file, which gives the pixels that Pillow gives."""
    pytest.importorskip("rasterio", reason="needs the extra geo")
    path = tmp_path / f"a.{form}"
    ramp = np.arange(90) + np.arange(70)[:, None]
    Image.fromarray(np.stack([ramp, 200 - ramp, ramp // 2], axis=2).astype(np.uint8)).save(path)
    expected = np.asarray(Image.open(path))
    monkeypatch.setattr("reference_models.data.photo.LARGE", 1000)
    monkeypatch.setattr("reference_models.data.photo.BAND", 450)
    with Photos() as photos:
        pixels = photos.open(path)
        assert isinstance(pixels, np.memmap)
        np.testing.assert_allclose(pixels, expected, atol=4 if form == "jpg" else 0)
        folder = photos.folder
        assert isinstance(photos.scratch(100, 100), np.memmap)
        assert folder.is_dir()
    assert not folder.exists()


def test_the_cache_forgets(tmp_path):
    for k in range(3):
        photo(tmp_path / f"{k}.png", 1024, 400)
    with Photos(cache=3) as photos:  # MiB; an image takes 1.17
        for k in (0, 1, 0, 2):
            photos.open(tmp_path / f"{k}.png")
        assert [path.name for path in photos.held] == ["0.png", "2.png"]
