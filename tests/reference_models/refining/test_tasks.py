"""Tasks: what is checked, and what ground truth and predictions become."""

import itertools
import warnings

import numpy as np
import pytest
from drawn import image, lines_of, tile, town

from reference_models.keypoints import KeyPointOptions
from reference_models.targets import targets_of
from reference_models.tasks import (
    CrowdedWarning,
    Task,
    TruthOptions,
    ground_truth_task,
    segmentation_task,
    tasks_of,
)
from reference_models.towns.folder import write_towns
from reference_models.towns.options import Options
from roadmetrics.errors import RoadMetricsError
from roadmetrics.graph import RoadGraph

PLAIN = TruthOptions(between=0, elsewhere=0, simplify=0, max_key_points=500)


def made(gt, options=PLAIN, seed=0, side=100):
    return ground_truth_task("t", image(side, side), gt, options, np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"key_points": []}, "there is no key point"),
        ({"key_points": [(5, 5), (5, 99.6)]}, "key point 1 at x 5, y 99.6 is outside the image"),
        ({"key_points": [(5, 5), (4, 5)]}, "ascending by x, then y"),
        ({"key_points": [(5, 5), (5, 5)]}, "each at its own place"),
        ({"key_points": [(5, np.nan)]}, "must be finite"),
        ({"image": np.zeros((9, 9), np.uint8)}, "the image must be uint8 of shape"),
        ({"image": np.zeros((9, 9, 3))}, "not float64"),
        ({"image": None}, "not NoneType"),
        ({"start": [(0, 2)]}, "start must join two different ones of 2 key points"),
        ({"start": [(1, 1)]}, "start must join two different"),
        ({"target": [(0.5, 1)]}, "target must be whole numbers"),
        ({"gt": RoadGraph([], [], "m")}, "must be in pixels"),
        ({"gt": RoadGraph([], [], extent=(0, 0, 9, 9))}, "the ground truth's extent is"),
    ],
)
def test_what_is_refused_in_one_line(change, message):
    good = {"id": "tile-7", "image": image(), "key_points": [(5, 5), (9, 5)], "gt": None}
    Task(**good)
    with pytest.raises(RoadMetricsError, match=message) as caught:
        Task(**{**good, **change})
    assert str(caught.value).startswith("tile-7: ")
    assert "\n" not in str(caught.value)


def test_too_many_key_points_for_a_network():
    task = Task("a", image(), [(1, 1), (2, 1), (3, 1)], None)
    task.check_fits(3)
    with pytest.raises(RoadMetricsError, match="a: 3 key points, more than 2"):
        task.check_fits(2)
    for asked in (task.patch, task.upper_bound):
        with pytest.raises(RoadMetricsError, match=r"^a: there is no"):
            asked()


def test_edges_are_put_in_order():
    task = Task("a", image(), [(1, 1), (2, 1), (3, 1)], None, [(2, 1), (1, 0), (0, 1)])
    assert task.start.tolist() == [[0, 1], [1, 2]]
    assert task.start.dtype == np.int32


@pytest.mark.parametrize("seed", range(4))
def test_without_distractors_the_target_is_the_ground_truth(seed):
    gt = town(seed)
    task = made(gt, side=400)
    assert lines_of(task.key_points, task.target) == lines_of(gt.vertices, gt.edges)
    assert len(task.start) == 0
    assert task.upper_bound() == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_splits_and_random_places_leave_the_upper_bound_at_1(seed):
    gt = town(seed)
    options = TruthOptions(between=0.5, elsewhere=0.5, simplify=0, max_key_points=500)
    task = made(gt, options, seed, 400)
    n = len(gt.vertices)
    n_between, n_else = round(0.5 * n), round(0.5 * n)
    assert len(task.key_points) == n + n_between + n_else
    assert len(task.target) == len(gt.edges) + n_between
    degree = np.bincount(task.target.ravel(), minlength=len(task.key_points))
    assert np.count_nonzero(degree == 0) == n_else
    assert task.drawn(task.target).length == pytest.approx(gt.length)
    assert task.upper_bound() > 0.99


def test_target_edges_follow_the_autoregressive_order():
    task = made(town(2), TruthOptions(side=0, max_key_points=200), side=400)
    assert (np.diff(task.key_points[:, 0]) >= 0).all()
    pairs = list(map(tuple, task.target.tolist()))
    assert pairs == sorted(pairs)
    assert all(i < j for i, j in pairs)


def test_jitter_costs_and_stays_in_the_image():
    gt = town(3)
    bounds = [
        made(gt, TruthOptions(jitter=j, max_key_points=500), 1, 400).upper_bound()
        for j in (0, 3, 12)
    ]
    assert bounds[0] > 0.98
    assert bounds[0] > bounds[1] > bounds[2]


def test_a_cap_gives_up_random_places_first_and_says_so():
    gt = town(0)
    n = len(gt.vertices)
    options = TruthOptions(simplify=0, between=0.2, elsewhere=9, max_key_points=n + 12)
    task = made(gt, options, side=400)
    assert len(task.key_points) == n + 12
    assert len(task.target) == len(gt.edges) + round(0.2 * n)
    with pytest.warns(CrowdedWarning, match=r"t: \d+ key points above max_key_points=20 were"):
        task = made(gt, TruthOptions(max_key_points=20), side=400)
    assert len(task.key_points) == 20


def test_an_image_without_roads_has_places_to_leave_alone():
    empty = tile([])
    task = made(empty, TruthOptions())
    assert task.key_points.shape == (2, 2)
    assert task.target.shape == (0, 2)
    assert task.upper_bound() == 1.0
    with pytest.raises(RoadMetricsError, match="t: there is no key point"):
        segmentation_task("t", image(), empty, KeyPointOptions())


def test_a_prediction_with_its_ground_truth():
    gt = tile([[(-0.5, 50), (50, 50), (99.5, 50)], [(50, 50), (50, 99.5)]])
    pred = tile([[(-0.5, 51), (30, 51)], [(70, 49), (99.5, 49)], [(51, 53), (51, 99.5)]])
    task = segmentation_task("t", image(), pred, KeyPointOptions(spacing=0), gt)
    assert len(task.start) == 0
    assert lines_of(task.key_points, task.target) == {
        ((0, 51), (30, 51)), ((30, 51), (51, 53)), ((51, 53), (70, 49)), ((70, 49), (100, 49)),
        ((51, 53), (51, 100)),
    }  # fmt: skip
    assert task.upper_bound() > task_score(task, task.start)


def task_score(task, edges):
    from roadmetrics.rewards import RewardScorer

    scorer = RewardScorer(task.gt)
    scorer.reset(task.key_points, edges)
    return scorer.score


def test_targets_of_the_ground_truths_own_vertices_are_its_edges():
    gt = town(5)
    used = np.flatnonzero(gt.degrees > 0)
    found = targets_of(gt.vertices, gt)
    assert lines_of(gt.vertices, found) == lines_of(gt.vertices, gt.edges)
    assert set(found.ravel().tolist()) == set(used.tolist())


def test_a_junction_without_key_point_makes_no_triangle():
    gt = tile([[(50, 50), (0, 50)], [(50, 50), (99, 50)], [(50, 50), (50, 90)]])
    points = np.array([(10.0, 50.0), (50.0, 80.0), (60.0, 50.0)])
    assert targets_of(points, gt).tolist() == [[0, 2], [1, 2]]


def test_a_winding_road_is_no_straight_edge():
    gt = tile([[(10, 10), (10, 90), (40, 90), (40, 10)]])
    assert targets_of(np.array([(10.0, 10.0), (40.0, 10.0)]), gt).tolist() == []
    corners = gt.vertices
    assert len(targets_of(corners, gt)) == 3


def test_key_points_at_one_place_of_the_road():
    gt = tile([[(0, 50), (99, 50)]])
    points = np.array([(20.0, 48.0), (20.0, 52.0), (80.0, 50.0)])
    assert len(targets_of(points, gt)) == 2


@pytest.fixture(scope="module")
def towns(tmp_path_factory):
    folder = tmp_path_factory.mktemp("towns") / "set"
    write_towns(folder, 3, 5, Options(size=128, metres_per_pixel=1.0, difficulty=0.2))
    return folder


def test_tasks_of_a_folder_of_towns(towns):
    options = TruthOptions(side=80, overlap=20)
    tasks = list(tasks_of(towns, options, 7))
    assert len(tasks) == 12
    assert {t.image.shape for t in tasks} == {(80, 80, 3)}
    again = list(tasks_of(towns, options, 7))
    other = list(tasks_of(towns, options, 8))
    for one, same in zip(tasks, again, strict=True):
        assert one.id == same.id
        assert np.array_equal(one.key_points, same.key_points)
        assert np.array_equal(one.target, same.target)
    assert any(
        not np.array_equal(a.key_points, b.key_points) for a, b in zip(tasks, other, strict=True)
    )
    assert min(t.upper_bound() for t in tasks) > 0.9
    alone = next(itertools.islice(tasks_of(towns, options, 7), 5, None))
    assert np.array_equal(alone.key_points, tasks[5].key_points)


def test_an_episode_in_the_environment_earns_the_upper_bound(towns):
    gymnasium = pytest.importorskip("gymnasium", reason="needs the extra rl")
    assert gymnasium
    from roadmetrics.env import BuildRoads

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CrowdedWarning)
        task = next(tasks_of(towns, TruthOptions(side=0), 0))
    env = BuildRoads([task.patch()], max_key_points=64, max_edges=128, image_shape=(3, 128, 128))
    seen, _ = env.reset(seed=0)
    assert np.array_equal(seen["image"], np.moveaxis(task.image, -1, 0))
    total = sum(env.step(int(token))[1] for token in task.target.ravel())
    assert total == pytest.approx(task.upper_bound(), abs=1e-9)
