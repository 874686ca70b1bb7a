"""LinkNet: a ResNet whose maps are added, stage by stage, to those of a light decoder.

References
----------
A. Chaurasia, E. Culurciello: LinkNet: Exploiting Encoder Representations for Efficient Semantic
Segmentation. VCIP 2017, arXiv:1707.03718.
"""

from __future__ import annotations

from torch import Tensor, nn

from roadmetrics.errors import RoadMetricsError

from .padding import padded
from .resnet import MULTIPLE, ResNet


class Decoder(nn.Module):
    """[B, n_in, H, W] to [B, n_out, stride H, stride W] through a quarter of the features."""

    def __init__(self, n_in: int, n_out: int, stride: int) -> None:
        super().__init__()
        n = max(n_in // 4, 1)
        self.layers = nn.Sequential(
            *_layer(nn.Conv2d(n_in, n, 1, bias=False)),
            *_layer(_raised(n, n, stride)),
            *_layer(nn.Conv2d(n, n_out, 1, bias=False)),
        )

    def forward(self, x: Tensor) -> Tensor:
        """The raised map."""
        y: Tensor = self.layers(x)
        return y


class LinkNet(nn.Module):
    """Images [B, in_channels, H, W] to one number a pixel, [B, 1, H, W]: a logit or a distance.

    ``depth``: of the ResNet, 18 in the paper; ``base``: features of its stem, 64 there, half of
    them in the last layers. Sizes that 32 does not divide are padded. Weights for ``encoder`` come
    from `load_weights`.

    >>> import torch
    >>> LinkNet(18, base=4).eval()(torch.zeros(1, 3, 33, 5)).shape
    torch.Size([1, 1, 33, 5])
    """

    def __init__(self, depth: int = 18, in_channels: int = 3, base: int = 64) -> None:
        super().__init__()
        if base < 2:
            raise RoadMetricsError(f"base is 2 or more, not {base}")
        self.encoder = ResNet(depth, in_channels, base)
        stem, *widths = self.encoder.widths
        n_out = [stem, *widths[:-1]]  # of the decoder below each stage
        self.decoders = nn.ModuleList(Decoder(widths[k], n_out[k], 2 if k else 1) for k in range(4))
        half = base // 2
        self.last = nn.Sequential(
            *_layer(_raised(stem, half, 2)),
            *_layer(nn.Conv2d(half, half, 3, padding=1, bias=False)),
            nn.ConvTranspose2d(half, 1, 2, stride=2),
        )

    def forward(self, images: Tensor) -> Tensor:
        """The output at the size of the images."""
        height, width = images.shape[-2:] if images.ndim == 4 else (0, 0)
        maps = self.encoder.features(padded(self, images, self.encoder.in_channels, MULTIPLE))
        x = maps[4]
        for k in range(3, 0, -1):
            x = self.decoders[k](x) + maps[k]
        output: Tensor = self.last(self.decoders[0](x))
        return output[..., :height, :width]


def _layer(convolution: nn.Module) -> tuple[nn.Module, nn.Module, nn.Module]:
    """A convolution, batch normalisation and ReLU."""
    n = int(convolution.out_channels)
    return convolution, nn.BatchNorm2d(n), nn.ReLU(inplace=True)


def _raised(n_in: int, n_out: int, stride: int) -> nn.ConvTranspose2d:
    """A 3 x 3 transposed convolution that multiplies the size by ``stride`` (1 or 2)."""
    return nn.ConvTranspose2d(
        n_in, n_out, 3, stride, padding=1, output_padding=stride - 1, bias=False
    )
