"""The autoregressive network: what it may see, and what must not matter to it."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from hand_tasks import batch  # noqa: E402

from reference_models.nets.arm import ARM, TINY, legal  # noqa: E402
from reference_models.nets.points import sampled  # noqa: E402
from reference_models.nets.resnet import ResNet  # noqa: E402
from roadmetrics.errors import RoadMetricsError  # noqa: E402


def arm_of(seed=0, **changes):
    torch.manual_seed(seed)
    return ARM(replace(TINY, dropout=0.0, **changes)).eval()


def tensors(one):
    arrays = one.images, one.key_points, one.mask, one.tokens
    return tuple(torch.from_numpy(np.ascontiguousarray(a)) for a in arrays)


def inputs(net, *names, k=0):
    images, places, mask, tokens = tensors(batch(*names, k=k))
    return net.encoder.standardised(images), places, mask, tokens


def probabilities(net, images, places, mask, tokens):
    with torch.no_grad():
        return net(images, places, mask, tokens).softmax(dim=-1)


def test_padding_changes_nothing():
    net = arm_of()
    for names in (["ring"], ["comb", "pair", "ring"]):
        few, many = (probabilities(net, *inputs(net, *names, k=k)) for k in (0, 40))
        assert many.shape[-1] == 41
        assert float(many[..., 6:40].max()) == 0.0
        torch.testing.assert_close(many[..., :6], few[..., :6], atol=1e-6, rtol=0)
        torch.testing.assert_close(many[..., 40], few[..., 6], atol=1e-6, rtol=0)


def test_what_lies_at_padded_places_is_not_seen():
    net = arm_of()
    images, places, mask, tokens = inputs(net, "star", k=9)
    before = probabilities(net, images, places, mask, tokens)
    places[:, 6:] = torch.rand(1, 3, 2)
    assert torch.equal(before, probabilities(net, images, places, mask, tokens))


def test_rows_do_not_see_each_other():
    net = arm_of()
    one = probabilities(net, *inputs(net, "pair", k=6))
    several = probabilities(net, *inputs(net, "ring", "pair", "comb", k=6))
    torch.testing.assert_close(several[1, :3], one[0], atol=1e-6, rtol=0)


def test_key_points_in_another_order_get_the_same_probabilities():
    net = arm_of()
    images, places, mask, tokens = inputs(net, "ring", k=8)
    order = torch.tensor([3, 5, 0, 7, 1, 4, 6, 2])
    number = torch.argsort(order)
    was = probabilities(net, images, places, mask, tokens)
    now = probabilities(net, images, places[:, order], mask[:, order], number[tokens])
    torch.testing.assert_close(now[..., :8], was[..., order], atol=1e-6, rtol=0)
    torch.testing.assert_close(now[..., 8], was[..., 8], atol=1e-6, rtol=0)


@pytest.mark.parametrize("changes", [{}, {"has_cross": True}])
def test_a_state_has_read_the_tokens_before_it_and_no_others(changes):
    net = arm_of(**changes)
    images, places, mask, tokens = inputs(net, "ring")
    was = probabilities(net, images, places, mask, tokens)
    for t in range(tokens.shape[1]):
        changed = tokens.clone()
        changed[0, t] = (tokens[0, t] + 1) % 6
        now = probabilities(net, images, places, mask, changed)
        assert torch.equal(now[0, : t + 1], was[0, : t + 1])
        assert float((now[0, t + 1] - was[0, t + 1]).abs().max()) > 1e-4


@pytest.mark.parametrize("changes", [{}, {"has_cross": True}, {"token_layers": 3}])
def test_one_token_at_a_time_gives_what_one_pass_gives(changes):
    net = arm_of(**changes)
    images, places, mask, tokens = inputs(net, "comb", "ring")
    with torch.no_grad():
        encoding = net.encode(images, places, mask)
        whole = net.decode(encoding, tokens)
    given = tokens[:, :3].clone()
    given[1, 1:] = -1  # the second row has read one token, the first three
    state, cache = net.start(encoding, given)
    torch.testing.assert_close(state, torch.stack([whole[0, 3], whole[1, 1]]), atol=1e-5, rtol=0)
    for t in range(5):
        token = torch.stack([tokens[0, 3 + t], tokens[1, 1 + t]])
        state, cache = net.decode_step(cache, encoding, token)
        expected = torch.stack([whole[0, 4 + t], whole[1, 2 + t]])
        torch.testing.assert_close(state, expected, atol=1e-5, rtol=0)
    assert cache.lengths.tolist() == [9, 7]


def test_a_row_that_stands_still_and_rows_that_change_places():
    net = arm_of()
    images, places, mask, tokens = inputs(net, "comb", "ring")
    with torch.no_grad():
        encoding = net.encode(images, places, mask)
        whole = net.decode(encoding, tokens)
    _, cache = net.start(encoding, tokens[:, :2])
    _, cache = net.decode_step(cache, encoding, torch.tensor([-1, int(tokens[1, 2])]))
    rows = torch.tensor([1, 0, 1])
    token = torch.stack([tokens[1, 3], tokens[0, 2], tokens[1, 3]])
    state, _ = net.decode_step(cache.take(rows), encoding.take(rows), token)
    expected = torch.stack([whole[1, 4], whole[0, 3], whole[1, 4]])
    torch.testing.assert_close(state, expected, atol=1e-5, rtol=0)
    cache.put(torch.tensor([0]), net.start(encoding.take(rows[:1]), tokens[1:, :4])[1])
    assert cache.lengths.tolist() == [5, 4]


def test_attention_is_shares_of_what_was_read():
    net = arm_of(token_layers=2)
    images, places, mask, tokens = inputs(net, "ring")
    with torch.no_grad():
        layers = net.attention(net.encode(images, places, mask), tokens)
    assert len(layers) == 2
    for weights in layers:
        assert weights.shape == (1, 4, 11, 11)
        torch.testing.assert_close(weights.sum(dim=-1), torch.ones(1, 4, 11))
        assert float(weights.triu(1).abs().max()) == 0.0
    own = layers[0][0, 0, 3, :4]  # against the definition, by hand
    block = net.transformer.blocks[0]
    with torch.no_grad():
        x = block.norm(net.embedded(net.encode(images, places, mask), tokens))[0]
        query, key = block.attention.query(x)[3, :8], block.attention.key_value(x)[:4, :8]
    torch.testing.assert_close(own, (key @ query / 8**0.5).softmax(dim=0))


def test_gradients_reach_every_parameter():
    net = arm_of(has_cross=True).train()
    images, places, mask, tokens = inputs(net, "ring", "comb")
    logits = net(images, places, mask, tokens)
    target = torch.from_numpy(batch("ring", "comb").targets())
    keep = target >= 0
    torch.nn.functional.cross_entropy(logits[keep], target[keep]).backward()
    silent = [n for n, p in net.named_parameters() if p.grad is None or not p.grad.any()]
    assert silent == [], "the key's bias shifts all scores of a row alike, so it may be near 0"


def test_the_image_matters_and_without_features_it_does_not():
    for has_image in (True, False):
        net = arm_of(has_image=has_image)
        images, places, mask, tokens = inputs(net, "ring")
        was = probabilities(net, images, places, mask, tokens)
        now = probabilities(net, images.flip(3), places, mask, tokens)
        assert torch.equal(was, now) != has_image
    assert not any("resnet" in name for name, _ in net.named_parameters())


def test_the_map_that_is_crossed_to_matters():
    net = arm_of(has_cross=True)
    images, places, mask, tokens = inputs(net, "ring")
    with torch.no_grad():
        encoding = net.encode(images, places, mask)
        was = net.decode(encoding, tokens)
        encoding.patches = encoding.patches * 0
        assert not torch.allclose(was, net.decode(encoding, tokens))


def test_features_are_read_where_the_pixel_is():
    """What features at pixel (x, y) depend on lies evenly around it, in an image that does, too."""
    resnet = ResNet(18, base=4).eval()
    for module in resnet.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.constant_(module.weight, 0.01)  # what is left is where kernels lie
    ys, xs = torch.meshgrid(torch.arange(128.0), torch.arange(128.0), indexing="ij")
    for x, y in ((64, 64), (48, 72)):
        cone = 200 - (xs - x).abs() - (ys - y).abs()
        image = cone.expand(1, 3, 128, 128).clone().requires_grad_()
        places = (torch.tensor([[[x, y]]]) + 0.5) / 128
        for stage, features in enumerate(resnet.features(image)[1:3]):
            image.grad = None
            sampled(features, places, (128, 128), 4 << stage).sum().backward(retain_graph=True)
            seen = image.grad[0].sum(dim=0)
            centre = [float((seen * at).sum() / seen.sum()) for at in (xs, ys)]
            assert centre == pytest.approx([x, y], abs=0.02)


def test_legal_moves():
    mask = np.array([[True, True, True, False], [True, False, False, False]])
    tokens = np.array([[2, 0, 1], [-1, -1, -1]])
    found = legal(tokens, mask)
    assert found[0].astype(int).tolist() == [
        [1, 1, 1, 0, 1], [1, 1, 0, 0, 0], [1, 1, 1, 0, 1], [1, 0, 1, 0, 0],
    ]  # fmt: skip
    assert found[1, 0].tolist() == [False, False, False, False, True]
    assert torch.equal(legal(torch.from_numpy(tokens), torch.from_numpy(mask)),
                       torch.from_numpy(found))  # fmt: skip


def test_too_many_tokens_and_impossible_sizes():
    net = arm_of()
    images, places, mask, _ = inputs(net, "ring")
    encoding = net.encode(images, places, mask)
    with pytest.raises(RoadMetricsError, match="50 tokens are more than those of 24 edges"):
        net.decode(encoding, torch.zeros(1, 50, dtype=torch.int64))
    _, cache = net.start(encoding, torch.zeros(1, 48, dtype=torch.int64))
    with pytest.raises(RoadMetricsError, match="49 tokens are more"):
        net.decode_step(cache, encoding, torch.tensor([1]))
    assert net.decode_step(cache, encoding, torch.tensor([-1]))[0].shape == (1, 32)
    with pytest.raises(RoadMetricsError, match="heads must divide the width 32, 5 does not"):
        arm_of(heads=5)
