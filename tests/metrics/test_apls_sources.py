"""APLS from a sample of sources: unbiased, with a standard error that covers, exact when full."""

from __future__ import annotations

import numpy as np
import pytest

import roadmetrics as rm
from roadmetrics import sample


@pytest.fixture(scope="module")
def island():
    """The largest tile of the sample, and its damaged copy."""
    tiles = rm.read_tiles(sample.path() / "gt")
    name = max(tiles, key=lambda key: tiles[key].length)
    return tiles[name], rm.read_tiles(sample.path() / "pred_heavy")[name]


def estimate(pair, sources, seed):
    metric = rm.get(f"apls,sources={sources},seed={seed}")
    counts = metric.count(*pair)
    return metric.parts(counts), metric.standard_errors(counts)


def test_the_error_covers_the_score_of_all_sources(island):
    whole = rm.apls(*island)
    assert whole.counts.n_control_gt > 200
    for name in ("gt_to_pred", "pred_to_gt", "apls"):
        gaps, errors = [], []
        for seed in range(60):
            parts, error = estimate(island, 40, seed)
            gaps.append(parts[name] - whole.parts[name])
            errors.append(error[name])
        within = np.mean(np.abs(gaps) <= 2 * np.array(errors))
        assert within >= 0.85, name
        assert abs(np.mean(gaps)) <= 0.5 * np.mean(errors), name


def test_more_sources_less_error(island):
    errors = [
        np.mean([estimate(island, n, seed)[1]["apls"] for seed in range(5)]) for n in (20, 80)
    ]
    assert 0 < errors[1] < 0.7 * errors[0]


def test_all_sources_are_the_exact_score(island):
    whole, many = rm.apls(*island), rm.get("apls,sources=100000")(*island)
    assert many.parts == whole.parts
    assert many.counts == whole.counts
    assert rm.get("apls,sources=100000").standard_errors(many.counts) == {}


def test_identical_graphs_are_exactly_1(island):
    gt = island[0]
    for seed in range(3):
        parts, errors = estimate((gt, gt), 10, seed)
        assert parts["apls"] == 1
        assert set(errors.values()) == {0.0}


def test_routes_are_scaled_to_all(island):
    """So that pooled sums weigh a sampled tile as they weigh an exact one."""
    exact = rm.apls(*island).counts.gt_routes
    found = [rm.get(f"apls,sources=40,seed={s}")(*island).counts.gt_routes for s in range(30)]
    assert np.mean(found) == pytest.approx(exact, rel=0.05)


def test_small_and_empty_graphs():
    metric = rm.get("apls,sources=1")
    road, nothing = rm.RoadGraph([(0, 0), (9, 0)], [(0, 1)]), rm.RoadGraph([], [])
    assert [metric(a, b).value for a in (road, nothing) for b in (road, nothing)] == [1, 0, 0, 1]
