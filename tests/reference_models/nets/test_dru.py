"""The dual-gated unit against values computed by hand, and the iterations around it."""

import math

import numpy as np
import pytest
from scipy.signal import correlate2d

torch = pytest.importorskip("torch", reason="needs the extra models")

from reference_models.nets import DRU, weighted_sum  # noqa: E402
from reference_models.nets.dru import DualGatedUnit  # noqa: E402


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def set_taps(convolution, centre, bias):
    with torch.no_grad():
        convolution.weight.zero_()
        convolution.weight[0, 0, 1, 1] = centre
        convolution.bias.fill_(bias)


def test_one_pixel_by_hand():
    """x = 2, h = 0.5: z = s(1.1), r = s(-1.8), candidate tanh(3 * 2 r + 0.2)."""
    unit = DualGatedUnit(1, 1)
    set_taps(unit.update, 0.5, 0.1)
    set_taps(unit.reset, -1.0, 0.2)
    set_taps(unit.candidate, 3.0, 0.2)
    z, r = 1 / (1 + math.exp(-1.1)), 1 / (1 + math.exp(1.8))
    new = math.tanh(3 * 2 * r + 0.2)
    x, h = torch.full((1, 1, 1, 1), 2.0), torch.full((1, 1, 1, 1), 0.5)
    assert unit(x, h).item() == pytest.approx((1 - z) * 0.5 + z * new, abs=1e-6)
    assert unit(x, None).item() == pytest.approx(z * new, abs=1e-6)


def test_maps_by_numpy():
    """Three inputs, two states, two steps; the gates see the input and not the state."""
    torch.manual_seed(0)
    unit, x = DualGatedUnit(3, 2), torch.randn(1, 3, 5, 6)

    def layer(convolution, maps):
        weight, bias = (p.detach().numpy() for p in (convolution.weight, convolution.bias))
        return np.stack([
            sum(correlate2d(m, w, "same") for m, w in zip(maps, row, strict=True)) + b
            for row, b in zip(weight, bias, strict=True)
        ])  # fmt: skip

    maps = x[0].numpy()
    z, r = sigmoid(layer(unit.update, maps)), sigmoid(layer(unit.reset, maps))
    assert z.shape == (2, 5, 6)
    assert r.shape == (3, 5, 6)
    new = np.tanh(layer(unit.candidate, maps * r))
    once = unit(x, None)
    np.testing.assert_allclose(once[0].detach(), z * new, atol=1e-5)
    twice = unit(x, once)
    np.testing.assert_allclose(twice[0].detach(), (1 - z) * z * new + z * new, atol=1e-5)


def test_iterations():
    """Each sees the output before it, zeros at first, and the state of the bridge."""
    torch.manual_seed(0)
    net, images = DRU(base=4, n_blocks=2).eval(), torch.rand(2, 3, 16, 16)
    with torch.no_grad():
        outputs = net.iterate(images, 3)
        features, kept = net.encode(torch.cat([images, torch.zeros(2, 1, 16, 16)], dim=1))
        state = net.bridge(features, None)
        torch.testing.assert_close(outputs[0], net.decode(state, kept))
        features, kept = net.encode(torch.cat([images, outputs[0]], dim=1))
        torch.testing.assert_close(outputs[1], net.decode(net.bridge(features, state), kept))
        torch.testing.assert_close(net(images), outputs[1])
        assert (outputs[0] - outputs[1]).abs().max() > 1e-6


def test_three_in_training():
    torch.manual_seed(0)
    outputs = DRU(base=2, n_blocks=2).train()(torch.rand(2, 3, 15, 18))
    assert [tuple(output.shape) for output in outputs] == [(2, 1, 15, 18)] * 3


def test_the_bridge_takes_the_place_of_the_unets():
    net = DRU(base=2)
    assert isinstance(net.bridge, DualGatedUnit)
    assert net.bridge.candidate.weight.shape == (64, 32, 3, 3)
    assert net.down[0][0].weight.shape == (2, 4, 3, 3)  # the image and the last output


def test_losses_of_iterations():
    a, b, c, target = (torch.tensor(float(x)) for x in (5, 3, 2, 1))

    def distance(output, goal):
        return (output - goal).abs()

    assert weighted_sum(distance, [a, b, c], target).item() == pytest.approx(0.64 + 0.8 + 1)
    assert weighted_sum(distance, [a, b], target, decay=0.5).item() == pytest.approx(2 + 2)
