"""Large images patch by patch, with refiners whose answer is known."""

from dataclasses import replace

import numpy as np
import pytest
from drawn import image, lines_of, tile, town

import roadmetrics as rm
from reference_models.canvas import Canvas
from reference_models.fuse import drawn_together, patch_graphs, refine_apart
from reference_models.keypoints import key_points_of
from reference_models.patchwork import NO_CAP, PatchOptions, refine_image
from reference_models.targets import targets_of
from roadmetrics.duplicates import duplicated_share
from roadmetrics.errors import RoadMetricsError
from roadmetrics.graph import RoadGraph

SMALL = PatchOptions(side=100, overlap=30, spacing=25, max_key_points=200, least_side=20)
KEEP = replace(SMALL, dead_ends="keep", small=0.0, speck=0.0, simplify=0.0)


def identity(task):
    return task.start


def nothing(task):
    return np.zeros((0, 2), int)


class Oracle:
    """Draws what the ground truth of the whole image joins; keeps the tasks that it was given."""

    def __init__(self, gt):
        self.gt, self.tasks = gt, []

    def __call__(self, task):
        self.tasks.append(task)
        left, top = (int(word) for word in task.id.split("patch at ")[1].split(","))
        box = (left - 0.5, top - 0.5, left + 99.5, top + 99.5)
        part = self.gt.clipped(box)
        return targets_of(task.key_points + np.array([left, top]), part)


def both(gt, pred, refine, options=SMALL):
    x0, y0, x1, y1 = gt.extent
    return refine_image("t", image(round(x1 - x0), round(y1 - y0)), pred, refine, options)


def test_no_double_road_on_a_straight_road_across_patches():
    gt = tile([[(-0.5, 50), (399.5, 50)]], 400, 100)
    broken = tile([[(-0.5, 50), (90, 50)], [(120, 50), (160, 50)], [(180, 50), (399.5, 50)]],
                  400, 100)  # fmt: skip
    oracle = Oracle(gt)
    refined = both(gt, broken, oracle).graph
    assert len(oracle.tasks) == 6
    assert any(len(task.start) for task in oracle.tasks[1:])  # what others drew
    assert refined.length / gt.length == pytest.approx(1.0)
    assert duplicated_share(refined) == 0
    assert len(refined.vertices) == 2
    assert refined.extent == gt.extent


def test_a_slanted_road_with_points_off_it_stays_one_road():
    gt = tile([[(0, 20), (390, 380)]], 400, 400)
    rng = np.random.default_rng(0)
    at = np.arange(0.02, 1, 0.06)
    places = np.array([0, 20]) + at[:, None] * [390, 360] + rng.normal(0, 1.0, (len(at), 2))
    pieces = [places[k : k + 2].tolist() for k in range(0, len(at) - 1, 2)]
    refined = both(gt, tile(pieces, 400, 400), Oracle(gt), replace(SMALL, small=0)).graph
    assert refined.length == pytest.approx(
        0.9 * gt.length, rel=0.02
    )  # from the first point to the last
    assert duplicated_share(refined, 5.0) < 0.02
    assert refined.degrees.max() == 2


@pytest.mark.parametrize("seed", range(3))
def test_fewer_vertices_and_roads_than_a_naive_union(seed):
    gt = town(seed)
    pred = replace(gt, edges=gt.edges[np.random.default_rng(seed).random(len(gt.edges)) < 0.8])
    found = key_points_of(pred, replace(SMALL, max_key_points=NO_CAP))
    apart = list(patch_graphs("t", image(400, 400), found, Oracle(gt), SMALL, []))
    lines = [g.vertices[e].tolist() for g in apart for e in g.edges]
    union = RoadGraph.from_lines(lines)
    refined = both(gt, pred, Oracle(gt)).graph
    assert len(refined.vertices) <= len(union.vertices)
    assert refined.length < union.length
    assert duplicated_share(refined) < 0.02
    assert duplicated_share(union) > duplicated_share(refined)
    apls = rm.get("apls")
    assert apls(gt, refined).value > apls(gt, pred).value
    fused = drawn_together(apart, 400, 400)
    assert duplicated_share(fused) < 0.1
    assert abs(fused.length / refined.length - 1) < 0.15
    again = refine_apart("t", image(400, 400), pred, Oracle(gt), SMALL)
    assert again.graph.length == pytest.approx(fused.length)


@pytest.mark.parametrize("refine", [identity, nothing])
@pytest.mark.parametrize("seed", range(3))
def test_what_is_there_stays_whatever_a_refiner_returns(refine, seed):
    pred = town(seed)
    refined = both(pred, pred, refine, KEEP)
    straight = both(pred, pred, refine, replace(KEEP, spacing=0)).graph
    assert refined.notes == ()
    for graph in (refined.graph, straight):
        assert graph.length == pytest.approx(pred.length)
        assert lines_of(graph.vertices, graph.edges) == lines_of(pred.vertices, pred.edges)


def test_dead_ends_go_where_a_patch_was_refined_only():
    pred = tile([[(50, -0.5), (50, 50), (50, 399.5)], [(50, 50), (80, 50)]], 100, 400)
    assert both(pred, pred, nothing).graph.length == pytest.approx(pred.length - 30)
    tight = replace(SMALL, max_key_points=3, least_side=99)
    kept = both(pred, pred, nothing, tight)
    assert kept.graph.length == pytest.approx(pred.length)
    assert [note for note in kept.notes if "and their roads are left as they are" in note] == [
        *kept.notes
    ]
    assert len(kept.notes) == 1


def test_a_prediction_without_key_points_is_passed_on():
    pred = tile([[(1, 1), (4, 1)]], metres_per_pixel=0.5)
    refined = both(pred, pred, nothing)
    assert refined.graph is pred
    assert refined.notes == ("t: no key points: the prediction is left as it is",)
    assert refine_apart("t", image(), pred, nothing, SMALL).graph is pred


def test_too_many_key_points_are_refined_in_quarters():
    gt = town(4)
    few = replace(SMALL, max_key_points=12)
    refined = both(gt, gt, identity, replace(few, dead_ends="keep"))
    (note,) = refined.notes  # however many patches
    assert "patches hold more than is taken and were refined in quarters, the first" in note
    assert refined.graph.length == pytest.approx(gt.length, rel=1e-3)
    sizes = []

    def spy(task):
        sizes.append((len(task.key_points), task.image.shape[0]))
        return task.start

    both(gt, gt, spy, few)
    assert max(n for n, _ in sizes) <= 12
    assert {side for _, side in sizes} == {100, 62, 38}


def test_an_image_smaller_than_a_patch_is_mirrored():
    pixels = np.arange(40 * 30 * 3, dtype=np.uint8).reshape(30, 40, 3)
    pred = tile([[(-0.5, 15), (39.5, 15)], [(20, 0), (20, 15)]], 40, 30)
    seen = []

    def spy(task):
        seen.append(task)
        return task.start

    refined = refine_image("t", pixels, pred, spy, SMALL)
    (task,) = seen
    assert task.image.shape == (100, 100, 3)
    assert np.array_equal(task.image[:30, :40], pixels)
    assert np.array_equal(task.image[30:59, :40], pixels[28::-1][:29])
    assert task.key_points.max() <= 39.5
    assert refined.graph.length == pytest.approx(40)  # the dead end went


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (np.zeros((1, 3), int), r"t: patch at 0, 0: the refiner returned int64 \(1, 3\), no edges"),
        (np.zeros((1, 2)), "returned float64"),
        (np.array([[0, 99]]), "joins key points that are none of"),
        (np.array([[-1, 0]]), "joins key points that are none of"),
    ],
)
def test_what_a_refiner_may_not_return(answer, message):
    pred = tile([[(-0.5, 50), (99.5, 50)]])
    with pytest.raises(RoadMetricsError, match=message):
        both(pred, pred, lambda task: answer)


def test_a_canvas_of_many_windows_keeps_its_roads():
    pred = town(6)
    canvas = Canvas(pred.vertices, pred.edges)
    rng = np.random.default_rng(0)
    for _ in range(30):
        x, y = rng.uniform(0, 300, 2)
        window = canvas.window((x, y, x + 90, y + 90))
        part = canvas.graph.clipped((x, y, x + 90, y + 90))
        assert RoadGraph(window.points, window.start).length == pytest.approx(part.length)
        canvas.draw(window, window.start[::-1])
    assert canvas.graph.digest == RoadGraph(pred.vertices, pred.edges).digest
    before = canvas.graph.length
    window = canvas.window((100, 100, 190, 190))
    crossing = np.flatnonzero(window.vertex < 0)
    canvas.draw(window, crossing[:2][None])
    new = np.hypot(*(window.points[crossing[0]] - window.points[crossing[1]]))
    assert canvas.graph.length == pytest.approx(before + new)
    assert len(canvas.graph.vertices) == len(pred.vertices) + 2


def test_a_window_on_nothing():
    window = Canvas([(5, 5), (9, 9)], [(0, 1)]).window((20, 20, 30, 30))
    assert window.points.shape == (0, 2)
    through = Canvas([(0, 5), (50, 5)], [(0, 1)]).window((20, 0, 30, 30))
    assert through.points.tolist() == [[20, 5], [30, 5]]
    assert through.start.tolist() == [[0, 1]]
