"""Crops: roads and image turn together, and depend on the seed and the number alone."""

import math

import numpy as np
import pytest
from PIL import Image
from small_sets import graph, mask, photo, towns

from reference_models.crops import Crops, Place, check_scenes, cut_distance, cut_image, drawn_place
from reference_models.data import Photos, open_data
from reference_models.settings import TrainArgs
from roadmetrics.errors import RoadMetricsError
from roadmetrics.graph import RoadGraph


def options(folder, **changes):
    given = {"net": "unet", "data": str(folder), "out": "run", "crop": 24, "window": 0, "batch": 3}
    return TrainArgs(**given | changes)


def test_distances_see_beyond_the_crop():
    """A road two pixels right of the crop is two pixels away."""
    road = RoadGraph([(31, -100), (31, 100)], [(0, 1)])
    far = cut_distance(road, Place(19.5, 19.5, 0.0, 0), 20, 20.0)  # columns 10 to 29
    np.testing.assert_array_equal(far, np.tile(np.minimum(21 - np.arange(20), 20), (20, 1)))


@pytest.mark.parametrize("way", range(8))
@pytest.mark.parametrize("angle", [0.0, 0.3, -math.pi / 4])
def test_image_and_roads_turn_together(angle, way):
    """A white line in the photo, the same line as a graph."""
    rows, columns = np.mgrid[:80, :80]
    is_line = np.abs(columns - 0.5 * rows - 20) < 1.6
    picture = np.repeat(255 * is_line.astype(np.uint8)[:, :, None], 3, axis=2)
    road = RoadGraph([(20, 0), (59.5, 79)], [(0, 1)])
    place = Place(41.0, 39.0, angle, way)
    image = cut_image(picture, place, 32)
    far = cut_distance(road, place, 32, 20.0)
    assert image.shape == (32, 32, 3)
    assert far.shape == (32, 32)
    assert (image[..., 0] > 200).sum() > 20
    assert far[image[..., 0] > 200].max() <= 2
    assert (image[far <= 0][:, 0] > 60).all()


def test_places_lie_in_the_scene():
    """Turned by any angle where the square fits, else by none."""
    rng, args = np.random.default_rng(0), options("x")
    wide = [drawn_place(rng, 40, 60, args) for _ in range(300)]
    assert sum(place.angle != 0 for place in wide) == 300
    reach = max(
        abs(dx * math.cos(p.angle) - dy * math.sin(p.angle)) + abs(p.x - 19.5)
        for p in wide for dx in (-12, 12) for dy in (-12, 12)
    )  # fmt: skip
    assert reach <= 20
    assert {place.way for place in wide} == set(range(8))
    small = [drawn_place(rng, 24, 25, args) for _ in range(50)]
    assert {(place.x, place.angle) for place in small} == {(11.5, 0.0)}
    assert {place.y for place in small} == {11.5, 12.5}
    still = drawn_place(rng, 40, 60, options("x", turns=False, flips=False))
    assert (still.angle, still.way) == (0.0, 0)


def test_the_same_crops_again(tmp_path):
    """Step 5 asked for alone is step 5 after the others; each lap takes every scene once."""
    scenes = open_data(towns(tmp_path, 6, 40))
    with Photos() as photos:
        crops = Crops(scenes, options(tmp_path), photos)
        every = [crops.batch(step) for step in range(6)]
        alone = Crops(scenes, options(tmp_path), photos).batch(5)
        other = Crops(scenes, options(tmp_path, seed=1), photos).batch(5)
    np.testing.assert_array_equal(every[5].images, alone.images)
    np.testing.assert_array_equal(every[5].distances, alone.distances)
    assert (every[5].images != other.images).any()
    assert every[0].images.shape == (3, 3, 24, 24)
    assert every[0].distances.shape == (3, 1, 24, 24)
    for lap in (every[0:2], every[2:4], every[4:6]):
        assert len({scene.id for batch in lap for scene in batch.scenes}) == 6
    with pytest.raises(
        RoadMetricsError, match=r"t0.png: t0 is 40 x 40 pixels, smaller than a crop"
    ):
        Crops(scenes, options(tmp_path, crop=41), photos)


def test_one_pixel(tmp_path):
    Image.new("RGB", (1, 1)).save(tmp_path / "a.png")
    graph(tmp_path / "a.json", (0, 0), (5, 0))
    with pytest.raises(RoadMetricsError, match=r"a.png: a is 1 x 1 pixels, smaller than a crop"):
        Crops(open_data(tmp_path), options(tmp_path), Photos())


def test_empty_masks(tmp_path):
    for name, row in (("a", 5), ("b", None)):
        photo(tmp_path / "images" / f"{name}.png")
        mask(tmp_path / "masks" / f"{name}.png", row=row)
    scenes = open_data(tmp_path)
    with pytest.raises(
        RoadMetricsError, match=r"masks/b.png: there is no road in it .*--empty keep"
    ):
        check_scenes(scenes, "error")
    check_scenes(scenes, "keep")
    with Photos() as photos:
        batch = Crops(scenes[1:], options(tmp_path, batch=1), photos).batch(0)
    assert (batch.distances == 20).all()
    with pytest.raises(RoadMetricsError, match="no road in any of 1 images"):
        check_scenes(scenes[1:], "keep")
