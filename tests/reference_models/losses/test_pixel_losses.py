"""Losses of single pixels, and the distances they learn: values by hand and bad input."""

import math

import numpy as np
import pytest

from reference_models.losses import distance_to_road
from roadmetrics.errors import RoadMetricsError

torch = pytest.importorskip("torch", reason="needs the extra models")

from reference_models.losses import CrossEntropyLoss, DistanceLoss, SoftIoULoss  # noqa: E402


def row(*values):
    return torch.tensor(values, dtype=torch.float32)[None, None, None]


def test_distances_are_capped():
    """Eq. 3: beyond 20 px nothing is learned but 20."""
    pred, target = row(3.0, 25.0, 20.0), row(5.0, 80.0, 20.0)
    assert DistanceLoss()(pred, target).item() == 4 + 25
    assert DistanceLoss(reduction="mean")(pred, target).item() == pytest.approx(29 / 3)
    assert DistanceLoss(d_max=4.0)(pred, target).item() == 1 + 21**2 + 16**2


def test_cross_entropy():
    logits, mask = row(2.0, -1.0, 0.0, 0.0), row(1.0, 0.0, 1.0, 0.0)
    parts = [math.log1p(math.exp(-2)), math.log1p(math.exp(-1)), math.log(2), math.log(2)]
    assert CrossEntropyLoss()(logits, mask).item() == pytest.approx(sum(parts) / 4)
    weighted = (3 * parts[0] + parts[1] + 3 * parts[2] + parts[3]) / 4
    assert CrossEntropyLoss(road_weight=3.0)(logits, mask).item() == pytest.approx(weighted)


def test_soft_iou():
    """A road pixel at p and ground at 1 - p: p over p + 1 + (1 - p) - p."""
    p = 1 / (1 + math.exp(-2))
    logits, mask = row(2.0, -2.0), row(1.0, 0.0)
    assert SoftIoULoss(smooth=0.0)(logits, mask).item() == pytest.approx(1 - p / (2 - p))
    assert SoftIoULoss(smooth=0.0)(row(40.0, -40.0), mask).item() == pytest.approx(0, abs=1e-6)
    assert SoftIoULoss(smooth=0.0)(row(-40.0, 40.0), mask).item() == pytest.approx(1)


def test_soft_iou_of_an_empty_mask_falls_with_what_is_predicted():
    losses = [SoftIoULoss()(row(x, x), row(0.0, 0.0)).item() for x in (3.0, 0.0, -3.0, -30.0)]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("loss", [DistanceLoss(), CrossEntropyLoss(), SoftIoULoss()], ids=repr)
def test_sixteen_bits_and_autocast(loss):
    torch.manual_seed(0)
    pred, target = (
        torch.randn(2, 1, 9, 9).to(torch.bfloat16),
        (torch.rand(2, 1, 9, 9) < 0.3).float(),
    )
    leaf = pred.clone().requires_grad_()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        total = loss(leaf, target)
    total.backward()
    assert total.dtype == torch.float32
    assert total.item() == pytest.approx(loss(pred.float(), target).item(), rel=1e-6)
    assert leaf.grad.isfinite().all()


@pytest.mark.parametrize("loss", [CrossEntropyLoss(), SoftIoULoss()], ids=repr)
def test_a_mask_of_255_is_refused(loss):
    with pytest.raises(RoadMetricsError, match="divide an image by 255"):
        loss(row(0.0, 1.0), row(0.0, 255.0))


@pytest.mark.parametrize("loss", [DistanceLoss(), CrossEntropyLoss(), SoftIoULoss()], ids=repr)
def test_bad_tensors(loss):
    with pytest.raises(RoadMetricsError, match="must both be"):
        loss(row(0.0, 1.0), row(0.0))
    with pytest.raises(RoadMetricsError, match="image 0 of the batch"):
        loss(row(0.0, math.nan), row(0.0, 1.0))


@pytest.mark.parametrize(
    "make",
    [
        lambda: DistanceLoss(reduction="none"),
        lambda: DistanceLoss(d_max=0),
        lambda: CrossEntropyLoss(road_weight=0),
        lambda: SoftIoULoss(smooth=-1),
    ],
)
def test_bad_options(make):
    with pytest.raises(RoadMetricsError):
        make()


def test_distance_to_road():
    mask = np.zeros((9, 9))
    mask[4, 0] = 255
    far = distance_to_road(mask, d_max=6)
    y, x = np.mgrid[:9, :9]
    np.testing.assert_allclose(far, np.minimum(np.hypot(y - 4, x), 6), rtol=1e-6)
    assert far.dtype == np.float32
    with pytest.raises(RoadMetricsError, match=r"\[H, W\]"):
        distance_to_road(np.zeros((2, 2, 3)))
