"""Maps from overlapping tiles, and roads from maps. Without torch."""

import numpy as np
import pytest
from scipy import ndimage

from reference_models.roads import roads_of
from reference_models.settings import RoadArgs
from reference_models.tiles import map_of, mirrored
from roadmetrics.errors import RoadMetricsError


def blurred(images):
    """A network that sees three pixels around; what lies beyond its tile is 0 to it."""
    return np.stack([ndimage.uniform_filter(image[0], 7, mode="constant") for image in images])


@pytest.mark.parametrize(("height", "width"), [(50, 70), (16, 16), (5, 40), (33, 17), (2, 1)])
@pytest.mark.parametrize("margin", [4, 10])
def test_tiles_are_averaged_where_they_overlap(height, width, margin):
    """Against the mean of whole tiles put together one by one."""
    photo = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    shape = (height + 2 * margin, width + 2 * margin)
    out = np.full(shape, np.nan, np.float32)
    map_of(photo, blurred, out, tile=16, overlap=6, margin=margin, batch=2)
    rows = mirrored(-margin, max(height + margin, 16 - margin), height)
    columns = mirrored(-margin, max(width + margin, 16 - margin), width)
    whole = (photo[np.ix_(rows, columns)][:, :, 0].astype(np.float32) - 127.5) / 64
    total, times = np.zeros(whole.shape), np.zeros(whole.shape)
    for top in [*range(0, max(shape[0] - 16, 0), 10), max(shape[0] - 16, 0)]:
        for left in [*range(0, max(shape[1] - 16, 0), 10), max(shape[1] - 16, 0)]:
            part = np.s_[top : top + 16, left : left + 16]
            total[part] += blurred([whole[part][None]])[0]
            times[part] += 1
    np.testing.assert_allclose(out, (total / times)[: shape[0], : shape[1]], atol=1e-5)


def test_nan_names_the_image_and_the_place():
    photo = np.zeros((40, 40, 3), np.uint8)
    photo[30, 20] = 255

    def spoilt(images):
        maps = images[:, 0].copy()
        maps[maps > 0] = np.nan
        return maps

    with pytest.raises(RoadMetricsError, match=r"a.png: the prediction holds NaN .* x 20, y 30"):
        map_of(photo, spoilt, np.zeros((48, 48), np.float32), tile=24, overlap=4, margin=4,
               name="a.png")  # fmt: skip


def test_roads_reach_the_border():
    """The mirrored margin keeps the thinned line from ending before the image does."""
    far = np.abs(np.arange(-20, 21, dtype=np.float32))[:, None].repeat(72, axis=1)
    graph = roads_of(far, 5.0, RoadArgs(margin=16), is_distance=True, metres_per_pixel=0.5)
    assert graph.bounds == pytest.approx((-0.5, 4, 39.5, 4), abs=1)
    assert (graph.bounds[0], graph.bounds[2]) == (-0.5, 39.5)
    assert graph.metres_per_pixel == 0.5
    assert roads_of(1 - far / 20, 0.75, RoadArgs(margin=16), is_distance=False).length > 39.9


def test_spurs_are_cut():
    far = np.full((60, 60), 20, np.float32)
    far[28:31, :] = far[:31, 28:31] = 0
    far[31:35, 44:46] = 0
    graph = roads_of(far, 5.0, RoadArgs(margin=0, spur=10), is_distance=True)
    assert len(graph.degrees[graph.degrees == 1]) == 3
