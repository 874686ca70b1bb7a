"""ARM: writes a road graph as a sequence of key points, two an edge, pointing at the next.

References
----------
S. Anagnostidis et al.: Mastering Spatial Graph Prediction of Road Networks. ICCV 2023,
arXiv:2210.00828, section 3.1 and appendix C.
O. Vinyals, M. Fortunato, N. Jaitly: Pointer Networks. NeurIPS 2015, arXiv:1506.03134.

A token is a key point, 0 to K - 1; END is K. Tokens 2 e and 2 e + 1 are the ends of edge e; token t
goes in as embedding of its key point + embedding of position t + embedding of type t mod 2. The
image's embedding goes in first, so that state t has read t tokens. A state points by the dot
product of its query with the embeddings of all key points and END.

The paper leaves open: widths; normalisation before or after (before, see attention.py); positions
(learned, one for each place); the scale of the dot product (1 / sqrt(D), as in attention).
"""

from __future__ import annotations

from typing import TypeVar, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from roadmetrics.errors import RoadMetricsError

from .attention import Cache, Transformer, causal
from .points import FULL, MINIATURE, TINY, ArmConfig, Encoding, Look, PointEncoder

__all__ = [
    "ARM", "FULL", "MINIATURE", "TINY", "ArmConfig", "Cache", "Encoding", "Look", "PointEncoder",
    "legal",
]  # fmt: skip

PADDING = -1
Array = TypeVar("Array", Tensor, npt.NDArray[np.bool_])


class ARM(nn.Module):
    """Images [B, 3, S, S], key points [B, K, 2] and tokens [B, T] to logits [B, T + 1, K + 1].

    Row t of the logits is about token t, after those before it. Padding: of key points by ``mask``,
    of tokens by -1 at the end.

    >>> net = ARM(TINY).eval()
    >>> images, places = torch.zeros(1, 3, 64, 64), torch.rand(1, 5, 2)
    >>> mask = torch.tensor([[True, True, True, False, False]])
    >>> logits = net(images, places, mask, torch.tensor([[0, 1]]))
    >>> logits.shape, int(logits[0, 0].isinf().sum())
    (torch.Size([1, 3, 6]), 2)
    >>> net(images, places, mask, torch.zeros(1, 0, dtype=torch.int64)).shape  # nothing drawn yet
    torch.Size([1, 1, 6])
    """

    def __init__(self, config: ArmConfig) -> None:
        super().__init__()
        self.config, width = config, config.width
        self.encoder = PointEncoder(config)
        self.positions = nn.Embedding(2 * config.edges, width)
        self.types = nn.Embedding(2, width)
        self.transformer = Transformer(
            width, config.token_layers, config.heads, config.dropout, config.has_cross
        )
        self.query = nn.Linear(width, width)
        for table in (self.positions, self.types):
            nn.init.normal_(table.weight, std=0.02)

    def forward(self, images: Tensor, key_points: Tensor, mask: Tensor, tokens: Tensor) -> Tensor:
        """Logits after each of the tokens, in one pass."""
        encoding = self.encode(images, key_points, mask)
        return self.logits(encoding, self.decode(encoding, tokens))

    def encode(self, images: Tensor, key_points: Tensor, mask: Tensor) -> Encoding:
        """What is computed once an image: [B, 3, S, S] standardised, [B, K, 2] shares, [B, K]."""
        return cast(Encoding, self.encoder(images, key_points, mask))

    def decode(self, encoding: Encoding, tokens: Tensor) -> Tensor:
        """States [B, T + 1, D]; state t has read t tokens, and nothing after them."""
        x = self.embedded(encoding, tokens)
        states: Tensor = self.transformer(x, causal(x.shape[1], x.device), encoding.patches)
        return states

    def logits(self, encoding: Encoding, states: Tensor) -> Tensor:
        """[B, T, K + 1] of states [B, T, D]; padding is -inf, END is always possible."""
        found: Tensor = torch.baddbmm(
            encoding.closed, self.query(states), encoding.points.transpose(1, 2),
            alpha=states.shape[-1] ** -0.5,
        )  # fmt: skip
        return found

    def embedded(self, encoding: Encoding, tokens: Tensor) -> Tensor:
        """[B, T + 1, D]: what Transformer II reads."""
        self._check(tokens.shape[1])
        places = torch.arange(tokens.shape[1], device=tokens.device)
        x = gathered(encoding.points, tokens) + self.positions(places) + self.types(places % 2)
        return torch.cat([encoding.image[:, None], x], dim=1)

    def attention(self, encoding: Encoding, tokens: Tensor) -> list[Tensor]:
        """Of each layer of Transformer II [B, H, T + 1, T + 1], rows adding up to 1."""
        x = self.embedded(encoding, tokens)
        return self.transformer.weights(x, causal(x.shape[1], x.device), encoding.patches)

    def start(self, encoding: Encoding, tokens: Tensor) -> tuple[Tensor, Cache]:
        """The last state [B, D] of each row's tokens, -1 after them, and a cache to go on with."""
        n_read = 1 + (tokens != PADDING).sum(dim=1)
        room = 2 * self.config.edges + 2  # the image, all tokens, and one that is not kept
        with torch.no_grad():
            x = self.embedded(encoding, tokens)
            states, cache = self.transformer.filled(x, n_read, room, encoding.patches)
        return states[torch.arange(len(tokens), device=tokens.device), n_read - 1], cache

    def decode_step(self, cache: Cache, encoding: Encoding, token: Tensor) -> tuple[Tensor, Cache]:
        """The state [B, D] after one more token [B] a row; the cache is changed.

        A row with the token -1 stands still: its state means nothing.
        """
        place = cache.lengths - 1  # the image stands before the tokens
        moves = token != PADDING
        if len(token):
            self._check(int(torch.where(moves, place, -1).max()) + 1)
        place = place.clamp(max=2 * self.config.edges - 1)
        with torch.no_grad():
            x = gathered(encoding.points, token[:, None])[:, 0]
            x = x + self.positions(place) + self.types(place % 2)
            return self.transformer.step(x, cache, moves, encoding.patches), cache

    def _check(self, n_tokens: int) -> None:
        if n_tokens > 2 * self.config.edges:
            raise RoadMetricsError(
                f"{n_tokens} tokens are more than those of {self.config.edges} edges, the most "
                "that this network was made for: make it with more edges"
            )


def gathered(points: Tensor, tokens: Tensor) -> Tensor:
    """[B, T, D] the embeddings of tokens [B, T] among points [B, K + 1, D]; of -1 those of 0."""
    index = tokens.clamp(min=0)[..., None].expand(-1, -1, points.shape[-1])
    return points.gather(1, index)


def legal(tokens: Array, mask: Array) -> Array:
    """Bool [B, T + 1, K + 1]: what may follow the first t tokens; tensors or numpy arrays.

    ``tokens`` whole numbers [B, T], ``mask`` bool [B, K]. END is legal between edges only; the
    second end of an edge differs from the first; an edge needs two key points; drawing it twice is
    legal.

    >>> mask = np.array([[True, True, False]])
    >>> legal(np.array([[1]]), mask).astype(int).tolist()
    [[[1, 1, 0, 1], [1, 0, 0, 0]]]
    >>> legal(np.zeros((1, 0), np.int64), np.zeros((1, 0), bool)).tolist()
    [[[True]]]
    """
    if isinstance(tokens, np.ndarray):
        found = legal(torch.from_numpy(tokens), torch.from_numpy(np.asarray(mask)))
        return cast(Array, found.numpy())
    n, k = tokens.shape[1], mask.shape[1]
    is_second = torch.arange(n + 1, device=tokens.device) % 2 == 1  # [T + 1]
    before = torch.nn.functional.pad(tokens, (1, 0), value=PADDING)  # the token before each place
    is_first = before[..., None] == torch.arange(k, device=tokens.device)
    has_pair = mask.sum(dim=1) >= 2
    points = mask[:, None] & has_pair[:, None, None] & ~(is_second[:, None] & is_first)
    end = (~is_second).expand(len(tokens), n + 1)[..., None]
    return torch.cat([points, end], dim=-1)
