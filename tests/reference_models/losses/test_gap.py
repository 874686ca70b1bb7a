"""No network: a distance map is optimised; the regression wants a gap, the loss does not."""

import numpy as np
import pytest
from scipy import ndimage

torch = pytest.importorskip("torch", reason="needs the extra models")

from reference_models.losses import TopoRegression, distance_to_road  # noqa: E402


def maps(width):
    """Distances to a street with a gap in its middle, and to the whole street."""
    road = np.zeros((64, 64), bool)
    road[:, 31:33] = True
    cut = road.copy()
    cut[32 - width // 2 : 32 + width // 2] = False
    return (torch.tensor(distance_to_road(x))[None, None] for x in (cut, road))


def closed_at(pred):
    """The least threshold at which low distances run unbroken from top to bottom."""
    for threshold in np.arange(0, 20.5, 0.5):
        parts = ndimage.label(pred <= threshold, np.ones((3, 3)))[0]
        if set(parts[0]) & set(parts[-1]) - {0}:
            return threshold
    return np.inf


def optimised(alpha, width=30, steps=150, **options):
    """A map that starts as the regression's target, after some steps of Adam."""
    seen, true = maps(width)
    pred = seen.clone().requires_grad_()
    optimiser = torch.optim.Adam([pred], lr=0.5)
    loss = TopoRegression(alpha, **options)
    for _ in range(steps):
        optimiser.zero_grad()
        total = loss.regression(pred, seen) + alpha * loss.topo(pred, true)
        total.backward()
        optimiser.step()
    return pred.detach()[0, 0].numpy()


def test_the_gap_closes():
    """The paper's alpha: from 15, half the width of the gap, to below the usual threshold of 5."""
    seen, _ = maps(30)
    assert closed_at(seen[0, 0].numpy()) == 15
    assert closed_at(optimised(1e-4)) <= 4


def test_the_published_code_leaves_a_wide_gap_open():
    """At a million times its alpha: no pair across the gap is counted at a road pixel."""
    assert closed_at(optimised(100.0, mode="official")) >= 14


def test_without_the_loss_the_gap_stays():
    assert closed_at(optimised(0.0)) == 15
