"""What a reward costs, and how that grows with the graph: tables in Markdown.

  python tests/bench/reward_costs.py

Figures are steps a CPU second of one thread, kernels warm, the best of a few episodes in which a
prediction grows from empty to all edges of the ground truth.
"""

from __future__ import annotations

import itertools
import math
import time
from functools import partial

import numpy as np

import roadmetrics as rm
from roadmetrics.rewards import RewardBatch, RewardScorer

SIDE = 400.0  # pixels
LIMITED = "subgraph,start_spacing=250"  # one start a street: 31 a side, the fewest it takes
KEYS = {
    "apls": ["apls"],
    "path": ["path"],
    "junction": ["junction"],
    "subgraph": ["subgraph"],
    "ccq": ["ccq"],
    "jct": ["jct"],
    "apls+path+junction": ["apls", "path", "junction"],
    "all four": ["apls", "path", "junction", "subgraph"],
}
EPISODES = 5
BRANCHES = 50


def patch(n_vertices: int, seed: int = 0, blocks: int = 4, side: float = SIDE):
    """(gt, key points, edges): streets around blocks x blocks blocks, one in eight missing.

    Key points are the vertices of the ground truth, moved by a pixel or so; edges come street by
    street.
    """
    rng, n = np.random.default_rng(seed), blocks + 1
    xy = np.stack(np.meshgrid(np.arange(n), np.arange(n)), axis=-1).reshape(-1, 2) * side / blocks
    xy = np.clip(xy + rng.uniform(-12, 12, xy.shape), 0, side)
    index = np.arange(n * n).reshape(n, n)
    across = np.stack([index[:, :-1].ravel(), index[:, 1:].ravel()], axis=1)
    down = np.stack([index[:-1].ravel(), index[1:].ravel()], axis=1)
    streets = np.concatenate([across, down])
    streets = streets[rng.random(len(streets)) > 1 / 8]
    bends = max(1, round((n_vertices - n * n) / len(streets)))
    points, edges = list(xy), []
    for a, b in streets:
        ids = [a, *range(len(points), len(points) + bends), b]
        along = np.arange(1, bends + 1)[:, None] / (bends + 1)
        points += list(xy[a] + (xy[b] - xy[a]) * along + rng.normal(0, 1.5, (bends, 2)))
        edges += [(int(u), int(v)) for u, v in itertools.pairwise(ids)]
    gt = rm.RoadGraph(points, edges)
    return gt, gt.vertices + rng.normal(0, 1.0, gt.vertices.shape), edges


def episode(scorer, xy, edges):
    """Draw everything, edge by edge."""
    scorer.reset(xy)
    for i, j in edges:
        scorer.add_edge(i, j)
    return scorer.score


def seconds(work, repeats=EPISODES):
    """CPU seconds of the best run."""
    work()
    best = math.inf
    for _ in range(repeats):
        begin = time.process_time()
        work()
        best = min(best, time.process_time() - begin)
    return best


def branches(scorer, edge):
    """Copy, one edge, drop."""
    for _ in range(BRANCHES):
        scorer.copy().add_edge(*edge)


def score_all(scorer, gt, xy, edges):
    """Every metric itself, on a fresh graph."""
    for metric in scorer.metrics.values():
        metric(gt, rm.RoadGraph(xy, edges))


def there_and_back(scorer, edges):
    """Draw edges and take them back."""
    for edge in edges:
        scorer.add_edge(*edge)
    for _ in edges:
        scorer.undo()


def together(batch, patches, i, j):
    """Draw everything in all episodes, an edge each with one call."""
    for scorer, (_, xy, _) in zip(batch.scorers, patches, strict=True):
        scorer.reset(xy)
    for step in zip(i, j, strict=True):
        batch.add_edges(*step)


def one_by_one(scorers, patches, i, j):
    """The same, scorer by scorer."""
    for scorer, (_, xy, _) in zip(scorers, patches, strict=True):
        scorer.reset(xy)
    for step in zip(i.tolist(), j.tolist(), strict=True):
        for scorer, u, v in zip(scorers, *step, strict=True):
            scorer.add_edge(u, v)


def batch_table(n_scorers: int = 16) -> None:
    """Edges a second in sixteen episodes: one by one, and in a batch."""
    print(f"\n| {n_scorers} episodes, 130 vertices | scorers | batch | ratio |")
    print("|---|---|---|---|")
    patches = [patch(130, seed) for seed in range(n_scorers)]
    n_steps = min(len(edges) for _, _, edges in patches)
    i, j = np.array([edges[:n_steps] for _, _, edges in patches]).transpose(2, 1, 0)
    limited = [*KEYS["apls+path+junction"], LIMITED]
    for name, keys in [*KEYS.items(), ("all four, `start_spacing=250`", limited)]:
        scorers = [RewardScorer(gt, dict.fromkeys(keys, 1.0)) for gt, _, _ in patches]
        alone = i.size / seconds(partial(one_by_one, scorers, patches, i, j), 2)
        batch = i.size / seconds(partial(together, RewardBatch(scorers), patches, i, j), 2)
        print(f"| {name} | {alone:,.0f} | {batch:,.0f} | {batch / alone:.2f} |", flush=True)


def steps_table() -> None:
    """Steps a second by metric and size; and what the full metrics cost."""
    print("| | vertices, edges | steps a second | copy + add + drop a second | full metrics, ms |")
    print("|---|---|---|---|---|")
    limited = [*KEYS["apls+path+junction"], LIMITED]
    for name, keys in [*KEYS.items(), ("all four, `start_spacing=250`", limited)]:
        for n in (60, 130, 300):
            gt, xy, edges = patch(n)
            scorer = RewardScorer(gt, dict.fromkeys(keys, 1.0))
            rate = len(edges) / seconds(partial(episode, scorer, xy, edges))
            scorer.reset(xy, edges[:-1])
            branch = seconds(partial(branches, scorer, edges[-1])) / BRANCHES
            full = seconds(partial(score_all, scorer, gt, xy, edges), 2)
            cells = f"{rate:,.0f} | {1 / branch:,.0f} | {1000 * full:.1f}"
            print(f"| {name} | {len(xy)}, {len(edges)} | {cells} |", flush=True)


def growth_table() -> None:
    """Microseconds a step on towns of equal blocks, 1, 2, 4 and 8 times the roads."""
    print("\n| | " + " | ".join(f"{k}x" for k in (1, 2, 4, 8)) + " | exponent |")
    print("|---|---|---|---|---|---|")
    sizes = [4, 6, 8, 12]  # blocks a side: 40, 84, 144, 312 streets
    for name, keys in KEYS.items():
        costs, counts = [], []
        for blocks in sizes:
            gt, xy, edges = patch(130 * blocks * blocks // 16, 0, blocks, SIDE * blocks / 4)
            scorer = RewardScorer(gt, dict.fromkeys(keys, 1.0))
            scorer.reset(xy, edges[: len(edges) - 20])
            last = edges[len(edges) - 20 :]
            costs.append(seconds(partial(there_and_back, scorer, last), 3) / len(last) * 1e6)
            counts.append(len(edges))
        slope = np.polyfit(np.log(counts), np.log(costs), 1)[0]
        cells = " | ".join(f"{c:,.0f} ({m} edges)" for c, m in zip(costs, counts, strict=True))
        print(f"| {name} | {cells} | {slope:.2f} |", flush=True)


if __name__ == "__main__":
    steps_table()
    growth_table()
    batch_table()
