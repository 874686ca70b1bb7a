"""Small instances that can be solved: search finds what drawing the best edge each time misses."""

import itertools

import numpy as np
import pytest
from fake_models import TrueModel, drawn, edge

from reference_models.search.chance import best, shares
from reference_models.search.driver import Roots, SearchArgs, search
from roadmetrics import RoadGraph
from roadmetrics.rewards import RewardScorer

LEFT = 6  # tokens of three edges
K = 5


def random_score(seed):
    """A score of sets of edges in which edges help each other: 0 for none."""
    rng = np.random.default_rng(seed)
    alone = dict.fromkeys(itertools.combinations(range(K), 2), 0.0)
    together = {pair: rng.normal(0.0, 0.2) for pair in itertools.combinations(alone, 2)}
    alone = {one: rng.normal(0.05, 0.1) for one in alone}

    def score(edges):
        pairs = itertools.combinations(sorted(edges), 2)
        return sum(alone[e] for e in edges) + sum(together[pair] for pair in pairs)

    return score


def road_score(seed):
    """(score, the edges of the ground truth) of three streets between five key points."""
    rng = np.random.default_rng(seed)
    pairs = list(itertools.combinations(range(K), 2))
    while True:
        xy = rng.uniform(5, 95, (K, 2)).round()
        if min(np.hypot(*(xy[i] - xy[j])) for i, j in pairs) >= 20:
            break
    true = [pairs[k] for k in rng.choice(len(pairs), 3, replace=False)]
    scorer = RewardScorer(RoadGraph(xy, true, "px"))

    def score(edges):
        scorer.reset(xy, sorted(edges))
        return scorer.score

    return score, frozenset(true)


def played(model, n_simulations):
    """The edges of one episode: the action tried most often at each move."""
    tokens = []
    while len(tokens) < LEFT:
        roots = Roots(
            np.array([tokens or [-1]]), np.array([len(tokens)]), np.array([LEFT - len(tokens)]),
            np.ones((1, K), bool),
        )  # fmt: skip
        found = search(model, roots, SearchArgs(n_simulations))
        action = int(best(found.visits[0], found.q[0], found.prior[0]))
        if action == K:
            break
        tokens.append(action)
    return drawn(tokens)[0]


def greedy(score):
    edges = frozenset()
    for _ in range(LEFT // 2):
        one = max(itertools.combinations(range(K), 2), key=lambda e: score(edges | {e}))
        if score(edges | {one}) <= score(edges):
            break
        edges |= {one}
    return edges


@pytest.mark.parametrize(("seed", "value"), [(4, "greedy"), (20, "greedy"), (20, "best")])
def test_streets_that_greedy_drawing_misses(seed, value):
    """True rewards of roadmetrics; values of greedy drawing, and values that know the answer."""
    score, true = road_score(seed)
    model = TrueModel(score, K, LEFT, value)
    assert model.score(true) == pytest.approx(1.0)
    assert model.score(greedy(model.score)) < 0.8
    assert played(model, 32) == true


def test_three_edges_that_help_each_other():
    """Random instances: the best found where greedy drawing misses it, and seldom anything less."""
    lost = {"search": [], "greedy": []}
    for seed in range(12):
        score = random_score(seed)
        pairs = list(itertools.combinations(range(K), 2))
        most = max(score(c) for n in range(4) for c in itertools.combinations(pairs, n))
        model = TrueModel(score, K, LEFT, "best")
        lost["search"].append(most - score(played(model, 32)))
        lost["greedy"].append(most - score(greedy(score)))
    is_found = np.array(lost["search"]) < 1e-9
    is_missed = np.array(lost["greedy"]) > 1e-9
    assert is_found.sum() >= 9
    assert (is_found & is_missed).sum() >= 2
    assert sum(lost["search"]) < 0.1 * sum(lost["greedy"])


def test_search_betters_the_prior():
    """What the shares of visits are worth, beside the prior, by the true values."""
    gains = []
    for seed in range(12):

        def bias(row, tokens, seed=seed):
            return np.random.default_rng([seed, *tokens]).normal(size=K + 1)

        model = TrueModel(random_score(seed), K, LEFT, "best", bias)
        tokens = [-1] if seed % 2 else [seed % K]
        n = sum(t >= 0 for t in tokens)
        roots = Roots(
            np.array([tokens]), np.array([n]), np.array([LEFT - n]), np.ones((1, K), bool)
        )
        found = search(model, roots, SearchArgs(32))
        worth = np.zeros(K + 1)
        for a in np.flatnonzero(found.prior[0]):
            if a < K:
                edges, first = drawn([*(t for t in tokens if t >= 0), int(a)])
                gain = model.gain(frozenset(), edge(tokens[0], int(a))) if n else 0.0
                worth[a] = gain + model.worth(edges, first, LEFT - n - 1)
        policy = shares(found.visits, found.prior)[0]
        gains.append(policy @ worth - found.prior[0] @ worth)
    assert min(gains) > 0
