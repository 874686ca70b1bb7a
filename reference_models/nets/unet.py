"""U-Net as Oner et al. describe theirs: five blocks of three conv-ReLU-BN, then a bridge.

References
----------
O. Ronneberger, P. Fischer, T. Brox: U-Net: Convolutional Networks for Biomedical Image
Segmentation. MICCAI 2015, arXiv:1505.04597.
D. Oner et al.: Promoting Connectivity of Network-Like Structures by Enforcing Region Separation.
TPAMI 2021, arXiv:2009.07011, section 4.2.

The paper leaves open: the decoder (here the mirror image, 2 x 2 transposed convolutions), the
activation of the output (none here), the resolution of the bridge (after the fifth pooling here).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from roadmetrics.errors import RoadMetricsError

from .padding import padded


def convolutions(n_in: int, n_out: int, n_layers: int = 3) -> nn.Sequential:
    """Layers of 3 x 3 convolution, ReLU and batch normalisation, in the paper's order."""
    layers: list[nn.Module] = []
    for k in range(n_layers):
        layers += [
            nn.Conv2d(n_out if k else n_in, n_out, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.BatchNorm2d(n_out),
        ]
    return nn.Sequential(*layers)


class UNet(nn.Module):
    """Images [B, in_channels, H, W] to one number a pixel, [B, 1, H, W]: a distance or a logit.

    ``base``: features of the first block, doubled in each of ``n_blocks`` blocks and in the bridge:
    32, 64, 128, 256, 512 and 1024. Sizes that 2 ** n_blocks does not divide are padded.

    Raises RoadMetricsError for images of another shape (see `padded`).

    >>> net = UNet(base=2, n_blocks=2).eval()
    >>> net(torch.zeros(1, 3, 5, 7)).shape
    torch.Size([1, 1, 5, 7])
    >>> net(torch.zeros(0, 3, 5, 7))
    Traceback (most recent call last):
    ...
    roadmetrics.errors.RoadMetricsError: UNet takes images [B, 3, H, W] with at least one pixel, \
not (0, 3, 5, 7)
    """

    def __init__(
        self, in_channels: int = 3, base: int = 32, n_blocks: int = 5, n_layers: int = 3
    ) -> None:
        super().__init__()
        if min(in_channels, base, n_blocks, n_layers) < 1:
            raise RoadMetricsError("in_channels, base, n_blocks and n_layers are 1 or more")
        self.in_channels, self.multiple = in_channels, 2**n_blocks
        widths = [base << k for k in range(n_blocks + 1)]  # the last is the bridge's
        below = [in_channels, *widths]
        self.down = nn.ModuleList(
            convolutions(below[k], widths[k], n_layers) for k in range(n_blocks)
        )
        self.pool = nn.MaxPool2d(2)
        self.bridge = self.make_bridge(widths[-2], widths[-1], n_layers)
        self.raise_ = nn.ModuleList(
            nn.ConvTranspose2d(2 * n, n, 2, stride=2) for n in reversed(widths[:-1])
        )
        self.up = nn.ModuleList(convolutions(2 * n, n, n_layers) for n in reversed(widths[:-1]))
        self.head = nn.Conv2d(base, 1, 1)

    def make_bridge(self, n_in: int, n_out: int, n_layers: int) -> nn.Module:
        """What stands between the last pooling and the decoder."""
        return convolutions(n_in, n_out, n_layers)

    def encode(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Features before the bridge [B, C, h, w], and those of each block before its pooling."""
        kept = []
        for block in self.down:
            kept.append(block(images))
            images = self.pool(kept[-1])
        return images, kept

    def decode(self, features: Tensor, kept: list[Tensor]) -> Tensor:
        """The output [B, 1, H, W] from the bridge's features and the encoder's."""
        for raised, block, skip in zip(self.raise_, self.up, reversed(kept), strict=True):
            features = block(torch.cat([skip, raised(features)], dim=1))
        output: Tensor = self.head(features)
        return output

    def forward(self, images: Tensor) -> Tensor:
        """The output at the size of the images."""
        height, width = images.shape[-2:] if images.ndim == 4 else (0, 0)
        features, kept = self.encode(padded(self, images, self.in_channels, self.multiple))
        return self.decode(self.bridge(features), kept)[..., :height, :width]
