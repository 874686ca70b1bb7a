"""What a reward costs, beside the yardstick of test_metrics.py; reward_costs.py prints tables."""

import numpy as np
import pytest
from reward_costs import KEYS, episode, patch

import roadmetrics as rm
from roadmetrics.rewards import RewardBatch, RewardScorer


@pytest.mark.parametrize("n", [60, 130, 300])
@pytest.mark.parametrize("name", KEYS)
def test_steps(benchmark, name, n):
    """A prediction grown from empty to all edges; the time is that of an episode."""
    gt, xy, edges = patch(n)
    scorer = RewardScorer(gt, dict.fromkeys(KEYS[name], 1.0))
    benchmark.pedantic(episode, args=(scorer, xy, edges), rounds=3, warmup_rounds=1)
    benchmark.extra_info["steps"] = len(edges)
    key = KEYS[name][0]
    full = scorer.metrics[key](gt, scorer.graph()).value
    assert scorer.parts[key] == pytest.approx(full, abs=1e-9)


@pytest.mark.parametrize("name", KEYS)
def test_branch(benchmark, name):
    """copy, one add_edge, drop: what a search pays a node."""
    gt, xy, edges = patch(130)
    scorer = RewardScorer(gt, dict.fromkeys(KEYS[name], 1.0))
    scorer.reset(xy, edges[:-1])
    reward = benchmark(lambda: scorer.copy().add_edge(*edges[-1]))
    assert reward == scorer.add_edge(*edges[-1])


@pytest.mark.parametrize("n_threads", [1, 2])
def test_batch(benchmark, n_threads):
    """Sixteen episodes, one call a step and metric."""
    patches = [patch(130, seed) for seed in range(16)]
    scorers = [RewardScorer(gt, {"apls": 0.6, "junction": 0.4}) for gt, _, _ in patches]
    batch = RewardBatch(scorers, n_threads)
    n_steps = min(len(edges) for _, _, edges in patches)
    i, j = np.array([edges[:n_steps] for _, _, edges in patches]).transpose(2, 1, 0)

    def play():
        for scorer, (_, xy, _) in zip(scorers, patches, strict=True):
            scorer.reset(xy)
        return sum(batch.add_edges(*step) for step in zip(i, j, strict=True))

    total = benchmark.pedantic(play, rounds=2, warmup_rounds=1)
    assert total == pytest.approx(batch.scores, abs=1e-9)


@pytest.mark.parametrize("key", ["apls", "path", "junction", "subgraph"])
def test_full_metric(benchmark, key):
    """What a step cost without a scorer."""
    gt, xy, edges = patch(130)
    metric = rm.get(key)
    benchmark.pedantic(lambda: metric(gt, rm.RoadGraph(xy, edges)), rounds=5, warmup_rounds=1)
