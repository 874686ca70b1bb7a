"""Coordinates of a tile: swap, flip, clip, scale, in this order."""

import numpy as np
import pytest

from roadmetrics import Mask, RoadGraph, write
from roadmetrics.errors import FormatError, GraphError, PairingError, RoadMetricsError, UnitError
from roadmetrics.pairs import Pair
from roadmetrics.prepare import Options, flip_y, read_pair, swap_axes

GT = RoadGraph([(0, 0), (10, 4)], [(0, 1)])


@pytest.fixture
def pair(tmp_path):
    def make(gt, pred, **own):
        paths = []
        for name, tile in (("gt", gt), ("pred", pred)):
            path = tmp_path / f"{name}{'.png' if isinstance(tile, Mask) else '.json'}"
            write(tile, path)
            paths.append(path)
        return Pair("t", *paths, **own)

    return make


def test_nothing_asked_nothing_done(pair):
    gt, pred = read_pair(pair(GT, GT), Options())
    assert gt.digest == pred.digest == GT.digest


def test_axes_are_swapped_in_the_prediction_only(pair):
    swapped = RoadGraph(GT.vertices[:, ::-1], GT.edges)
    gt, pred = read_pair(pair(GT, swapped), Options(pred_axis="yx"))
    assert gt.digest == pred.digest


def test_flip_mirrors_in_the_extent_of_the_ground_truth(pair):
    gt = RoadGraph(GT.vertices, GT.edges, extent=(0, 0, 400, 400))
    other = RoadGraph([(0, 400), (10, 396)], [(0, 1)])
    assert read_pair(pair(gt, other), Options(flip_y=True))[1].vertices.tolist() == [
        [0, 0],
        [10, 4],
    ]


def test_flip_falls_back_to_the_bounds_and_else_refuses(pair):
    other = RoadGraph([(0, 400), (10, 396)], [(0, 1)])
    options = Options(flip_y=True, bounds=(0, 0, 400, 400))
    assert read_pair(pair(GT, other), options)[1].vertices.tolist() == [[0, 0], [10, 4]]
    with pytest.raises(PairingError, match=r"^tile t: --flip-y needs to know the height"):
        read_pair(pair(GT, other), Options(flip_y=True))


@pytest.mark.parametrize("seed", range(3))
def test_masks_turn_as_their_pixels_do(seed):
    array = np.random.default_rng(seed).random((4, 7)) < 0.5
    mask = Mask(array, origin=(2, 3))
    rows, columns = np.nonzero(array)
    points = np.stack([columns + 2, rows + 3], axis=1).astype(float)
    graph = RoadGraph(points, [])

    def pixels(tile):
        rows, columns = np.nonzero(tile.array)
        return sorted(
            zip((columns + tile.origin[0]).tolist(), (rows + tile.origin[1]).tolist(), strict=True)
        )

    def vertices(tile):
        return sorted(map(tuple, tile.vertices.tolist()))

    assert pixels(swap_axes(mask)) == vertices(swap_axes(graph))
    assert pixels(flip_y(mask, -0.5, 20.5)) == vertices(flip_y(graph, -0.5, 20.5))
    y0, y1 = mask.extent[1], mask.extent[3]
    assert flip_y(mask, y0, y1).origin == mask.origin


def test_turning_twice_changes_nothing():
    graph = RoadGraph([(1, 2), (3, 5)], [(0, 1)], extent=(0, 1, 6, 9))
    assert swap_axes(swap_axes(graph)).digest == graph.digest
    assert flip_y(flip_y(graph, 1, 9), 1, 9).digest == graph.digest
    assert flip_y(graph, 1, 9).extent == graph.extent


def test_bounds_are_those_of_the_files_so_clip_comes_before_scale(pair):
    gt, pred = read_pair(pair(GT, GT), Options(gsd=0.5, bounds=(0, 0, 5, 5)))
    for tile in (gt, pred):
        assert tile.unit == "m"
        assert tile.bounds == (0, 0, 2.5, 1.0)
        assert tile.extent == (0, 0, 2.5, 2.5)


def test_a_pairs_own_pixel_size_and_bounds_stand_above(pair):
    one = pair(GT, GT, gsd=2.0, bounds=(0, 0, 5, 5))
    assert read_pair(one, Options(gsd=0.5, bounds=(0, 0, 1, 1)))[0].bounds == (0, 0, 10, 4)


def test_pixels_are_scaled_to_meet_metres(pair):
    metres = RoadGraph(GT.vertices * 0.5, GT.edges, "m")
    gt, pred = read_pair(pair(metres, GT), Options(gsd=0.5))
    assert gt.unit == pred.unit == "m"
    assert pred.vertices.tolist() == gt.vertices.tolist()
    with pytest.raises(UnitError, match=r"^tile t: .*--gsd"):
        read_pair(pair(metres, GT), Options())


def test_a_pixel_size_does_not_apply_to_metres(pair):
    metres = RoadGraph(GT.vertices, GT.edges, "m")
    with pytest.raises(GraphError, match=r"^tile t: both are in metres already"):
        read_pair(pair(metres, metres), Options(gsd=0.5))


def test_a_missing_prediction_is_a_graph_without_roads(pair):
    found = pair(GT, GT)
    gt, pred = read_pair(Pair("t", found.gt, None), Options(gsd=2.0, bounds=(0, 0, 5, 5)))
    assert (len(pred.edges), pred.unit) == (0, "m")
    assert gt.length > 0


def test_masks_are_clipped_and_scaled_alike(pair):
    array = np.zeros((8, 8), dtype=bool)
    array[3] = True
    gt, pred = read_pair(pair(Mask(array), Mask(array)), Options(gsd=0.5, bounds=(0, 0, 4, 4)))
    assert gt.digest == pred.digest
    assert gt.n_pixels == 5
    assert gt.unit == "m"


def test_a_bad_file_is_named_by_its_reader(pair):
    one = pair(GT, GT)
    one.pred.write_text("{")
    with pytest.raises(FormatError, match=r"pred\.json"):
        read_pair(one, Options())


@pytest.mark.parametrize(
    "bad", [{"pred_axis": "xx"}, {"gsd": 0.0}, {"gsd": float("nan")}, {"bounds": (1, 0, 0, 1)}]
)
def test_options_are_checked_at_once(bad):
    with pytest.raises(RoadMetricsError):
        Options(**bad)
