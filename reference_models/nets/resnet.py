"""ResNet-18, 34 and 50 with torchvision's parameter names, and a segmentation network on top.

References
----------
K. He, X. Zhang, S. Ren, J. Sun: Deep Residual Learning for Image Recognition. CVPR 2016,
arXiv:1512.03385. In the bottleneck the 3 x 3 convolution has the stride, as in torchvision.
T.-Y. Lin et al.: Feature Pyramid Networks for Object Detection. CVPR 2017, arXiv:1612.03144 (the
decoder).
S. Anagnostidis et al.: Mastering Spatial Graph Prediction of Road Networks. ICCV 2023,
arXiv:2210.00828, whose ResNet segmentation baseline is not described further.
"""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn
from torch.nn import functional

from roadmetrics.errors import RoadMetricsError

from .padding import check_images, padded

BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3)}
MULTIPLE = 32  # five times halved


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut; [B, n_in, H, W] to [B, width, H / stride, ...]."""

    expansion = 1

    def __init__(self, n_in: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(n_in, width, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = _shortcut(n_in, width, stride)

    def forward(self, x: Tensor) -> Tensor:
        """The sum of both ways."""
        y = functional.relu(self.bn1(self.conv1(x)))
        return functional.relu(self.bn2(self.conv2(y)) + self.downsample(x))


class Bottleneck(nn.Module):
    """1 x 1, 3 x 3 and 1 x 1 beside a shortcut; [B, n_in, H, W] to [B, 4 width, ...]."""

    expansion = 4

    def __init__(self, n_in: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(n_in, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.downsample = _shortcut(n_in, 4 * width, stride)

    def forward(self, x: Tensor) -> Tensor:
        """The sum of both ways."""
        y = functional.relu(self.bn1(self.conv1(x)))
        y = functional.relu(self.bn2(self.conv2(y)))
        return functional.relu(self.bn3(self.conv3(y)) + self.downsample(x))


class ResNet(nn.Module):
    """Images [B, in_channels, H, W] to ``n_classes`` numbers an image, or to maps (`features`).

    ``depth``: 18, 34 or 50; ``base``: features of the stem, 64 in the paper; ``n_classes`` 0 leaves
    out the last layer. `widths`: features of the stem and the four stages.

    >>> ResNet(18, base=4).widths
    (4, 4, 8, 16, 32)
    >>> ResNet(19)
    Traceback (most recent call last):
    ...
    roadmetrics.errors.RoadMetricsError: depth is one of 18, 34, 50, not 19
    """

    def __init__(
        self, depth: int = 18, in_channels: int = 3, base: int = 64, n_classes: int = 0
    ) -> None:
        super().__init__()
        if depth not in BLOCKS:
            raise RoadMetricsError(f"depth is one of {', '.join(map(str, BLOCKS))}, not {depth}")
        kind = Bottleneck if depth == 50 else BasicBlock
        stages = [base << k for k in range(4)]
        self.in_channels = in_channels
        self.widths = (base, *(kind.expansion * width for width in stages))
        self.conv1 = nn.Conv2d(in_channels, base, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(base)
        for k, (width, n_blocks) in enumerate(zip(stages, BLOCKS[depth], strict=True)):
            blocks: list[nn.Module] = [kind(self.widths[k], width, 1 if k == 0 else 2)]
            blocks += [kind(self.widths[k + 1], width, 1) for _ in range(n_blocks - 1)]
            self.add_module(f"layer{k + 1}", nn.Sequential(*blocks))
        if n_classes:
            self.fc = nn.Linear(self.widths[-1], n_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def features(self, images: Tensor) -> list[Tensor]:
        """Maps of the stem and the four stages at 1/2, 1/4, 1/8, 1/16 and 1/32 of the size."""
        x = functional.relu(self.bn1(self.conv1(images)))
        maps = [x]
        x = functional.max_pool2d(x, 3, stride=2, padding=1)
        for k in range(1, 5):
            x = cast(nn.Module, getattr(self, f"layer{k}"))(x)
            maps.append(x)
        return maps

    def forward(self, images: Tensor) -> Tensor:
        """[B, n_classes] scores, or without classes [B, widths[-1]] mean features."""
        check_images(self, images, self.in_channels, MULTIPLE)
        mean = self.features(images)[-1].mean(dim=(2, 3))
        return cast(Tensor, self.fc(mean)) if hasattr(self, "fc") else mean


class ResNetSegmenter(nn.Module):
    """Images [B, in_channels, H, W] to one number a pixel, [B, 1, H, W]: a logit or a distance.

    A feature pyramid over a ResNet: the maps of all stages, brought to ``2 * base`` features and
    summed from coarse to fine. Sizes that 32 does not divide are padded. Weights for ``encoder``
    come from `load_weights`.

    >>> import torch
    >>> ResNetSegmenter(18, base=4).eval()(torch.zeros(1, 3, 33, 5)).shape
    torch.Size([1, 1, 33, 5])
    """

    def __init__(self, depth: int = 18, in_channels: int = 3, base: int = 64) -> None:
        super().__init__()
        self.encoder = ResNet(depth, in_channels, base)
        n = 2 * base
        self.lateral = nn.ModuleList(nn.Conv2d(width, n, 1) for width in self.encoder.widths)
        self.smooth = nn.Sequential(
            nn.Conv2d(n, base, 3, padding=1, bias=False), nn.BatchNorm2d(base), nn.ReLU(True)
        )
        self.head = nn.Conv2d(base, 1, 1)

    def forward(self, images: Tensor) -> Tensor:
        """The output at the size of the images."""
        height, width = images.shape[-2:] if images.ndim == 4 else (0, 0)
        maps = self.encoder.features(padded(self, images, self.encoder.in_channels, MULTIPLE))
        total = self.lateral[-1](maps[-1])
        for k in range(3, -1, -1):
            total = self.lateral[k](maps[k]) + _doubled(total)
        output: Tensor = self.head(_doubled(self.smooth(total)))
        return output[..., :height, :width]


def _doubled(x: Tensor) -> Tensor:
    """[B, C, 2 H, 2 W] by linear interpolation."""
    return functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def _shortcut(n_in: int, n_out: int, stride: int) -> nn.Module:
    """Nothing, or a 1 x 1 convolution where shapes differ."""
    if n_in == n_out and stride == 1:
        return nn.Identity()
    return nn.Sequential(nn.Conv2d(n_in, n_out, 1, stride, bias=False), nn.BatchNorm2d(n_out))
