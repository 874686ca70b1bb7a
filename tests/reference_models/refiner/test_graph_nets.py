"""Pairwise and message-passing baselines, their thresholds, and edges at random."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from hand_tasks import batch  # noqa: E402

from reference_models.graph_baselines import (  # noqa: E402
    best_threshold,
    edges_above,
    mean_edges,
    random_edges,
)
from reference_models.graph_models import answer_of, inputs_of  # noqa: E402
from reference_models.nets.gcn import GCN, neighbours  # noqa: E402
from reference_models.nets.pairs import Cls, pair_loss  # noqa: E402
from reference_models.nets.points import TINY  # noqa: E402
from roadmetrics.errors import RoadMetricsError  # noqa: E402

CPU = torch.device("cpu")
KINDS = pytest.mark.parametrize("kind", [Cls, GCN])


def net_of(kind, seed=0):
    torch.manual_seed(seed)
    return kind(replace(TINY, dropout=0.0, point_layers=0))


def probabilities(net, images, places, mask):
    with torch.no_grad():
        return net(images, places, mask).sigmoid()


@KINDS
def test_padding_and_order_change_nothing(kind):
    net = net_of(kind).eval()
    few, many = (inputs_of(batch("ring", "pair", k=k), net.encoder, CPU) for k in (0, 17))
    was = probabilities(net, *few)
    torch.testing.assert_close(probabilities(net, *many)[:, :6, :6], was, atol=1e-6, rtol=0)
    torch.testing.assert_close(was, was.transpose(1, 2), atol=1e-6, rtol=0)
    order = torch.tensor([3, 5, 0, 1, 4, 2])
    now = probabilities(net, few.images, few.key_points[:, order], few.mask[:, order])
    torch.testing.assert_close(now, was[:, order][:, :, order], atol=1e-6, rtol=0)


@KINDS
def test_it_learns_graphs_by_heart_and_gradients_reach_everything(kind):
    net, given = net_of(kind), batch("ring", "comb", "star", "pair")
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(60):
        answer = answer_of(net, given, CPU)
        optimizer.zero_grad()
        answer.loss.backward()
        optimizer.step()
    used = {"encoder.end", "encoder.image.weight", "encoder.image.bias"}  # of the ARM alone
    silent = {n for n, p in net.named_parameters() if p.grad is None or not p.grad.any()}
    assert silent <= used
    found = answer_of(net, given, CPU).logits > 0
    assert torch.equal(found, torch.from_numpy(given.adjacency()))


def test_messages_come_from_the_nearest_alone():
    places = torch.tensor([[[0.1 * k, 0.5] for k in range(10)]])
    near, _, way = neighbours(places, torch.arange(10)[None] < 9, n=3)
    assert set(near[0, 4].tolist()) == {3, 5, int(near[0, 4, 2])}
    assert near[0, 8].tolist() == [7, 6, 5], "the tenth is padding"
    assert way[0, 8, 0].tolist() == pytest.approx([-0.1, 0.0, 0.1])
    lone = neighbours(places, torch.arange(10)[None] < 1, n=3)[1]
    assert not lone[0, 0].any()


def test_pair_loss_is_the_mean_over_pairs():
    logits = torch.full((1, 3, 3), -torch.inf)
    logits[0, 0, 1] = logits[0, 1, 0] = 2.0
    joined = torch.zeros(1, 3, 3, dtype=torch.bool)
    assert pair_loss(logits, joined).item() == pytest.approx(np.log(1 + np.exp(2.0)))
    assert pair_loss(logits, ~joined).item() == pytest.approx(np.log(1 + np.exp(-2.0)))


def test_best_threshold_against_trying_all():
    rng = np.random.default_rng(0)
    for n in (1, 2, 7, 40):
        p = rng.integers(0, 6, n) / 5  # with equal ones
        wanted = rng.random(n) < 0.4
        threshold, f1 = best_threshold(p, wanted)

        def f1_of(t, p=p, wanted=wanted):
            found = p >= t
            return 2 * (found & wanted).sum() / max(found.sum() + wanted.sum(), 1)

        if wanted.any():
            assert f1_of(threshold) == pytest.approx(f1)
            assert f1 == pytest.approx(max(f1_of(t) for t in p))
        else:
            assert (threshold, f1) == (1.0, 0.0)


def test_edges_of_probabilities_and_at_random():
    p = np.array([[0.0, 0.5, 0.2], [0.5, 0.0, 0.9], [0.2, 0.9, 0.0]])
    assert edges_above(p, 0.5).tolist() == [[0, 1], [1, 2]]
    rng = np.random.default_rng(1)
    drawn = [random_edges(6, 4.4, rng) for _ in range(600)]
    assert all(len(np.unique(each, axis=0)) == 4 for each in drawn)
    counts = np.zeros((6, 6))
    for each in drawn:
        assert (each[:, 0] < each[:, 1]).all()
        counts[each[:, 0], each[:, 1]] += 1
    assert counts[np.triu_indices(6, 1)].min() > 100, "160 expected of each of 15 pairs"
    assert mean_edges([np.zeros((2, 2)), np.zeros((5, 2))]) == 3.5
    with pytest.raises(RoadMetricsError, match="no training graph"):
        mean_edges([])
