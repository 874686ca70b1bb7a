"""Key points as a network sees them: image features at their places, their places, their company.

References
----------
S. Anagnostidis et al.: Mastering Spatial Graph Prediction of Road Networks. ICCV 2023,
arXiv:2210.00828, section 3.1 and appendix C: features after each of a ResNet's four stages,
interpolated at the key points, beside learned location embeddings; Transformer I without causal
mask over them.

The paper leaves open: the location embedding (here sines and cosines of x and y at six wavelengths,
from twice the image to a sixteenth, through a linear layer) and the image's own embedding
(here the mean of the last stage, through a linear layer).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from roadmetrics.errors import RoadMetricsError

from .attention import Transformer
from .padding import check_images
from .resnet import MULTIPLE, ResNet

WAVES = 6  # wavelengths of the location encoding
N_PLACE = 2 + 4 * WAVES


@dataclass(frozen=True, kw_only=True)
class ArmConfig:
    """Sizes of the networks on key points; the defaults are the paper's where it gives them.

    ``depth``: of the ResNet, 50 for photographs, 18 for synthetic towns; ``base``: features of its
    stem; ``image``: side of the images, pixels (400 px crops are brought to 300); ``point_layers``,
    ``token_layers``: of Transformers I and II; ``width``, ``heads`` (not in the paper): of both;
    ``edges``: the most that fit into a sequence; ``has_image``: without it the network sees
    only where key points are; ``has_cross``: Transformer II also reads the last stage's map.

    >>> MINIATURE.width
    64
    >>> ArmConfig(width=0)
    Traceback (most recent call last):
    ...
    roadmetrics.errors.RoadMetricsError: width must be 1 or more, not 0
    """

    depth: int = 50
    base: int = 64
    image: int = 300
    width: int = 256
    heads: int = 8
    point_layers: int = 16
    token_layers: int = 16
    dropout: float = 0.15
    edges: int = 256
    has_image: bool = True
    has_cross: bool = False

    def __post_init__(self) -> None:
        for name in ("base", "image", "width", "heads", "edges"):
            if getattr(self, name) < 1:
                raise RoadMetricsError(f"{name} must be 1 or more, not {getattr(self, name)}")
        if min(self.point_layers, self.token_layers) < 0 or not 0 <= self.dropout < 1:
            raise RoadMetricsError("layers must be 0 or more, and dropout from 0 to below 1")

    def to_dict(self) -> dict[str, Any]:
        """Plain types, by field."""
        return asdict(self)


FULL = ArmConfig()
MINIATURE = ArmConfig(
    depth=18, base=8, image=128, width=64, heads=4, point_layers=2, token_layers=2, edges=96
)
TINY = replace(MINIATURE, base=4, image=64, width=32, point_layers=1, token_layers=1, edges=24)


@dataclass
class Encoding:
    """What is computed once an image.

    ``points`` [B, K + 1, D]: key points, padding, and END last; ``image`` [B, D]; ``mask`` bool
    [B, K]: which are key points; ``patches`` [B, P, D]: the image's last map, to cross to.
    """

    points: Tensor
    image: Tensor
    mask: Tensor
    patches: Tensor | None = None

    @cached_property
    def closed(self) -> Tensor:
        """[B, 1, K + 1] what is added to logits: -inf at padding, else 0."""
        added = torch.zeros(len(self.mask), 1, self.mask.shape[1] + 1, device=self.mask.device)
        added[:, 0, :-1].masked_fill_(~self.mask, -torch.inf)
        return added

    def take(self, rows: Tensor) -> Encoding:
        """These rows, in this order, a row perhaps several times."""
        patches = None if self.patches is None else self.patches[rows]
        return Encoding(self.points[rows], self.image[rows], self.mask[rows], patches)


@dataclass
class Look:
    """What the ResNet saw: ``points`` [B, K, F] features at the key points, ``last`` [B, C, h, w].

    It depends on the image and the places alone, so a frozen ResNet's may be kept.
    """

    points: Tensor
    last: Tensor


class PointEncoder(nn.Module):
    """Images and key points to an `Encoding`.

    >>> net = PointEncoder(TINY).eval()
    >>> images, places = torch.zeros(2, 3, 64, 64), torch.zeros(2, 5, 2)
    >>> net(images, places, torch.ones(2, 5, dtype=torch.bool)).points.shape
    torch.Size([2, 6, 32])
    >>> net(images, places[:, :0], torch.ones(2, 0, dtype=torch.bool)).points.shape
    torch.Size([2, 1, 32])
    """

    def __init__(self, config: ArmConfig) -> None:
        super().__init__()
        self.config, width = config, config.width
        self.resnet = ResNet(config.depth, base=config.base) if config.has_image else None
        widths = self.resnet.widths[1:] if self.resnet is not None else (0,)
        self.embed = nn.Linear(sum(widths) + N_PLACE, width)
        self.image = nn.Linear(max(widths[-1], 1), width)
        self.patch = nn.Linear(widths[-1] + N_PLACE, width) if config.has_cross else None
        self.transformer = Transformer(width, config.point_layers, config.heads, config.dropout)
        self.end = nn.Parameter(torch.randn(width))
        self.register_buffer("mean", torch.full((3,), 127.5))  # of the training images
        self.register_buffer("spread", torch.full((3,), 64.0))

    def standardised(self, images: Tensor) -> Tensor:
        """[B, 3, S, S] for the network, of uint8 [B, S, S, 3]."""
        scaled = (images.float() - self.mean) / self.spread
        return scaled.permute(0, 3, 1, 2).contiguous()

    def forward(self, images: Tensor, key_points: Tensor, mask: Tensor) -> Encoding:
        """`look` and `encoded` in one."""
        return self.encoded(self.look(images, key_points), key_points, mask)

    def look(self, images: Tensor, key_points: Tensor) -> Look:
        """Features of standardised images [B, 3, S, S] at key points [B, K, 2], shares 0 to 1."""
        if self.resnet is None:
            shape = (*key_points.shape[:2], 0)
            return Look(key_points.new_zeros(shape), key_points.new_zeros(len(key_points), 1, 1, 1))
        check_images(self, images, 3, MULTIPLE)
        maps = self.resnet.features(images)[1:]
        size = (images.shape[3], images.shape[2])
        seen = [
            sampled(each, key_points, size, stride=4 << stage) for stage, each in enumerate(maps)
        ]
        return Look(torch.cat(seen, dim=-1), maps[-1])

    def encoded(self, look: Look, key_points: Tensor, mask: Tensor) -> Encoding:
        """The encoding of what was seen; key points are shares of the image."""
        x = self.embed(torch.cat([look.points, waves(key_points)], dim=-1))
        readable = mask | ~mask.any(dim=1, keepdim=True)  # a row of padding reads itself
        x = self.transformer(x, readable[:, None, None]) * mask[..., None]
        end = self.end.expand(len(x), 1, -1)
        image = self.image(look.last.mean(dim=(2, 3)))
        return Encoding(torch.cat([x, end], dim=1), image, mask, self._patches(look.last))

    def _patches(self, last: Tensor) -> Tensor | None:
        """[B, h w, D] of the last map [B, C, h, w]."""
        if self.patch is None:
            return None
        height, width = last.shape[2:]
        ys, xs = torch.meshgrid(
            (torch.arange(height, device=last.device) + 0.5) / height,
            (torch.arange(width, device=last.device) + 0.5) / width, indexing="ij",
        )  # fmt: skip
        places = torch.stack([xs, ys], dim=-1).flatten(0, 1).expand(len(last), -1, 2)
        seen = last.flatten(2).transpose(1, 2)[..., : self.patch.in_features - N_PLACE]
        patches: Tensor = self.patch(torch.cat([seen, waves(places)], dim=-1))
        return patches


def sampled(features: Tensor, places: Tensor, size: tuple[int, int], stride: int) -> Tensor:
    """[B, K, C] of a map [B, C, h, w] at places [B, K, 2], shares of an image of (width, height).

    A share s of an image of W pixels is the place s W - 1/2, where the centre of its first pixel
    is 0. Convolutions of odd kernels with half of it as padding put pixel i of a map of stride n
    on pixel n i of the image: read between the four nearest; beyond the outermost ones, these.

    >>> ramp = torch.arange(4.0).reshape(1, 1, 1, 4)  # above pixels 0, 8, 16 and 24
    >>> places = torch.tensor([[[0.5 / 32, 0.5], [12.5 / 32, 0.5], [1.0, 0.5]]])
    >>> sampled(ramp, places, (32, 8), stride=8).flatten().tolist()
    [0.0, 1.5, 3.0]
    >>> sampled(ramp, places[:, :0], (32, 8), stride=8).shape
    torch.Size([1, 0, 1])
    """
    height, width = features.shape[2:]
    pixels = places * places.new_tensor(size) - 0.5
    last = places.new_tensor([max(width - 1, 1), max(height - 1, 1)])
    grid = 2 * pixels / stride / last - 1  # corners -1 and 1 are the centres of corner pixels
    found = functional.grid_sample(  # in full precision: half a pixel counts
        features.float(), grid[:, None].float(), padding_mode="border", align_corners=True
    )
    return found[:, :, 0].transpose(1, 2)


def waves(places: Tensor) -> Tensor:
    """[..., 26]: x and y around 0, their sines and cosines at wavelengths 2, 1, 1/2, ... 1/16.

    >>> waves(torch.tensor([0.5, 0.0]))[:2].tolist()
    [0.0, -1.0]
    >>> waves(torch.zeros(0, 2)).shape
    torch.Size([0, 26])
    """
    octaves = math.pi * 2.0 ** torch.arange(WAVES, device=places.device)
    angles = (places[..., None] * octaves).flatten(-2)
    return torch.cat([2 * places - 1, angles.sin(), angles.cos()], dim=-1)
