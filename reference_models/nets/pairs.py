"""Cls: for each pair of key points by itself, whether a road joins them.

References
----------
S. Anagnostidis et al.: Mastering Spatial Graph Prediction of Road Networks. ICCV 2023,
arXiv:2210.00828, the baseline "Cls" of Table 1: a small network on the embeddings of each pair.

The paper leaves open what that network reads. Here: the sum, the absolute difference and the
product of the two embeddings, which do not depend on which comes first; and, unless
``point_layers`` of the configuration says more than 0, embeddings that know nothing of other key
points.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from .points import TINY, ArmConfig, Encoding, PointEncoder  # noqa: F401  TINY: the example's


class PairHead(nn.Module):
    """Embeddings [B, K, D] to logits of an edge [B, K, K], symmetric."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.total, self.apart = nn.Linear(width, width), nn.Linear(width, width, bias=False)
        self.product = nn.Linear(width, width, bias=False)
        self.drop, self.last = nn.Dropout(dropout), nn.Linear(width, 1)

    def forward(self, points: Tensor) -> Tensor:
        """The logits; the sum's part is computed once a key point."""
        x = self.norm(points)
        one, other = x[:, :, None], x[:, None]
        part = self.total(x) / 2
        y = part[:, :, None] + part[:, None] + self.apart((one - other).abs())
        y = functional.gelu(y + self.product(one * other))
        logits: Tensor = self.last(self.drop(y))[..., 0]
        return logits


class Cls(nn.Module):
    """Images [B, 3, S, S] and key points [B, K, 2] to logits [B, K, K] of an edge.

    Pairs of padding, and a key point with itself, are -inf.

    >>> net = Cls(TINY).eval()
    >>> mask = torch.tensor([[True, True, False]])
    >>> logits = net(torch.zeros(1, 3, 64, 64), torch.rand(1, 3, 2), mask)
    >>> logits.isinf().int().tolist()
    [[[1, 0, 1], [0, 1, 1], [1, 1, 1]]]
    >>> net(torch.zeros(1, 3, 64, 64), torch.rand(1, 0, 2), mask[:, :0]).shape
    torch.Size([1, 0, 0])
    """

    def __init__(self, config: ArmConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = PointEncoder(config)
        self.head = PairHead(config.width, config.dropout)

    def forward(self, images: Tensor, key_points: Tensor, mask: Tensor) -> Tensor:
        """The logits of all pairs."""
        encoding = cast(Encoding, self.encoder(images, key_points, mask))
        return closed(self.head(encoding.points[:, :-1]), mask)


def closed(logits: Tensor, mask: Tensor) -> Tensor:
    """Logits [B, K, K] with -inf where a pair is none."""
    is_pair = mask[:, :, None] & mask[:, None] & ~torch.eye(mask.shape[1], dtype=torch.bool,
                                                            device=mask.device)  # fmt: skip
    return logits.masked_fill(~is_pair, -torch.inf)


def pair_loss(logits: Tensor, adjacency: Tensor) -> Tensor:
    """Binary cross entropy, the mean over pairs i < j; logits [B, K, K], adjacency bool.

    >>> logits = closed(torch.zeros(1, 2, 2), torch.ones(1, 2, dtype=torch.bool))
    >>> round(pair_loss(logits, torch.zeros(1, 2, 2)).item(), 4)
    0.6931
    >>> pair_loss(logits[:, :1, :1], torch.zeros(1, 1, 1)).item()  # no pair
    0.0
    """
    i, j = torch.triu_indices(*logits.shape[1:], 1, device=logits.device)
    found, wanted = logits[:, i, j], adjacency[:, i, j].to(logits.dtype)
    is_pair = found > -torch.inf
    total = functional.binary_cross_entropy_with_logits(
        found[is_pair], wanted[is_pair], reduction="sum"
    )
    return total / is_pair.sum().clamp(min=1)
