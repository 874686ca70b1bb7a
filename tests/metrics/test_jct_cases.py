"""Hand-drawn cases of the junction score with closed-form answers."""

import dataclasses

import numpy as np
import pytest

import roadmetrics as rm
from roadmetrics.errors import RoadMetricsError
from roadmetrics.metrics.jct import strict
from roadmetrics.metrics.jct.roadtracer import in_region
from roadmetrics.metrics.jct.strict import clusters_of, drawn_once
from roadmetrics.testing import transforms

EMPTY = rm.RoadGraph([], [])
NAMES = ["jct", "jct:strict", "jct:roadtracer", "jct:oner2021"]
WEST, EAST, NORTH, SOUTH = (-200, 0), (200, 0), (0, 200), (0, -200)


def star(*ends, at=(0, 0)):
    """Straight roads from one junction to each end, all moved to ``at``."""
    return rm.RoadGraph([at, *(np.array(ends) + at)], [(0, k + 1) for k in range(len(ends))])


def twins(gap):
    """A road from west to east; one to the north and one to the south leave it, ``gap`` apart."""
    x = gap / 2
    places = [(-200, 0), (-x, 0), (x, 0), (200, 0), (-x, 200), (x, -200)]
    return rm.RoadGraph(places, [(0, 1), (1, 2), (2, 3), (1, 4), (2, 5)])


def town(rng, cell):
    """A lattice of 8 x 8 so uneven that junctions crowd, on eighths of a unit."""
    grid = np.stack(np.meshgrid(np.arange(8), np.arange(8)), axis=-1).reshape(-1, 2) * float(cell)
    n = np.arange(64).reshape(8, 8)
    steps = ((n[:, :-1], n[:, 1:]), (n[:-1], n[1:]), (n[:-1, :-1], n[1:, 1:]))
    edges = np.concatenate([np.stack([a.ravel(), b.ravel()], axis=1) for a, b in steps])
    xy = grid + rng.integers(-4 * cell, 4 * cell, grid.shape) / 8
    return rm.RoadGraph(xy, edges[rng.random(len(edges)) < 0.7])


CROSS, TEE = star(WEST, EAST, NORTH, SOUTH), star(WEST, EAST, NORTH)
LINE = rm.RoadGraph([WEST, EAST], [(0, 1)])
RING = rm.RoadGraph([WEST, NORTH, EAST, SOUTH], [(0, 1), (1, 2), (2, 3), (3, 0)])

CASES = {  # precision, recall, f_error
    "identical": (CROSS, CROSS, (1, 1, 0)),
    "an_arm_is_missed": (CROSS, TEE, (1, 3 / 4, 0)),
    "an_arm_is_invented": (TEE, CROSS, (3 / 4, 1, 1 / 5)),
    # a right angle is too far: south has neither west nor east
    "an_arm_the_wrong_way": (TEE, star(WEST, EAST, SOUTH), (2 / 3, 2 / 3, 1 / 3)),
    "moved_by_the_radius": (CROSS, star(WEST, EAST, NORTH, SOUTH, at=(65, 0)), (1, 1, 0)),
    "moved_farther": (CROSS, star(WEST, EAST, NORTH, SOUTH, at=(66, 0)), (0, 0, 1)),
    "two_junctions_are_one": (CROSS, twins(40), (1, 1, 0)),
    # the tee 25 away is matched and lacks the south; the other tee is invented
    "at_the_cluster_radius_they_are_two": (CROSS, twins(50), (1 / 2, 3 / 4, 1 / 1.75)),
    "a_short_stub_is_no_arm": (CROSS, star(WEST, EAST, NORTH, (0, -64)), (1, 3 / 4, 0)),
    "a_stub_of_the_length_is": (CROSS, star(WEST, EAST, NORTH, (0, -65)), (1, 1, 0)),
    "nothing_but_stubs": (star((9, 0), (0, 9), (-9, 0)), star((8, 0), (0, 8), (-8, 0)), (1, 1, 0)),
    "stubs_are_no_crossing": (CROSS, star((9, 0), (0, 9), (-9, 0), (0, -9)), (0, 0, 1)),
    "no_junction_in_pred": (CROSS, LINE, (0, 0, 1)),
    "no_junction_in_gt": (LINE, CROSS, (0, 0, 1)),
    "no_junction_at_all": (LINE, RING, (1, 1, 0)),
    "empty_pred": (CROSS, EMPTY, (0, 0, 1)),
    "empty_gt": (EMPTY, CROSS, (0, 0, 1)),
    "both_empty": (EMPTY, EMPTY, (1, 1, 0)),
}


@pytest.mark.parametrize("name", CASES)
def test_closed_form(name):
    """Precision, recall, F_error, and the harmonic mean of the first two."""
    gt, pred, expected = CASES[name]
    parts = rm.jct(gt, pred).parts
    assert [parts[k] for k in ("precision", "recall", "f_error")] == pytest.approx(expected)
    precision, recall, _ = expected
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0
    assert parts["f1"] == pytest.approx(f1)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "graph", [EMPTY, LINE, RING, CROSS], ids=["empty", "edge", "ring", "cross"]
)
def test_small_graphs(name, graph):
    """Identical graphs are perfect, here and far away; against nothing they fail."""
    metric = rm.get(name)
    metric = dataclasses.replace(metric, border=0.0)
    far = transforms.moved(graph, (2.0**39, -(2.0**39)))
    assert metric(graph, graph).parts == metric.perfect
    assert metric(far, far).parts == metric.perfect
    if graph.length:
        assert metric(graph, EMPTY).parts == metric(EMPTY, graph).parts == metric.failed


def test_best_pair_comes_first():
    """Of two junctions in reach the likest is taken, not the nearest; the other is invented."""
    near = star(WEST, EAST, SOUTH, at=(5, 0))
    like = star(WEST, EAST, NORTH, at=(0, 15))
    parts = rm.jct(TEE, transforms.united(near, like)).parts
    assert (parts["recall"], parts["precision"]) == (1.0, 0.5)


def test_junctions_that_no_road_joins_are_two():
    """The distance by road counts, too: a street beside another is another street."""
    beside = star(WEST, EAST, SOUTH, at=(0, -10))
    assert len(clusters_of(transforms.united(TEE, beside), 50, 65).xy) == 2


@pytest.mark.parametrize(("side", "n_arms"), [(30, 1), (33, 3)])
def test_a_loop_leaves_when_it_is_longer_than_two_arms(side, n_arms):
    """A square loop of 4 x 30 lies inside its junction; one of 4 x 33 is two more arms."""
    loop = [(0, 0), (side, 0), (side, side), (0, side), (-200, 0)]
    graph = rm.RoadGraph(loop, [(0, 1), (1, 2), (2, 3), (3, 0), (0, 4)])
    assert len(clusters_of(graph, 50, 65).arms) == n_arms


def test_an_arm_ends_at_the_next_junction():
    """Its direction is taken there, not at roads beyond."""
    graph = rm.RoadGraph(
        [(0, 0), (-200, 0), (0, 200), (60, 0), (60, 200), (60, -200)],
        [(0, 1), (0, 2), (0, 3), (3, 4), (3, 5)],
    )
    clusters = clusters_of(graph, 50, 65)
    assert [60.0, 0.0] in clusters.arms.tolist()
    assert len(clusters.arms) == 6


def test_a_bridge_is_no_junction():
    """Vertices at one place are joined by an edge only; the same edge drawn twice is one."""
    bridge = rm.RoadGraph(
        [WEST, (0, 0), EAST, NORTH, (0, 0), SOUTH], [(0, 1), (1, 2), (3, 4), (4, 5)]
    )
    joined = rm.RoadGraph(bridge.vertices, [*bridge.edges, (1, 4)])
    assert drawn_once(bridge) is bridge
    assert len(clusters_of(bridge, 50, 65).xy) == 0
    assert len(clusters_of(joined, 50, 65).arms) == 4
    assert len(clusters_of(transforms.united(joined, joined), 50, 65).arms) == 4


@pytest.mark.parametrize("name", ["jct", "jct:roadtracer"])
def test_border(name):
    """Junctions near the sides do not count; a border that leaves nothing gives 0, not 1."""
    metric = rm.get(f"{name},scale=1,border=100")
    box = (-300.0, -300.0, 1300.0, 300.0)
    gt = transforms.united(CROSS, star(WEST, EAST, NORTH, SOUTH, at=(1000, 0)))
    late = star(WEST, EAST, NORTH, SOUTH, at=(1040, 0))
    gt, late = (dataclasses.replace(g, extent=box) for g in (gt, late))
    score = metric(gt, late)
    assert (score.counts.n_gt, score.counts.n_pred) == (2, 1)
    assert score.parts["recall"] == 0.5
    inner = dataclasses.replace(metric, border=290.0)
    assert inner(gt, late).counts.n_gt == 2
    assert dataclasses.replace(metric, border=299.0)(gt, gt).value == 1.0
    assert dataclasses.replace(metric, border=301.0)(gt, gt).parts == metric.failed


def test_border_without_an_extent_is_that_of_both_graphs():
    """The common bounding box takes the place of the extent."""
    metric = rm.get("jct,border=250")
    gt = transforms.united(CROSS, star(WEST, EAST, NORTH, at=(1000, 1000)))
    assert metric(gt, CROSS).counts.n_gt == 0
    assert dataclasses.replace(metric, border=200.0)(gt, CROSS).counts.n_gt == 2


def test_published_program_drops_edges_that_leave_the_region():
    """It keeps vertices inside, and edges with both ends inside: nothing is cut."""
    box = (-250.0, -250.0, 150.0, 250.0)
    inside = in_region(CROSS, box)
    assert (len(inside.vertices), len(inside.edges)) == (4, 3)
    gt = dataclasses.replace(CROSS, extent=box)
    pred = star(WEST, (140, 0), NORTH, SOUTH)
    parts = rm.get("jct:roadtracer,scale=1,border=0")(gt, pred).parts
    assert (parts["recall"], parts["precision"]) == (1.0, 3 / 4)


def test_published_program_takes_what_is_left_in_order():
    """The first junction takes the only match, although the second one is nearer to it."""
    metric = rm.get("jct:roadtracer,scale=1,border=0,cluster_radius=5")
    gt = transforms.united(star(WEST, EAST, NORTH, at=(30, 0)), TEE)
    shown = metric.explain(gt, TEE)
    assert shown["match_xy"].tolist() == [[[30.0, 0.0], [0.0, 0.0]]]
    shown = rm.get("jct,cluster_radius=5").explain(gt, TEE)
    assert shown["match_xy"].tolist() == [[[0.0, 0.0], [0.0, 0.0]]]


def test_published_program_has_no_match_without_arms():
    """Junctions of mere stubs are missed and invented there, and match in the default."""
    gt, pred, _ = CASES["nothing_but_stubs"]
    assert rm.get("jct:roadtracer,border=0")(gt, pred).value == 0.0


@pytest.mark.parametrize("seed", range(12))
def test_crowded_junctions_obey_the_laws(seed):
    """Where clusters have many members no order, direction or spelling decides either."""
    rng = np.random.default_rng(seed)
    gt = town(rng, (16, 32, 64, 128)[seed % 4])
    shift = rng.integers(-64, 64, gt.vertices.shape) / 16
    pred = rm.RoadGraph(gt.vertices + shift, gt.edges[rng.random(len(gt.edges)) < 0.9])
    parts = rm.jct(gt, pred).parts
    assert rm.jct(gt, transforms.relabelled(gt, rng)).parts == pytest.approx(rm.jct.perfect)
    for change in (
        lambda g: transforms.turned(g, 1),
        transforms.mirrored,
        lambda g: transforms.relabelled(g, rng),
        lambda g: transforms.subdivided(g, rng),
        lambda g: transforms.united(g, g),
    ):
        assert rm.jct(change(gt), change(pred)).parts == pytest.approx(parts, abs=1e-9)
    back = rm.jct(pred, gt).parts
    assert [back[k] for k in ("recall", "precision", "f1")] == pytest.approx(
        [parts[k] for k in ("precision", "recall", "f1")], abs=1e-9
    )


@pytest.mark.parametrize("name", NAMES)
def test_explain_adds_up(name):
    """Credits are those of the score, costs sum to what the parts lack."""
    rng = np.random.default_rng(1)
    gt, pred = town(rng, 64), town(rng, 64)
    metric = dataclasses.replace(rm.get(name), border=50.0)
    parts, shown = metric(gt, pred).parts, metric.explain(gt, pred)
    assert 0 < parts["f1"] < 1
    assert np.mean(shown["gt_junction_credit"]) == pytest.approx(parts["recall"])
    assert np.mean(shown["pred_junction_credit"]) == pytest.approx(parts["precision"])
    assert shown["gt_junction_cost"].sum() == pytest.approx(1 - parts["recall"])
    assert shown["pred_junction_cost"].sum() == pytest.approx(1 - parts["precision"])
    assert shown["match_xy"].shape[1:] == (2, 2)


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_tile_without_junctions_lowers_the_sum(name):
    """A street that is missed counts as one junction, as does one that is invented."""
    metric = rm.get(name)
    found = metric.count(LINE, LINE)
    assert metric.parts(found) == metric.perfect
    for lost in (metric.count(LINE, EMPTY), metric.count(EMPTY, LINE)):
        assert lost.n_gt + lost.n_pred == 1
        assert metric.parts(found + lost)["f1"] == 0.0


def test_too_many_pairs_are_refused(monkeypatch):
    """A radius that takes in everything is an error in one line, not a full memory."""
    monkeypatch.setattr(strict, "MAX_PAIRS", 3)
    many = transforms.united(*(star(WEST, EAST, NORTH, at=(10 * k, 0)) for k in range(3)))
    with pytest.raises(RoadMetricsError, match="within 65: lower match_dist"):
        rm.jct(many, many)
