"""The connectivity loss: values by hand, gradients, modes, kinds of tensors, and bad input."""

import numpy as np
import pytest
from scipy import ndimage

torch = pytest.importorskip("torch", reason="needs the extra models")

from reference_models.losses import (  # noqa: E402
    TopoLoss,
    TopoRegression,
    distance_to_road,
    topo_weights,
)
from reference_models.losses.pixel import check_pair  # noqa: E402
from roadmetrics.errors import RoadMetricsError  # noqa: E402


def batch(*arrays):
    return torch.tensor(np.stack(arrays))[:, None]


def roads(side=40, seed=0):
    """Predicted and true distances [side, side], float32."""
    rng = np.random.default_rng(seed)
    road = np.zeros((side, side), bool)
    road[side // 3], road[:, side // 2] = True, True
    target = distance_to_road(road)
    return np.clip(target + rng.normal(0, 2, target.shape), 0, 25).astype(np.float32), target


def gap(value, side=64):
    """A street predicted at ``value``, least at its axis, over six pixels; both maps."""
    road = np.zeros((side, side), bool)
    road[:, side // 2] = True
    target = distance_to_road(road)
    pred = target.copy()
    pred[29:35] = np.maximum(pred[29:35], value + 1e-4 * target[29:35])
    return batch(pred), batch(target)


@pytest.mark.parametrize("window", [7, 16, None])
def test_value_and_gradient_follow_from_the_weights(window):
    pred, target = roads()
    w, v = topo_weights(pred, target <= 3, window)
    leaf = batch(pred).requires_grad_()
    loss = TopoLoss(window, beta=0.25, dilation=3)
    total = loss(leaf, batch(target))
    total.backward()
    p, goal = pred.astype(float), target.astype(float)
    assert total.item() == pytest.approx((w * p**2 + 0.25 * v * (p - goal) ** 2).sum(), rel=1e-5)
    expected = 2 * w * p + 0.25 * 2 * v * (p - goal)
    np.testing.assert_allclose(leaf.grad[0, 0].numpy(), expected, rtol=1e-4, atol=1e-2)


def test_pairs_are_shares_of_a_window():
    """A road of one height parts two regions: all pairs of each window cost that height squared."""
    road = np.zeros((32, 64), bool)
    road[:, 8::16] = True
    target = distance_to_road(road)
    pred = np.where(target <= 2, 3.0, target).astype(np.float32)
    terms = TopoLoss(16, dilation=2, normalize="pairs").terms(batch(pred), batch(target))
    assert terms.disc.item() == pytest.approx(8 * 9.0, rel=1e-5)
    assert terms.conn.item() == 0
    summed = TopoLoss(16, dilation=2).terms(batch(pred), batch(target))
    assert summed.disc.item() == pytest.approx(8 * 9.0 * (6 * 16) * (5 * 16), rel=1e-5)


def test_partial_windows_are_kept_and_their_pairs_shared():
    pred, target = roads(23)
    terms = TopoLoss(16, dilation=2, normalize="pairs").terms(batch(pred), batch(target))
    disc = conn = 0.0
    for y, x in ((0, 0), (0, 16), (16, 0), (16, 16)):
        here = np.s_[y : y + 16, x : x + 16]
        w, v = topo_weights(pred[here], target[here] <= 2, None)
        p, goal = pred[here].astype(float), target[here].astype(float)
        disc += (w * p**2).sum() / max(w.sum(), 1)
        conn += (v * (p - goal) ** 2).sum() / max(v.sum(), 1)
    assert terms.disc.item() == pytest.approx(disc, rel=1e-5)
    assert terms.conn.item() == pytest.approx(conn, rel=1e-5)


@pytest.mark.parametrize("mode", ["paper", "official"])
def test_a_batch_is_the_sum_of_its_images(mode):
    one, two = roads(seed=1), roads(seed=2)
    loss = TopoLoss(16, mode=mode)
    both = loss(batch(one[0], two[0]), batch(one[1], two[1])).item()
    alone = sum(loss(batch(p), batch(t)).item() for p, t in (one, two))
    assert both == pytest.approx(alone, rel=1e-5)


@pytest.mark.parametrize("mode", ["paper", "official"])
def test_a_window_of_the_image_is_the_whole_image(mode):
    pred, target = (batch(x) for x in roads())
    assert torch.equal(
        TopoLoss(40, mode=mode)(pred, target), TopoLoss(None, mode=mode)(pred, target)
    )


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_other_floats(kind):
    """16 bits are taken to 32 for sums and back for the gradient; so under autocast."""
    pred, target = (batch(x) for x in roads())
    leaf, wide = pred.to(kind).requires_grad_(), pred.to(kind).float().requires_grad_()
    loss = TopoLoss(16, normalize="pairs")
    with torch.autocast("cpu", dtype=torch.bfloat16):
        got = loss(leaf, target.to(kind))
    expected = loss(wide, target.to(kind).float())
    got.backward()
    expected.backward()
    assert got.dtype in (torch.float32, torch.float64)
    assert got.item() == pytest.approx(expected.item(), rel=1e-5)
    assert leaf.grad.dtype == kind
    np.testing.assert_allclose(leaf.grad.float(), wide.grad.to(kind).float(), rtol=1e-2, atol=1e-6)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_cuda():
    pred, target = (batch(x) for x in roads())
    results = []
    for device in ("cpu", "cuda"):
        leaf = pred.to(device).requires_grad_()
        total = TopoLoss(16)(leaf, target.to(device))
        total.backward()
        assert total.device.type == leaf.grad.device.type == device
        results.append((total.item(), leaf.grad.cpu()))
    assert results[0][0] == pytest.approx(results[1][0], rel=1e-5)
    np.testing.assert_allclose(results[0][1], results[1][1], rtol=1e-5)


def test_twice_is_the_same():
    pred, target = (batch(x) for x in roads())
    runs = []
    for _ in range(2):
        leaf = pred.clone().requires_grad_()
        total = TopoLoss(16)(leaf, target)
        total.backward()
        runs.append((total, leaf.grad))
    assert torch.equal(runs[0][0], runs[1][0])
    assert torch.equal(runs[0][1], runs[1][1])


def test_far_targets_count_as_capped():
    pred, target = roads()
    assert torch.equal(
        TopoLoss()(batch(pred), batch(target)),
        TopoLoss()(batch(pred), batch(target + 50 * (target >= 20))),
    )


def test_no_road_and_all_road():
    """No road: one region, nothing to part. All road: nothing at all."""
    pred = roads()[0]
    empty = TopoLoss(16).terms(batch(pred), torch.full((1, 1, 40, 40), 20.0))
    assert empty.disc.item() == 0
    assert empty.conn.item() > 0
    assert TopoLoss(16)(batch(pred), torch.zeros(1, 1, 40, 40)).item() == 0


def test_one_pixel():
    assert TopoLoss()(torch.full((1, 1, 1, 1), 3.0), torch.zeros(1, 1, 1, 1)).item() == 0


def test_a_wider_gap_costs_more_in_the_paper_and_nothing_in_the_published_code():
    """The published code joins a gap above 10 before the pinned background: its signal is gone."""
    heights = [2, 4, 6, 9, 15, 20]
    paper = TopoLoss(64, normalize="pairs")
    costs = [paper.terms(*gap(value)).disc.item() for value in heights]
    assert costs == pytest.approx([value**2 for value in heights], rel=1e-3)
    official = TopoLoss(64, mode="official")
    theirs = {value: official.terms(*gap(value)).disc.item() for value in heights}
    assert theirs[9] > 100
    assert theirs[15] < 1
    assert theirs[20] < 1


def slow_official(pred, target, dilation=5):
    """Weights of one window of the published code, in plain Python: labels by scipy, a Kruskal."""
    height, width = pred.shape
    road = ndimage.binary_dilation(target == 0, iterations=dilation)
    labels = ndimage.label(~road, np.ones((3, 3)))[0].ravel()
    pixels = np.arange(height * width).reshape(height, width)
    ends = [*zip(pixels[:, :-1].flat, pixels[:, 1:].flat, strict=True)]
    ends += zip(pixels[:-1].flat, pixels[1:].flat, strict=True)
    sums = [[np.float32(x.flat[a] + x.flat[b]) for a, b in ends] for x in (pred, target)]
    weights = []
    for is_positive in (False, True):
        pinned = [
            (0 if t < 10 else p) if is_positive else (20 if t > 20 else p)
            for p, t in zip(*sums, strict=True)
        ]
        member, joined = {p: {p} for p in range(labels.size)}, np.zeros(len(ends))
        for e in sorted(range(len(ends)), key=lambda e: -pinned[e]):
            a, b = (member[p] for p in ends[e])
            if a is b:
                continue
            la, lb = (np.bincount(labels[list(s)], minlength=99)[1:] for s in (a, b))
            alike = (la * lb).sum()
            joined[e] = alike if is_positive else la.sum() * lb.sum() - alike
            a |= b
            for p in b:
                member[p] = a
        joined /= max(joined.sum(), 1)
        image = np.zeros(labels.size)
        for (a, b), share, level in zip(ends, joined, sums[1], strict=True):
            if (level >= 20) if is_positive else (level < 10):
                image[[a, b]] += share
        weights.append(image.reshape(height, width))
    return weights


def test_official_is_the_published_rule():
    """Whole windows of 12 only, roads widened in steps inside each; the rest gets no gradient."""
    pred, target = (x[:, :30] for x in roads(26, seed=3))
    leaf = batch(pred).requires_grad_()
    loss = TopoLoss(12, beta=0.3, dilation=2, mode="official")
    loss(leaf, batch(target)).backward()
    expected = np.zeros(pred.shape)
    for y in (0, 12):
        for x in (0, 12):
            here = np.s_[y : y + 12, x : x + 12]
            n, p = slow_official(pred[here], target[here], 2)
            expected[here] = 2 * n * pred[here] - 0.3 * 2 * p * (20 - pred[here])
    np.testing.assert_allclose(leaf.grad[0, 0].numpy(), expected, rtol=1e-4, atol=1e-6)
    assert np.abs(expected).max() > 0.1
    assert not leaf.grad[0, 0, 24:].any()


def test_regression_and_topo_are_added():
    pred, target = (batch(x) for x in roads())
    topo, squares = TopoLoss(16)(pred, target), (pred - target).square()
    total = TopoRegression(alpha=1e-3, window=16)(pred, target)
    assert total.item() == pytest.approx((squares.sum() + 1e-3 * topo).item(), rel=1e-5)
    mean = TopoRegression(alpha=1e-3, window=16, reduction="mean")(pred, target)
    assert mean.item() == pytest.approx((squares.mean() + 1e-3 * topo).item(), rel=1e-5)
    assert TopoRegression(alpha=0)(pred, target).item() == pytest.approx(squares.sum().item())


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"mode": "malis"}, "paper, official"),
        ({"normalize": "pixels"}, "none, pairs"),
        ({"mode": "official", "normalize": "none"}, "normalize='pairs'"),
        ({"window": 0}, "window"),
        ({"beta": -1}, "beta"),
        ({"dilation": 20}, "all is road"),
        ({"dilation": -1}, "dilation"),
    ],
)
def test_bad_options(options, says):
    with pytest.raises(RoadMetricsError, match=says) as caught:
        TopoLoss(**options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("pred", "target", "says"),
    [
        (torch.zeros(1, 1, 8, 8), torch.zeros(1, 1, 8, 9), r"\(1, 1, 8, 9\)"),
        (torch.zeros(8, 8), torch.zeros(8, 8), r"\[B, 1, H, W\]"),
        (torch.zeros(1, 2, 8, 8), torch.zeros(1, 2, 8, 8), r"\[B, 1, H, W\]"),
        (torch.zeros(1, 1, 8, 8, dtype=torch.int64), torch.zeros(1, 1, 8, 8), "floats"),
        (torch.zeros(1, 1, 8, 8), torch.full((1, 1, 8, 8), -1.0), "negative"),
        (torch.zeros(1, 1, 8, 8), torch.full((1, 1, 8, 8), torch.nan), "NaN"),
    ],
)
def test_bad_tensors(pred, target, says):
    with pytest.raises(RoadMetricsError, match=says):
        TopoLoss()(pred, target)


def test_nan_in_a_prediction_names_the_image():
    pred = torch.zeros(3, 1, 8, 8)
    pred[1, 0, 4, 4] = torch.nan
    with pytest.raises(RoadMetricsError, match=r"image 1 of the batch \(1 of 3\)"):
        TopoLoss()(pred, torch.zeros(3, 1, 8, 8))


def test_large_numbers_are_not_taken_for_nan():
    """Finite ones whose sum is not."""
    pred = torch.full((1, 1, 8, 8), 3e37)
    assert not torch.isfinite(pred.sum())
    check_pair(pred, torch.zeros(1, 1, 8, 8))


def test_official_refuses_a_tile_without_a_window():
    with pytest.raises(RoadMetricsError, match="none of 64 px fits into 40 x 40"):
        TopoLoss(64, mode="official")(*(batch(x) for x in roads()))
