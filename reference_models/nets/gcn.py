"""GCN: key points tell their nearest ones what they see, then all pairs are judged.

References
----------
S. Anagnostidis et al.: Mastering Spatial Graph Prediction of Road Networks. ICCV 2023,
arXiv:2210.00828, the baseline "GCN" of Table 1: a graph network that predicts the adjacency.
T. N. Kipf, M. Welling: Semi-Supervised Classification with Graph Convolutional Networks. ICLR
2017, arXiv:1609.02907.
J. Gilmer et al.: Neural Message Passing for Quantum Chemistry. ICML 2017, arXiv:1704.01212.

The paper leaves open over which graph messages pass; here every key point hears its ``NEAREST``
ones, with the way to them, in ``LAYERS`` rounds. Transformer I is left out unless ``point_layers``
of the configuration says more than 0.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from .pairs import PairHead, closed
from .points import TINY, ArmConfig, Encoding, PointEncoder  # noqa: F401  TINY: the example's

NEAREST, LAYERS = 8, 3


class Round(nn.Module):
    """Each key point adds the mean of what its neighbours say; [B, K, D] to the same."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.own, self.other = nn.Linear(width, width), nn.Linear(width, width, bias=False)
        self.way = nn.Linear(3, width, bias=False)
        self.out, self.drop = nn.Linear(width, width), nn.Dropout(dropout)

    def forward(self, x: Tensor, near: Tensor, is_near: Tensor, way: Tensor) -> Tensor:
        """``near`` [B, K, n] indices, ``is_near`` [B, K, n], ``way`` [B, K, n, 3] to them."""
        y = self.norm(x)
        rows = torch.arange(len(x), device=x.device)[:, None, None]
        heard = functional.gelu(self.own(y)[:, :, None] + self.other(y)[rows, near] + self.way(way))
        said = (heard * is_near[..., None]).sum(dim=2)
        mean = said / is_near.sum(dim=2, keepdim=True).clamp(min=1)
        changed: Tensor = x + self.drop(self.out(mean))
        return changed


class GCN(nn.Module):
    """Images [B, 3, S, S] and key points [B, K, 2] to logits [B, K, K] of an edge, as `Cls`.

    >>> net = GCN(TINY).eval()
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
        self.rounds = nn.ModuleList(Round(config.width, config.dropout) for _ in range(LAYERS))
        self.head = PairHead(config.width, config.dropout)

    def forward(self, images: Tensor, key_points: Tensor, mask: Tensor) -> Tensor:
        """The logits of all pairs."""
        encoding = cast(Encoding, self.encoder(images, key_points, mask))
        x = encoding.points[:, :-1]
        near, is_near, way = neighbours(key_points, mask)
        for each in self.rounds:
            x = each(x, near, is_near, way)
        return closed(self.head(x), mask)


def neighbours(places: Tensor, mask: Tensor, n: int = NEAREST) -> tuple[Tensor, Tensor, Tensor]:
    """The nearest of each key point: indices, which of them there are, and the way to them.

    ``places`` [B, K, 2], ``mask`` [B, K]; all [B, K, min(n, K)], the way with x, y and distance.

    >>> near, is_near, way = neighbours(
    ...     torch.tensor([[[0.0, 0.0], [3.0, 4.0], [1.0, 0.0]]]), torch.ones(1, 3) > 0, n=2)
    >>> near[0, 0].tolist(), way[0, 0, 1].tolist()
    ([2, 1], [3.0, 4.0, 5.0])
    >>> neighbours(torch.zeros(1, 0, 2), torch.ones(1, 0) > 0)[0].shape
    torch.Size([1, 0, 0])
    """
    apart = places[:, None] - places[:, :, None]  # [B, K, K, 2] from the first to the second
    far = apart.square().sum(dim=-1).sqrt()
    is_other = mask[:, None] & ~torch.eye(mask.shape[1], dtype=torch.bool, device=mask.device)
    found, near = far.masked_fill(~is_other, torch.inf).topk(
        min(n, mask.shape[1]), dim=-1, largest=False
    )
    way = torch.cat([apart, far[..., None]], dim=-1)
    picked = way.gather(2, near[..., None].expand(-1, -1, -1, 3))
    return near, found < torch.inf, picked
