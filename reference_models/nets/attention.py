"""Multi-head attention that can show its weights and go on token by token from a cache.

References
----------
A. Vaswani et al.: Attention Is All You Need. NeurIPS 2017, arXiv:1706.03762.
R. Xiong et al.: On Layer Normalization in the Transformer Architecture. ICML 2020,
arXiv:2002.04745: layers that normalise what they read ("pre-LN") train without warm-up. Taken here,
with one more normalisation at the end.
D. Hendrycks, K. Gimpel: Gaussian Error Linear Units. arXiv:1606.08415.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from roadmetrics.errors import RoadMetricsError


class Attention(nn.Module):
    """Queries [B, T, D] read from keys and values [B, H, S, D / H] of a sequence of S."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        if heads < 1 or width % heads:
            raise RoadMetricsError(f"heads must divide the width {width}, {heads} does not")
        self.heads, self.dropout = heads, dropout
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def keys_values(self, read: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values, each [B, H, S, D / H], of what is read [B, S, D]."""
        keys, values = self.key_value(read).chunk(2, dim=-1)
        return self._split(keys), self._split(values)

    def forward(self, x: Tensor, keys: Tensor, values: Tensor, allowed: Tensor | None) -> Tensor:
        """[B, T, D]; ``allowed`` bool [B or 1, 1, T or 1, S], None: everything may be read."""
        dropout = self.dropout if self.training else 0.0
        queries = self._split(self.query(x))
        y = functional.scaled_dot_product_attention(queries, keys, values, allowed, dropout)
        mixed: Tensor = self.out(y.transpose(1, 2).flatten(2))
        return mixed

    def weights(self, x: Tensor, keys: Tensor, allowed: Tensor | None) -> Tensor:
        """[B, H, T, S] how much each query reads of each key: rows add up to 1."""
        queries = self._split(self.query(x))
        scores = queries @ keys.transpose(2, 3) / queries.shape[-1] ** 0.5
        if allowed is not None:
            scores = scores.masked_fill(~allowed, -torch.inf)
        return torch.softmax(scores, dim=-1)

    def _split(self, x: Tensor) -> Tensor:
        """[B, H, T, D / H] of [B, T, D]."""
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class Block(nn.Module):
    """Attention, with ``has_cross`` attention to a second sequence, and two linear layers.

    Each reads a normalised copy of x and adds to x.
    """

    def __init__(self, width: int, heads: int, dropout: float, has_cross: bool) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.attention = Attention(width, heads, dropout)
        self.cross_norm = nn.LayerNorm(width) if has_cross else None
        self.cross = Attention(width, heads, dropout) if has_cross else None
        self.linear_norm = nn.LayerNorm(width)
        self.linear = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )
        self.drop = nn.Dropout(dropout)

    def forward(
        self, x: Tensor, keys: Tensor, values: Tensor, allowed: Tensor | None, second: Tensor | None
    ) -> Tensor:
        """[B, T, D]; keys and values are those of the normalised sequence."""
        x = x + self.drop(self.attention(self.norm(x), keys, values, allowed))
        if self.cross is not None and self.cross_norm is not None and second is not None:
            y = self.cross(self.cross_norm(x), *self.cross.keys_values(second), None)
            x = x + self.drop(y)
        added: Tensor = self.drop(self.linear(self.linear_norm(x)))
        return x + added


@dataclass
class Cache:
    """What a causal transformer has read: rows may differ in length.

    ``keys``, ``values``: of each layer [B, H, M, D / H], M the most that fits; ``lengths`` int64
    [B].
    """

    keys: list[Tensor]
    values: list[Tensor]
    lengths: Tensor

    @property
    def room(self) -> int:
        """M."""
        return int(self.keys[0].shape[2]) if self.keys else 0

    def take(self, rows: Tensor) -> Cache:
        """A copy with these rows, in this order, a row perhaps several times."""
        keys, values = [k[rows] for k in self.keys], [v[rows] for v in self.values]
        return Cache(keys, values, self.lengths[rows])

    def put(self, rows: Tensor, other: Cache) -> None:
        """Put the rows of another cache of the same room in place of these."""
        for mine, new in zip(self.keys + self.values, other.keys + other.values, strict=True):
            mine[rows] = new
        self.lengths[rows] = other.lengths


class Transformer(nn.Module):
    """Blocks over a sequence [B, T, D], and a normalisation at the end.

    >>> net = Transformer(4, layers=1, heads=2).eval()
    >>> net(torch.zeros(2, 3, 4)).shape
    torch.Size([2, 3, 4])
    >>> net(torch.zeros(2, 0, 4)).shape
    torch.Size([2, 0, 4])
    """

    def __init__(
        self, width: int, layers: int, heads: int, dropout: float = 0.0, has_cross: bool = False
    ) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(Block(width, heads, dropout, has_cross) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def forward(
        self, x: Tensor, allowed: Tensor | None = None, second: Tensor | None = None
    ) -> Tensor:
        """[B, T, D]; ``allowed`` bool [B or 1, 1, T or 1, T], ``second`` [B, P, D] to cross to."""
        return self._run(x, allowed, second)[0]

    def weights(
        self, x: Tensor, allowed: Tensor | None = None, second: Tensor | None = None
    ) -> list[Tensor]:
        """Of each layer [B, H, T, T], how much each place reads of each other."""
        return self._run(x, allowed, second, is_weighing=True)[1]

    def _run(
        self, x: Tensor, allowed: Tensor | None, second: Tensor | None, is_weighing: bool = False
    ) -> tuple[Tensor, list[Tensor]]:
        weights: list[Tensor] = []
        for block in self.blocks:
            normal = block.norm(x)
            keys, values = block.attention.keys_values(normal)
            if is_weighing:
                weights.append(block.attention.weights(normal, keys, allowed))
            x = block(x, keys, values, allowed, second)
        return self.norm(x), weights

    def filled(
        self, x: Tensor, lengths: Tensor, room: int, second: Tensor | None = None
    ) -> tuple[Tensor, Cache]:
        """A causal pass [B, T, D] that leaves a cache; a row's ``lengths`` [B] tokens count.

        To be called without gradients.
        """
        cache = Cache([], [], lengths.clone())
        allowed = causal(x.shape[1], x.device)
        for block in self.blocks:
            keys, values = block.attention.keys_values(block.norm(x))
            for made, held in ((keys, cache.keys), (values, cache.values)):
                wide = made.new_zeros(*made.shape[:2], room, made.shape[3])
                wide[:, :, : x.shape[1]] = made
                held.append(wide)
            x = block(x, keys, values, allowed, second)
        return self.norm(x), cache

    def step(self, x: Tensor, cache: Cache, moves: Tensor, second: Tensor | None = None) -> Tensor:
        """[B, D] for one more token x [B, D] a row; the cache grows where ``moves`` bool [B].

        To be called without gradients: the cache is written to.
        """
        rows = torch.arange(len(x), device=x.device)
        end = int(cache.lengths.max()) + 1 if len(x) else 0
        read = torch.arange(end, device=x.device) <= cache.lengths[:, None]  # [B, S]
        y = x[:, None]
        for block, keys, values in zip(self.blocks, cache.keys, cache.values, strict=True):
            key, value = block.attention.keys_values(block.norm(y))
            keys[rows, :, cache.lengths] = key[:, :, 0]
            values[rows, :, cache.lengths] = value[:, :, 0]
            y = block(y, keys[:, :, :end], values[:, :, :end], read[:, None, None], second)
        cache.lengths += moves
        last: Tensor = self.norm(y)[:, 0]
        return last


def causal(n: int, device: torch.device | None = None) -> Tensor:
    """Bool [1, 1, n, n]: a place reads itself and those before it.

    >>> causal(2).int().tolist()
    [[[[1, 0], [1, 1]]]]
    """
    return torch.ones(n, n, dtype=torch.bool, device=device).tril()[None, None]
