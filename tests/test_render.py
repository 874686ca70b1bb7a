"""Pictures: what is drawn, in both formats; nothing crashes, nothing is half-written."""

import io
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

import roadmetrics as rm
from roadmetrics import sample
from roadmetrics.cli import main
from roadmetrics.images import image_of
from roadmetrics.render import SheetRow, encoded, save, sheet_scene, tile_scene
from roadmetrics.render.photo import box_of
from roadmetrics.render.scene import Lines, Panel, Scene, Text
from roadmetrics.render.style import ON_WHITE
from roadmetrics.render.tile import short_name
from roadmetrics.render.view import box_around

ROAD = rm.RoadGraph([(0, 0), (100, 0)], [(0, 1)])
EMPTY = rm.RoadGraph([], [])
ODD = {
    "empty": EMPTY,
    "one point": rm.RoadGraph([(5, 5)], []),
    "no length": rm.RoadGraph([(5, 5), (5, 5)], [(0, 1)]),
    "far": rm.RoadGraph([(9e11, -9e11), (9e11 + 100, -9e11)], [(0, 1)]),
    "huge": rm.RoadGraph([(-9e11, -9e11), (9e11, 9e11)], [(0, 1)]),
    "tiny": rm.RoadGraph([(0, 0), (1e-300, 0)], [(0, 1)]),
}


def shapes(scene, kind):
    found = []
    for item in scene.items:
        found += [item] if isinstance(item, kind) else []
        found += [one for one in getattr(item, "items", ()) if isinstance(one, kind)]
    return found


def png(scene):
    return Image.open(io.BytesIO(encoded(scene, ".png"))).convert("RGB")


def texts(scene):
    return [one.text for one in shapes(scene, Text)]


@pytest.mark.parametrize("gt", ODD)
@pytest.mark.parametrize("pred", [*ODD, "road"])
def test_any_two_networks_make_a_picture(gt, pred):
    a, b = ODD[gt], {**ODD, "road": ROAD}[pred]
    for scene in (
        tile_scene(a, b, rm.get("ccq"), tile="<&>", width=200),
        sheet_scene([SheetRow("x", [(a, b)])], ["m"], width=300),
    ):
        root = ET.fromstring(encoded(scene, ".svg").decode())
        assert root.get("width") == str(scene.width)
        assert "nan" not in encoded(scene, ".svg").decode()
        assert png(scene).size == (scene.width, scene.height)


@pytest.mark.parametrize("name", list(rm.METRICS))
def test_every_metric_is_drawn(name):
    gt, pred = (rm.read(sample.path() / s / "nauru_r1_c1.json") for s in ("gt", "pred_heavy"))
    scene = tile_scene(gt, pred, rm.get(name), tile="nauru_r1_c1")
    words = " ".join(texts(scene))
    value = rm.get(name)(gt, pred).value
    assert f"{name} {value:.4f}" in words
    assert all(word in words for word in ("matched", "missed", "invented", "nauru_r1_c1"))
    assert len(encoded(scene, ".svg")) < 100_000


def test_matched_missed_and_invented_have_their_colours():
    """Half of the road is there; a false one goes off. Middle of the box: middle of the map."""
    pred = rm.RoadGraph([(0, 0), (50, 0), (0, 40), (50, 40)], [(0, 1), (2, 3)])
    lines = shapes(tile_scene(ROAD, pred), Lines)
    drawn = {line.colour: sum(len(path) - 1 for path in line.paths) for line in lines}
    assert {ON_WHITE.matched, ON_WHITE.missed, ON_WHITE.invented} <= set(drawn)
    picture = np.asarray(png(tile_scene(ROAD, pred)))
    for colour in (ON_WHITE.missed, ON_WHITE.invented):
        rgb = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        assert (np.abs(picture.astype(int) - rgb).sum(axis=2) < 12).sum() > 200


def map_of(scene):
    return next(item for item in scene.items if isinstance(item, Panel))


@pytest.mark.parametrize(("unit", "is_up"), [("px", False), ("m", True)])
def test_y_points_down_in_pixels_and_up_in_metres(unit, is_up):
    gt = rm.RoadGraph([(0, 0), (100, 0), (0, 100), (30, 100)], [(0, 1), (2, 3)], unit)
    scene = tile_scene(gt, rm.RoadGraph([(0, 0), (100, 0)], [(0, 1)], unit))
    missed = next(line for line in shapes(scene, Lines) if line.colour == ON_WHITE.missed)
    panel = map_of(scene)
    is_above = missed.paths[0][0][1] < panel.y + panel.height / 2
    assert is_above == is_up


def test_scaled_pixels_still_point_down():
    gt = rm.RoadGraph([(0, 0), (100, 0), (0, 100), (30, 100)], [(0, 1), (2, 3)]).scaled(0.5)
    scene = tile_scene(gt, rm.RoadGraph([(0, 0), (100, 0)], [(0, 1)]).scaled(0.5))
    missed = next(line for line in shapes(scene, Lines) if line.colour == ON_WHITE.missed)
    panel = map_of(scene)
    assert missed.paths[0][0][1] > panel.y + panel.height / 2


def test_an_image_lies_under_its_pixels():
    """Pixel (row 10, column 30) is red; the road's vertex (30, 10) lies on its centre."""
    pixels = np.full((50, 100, 3), 60, dtype=np.uint8)
    pixels[10, 30] = (255, 0, 0)
    gt = rm.RoadGraph([(30, 10), (31, 10)], [(0, 1)])
    scene = tile_scene(gt, gt, photo=pixels, width=1032)
    panel = map_of(scene)
    scale = panel.width / 100
    path = next(line.paths[0] for line in shapes(scene, Lines) if len(line.paths[0]) == 2)
    assert path[0] - (panel.x, panel.y) == pytest.approx([30.5 * scale, 10.5 * scale])
    red = np.argwhere(np.asarray(png(tile_scene(EMPTY, EMPTY, photo=pixels, width=1032)))[:, :, 0]
                      > 200)  # fmt: skip
    inside = red[(red[:, 0] > panel.y + 2) & (red[:, 0] < panel.y + panel.height - 2)]
    inside = inside[(inside[:, 1] > panel.x + 2) & (inside[:, 1] < panel.x + panel.width - 2)]
    assert inside.mean(axis=0) == pytest.approx(path[0][::-1], abs=1.5)


def test_where_an_image_lies():
    pixels = np.zeros((20, 40, 3), dtype=np.uint8)
    assert box_of(ROAD, pixels) == (-0.5, -0.5, 39.5, 19.5)
    assert box_of(ROAD.scaled(2.0), pixels) == (-1.0, -1.0, 79.0, 39.0)
    there = rm.RoadGraph([], [], "m", crs="EPSG:32758", extent=(0, 0, 9, 9))
    assert box_of(there, pixels) == (0, 0, 9, 9)
    with pytest.raises(rm.RoadMetricsError, match="does not tell its extent"):
        box_of(rm.RoadGraph([], [], "m", crs="EPSG:32758"), pixels)


def test_images_are_found_by_the_tile(tmp_path):
    for name in (
        "7.png",
        "region_8_sat.png",
        "a_paris.jpg",
        "paris2.jpg",
        "x_rome.png",
        "rome-y.png",
    ):
        (tmp_path / name).touch()
    assert image_of(tmp_path, "7").name == "7.png"
    assert image_of(tmp_path, "8").name == "region_8_sat.png"
    assert image_of(tmp_path, "paris").name == "a_paris.jpg"
    with pytest.raises(rm.RoadMetricsError, match=r"2 images: rome-y\.png and x_rome\.png"):
        image_of(tmp_path, "rome")
    with pytest.raises(rm.RoadMetricsError, match="no image of tile oslo"):
        image_of(tmp_path, "oslo")


def test_short_names_parse_back():
    for cls in rm.METRICS.values():
        for metric in (cls(), *(cls.from_preset(name) for name in cls.presets)):
            assert rm.get(short_name(metric)) == metric


def test_boxes():
    assert box_around([None]) == (-0.5, -0.5, 0.5, 0.5)
    assert box_around([(3, 3, 3, 3)]) == (2.5, 2.5, 3.5, 3.5)


def test_too_large_a_picture_is_refused():
    with pytest.raises(rm.RoadMetricsError, match="smaller --width"):
        Scene(100_000, 1000, [])


def test_same_picture_same_bytes(tmp_path):
    for suffix in (".png", ".svg"):
        first, again = (encoded(tile_scene(ROAD, ROAD, rm.get("apls")), suffix) for _ in range(2))
        assert first == again
    save(tile_scene(ROAD, ROAD), tmp_path / "a.PNG")
    assert [p.name for p in tmp_path.iterdir()] == ["a.PNG"]


@pytest.fixture
def folders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for side in ("gt", "A", "B", "images"):
        (tmp_path / side).mkdir()
        for key, x in (("a", 100), ("b", 60)):
            rm.write(rm.RoadGraph([(0, 0), (x, 0)], [(0, 1)]), tmp_path / side / f"{key}.json")
    for key in "ab":
        Image.new("RGB", (120, 90), "#204020").save(tmp_path / "images" / f"{key}.png")
    return tmp_path


def render(*more):
    return main(["render", "--gt", "gt", *more])


def test_command_line_draws_one_tile(folders, capsys):
    args = ("--pred", "A", "--tile", "a", "--metric", "apls")
    assert render(*args, "--out", "o.svg") == 0
    assert "apls 1.0000" in (folders / "o.svg").read_text()
    assert render(*args, "--images", "images", "--width", "300", "--out", "o.png") == 0
    with Image.open("o.png") as image:
        assert image.size[0] == 300
    assert capsys.readouterr().out == ""
    assert not list(folders.glob(".o*"))


def test_command_line_draws_a_sheet(folders, capsys):
    args = ("--sheet", "--pred", "A", "--pred", "ours=B", "--metric", "ccq", "--metric", "apls")
    assert render(*args, "--images", "images", "--out", "o.svg") == 0
    text = (folders / "o.svg").read_text()
    for word in ("ground truth", ">A<", ">ours<", ">a<", ">b<", "ccq 1.0000", "apls 1.0000"):
        assert word in text, word
    assert text.count("<image") == 6


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("--pred", "A", "--tile", "a", "--out", "o.gif"), 3, "written as .svg or .png"),
        (("--pred", "A", "--out", "o.png"), 2, "say which tile"),
        (("--pred", "A", "--pred", "B", "--tile", "a", "--out", "o.png"), 2, "add --sheet"),
        (("--pred", "A", "--tile", "z", "--out", "o.png"), 3, "there is no tile 'z'"),
        (("--pred", "A", "--tile", "a", "--image", "gt/a.json", "--out", "o.png"), 3, "not a PNG"),
        (("--pred", "A", "--tile", "a", "--images", "gt", "--out", "o.png"), 3, "no image of tile"),
        (("--pred", "A", "--tile", "a", "--width", "9", "--out", "o.png"), 2, "200 to 8000"),
        (("--pred", "A", "--tile", "a", "--out", "no/o.png"), 3, "cannot be written"),
        (("--sheet", "--pred", "A", "--pred", "A", "--out", "o.png"), 2, "called A"),
        (("--sheet", "--pred", "A", "--image", "x", "--out", "o.png"), 2, "--images DIR"),
    ],
)  # fmt: skip
def test_mistakes_are_one_line_and_leave_nothing(folders, capsys, args, code, words):
    assert render(*args) == code
    err = capsys.readouterr().err.splitlines()
    assert words in err[-1]
    assert err[-1].startswith("roadmetrics: error: ")
    assert not list(folders.glob("*o.*"))
