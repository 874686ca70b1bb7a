"""Weights from files: torchvision's names, other models, damage, and things that must not run."""

import pickle

import pytest

torch = pytest.importorskip("torch", reason="needs the extra models")

from reference_models.nets import LinkNet, ResNet, ResNetSegmenter, UNet, load_weights  # noqa: E402
from roadmetrics.errors import RoadMetricsError  # noqa: E402


class Evil:
    """Unpickling it writes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def saved(path, model, wrap=lambda state: state):
    torch.save(wrap(model.state_dict()), path)
    return path


@pytest.mark.parametrize(
    "wrap",
    [dict, lambda s: {"state_dict": s, "epoch": 3}, lambda s: {"model": s}],
    ids=["bare", "state_dict", "model"],
)
def test_a_classifier_becomes_an_encoder(tmp_path, wrap):
    """The last layer is left out; everything else arrives."""
    torch.manual_seed(0)
    classifier, images = ResNet(18, base=4, n_classes=10).eval(), torch.rand(1, 3, 64, 64)
    path = saved(tmp_path / "resnet18.pth", classifier, wrap)
    for net in (LinkNet(18, base=4), ResNetSegmenter(18, base=4)):
        load_weights(net.encoder, path)
        net.eval()
        for got, expected in zip(
            net.encoder.features(images), classifier.features(images), strict=True
        ):
            assert torch.equal(got, expected)


def test_files_without_counters_of_batches(tmp_path):
    """Old checkpoints of torchvision have none."""
    path = saved(
        tmp_path / "old.pth",
        ResNet(18, base=4),
        lambda s: {k: v for k, v in s.items() if "num_batches" not in k},
    )
    load_weights(ResNet(18, base=4), path)


def refused(model, path, says):
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with pytest.raises(RoadMetricsError, match=says) as caught:
        load_weights(model, path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert all(torch.equal(before[name], t) for name, t in model.state_dict().items())


def test_another_model(tmp_path):
    path = saved(tmp_path / "unet.pth", UNet(base=2, n_blocks=2))
    refused(ResNet(18, base=4), path, "another model than this ResNet: lacks .* and .* more; has ")
    deeper = saved(tmp_path / "resnet34.pth", ResNet(34, base=4))
    refused(ResNet(18, base=4), deeper, r"has layer1\.2\.")
    refused(ResNet(34, base=4), saved(tmp_path / "resnet18.pth", ResNet(18, base=4)), "lacks")


def test_another_width(tmp_path):
    path = saved(tmp_path / "wide.pth", ResNet(18, base=8))
    refused(ResNet(18, base=4), path, r"bn1.bias is \[8\], in this ResNet \[4\]")


def test_nothing_is_executed(tmp_path):
    mark = tmp_path / "mark"
    torch.save({"state_dict": Evil(mark)}, tmp_path / "evil.pth")
    (tmp_path / "evil.pkl").write_bytes(pickle.dumps(Evil(mark)))
    for name in ("evil.pth", "evil.pkl"):
        refused(ResNet(18, base=4), tmp_path / name, "not unpickled")
    assert not mark.exists()


def test_damaged_files(tmp_path):
    whole = saved(tmp_path / "whole.pth", ResNet(18, base=4)).read_bytes()
    for name, data in {
        "empty.pth": b"",
        "text.pth": b"not a checkpoint\n",
        "cut.pth": whole[: len(whole) // 2],
        "short.pth": whole[:3],
        "image.pth": b"\x89PNG\r\n\x1a\n" + bytes(100),
    }.items():
        (tmp_path / name).write_bytes(data)
        refused(ResNet(18, base=4), tmp_path / name, "checkpoint|damaged")


def test_other_contents(tmp_path):
    for name, held in {
        "list.pth": [torch.ones(2)],
        "numbers.pth": {"a": 1},
        "key.pth": {1: torch.ones(1)},
    }.items():
        torch.save(held, tmp_path / name)
        refused(ResNet(18, base=4), tmp_path / name, "no state dict")


def test_no_file(tmp_path):
    refused(ResNet(18, base=4), tmp_path / "none.pth", "no such file")
    refused(ResNet(18, base=4), tmp_path, "no such file")
