"""Networks: shapes, sizes that do not divide, parameter counts that are known, gradients."""

import pytest

torch = pytest.importorskip("torch", reason="needs the extra models")

from reference_models.nets import DRU, LinkNet, ResNet, ResNetSegmenter, UNet  # noqa: E402
from roadmetrics.errors import RoadMetricsError  # noqa: E402

SMALL = {
    "unet": lambda **k: UNet(base=2, n_layers=2, **k),
    "dru": lambda **k: DRU(base=2, n_layers=2, **k),
    "linknet": lambda **k: LinkNet(base=4, **k),
    "resnet18": lambda **k: ResNetSegmenter(18, base=4, **k),
    "resnet50": lambda **k: ResNetSegmenter(50, base=4, **k),
}
every = pytest.mark.parametrize("make", SMALL.values(), ids=SMALL.keys())


def n_parameters(make):
    with torch.device("meta"):
        return sum(p.numel() for p in make().parameters())


@every
@pytest.mark.parametrize("size", [(32, 64), (33, 31), (1, 1), (100, 7)])
def test_output_has_the_size_of_the_images(make, size):
    net = make().eval()
    assert net(torch.rand(2, 3, *size)).shape == (2, 1, *size)


@every
def test_padding_does_not_reach_back(make):
    """Repeated by hand to the next multiple of 32, an image gives the same."""
    torch.manual_seed(0)
    net, image = make().eval(), torch.rand(1, 3, 40, 50)
    rows, columns = torch.arange(64).clamp(max=39), torch.arange(64).clamp(max=49)
    by_hand = image[:, :, rows][:, :, :, columns]
    with torch.no_grad():
        torch.testing.assert_close(net(image), net(by_hand)[:, :, :40, :50])


@every
def test_channels(make):
    assert make(in_channels=5).eval()(torch.rand(1, 5, 32, 32)).shape == (1, 1, 32, 32)
    for bad in (torch.rand(1, 4, 32, 32), torch.rand(3, 32, 32), torch.rand(1, 3, 0, 32)):
        with pytest.raises(RoadMetricsError, match=r"takes images \[B, 3, H, W\]"):
            make()(bad)


@every
def test_a_single_small_tile_cannot_be_trained_on(make):
    with pytest.raises(RoadMetricsError, match="take more tiles a batch, or tiles above 32 px"):
        make().train()(torch.rand(1, 3, 32, 20))


@every
def test_gradients_reach_every_parameter_and_the_loss_falls(make):
    torch.manual_seed(0)
    net = make().train()
    images = torch.rand(2, 3, 64, 64)
    target = (images.mean(dim=1, keepdim=True) > 0.5).float()
    optimiser = torch.optim.Adam(net.parameters(), lr=0.02)
    losses = []
    for _ in range(8):
        outputs = net(images)
        outputs = outputs if isinstance(outputs, list) else [outputs]
        loss = sum((output - target).square().mean() for output in outputs)
        optimiser.zero_grad()
        loss.backward()
        if not losses:
            for name, parameter in net.named_parameters():
                assert parameter.grad is not None, name
                assert parameter.grad.isfinite().all(), name
        optimiser.step()
        losses.append(loss.item())
    dead = [n for n, p in net.named_parameters() if not p.grad.abs().sum()]
    assert not dead
    assert losses[-1] < 0.8 * losses[0]


@pytest.mark.parametrize(
    ("depth", "n_known", "n_entries"),
    [(18, 11_689_512, 122), (34, 21_797_672, 218), (50, 25_557_032, 320)],
)
def test_resnets_are_torchvisions(depth, n_known, n_entries):
    """As many parameters and buffers as torchvision documents, with its names."""
    assert n_parameters(lambda: ResNet(depth, n_classes=1000)) == n_known
    with torch.device("meta"):
        names = set(ResNet(depth, n_classes=1000).state_dict())
    assert len(names) == n_entries
    last = {18: "layer4.1.bn2.", 34: "layer3.5.bn2.", 50: "layer3.5.bn3."}[depth]
    some = {"conv1.weight", "bn1.running_var", "fc.weight", "fc.bias", last + "bias"}
    some |= {"layer2.0.downsample.0.weight", "layer2.0.downsample.1.running_mean"}
    assert some <= names
    assert ("layer1.0.downsample.0.weight" in names) == (depth == 50)
    assert "layer2.1.downsample.0.weight" not in names


def test_resnet_shapes_and_strides():
    with torch.device("meta"):
        maps = ResNet(50).features(torch.empty(1, 3, 224, 224))
        assert [tuple(x.shape[1:]) for x in maps] == [
            (64, 112, 112), (256, 56, 56), (512, 28, 28), (1024, 14, 14), (2048, 7, 7)
        ]  # fmt: skip
        assert ResNet(50).layer2[0].conv1.stride == (1, 1)  # the 3 x 3 has the stride
        assert ResNet(50).layer2[0].conv2.stride == (2, 2)
        assert ResNet(18, n_classes=7).eval()(torch.empty(2, 3, 65, 40)).shape == (2, 7)
        assert ResNet(18).eval()(torch.empty(2, 3, 65, 40)).shape == (2, 512)


def test_unet_is_as_described():
    """32 to 512 in five blocks of three layers, 1024 below; 46.8 million parameters."""
    with torch.device("meta"):
        net = UNet()
        features, kept = net.encode(torch.empty(1, 3, 64, 64))
        assert [tuple(x.shape[1:]) for x in kept] == [
            (32, 64, 64), (64, 32, 32), (128, 16, 16), (256, 8, 8), (512, 4, 4)
        ]  # fmt: skip
        assert features.shape == (1, 512, 2, 2)
        assert net.bridge(features).shape == (1, 1024, 2, 2)
    kinds = [type(layer).__name__ for layer in net.down[0]]
    assert kinds == ["Conv2d", "ReLU", "BatchNorm2d"] * 3
    assert n_parameters(UNet) == 46_838_049


def test_linknet_has_the_size_of_the_paper():
    """11.5 million."""
    assert n_parameters(LinkNet) == 11_533_313


@pytest.mark.parametrize(
    "make",
    [
        lambda: UNet(base=0),
        lambda: UNet(n_blocks=0),
        lambda: DRU(n_infer=0),
        lambda: LinkNet(base=1),
        lambda: LinkNet(depth=20),
        lambda: ResNetSegmenter(depth=101),
    ],
)
def test_bad_options(make):
    with pytest.raises(RoadMetricsError):
        make()
