"""GeoTIFFs join pixels and the ground: in pixels of the image, and in metres."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pyproj
import pytest
from PIL import Image, TiffImagePlugin

import roadmetrics as rm
from roadmetrics.errors import FormatError, RoadMetricsError
from roadmetrics.io.geotiff import read_frame
from roadmetrics.load import read, write
from roadmetrics.pairs import Pair
from roadmetrics.prepare import Findings, Options, read_pair

UTM = (1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 32611)
LONLAT = (1, 1, 0, 3, 1024, 0, 1, 2, 1025, 0, 1, 1, 2048, 0, 1, 4326)
SIZE = 0.3  # metres


def geotiff(path, keys=UTM, scale=(SIZE, SIZE), corner=(665000.0, 4011000.0), **tags):
    info = TiffImagePlugin.ImageFileDirectory_v2()
    every = {33550: (*scale, 0.0), 33922: (0.0, 0.0, 0.0, *corner, 0.0), 34735: keys}
    for tag, value in {**every, **{int(k[1:]): v for k, v in tags.items()}}.items():
        if value is not None:
            info.tagtype[tag] = 3 if tag == 34735 else 12
            info[tag] = value
    Image.fromarray(np.zeros((40, 60), dtype=np.uint8)).save(path, tiffinfo=info)
    return path


def frame_of(path):
    return read_frame(path.read_bytes(), path.name)


@pytest.fixture
def road():
    """Pixels of a tile: a street with a side street."""
    return rm.RoadGraph([(0, 20), (30, 20), (59, 22), (30, 39)], [(0, 1), (1, 2), (1, 3)])


def test_pixel_centres_lie_half_a_pixel_from_the_corner(tmp_path):
    frame = frame_of(geotiff(tmp_path / "t.tif"))
    ground = frame.to_ground(rm.RoadGraph([(0, 0), (10, 20)], [(0, 1)]))
    assert ground.crs == "EPSG:32611"
    assert ground.vertices == pytest.approx(
        np.array([[665000.15, 4010999.85], [665003.15, 4010993.85]]), abs=1e-6
    )
    assert frame.pixel_sizes() == pytest.approx((SIZE, SIZE), abs=1e-6)
    assert frame.extent == (-0.5, -0.5, 59.5, 39.5)


def test_raster_type_point_and_a_matrix(tmp_path):
    point = (*UTM[:11], 2, *UTM[12:])
    ground = frame_of(geotiff(tmp_path / "t.tif", point)).to_ground(rm.RoadGraph([(0, 0)], []))
    assert ground.vertices[0] == pytest.approx([665000, 4011000], abs=1e-6)
    turned = (0.0, -0.5, 0.0, 665000.0, -0.5, 0.0, 0.0, 4011000.0, *[0.0] * 7, 1.0)
    frame = frame_of(geotiff(tmp_path / "m.tif", point, t34264=turned, t33550=None, t33922=None))
    moved = frame.to_ground(rm.RoadGraph([(10, 20)], []))
    assert moved.vertices[0] == pytest.approx([664990, 4010995], abs=1e-6)


def test_there_and_back(tmp_path, road):
    degrees = geotiff(tmp_path / "d.tif", LONLAT, (2.7e-6, 2.7e-6), (-115.17, 36.24))
    for path in (geotiff(tmp_path / "t.tif"), degrees):
        frame = frame_of(path)
        back = frame.to_pixels(frame.to_ground(road))
        assert np.abs(back.vertices - road.vertices).max() < 1e-5
        assert back.extent == frame.extent


@pytest.mark.parametrize(
    ("tags", "rule"),
    [
        ({"t34735": None}, "no georeference"),
        ({"keys": UTM[:12]}, "no EPSG code"),
        ({"keys": (*UTM[:15], 32767)}, "no EPSG code"),
        ({"keys": (*UTM[:15], 9999)}, "EPSG:9999 is not a known crs"),
        ({"t33550": None}, "no transform"),
        ({"scale": (0.0, 0.0)}, "flat"),
        ({"scale": (float("nan"), 1.0)}, "damaged"),
    ],
)
def test_a_frame_that_is_not_there(tmp_path, tags, rule):
    path = geotiff(tmp_path / "t.tif", **tags)
    with pytest.raises(FormatError, match=rule):
        frame_of(path).to_ground(rm.RoadGraph([(0, 0), (1, 1)], [(0, 1)]))


def test_other_images_have_no_frame(tmp_path):
    Image.fromarray(np.zeros((4, 4), dtype=np.uint8)).save(tmp_path / "t.png")
    with pytest.raises(FormatError, match="only a GeoTIFF"):
        frame_of(tmp_path / "t.png")
    whole = geotiff(tmp_path / "t.tif").read_bytes()
    for n in (5, 9, 40):
        with pytest.raises(FormatError):
            read_frame(whole[:n], "t.tif")


@pytest.fixture
def folders(tmp_path, road):
    """Ground truth in degrees, a prediction in pixels, the image that joins them."""
    for name in ("gt", "pred", "images"):
        (tmp_path / name).mkdir()
    frame = frame_of(geotiff(tmp_path / "images/a.tif"))
    write(frame.to_ground(road), tmp_path / "gt/a.geojson")
    shifted = rm.RoadGraph(road.vertices + np.array([0.0, 4.0]), road.edges)
    write(shifted, tmp_path / "pred/a.graph")
    return tmp_path


def test_pixels_and_metres_give_the_same_ccq(folders):
    gt, pred, images = folders / "gt", folders / "pred", folders / "images"
    metrics = ["ccq,slack=3", "ccq,slack=4.5"]
    metres = [f"ccq,slack={s * SIZE}" for s in (3, 4.5)]
    px = rm.score_folders(gt, pred, metrics, images=images)
    m = rm.score_folders(gt, pred, metres, images=images, unit="m")
    gsd = rm.score_folders(gt, pred, metres, images=images, gsd=SIZE)
    assert [r.tiles["a"].unit for r in (px, m, gsd)] == ["px", "m", "m"]
    for a, b in zip(metrics, metres, strict=True):
        assert px.value(a) == pytest.approx(m.value(b), abs=1e-6)
        assert px.value(a) == pytest.approx(gsd.value(b), abs=1e-6)
    assert px.value(metrics[0]) < px.value(metrics[1]) == 1
    assert px.run["images"] == str(images)
    assert px.run["unit"] == "px"


def test_without_the_image_the_units_are_refused(folders):
    with pytest.raises(RoadMetricsError, match="--images"):
        rm.score_folders(folders / "gt", folders / "pred", ["ccq"])


def test_axes_turn_before_the_image_joins(folders):
    pair = Pair("a", folders / "gt/a.geojson", folders / "turned.graph")
    straight = read(folders / "pred/a.graph")
    for options, vertices in (
        (Options(images=folders / "images", pred_axis="yx"), straight.vertices[:, ::-1]),
        (Options(images=folders / "images", flip_y=True), straight.vertices * (1, -1) + (0, 39)),
    ):
        write(rm.RoadGraph(vertices, straight.edges), pair.pred)
        assert read_pair(pair, options)[1].vertices.tolist() == straight.vertices.tolist()


def test_a_mask_is_joined_too(folders):
    array = np.zeros((40, 60), dtype=bool)
    array[20, 1:59] = True
    write(rm.Mask(array), folders / "pred/a.png")
    pair = Pair(
        "a", folders / "gt/a.geojson", folders / "pred/a.png", image=folders / "images/a.tif"
    )
    assert isinstance(read_pair(pair, Options())[1], rm.Mask)
    gt, pred = read_pair(pair, Options(unit="m"))
    assert gt.crs == pred.crs == "EPSG:32611"
    assert pred.length == pytest.approx(57 * SIZE, abs=0.1)


def test_pixels_that_are_not_square_are_noted(folders):
    to_degrees = pyproj.Transformer.from_crs("EPSG:32611", "EPSG:4326", always_xy=True)
    corner = to_degrees.transform(665000.0, 4011000.0)
    geotiff(folders / "images/a.tif", LONLAT, (2.7e-6, 2.7e-6), corner)
    pair = Pair("a", folders / "gt/a.geojson", folders / "pred/a.graph")
    seen = Findings()
    read_pair(pair, Options(images=folders / "images"), seen)
    assert any("0.2427 x 0.2996 m" in note for note in seen.notes), seen.notes


def test_metres_without_a_crs_cannot_be_placed(folders):
    (folders / "gt/a.geojson").unlink()
    document = {"unit": "m", "vertices": [[0, 0], [3, 4]], "edges": [[0, 1]]}
    (folders / "gt/a.json").write_text(json.dumps(document))
    with pytest.raises(RoadMetricsError, match="tile a: metres without a crs"):
        rm.score_folders(folders / "gt", folders / "pred", ["ccq"], images=folders / "images")


def test_a_table_of_pairs_names_the_image(folders):
    table = folders / "pairs.csv"
    table.write_text("id,gt,pred,image\nx,gt/a.geojson,pred/a.graph,images/a.tif\n")
    assert rm.score_folders(pairs=table, metrics=["ccq,slack=4.5"]).value("ccq,slack=4.5") == 1


def test_an_image_of_another_place_is_refused(folders):
    geotiff(folders / "images/a.tif", corner=(700000.0, 4011000.0))
    with pytest.raises(RoadMetricsError, match="the ground truth lies outside of the image"):
        rm.score_folders(folders / "gt", folders / "pred", ["ccq"], images=folders / "images")


@pytest.mark.parametrize(("bands", "bits"), [(3, 16), (8, 8), (8, 16), (1, 64)])
def test_pixels_of_any_kind_tell_where_they_lie(folders, bands, bits):
    """Sixteen bits a colour and eight bands are what satellites give; no pixel is looked at."""
    rasterio = pytest.importorskip("rasterio")
    kind = {8: "uint8", 16: "uint16", 64: "float64"}[bits]
    path = folders / f"{bands}x{bits}.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=60, height=40, count=bands, dtype=kind, crs="EPSG:32611",
        transform=rasterio.Affine(SIZE, 0, 665000, 0, -SIZE, 4011000),
    ) as image:  # fmt: skip
        image.write(np.zeros((bands, 40, 60), dtype=kind))
    frame = frame_of(path)
    same = frame_of(folders / "images/a.tif")
    assert frame.matrix == pytest.approx(same.matrix)
    assert (frame.crs, frame.extent) == (same.crs, same.extent)


SHARED = Path(os.environ.get("ROADMETRICS_SHARED") or Path(__file__).parents[2] / "shared")
VEGAS = SHARED / "data/folders/vegas_img0"


@pytest.mark.skipif(not VEGAS.is_dir(), reason=f"no {VEGAS}: published files")
def test_a_spacenet_tile_in_pixels_and_in_metres():
    """Its pixels are 0.243 x 0.300 m: pixels, each side by its own size, are metres to 1e-3."""
    gt, pred, images = (VEGAS / name for name in ("gt", "pred_albu", "images"))
    on_ground = rm.score_folders(gt, pred, ["ccq"], images=images, unit="m")
    name = next(iter(on_ground.tiles))
    pair = Pair(
        name, gt / f"{name}.geojson", next(pred.glob("*.csv")), pred_tile=name,
        image=next(images.glob("*.tif")),
    )  # fmt: skip
    sizes = np.array(frame_of(pair.image).pixel_sizes())
    assert sizes == pytest.approx([0.2427, 0.2996], abs=1e-4)
    sides = [rm.RoadGraph(g.vertices * sizes, g.edges, "m") for g in read_pair(pair, Options())]
    parts = rm.ccq(*sides).parts
    assert parts == pytest.approx(on_ground.tiles[name].scores["ccq"].parts, abs=1e-3)
    nominal = rm.score_folders(gt, pred, ["ccq"], images=images, gsd=0.3)
    assert nominal.value("ccq") == pytest.approx(on_ground.value("ccq"), abs=1e-3)
