"""Rewards: what the scorer says at every step is what the metric says of its graph."""

import math
import multiprocessing
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import roadmetrics as rm
from roadmetrics.rewards import RewardBatch, RewardScorer

TOLERANCE = 1e-9
QUICK = ("apls", "ccq", "jct", "junction")  # with forms of their own
PAPER = ("apls", "path", "junction", "subgraph")
FORMS = (*QUICK, "path", "subgraph")
PARAMETERS = (
    "apls,spacing=0,combine_by=arithmetic", "apls:anagnostidis2022,snap_dist=30,spacing=7",
    "ccq,quality=wiedemann,slack=30", "jct,cluster_radius=12,angle_dist=9,match_dist=25,border=3",
    "junction,alpha=3,existing_dist=6,snap_dist=40",
)  # fmt: skip
FEWER = {"tlts": ",n_routes=20", "hm": ",n_starts=20", "subgraph": ",n_starts=20"}  # drawn
CITRARO = tuple(
    f"{name}:citraro2020{FEWER.get(name, '')}"
    for name, metric in rm.METRICS.items()
    if "citraro2020" in metric.presets
)
SPACENET = ("apls:spacenet", "apls:spacenet,snap_dist=30,spacing=20", "apls")
KEYS = (QUICK, PAPER, PARAMETERS, CITRARO, SPACENET, ("hm", "tlts"))


def check(scorer):
    """Every part is the metric's value; the score is their weighted sum."""
    graph = scorer.graph()
    for key, value in scorer.parts.items():
        full = scorer.metrics[key](scorer.gt, graph).value
        assert value == pytest.approx(full, abs=TOLERANCE), key
    total = sum(scorer.weights[key] * value for key, value in scorer.parts.items())
    assert scorer.score == pytest.approx(total, abs=TOLERANCE)


def town(seed=0, n=4, side=120.0, unit="m"):
    """A grid of n x n junctions, moved by some units, some streets missing."""
    rng = np.random.default_rng(seed)
    xy = np.stack(np.meshgrid(np.arange(n), np.arange(n)), axis=-1).reshape(-1, 2) * side / (n - 1)
    xy += rng.uniform(-4, 4, xy.shape)
    index = np.arange(n * n).reshape(n, n)
    across = np.stack([index[:, :-1].ravel(), index[:, 1:].ravel()], axis=1)
    down = np.stack([index[:-1].ravel(), index[1:].ravel()], axis=1)
    edges = np.concatenate([across, down])
    return rm.RoadGraph(xy, edges[rng.random(len(edges)) > 1 / 6], unit)


def drawing(gt, seed=1):
    """Key points near the vertices of a graph, and its edges in some order with two others."""
    rng = np.random.default_rng(seed)
    xy = gt.vertices + rng.normal(0, 1.5, gt.vertices.shape)
    edges = [*rng.permutation(gt.edges).tolist(), [0, len(xy) - 1], [1, len(xy) // 2 + 1]]
    return xy, edges


def scorer_of(gt, keys, xy, edges=()):
    scorer = RewardScorer(gt, {key: 1.0 + k for k, key in enumerate(keys)})
    scorer.reset(xy, edges)
    return scorer


# ---- any steps, in any order

SIZES = st.sampled_from([6, 40, 150])  # at 6 many places coincide and many distances are equal


@st.composite
def points(draw, most):
    side, is_grid = draw(SIZES), draw(st.booleans())
    coordinate = st.integers(0, side) if is_grid else st.floats(0, side, width=16)
    return draw(st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=most))


def pairs(n, most):
    index = st.integers(0, n - 1)
    return st.lists(st.tuples(index, index).filter(lambda e: e[0] != e[1]), max_size=most)


class Drawing(RuleBasedStateMachine):
    """Edges come and go; copies take turns."""

    def __init__(self):
        super().__init__()
        self.scorers = []
        self.at = 0

    @initialize(data=st.data(), keys=st.sampled_from(KEYS))
    def begin(self, data, keys):
        xy = data.draw(points(9))
        gt = rm.RoadGraph(xy, data.draw(pairs(len(xy), 14)), "m")
        moved = [
            (x + dx, y + dy) for (x, y), (dx, dy) in zip(xy, data.draw(shifts()), strict=False)
        ]
        scorer = RewardScorer(gt, dict.fromkeys(keys, 0.5))
        xy = moved + data.draw(points(4))
        scorer.reset(xy, data.draw(pairs(len(xy), 4)))
        self.scorers, self.start, self.rewards = [scorer], [scorer.score], [0.0]

    @property
    def scorer(self):
        return self.scorers[self.at]

    def note(self, reward):
        self.rewards[self.at] += reward

    @rule(data=st.data())
    def add_edge(self, data):
        index = st.integers(0, len(self.scorer.graph().vertices) - 1)
        i, j = data.draw(st.tuples(index, index).filter(lambda e: e[0] != e[1]))
        self.note(self.scorer.add_edge(i, j))

    @rule(data=st.data())
    def add_path(self, data):
        index = st.integers(0, len(self.scorer.graph().vertices) - 1)
        path = data.draw(st.lists(index, max_size=4, unique=True))
        self.note(self.scorer.add_path(path))

    @precondition(lambda self: len(self.scorer.graph().edges))
    @rule(data=st.data())
    def add_again(self, data):
        edge = data.draw(st.sampled_from(self.scorer.graph().edges.tolist()))
        assert self.scorer.add_edge(*edge[::-1]) == 0.0

    @precondition(lambda self: len(self.scorer.graph().edges))
    @rule(data=st.data())
    def remove(self, data):
        self.note(
            self.scorer.remove_edge(*data.draw(st.sampled_from(self.scorer.graph().edges.tolist())))
        )

    @precondition(lambda self: self.scorer.n_steps)
    @rule()
    def undo(self):
        before = self.scorer.score
        self.scorer.undo()
        self.note(self.scorer.score - before)

    @precondition(lambda self: len(self.scorers) < 3)
    @rule()
    def copy(self):
        self.scorers.append(self.scorer.copy())
        self.start.append(self.start[self.at])
        self.rewards.append(self.rewards[self.at])

    @rule(data=st.data())
    def turn(self, data):
        self.at = data.draw(st.integers(0, len(self.scorers) - 1))

    @invariant()
    def is_exact(self):
        for scorer, start, reward in zip(self.scorers, self.start, self.rewards, strict=True):
            assert scorer.score - start == pytest.approx(reward, abs=TOLERANCE)
        check(self.scorer)


def shifts():
    return st.lists(st.tuples(st.integers(-1, 1), st.integers(-1, 1)), min_size=9, max_size=9)


TestDrawing = Drawing.TestCase
TestDrawing.settings = settings(
    max_examples=15, stateful_step_count=8, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip


@pytest.mark.parametrize(
    "key", [*rm.METRICS, *PARAMETERS, *CITRARO, "apls:spacenet", "apls:cosmiq"]
)
def test_every_metric_is_a_term(key):
    """A town drawn edge by edge, some taken back."""
    gt = town(n=3)
    xy, edges = drawing(gt)
    scorer = scorer_of(gt, [key], xy)
    first = scorer.score
    rewards = [scorer.add_edge(*edge) for edge in edges[:6]]
    check(scorer)
    rewards += [scorer.remove_edge(*edges[2]), scorer.add_path([0, 4, 8])]
    check(scorer)
    assert sum(rewards) == pytest.approx(scorer.score - first, abs=TOLERANCE)


@pytest.mark.parametrize("key", [*FORMS, *PARAMETERS])
def test_a_town_is_exact_at_every_step(key):
    """More junctions, loops and crossings than the state machine draws."""
    gt = town(n=6, side=300.0)
    xy, edges = drawing(gt)
    scorer = scorer_of(gt, [key], xy)
    for k, edge in enumerate(edges):
        scorer.add_edge(*edge)
        if k % 3 == 0:
            check(scorer)


# ---- what a step may not depend on


def test_undo_is_exact_to_any_depth():
    """Bit for bit, past removals, past what a removal put back."""
    gt = town()
    xy, edges = drawing(gt)
    scorer = scorer_of(gt, FORMS, xy, edges[:3])
    seen = [scorer.parts]
    for k, edge in enumerate(edges[3:]):
        scorer.remove_edge(*edges[k // 2]) if k % 4 == 3 else scorer.add_edge(*edge)
        seen.append(scorer.parts)
    while scorer.n_steps:
        assert scorer.parts == seen.pop()
        scorer.undo()
    assert seen == [scorer.parts]
    again = [scorer.add_edge(*edge) for edge in edges[3:6]]
    fresh = scorer_of(gt, FORMS, xy, edges[:3])
    assert again == [fresh.add_edge(*edge) for edge in edges[3:6]]


def test_order_of_edges_does_not_matter():
    gt = town()
    xy, edges = drawing(gt)
    one, two = scorer_of(gt, PAPER, xy), scorer_of(gt, PAPER, xy, edges[::-1][:5])
    one.add_path([0, 1])
    for edge in edges:
        one.add_edge(*edge)
    for edge in reversed([*edges, [0, 1]]):
        two.add_edge(*edge[::-1])
    assert one.parts == pytest.approx(two.parts, abs=TOLERANCE)
    assert one.graph().digest == two.graph().digest


def test_numbers_of_key_points_do_not_matter():
    gt = town()
    xy, edges = drawing(gt)
    place = np.random.default_rng(3).permutation(len(xy))  # new number of each
    moved = np.empty_like(xy)
    moved[place] = xy
    one, two = scorer_of(gt, FORMS, xy), scorer_of(gt, FORMS, moved)
    for i, j in edges:
        reward = one.add_edge(i, j)
        assert two.add_edge(place[i], place[j]) == pytest.approx(reward, abs=TOLERANCE)


def test_scorers_of_one_ground_truth_do_not_disturb_each_other():
    gt = town()
    xy, edges = drawing(gt)
    alone = scorer_of(gt, FORMS, xy)
    rewards = [alone.add_edge(*edge) for edge in edges]
    one, two = scorer_of(gt, FORMS, xy), scorer_of(gt, FORMS, xy + 3.0, edges[:4])
    branch = two.copy()
    met = []
    for edge in edges:
        met.append(one.add_edge(*edge))
        two.add_edge(*edge)
        branch.undo() if branch.n_steps else branch.add_path([0, 5, 1])
    assert met == rewards
    check(branch)


def test_copies_go_their_own_ways():
    gt = town()
    xy, edges = drawing(gt)
    scorer = scorer_of(gt, PAPER, xy, edges[:5])
    scorer.add_edge(*edges[5])
    before = scorer.parts
    copies = [scorer.copy() for _ in range(3)]
    for k, twin in enumerate(copies):
        twin.add_edge(*edges[6 + k])
        check(twin)
    copies[0].undo()
    copies[0].undo()  # the history is copied, too
    check(copies[0])
    assert scorer.parts == before
    check(scorer)


def test_pickle_goes_on():
    gt = town()
    xy, edges = drawing(gt)
    scorer = scorer_of(gt, PAPER, xy, edges[:4])
    scorer.add_edge(*edges[4])
    twin = pickle.loads(pickle.dumps(scorer))
    assert twin.parts == scorer.parts
    assert twin.add_edge(*edges[5]) == scorer.add_edge(*edges[5])
    for each in (scorer, twin):
        each.undo()
        each.undo()
    assert twin.parts == scorer.parts


def play(seed):
    """The rewards of one episode."""
    gt = town(seed)
    xy, edges = drawing(gt, seed)
    scorer = scorer_of(gt, PAPER, xy)
    return [scorer.add_edge(*edge) for edge in edges]


def test_threads():
    alone = [play(seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(play, range(4))) == alone


# ---- batches


def episodes(n, keys):
    towns = [town(seed) for seed in range(n)]
    drawings = [drawing(gt, seed) for seed, gt in enumerate(towns)]
    return [scorer_of(gt, keys, xy) for gt, (xy, _) in zip(towns, drawings, strict=True)], [
        edges for _, edges in drawings
    ]


@pytest.mark.parametrize(
    ("keys", "n_threads"),
    [(QUICK, 1), (QUICK, 3), (PAPER, 2), (("ccq:citraro2020", "junction:citraro2020"), 2)],
)
def test_a_batch_is_its_scorers(keys, n_threads):
    """The same rewards, steps left out, undo and resets between."""
    ones, edges = episodes(4, keys)
    others, _ = episodes(4, keys)
    batch = RewardBatch(others, n_threads)
    for step in range(8):
        active = [(step + b) % 3 > 0 for b in range(4)]
        i, j = np.array([edges[b][step] for b in range(4)]).T
        expected = [one.add_edge(i[b], j[b]) if active[b] else 0.0 for b, one in enumerate(ones)]
        assert batch.add_edges(i, j, active).tolist() == pytest.approx(expected, abs=TOLERANCE)
        if step == 4:
            for scorer in (ones[0], others[0]):
                scorer.reset(scorer.graph().vertices[::-1], [(0, 1)])
    for one, other in zip(ones, others, strict=True):
        for scorer in (one, other):
            scorer.undo()
            scorer.add_edge(0, 2)
        assert one.parts == pytest.approx(other.parts, abs=TOLERANCE)
        check(other)


def test_a_batch_that_is_refused_changes_nothing():
    scorers, edges = episodes(2, QUICK)
    batch = RewardBatch(scorers)
    batch.add_edges(*np.array([e[0] for e in edges]).T)
    before = [scorer.parts for scorer in scorers]
    for i, j in (([0, 1], [1, 1]), ([0, 99], [1, 2]), ([0], [1]), ([0.5, 1], [1, 2])):
        with pytest.raises(rm.RoadMetricsError):
            batch.add_edges(i, j)
    assert [scorer.parts for scorer in scorers] == before
    assert [scorer.n_steps for scorer in scorers] == [1, 1]
    with pytest.raises(rm.RoadMetricsError, match="twice"):
        RewardBatch([scorers[0], scorers[0]])


def _in_child(batch, i, j, queue):
    queue.put(batch.add_edges(i, j).tolist())


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_batch_works_after_a_fork():
    """Threads of the parent are gone in the child; numba's own would hang there."""
    scorers, edges = episodes(3, QUICK)
    batch = RewardBatch(scorers, n_threads=2)
    batch.add_edges(*np.array([e[0] for e in edges]).T)
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    i, j = np.array([e[1] for e in edges]).T
    child = context.Process(target=_in_child, args=(batch, i, j, queue))
    child.start()
    found = queue.get(timeout=60)
    child.join(60)
    assert found == batch.add_edges(i, j).tolist()


# ---- corners


@pytest.mark.parametrize("keys", KEYS, ids="+".join)
def test_empty_sides(keys):
    nothing = rm.RoadGraph([], [], "m")
    scorer = scorer_of(nothing, keys, [(0, 0), (50, 0), (60, 5)])
    check(scorer)
    scorer.add_edge(0, 1)
    check(scorer)
    scorer = RewardScorer(town(n=3), dict.fromkeys(keys, 1.0))
    check(scorer)  # before any reset: no key point at all
    scorer.reset([(0, 0)])
    check(scorer)
    scorer.reset([(5, 5), (5, 5), (9, 9)], [(0, 1)])  # an edge without length
    check(scorer)
    scorer.add_edge(1, 2)
    check(scorer)


@pytest.mark.parametrize("keys", [QUICK, PAPER, SPACENET], ids="+".join)
def test_places_that_are_odd(keys):
    """Key points far outside, key points that coincide, and a ground truth that does so, too."""
    gt = rm.RoadGraph(
        [(0, 0), (60, 0), (60, 0), (120, 0), (60, 50)], [(0, 1), (2, 3), (2, 4), (1, 2)], "m"
    )
    xy = [(0, 0), (60, 0), (60, 0), (120, 0), (60, 50), (60, 0), (4000, -3000), (1e5, 1)]
    scorer = scorer_of(gt, keys, xy)
    for edge in [(0, 1), (0, 2), (2, 3), (5, 4), (6, 3), (1, 5), (3, 1), (3, 2), (7, 6)]:
        scorer.add_edge(*edge)
        check(scorer)


def test_a_road_that_ends_on_another():
    """A T that has no vertex on the road that passes: places are joined by snapping alone."""
    gt = rm.RoadGraph([(0, 0), (50, 0), (100, 0), (50, 60)], [(0, 1), (1, 2), (1, 3)], "m")
    scorer = scorer_of(gt, QUICK, [(0, 0), (100, 0), (50, 0), (50, 60)])
    scorer.add_edge(0, 1)
    scorer.add_edge(2, 3)
    check(scorer)
    without = scorer.parts["apls"]
    scorer.add_path([0, 2, 1])
    check(scorer)
    assert scorer.parts["apls"] > without


def test_roads_that_cross_do_not_join():
    """The bridge has no route to the road below it: an APLS that joined them would see one."""
    cross = [(0, 50), (100, 50), (50, 0), (50, 100)]
    gt = rm.RoadGraph([*cross, (50, 50)], [(0, 4), (4, 1), (2, 4), (4, 3)], "m")
    scorer = scorer_of(gt, QUICK, cross, [(0, 1)])
    scorer.add_edge(2, 3)
    check(scorer)
    assert scorer.parts["apls"] < 0.75
    bridge = scorer_of(rm.RoadGraph(cross, [(0, 1), (2, 3)], "m"), QUICK, cross)
    bridge.add_edge(2, 3)
    bridge.add_edge(0, 1)
    check(bridge)
    assert bridge.score == pytest.approx(sum(bridge.weights.values()))


def test_starting_graph():
    gt = town()
    xy, edges = drawing(gt)
    whole, started = scorer_of(gt, PAPER, xy), scorer_of(gt, PAPER, xy, edges[:7])
    for edge in edges[:7]:
        whole.add_edge(*edge)
    assert whole.parts == pytest.approx(started.parts, abs=TOLERANCE)
    started.remove_edge(*edges[3])
    check(started)


# ---- what a caller can get wrong


@pytest.mark.parametrize("step", [
    lambda s: s.add_edge(0, 99), lambda s: s.add_edge(-1, 0), lambda s: s.add_edge(2, 2),
    lambda s: s.add_edge(0, 1.5), lambda s: s.add_edge(0, math.nan), lambda s: s.add_edge("a", 0),
    lambda s: s.add_path([0, 3, 3]), lambda s: s.add_path([0, 5, 99]), lambda s: s.add_path(4),
    lambda s: s.remove_edge(0, 7), lambda s: s.reset([(0, 0), (math.nan, 1)]),
    lambda s: s.reset([(0, 0), (1, 1)], [(0, 2)]), lambda s: s.reset([(0, 0), (1, 1)], [(1, 1)]),
    lambda s: s.reset([1, 2, 3]), lambda s: s.reset([(0, 0), (1, 1)], "edges"),
])  # fmt: skip
def test_bad_steps_change_nothing(step):
    gt = town()
    xy, edges = drawing(gt)
    scorer = scorer_of(gt, FORMS, xy, edges[:3])
    reward = scorer.add_edge(*edges[4])
    before, graph = scorer.parts, scorer.graph().digest
    with pytest.raises(rm.RoadMetricsError) as error:
        step(scorer)
    assert "\n" not in str(error.value)
    assert (scorer.parts, scorer.graph().digest, scorer.n_steps) == (before, graph, 1)
    scorer.undo()
    assert scorer.add_edge(*edges[4]) == reward
    with pytest.raises(rm.RoadMetricsError, match="undo"):
        scorer.undo() or scorer.undo()


def test_a_metric_that_refuses_a_graph_changes_nothing():
    """A road so long that its control points are too many."""
    scorer = scorer_of(town(), QUICK, [(0, 0), (100, 0), (1e11, 0)], [(0, 1)])
    before = scorer.parts
    for step in (lambda: scorer.add_edge(1, 2), lambda: scorer.add_path([0, 2, 1])):
        with pytest.raises(rm.RoadMetricsError, match="spacing"):
            step()
        assert scorer.parts == before
        assert scorer.n_steps == 0
    batch = RewardBatch([scorer, scorer.copy()])
    with pytest.raises(rm.RoadMetricsError, match="spacing"):
        batch.add_edges([1, 1], [2, 2])
    assert [s.parts for s in batch.scorers] == [before] * 2
    check(scorer)


@pytest.mark.parametrize(("weights", "message"), [
    ({}, "name a metric"), ({"apls": math.inf}, "finite"), ({"apls": "much"}, "finite"),
    ({"aplz": 1.0}, "no metric"), (["apls"], "name a metric"), ({"apls:nobody": 1.0}, "preset"),
])  # fmt: skip
def test_bad_weights(weights, message):
    with pytest.raises(rm.RoadMetricsError, match=message):
        RewardScorer(town(), weights)


def test_bad_ground_truth():
    with pytest.raises(rm.RoadMetricsError, match="RoadGraph"):
        RewardScorer(rm.Mask(np.zeros((4, 4), bool)))
    with pytest.raises(rm.UnitError, match="metres"):
        RewardScorer(town(unit="px"), {"apls:spacenet": 1.0})


def test_default_weights_and_explain():
    scorer = rm.RewardScorer(town())
    assert scorer.weights == {"apls": 0.35, "path": 0.25, "junction": 0.25, "subgraph": 0.15}
    scorer = RewardScorer(town(), {"apls": 1, "hm": 1, "apls:spacenet,snap_dist=6": 0.5})
    ways = {key: row["way"] for key, row in scorer.explain().items()}
    assert ways["apls"] == "incremental"
    assert ways["hm"] == "full metric"
    asked = RewardScorer(town(), {"path:citraro2020": 1, "subgraph:citraro2020": 1})
    assert {row["way"] for row in asked.explain().values()} == {"full metric"}
    assert scorer.metrics["apls:spacenet,snap_dist=6"].snap_dist == 6


def test_heavy_packages_are_left_alone():
    """Neither the import nor a step pays for torch, gymnasium or pandas."""
    code = (
        "import sys; from roadmetrics.rewards import RewardScorer; import roadmetrics as rm;"
        "g = rm.RoadGraph([(0, 0), (100, 0), (100, 90)], [(0, 1), (1, 2)]); s = RewardScorer(g);"
        "s.reset(g.vertices); s.add_edge(0, 1);"
        "print(sorted({'torch', 'gymnasium', 'pandas', 'networkx'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
