"""Hand-drawn cases of the junction metric with closed-form answers."""

import numpy as np
import pytest

import roadmetrics as rm

EMPTY = rm.RoadGraph([], [])


def lines(*rows):
    """Roads in pixels, joined where they share a point."""
    return rm.RoadGraph.from_lines(rows)


ROAD = lines([(0, 0), (400, 0)])
TWICE = lines([(0, 0), (400, 0)], [(0, 8), (400, 8)])
CROSS = lines([(-200, 0), (0, 0), (200, 0)], [(0, -200), (0, 0), (0, 200)])
TEE = lines([(-200, 0), (0, 0), (200, 0)], [(0, 0), (0, 200)])
BRIDGE = lines([(-200, 0), (200, 0)], [(0, -200), (0, 200)])
STAGGERED = lines([(-200, 0), (-5, 0), (5, 0), (200, 0)], [(-5, 0), (-5, 200)], [(5, 0), (5, -200)])
RING = lines([(0, 0), (200, 0), (200, 200), (0, 200), (0, 0)])
ELSEWHERE = lines([(900, 0), (990, 0)])
FAR_RING = lines([(900, 0), (950, 0), (950, 50), (900, 0)])

CASES = {  # tp, pp, ap
    "identical": (CROSS, CROSS, (8, 8, 8)),
    # both ends of the gap lie on a road of two arms, and have one
    "gap": (ROAD, lines([(0, 0), (150, 0)], [(250, 0), (400, 0)]), (4, 4, 6)),
    "half": (ROAD, lines([(0, 0), (200, 0)]), (2, 2, 4)),
    "twice": (ROAD, TWICE, (2, 4, 2)),
    "side_road_missing": (CROSS, TEE, (6, 6, 8)),
    "side_road_missing_moved": (
        CROSS,
        rm.RoadGraph(TEE.vertices + np.array([3, 2]), TEE.edges),
        (6, 6, 8),
    ),
    # the crossing is compared with the road that passes under it
    "bridge": (CROSS, BRIDGE, (6, 6, 8)),
    # one of the two is the crossing, 3 of 4; the other has an arm too many for the road there
    "staggered": (CROSS, STAGGERED, (9, 10, 10)),
    "too_far": (ROAD, lines([(0, 26), (400, 26)]), (0, 2, 2)),
    "near_enough": (ROAD, lines([(0, 25), (400, 25)]), (2, 2, 2)),
    "empty_pred": (ROAD, EMPTY, (0, 0, 2)),
    "empty_gt": (EMPTY, ROAD, (0, 2, 0)),
}


@pytest.mark.parametrize("name", CASES)
def test_closed_form(name):
    """Counts of the default, and the same with the sides exchanged."""
    gt, pred, (tp, pp, ap) = CASES[name]
    counts = rm.junction(gt, pred).counts
    assert (counts.tp, counts.pp, counts.ap) == (tp, pp, ap)
    counts = rm.junction(pred, gt).counts
    assert (counts.tp, counts.pp, counts.ap) == (tp, ap, pp)


@pytest.mark.parametrize(
    ("gt", "pred", "f1"), [(RING, RING, 1.0), (RING, FAR_RING, 1.0), (RING, ELSEWHERE, 0.0)]
)
def test_rings_have_no_node(gt, pred, f1):
    """Where neither side has a node nothing is wrong; the blind spot of the metric."""
    assert rm.junction(gt, pred).value == f1
    assert rm.junction(pred, gt).value == f1


@pytest.mark.parametrize("name", ["junction", "junction:citraro2020", "junction:anagnostidis2022"])
@pytest.mark.parametrize("graph", [ROAD, CROSS, TEE, STAGGERED])
def test_copies_are_perfect_anywhere(name, graph):
    """Exactly, and far from the origin too."""
    far = rm.RoadGraph(graph.vertices + np.array([5e6, -3e6]), graph.edges)
    for g in (graph, far):
        assert rm.get(name)(g, g).parts == {"precision": 1.0, "recall": 1.0, "f1": 1.0}


def test_published_program_on_fewer_than_five_candidates():
    """All candidates are looked at: what the program gives with k lowered to their number."""
    preset = rm.get("junction:citraro2020")
    for name in ("gap", "half", "side_road_missing", "too_far"):
        gt, pred, expected = CASES[name]
        counts = preset(gt, pred).counts
        assert (counts.tp, counts.pp, counts.ap) == expected


def test_published_program_is_blind_to_a_second_copy():
    """Nodes of gt that were chosen may be chosen again; an empty prediction counts nothing."""
    preset = rm.get("junction:citraro2020")
    counts = preset(ROAD, TWICE).counts
    assert (counts.tp, counts.pp, counts.ap) == (4, 4, 4)
    counts = preset(ROAD, EMPTY).counts
    assert (counts.tp, counts.pp, counts.ap) == (0, 0, 0)
    assert preset(ROAD, EMPTY).value == preset(EMPTY, ROAD).value == 0.0
    assert preset(RING, RING).value == 0.0  # 0 of 0 as the program divides


def test_explain_gives_each_node_its_share():
    """The crossing keeps three of four arms; its cost is one."""
    shown = rm.junction.explain(CROSS, TEE)
    at = np.flatnonzero((shown["gt_node_xy"] == 0).all(axis=1))
    assert shown["gt_node_credit"][at].tolist() == [0.75]
    assert shown["gt_node_cost"].sum() == 2  # and the end that is missing
    assert shown["pred_node_credit"].tolist() == [1.0] * 4
    assert len(shown["match_xy"]) == 4
    assert rm.junction.explain(EMPTY, EMPTY)["gt_node_xy"].shape == (0, 2)
