"""Hand-drawn cases of the path metric with closed-form answers."""

import math

import numpy as np
import pytest

import roadmetrics as rm
from roadmetrics.metrics.path import PathCounts

EMPTY = rm.RoadGraph([], [])
PRESETS = ("path:citraro2020", "path:anagnostidis2022")


def lines(*rows):
    """Roads in pixels, joined where they share a point."""
    return rm.RoadGraph.from_lines(rows)


def moved(graph, x, y):
    return rm.RoadGraph(graph.vertices + np.array([x, y]), graph.edges)


def both(a, b):
    n = len(a.vertices)
    return rm.RoadGraph(
        np.concatenate([a.vertices, b.vertices]), np.concatenate([a.edges, b.edges + n])
    )


def grid(n, cell):
    """n by n blocks, the roads between them and around."""
    places = [k * cell for k in range(n + 1)]
    return lines(
        *[[(x, y) for x in places] for y in places], *[[(x, y) for y in places] for x in places]
    )


ROAD = lines([(0, 0), (400, 0)])
TEN = lines(*[[(0, 100 * k), (400, 100 * k)] for k in range(10)])
DENSE = lines([(x / 2, 0) for x in range(801)])
GRID = grid(3, 100)
RING = lines([(0, 0), (200, 0), (200, 200), (0, 200), (0, 0)])
HAIRPIN = lines([(0, 0), (200, 0), (200, 30), (0, 30)])
LENS = lines(  # two ways from (0, 0) to (22, 0), and stubs that make junctions of its ends
    [(0, 0), (11, 0), (22, 0)], [(0, 0), (6, 9), (16, 9), (22, 0)], [(11, 0), (11, -90)],
    [(-90, 0), (0, 0)], [(22, 0), (99, 0)],
)  # fmt: skip

CASES = {  # precision, recall
    "gap": (ROAD, lines([(0, 0), (150, 0)], [(250, 0), (400, 0)]), (1.0, 2 * 150**2 / 400**2)),
    "half": (ROAD, lines([(0, 0), (200, 0)]), (1.0, 0.25)),
    "shifted": (ROAD, moved(ROAD, 0, 10), (1.0, 1.0)),
    "too_far": (ROAD, moved(ROAD, 0, 30), (0.0, 0.0)),
    "dense": (ROAD, DENSE, (1.0, 1.0)),
    "one_of_ten": (TEN, ROAD, (1.0, 0.1)),
    "twice": (ROAD, both(ROAD, moved(ROAD, 0, 8)), (0.5, 1.0)),
    # a road that two roads of the other side follow explains both, a part each
    "split": (lines([(0, 0), (200, 0), (400, 0)], [(200, 0), (200, 300)]), ROAD, (1.0, 4 / 7)),
    "empty_pred": (ROAD, EMPTY, (0.0, 0.0)),
    "empty_gt": (EMPTY, ROAD, (0.0, 0.0)),
    "both_empty": (EMPTY, EMPTY, (1.0, 1.0)),
}


@pytest.mark.parametrize("name", CASES)
def test_closed_form(name):
    """Precision and recall, and the same exchanged."""
    gt, pred, (precision, recall) = CASES[name]
    parts = rm.path(gt, pred).parts
    assert (parts["precision"], parts["recall"]) == pytest.approx((precision, recall), abs=1e-12)
    parts = rm.path(pred, gt).parts
    assert (parts["recall"], parts["precision"]) == pytest.approx((precision, recall), abs=1e-12)


@pytest.mark.parametrize("graph", [ROAD, TEN, DENSE, GRID, RING, HAIRPIN, LENS])
@pytest.mark.parametrize("shift", [(0, 0), (5e6, -3e6)])
def test_copies_are_perfect_to_the_bit(graph, shift):
    """Whatever roads lie side by side, and wherever."""
    g = moved(graph, *shift)
    assert rm.path(g, g).parts == {"precision": 1.0, "recall": 1.0, "f1": 1.0}


def test_whole_network_twice():
    """Half of the prediction is one road too many, but for crossings that lend a piece."""
    parts = rm.path(GRID, both(GRID, moved(GRID, 6, 6))).parts
    assert parts["recall"] == 1.0
    assert 0.5 <= parts["precision"] < 0.56


def test_a_new_junction_changes_nothing():
    """Chains weigh by length: a road that is cut in two chains counts as before."""
    side = [(100, 0), (100, 200)]
    whole = rm.path(lines([(0, 0), (400, 0)], [(100, 50), (100, 200)]), ROAD)
    cut = rm.path(lines([(0, 0), (100, 0), (400, 0)], side), ROAD)
    assert whole.parts["recall"] == pytest.approx(400 / 550, abs=1e-12)
    assert cut.parts["recall"] == pytest.approx(400 / 600, abs=1e-12)


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("graph", [ROAD, GRID, RING, HAIRPIN])
def test_published_program_on_copies(name, graph):
    """1 on copies without much detail, 0 on one empty side; an error beside what was drawn."""
    score = rm.get(name)(graph, graph)
    assert score.parts == {"precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert all(error == 0.0 for error in score.standard_errors.values())
    assert rm.get(name)(graph, EMPTY).value == rm.get(name)(EMPTY, graph).value == 0.0


def test_published_program_draws():
    """The seed decides, the error is that of a mean, and the global stream stays."""
    cut = lines([(0, 0), (100, 0), (100, 100)], [(200, 0), (200, 300)], [(300, 100), (300, 300)])
    scores = {s: rm.get(f"path:citraro2020,seed={s}")(GRID, cut) for s in range(6)}
    assert len({score.value for score in scores.values()}) > 1
    assert scores[0] == rm.get("path:citraro2020,seed=0")(GRID, cut)
    assert all(0 < s.standard_errors["recall"] < 0.5 for s in scores.values())
    assert rm.path(GRID, cut).standard_errors == {}


def test_standard_error_of_a_sample():
    """Scores 1, 0, 0, 1: variance 1/3 of four; one chain has no error."""
    counts = PathCounts(n_tiles=1, n_drawn=1, matched_gt=2.0, squares_gt=2.0, total_gt=4.0)
    assert counts.standard_errors() == {"recall": pytest.approx(math.sqrt(1 / 3 / 4))}


def test_published_program_on_given_chains():
    """Routes have five edges at most, and nothing is scored once nothing is left."""
    preset = rm.get("path:citraro2020")
    assert preset.chain_scores(ROAD, ROAD, [[0, 1]]) == [1.0]
    two_px = lines([(2 * x, 0) for x in range(201)])
    assert preset.chain_scores(ROAD, two_px, [[0, 1]])[0] == pytest.approx(0.1171875)
    beside = lines([(900, 0), (900, 1)], [(0, 0), (400, 0)])
    other = rm.RoadGraph(beside.vertices, beside.edges[1:])
    assert preset.chain_scores(TEN, other, [[0, 1], [2, 3]]) == [1.0]


def test_explain_adds_up_to_the_score():
    """Credit of the pieces, by length, is the recall; cost is what is missing of it."""
    gt, pred, (_, recall) = CASES["gap"]
    shown = rm.path.explain(gt, pred)
    sizes = np.hypot(*(shown["gt_piece_xy"][:, 1] - shown["gt_piece_xy"][:, 0]).T)
    assert sizes @ shown["gt_piece_credit"] == pytest.approx(recall * 400)
    assert shown["gt_piece_cost"].sum() == pytest.approx((1 - recall) * 400)
    assert len(shown["match_xy"]) == 14  # seven cuts on either side
    assert rm.path.explain(EMPTY, EMPTY)["gt_piece_xy"].shape == (0, 2, 2)
