"""What an action does to a state, without reading the sequence again: one LSTM step.

References
----------
S. Anagnostidis et al.: Mastering Spatial Graph Prediction of Road Networks. ICCV 2023,
arXiv:2210.00828, section 3.3 and appendix C: an LSTM is given the new key point and, when it
completes an edge, the degrees of both ends and the edge's length; far cheaper than the decoder.
S. Hochreiter, J. Schmidhuber: Long Short-Term Memory. Neural Computation 1997.

The paper leaves open: how a decoder's state becomes that of an LSTM and comes back. Here h is the
state and c begins at 0; what the LSTM puts out is added to the state and normalised, so that the
decoder's pointer can read it from the beginning. Degrees are those after the edge, an edge that was
there before not counted again, 6 and more alike; a length is a share of the image's side.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from .support import make_head

MAX_DEGREE = 6


class Facts(NamedTuple):
    """Of B actions: ``completes`` bool [B] an edge; its ``degrees`` int64 [B, 2], ``length`` [B].

    Degrees and length of actions that complete none are not looked at.
    """

    completes: Tensor
    degrees: Tensor
    length: Tensor


class Dynamics(nn.Module):
    """From hidden states [B, 2 D] (state and c) and actions' embeddings [B, D] to the next.

    >>> net = Dynamics(8).eval()
    >>> facts = Facts(torch.tensor([True, False]), torch.ones(2, 2).long(), torch.ones(2))
    >>> hidden, reward = net(torch.zeros(2, 16), torch.zeros(2, 8), facts)
    >>> hidden.shape, reward.shape
    (torch.Size([2, 16]), torch.Size([2, 601]))
    >>> none = Facts(*(each[:0] for each in facts))
    >>> net(torch.zeros(0, 16), torch.zeros(0, 8), none)[0].shape
    torch.Size([0, 16])
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.types = nn.Embedding(2, width)
        self.degrees = nn.Embedding(MAX_DEGREE + 1, width)
        self.length = nn.Linear(1, width)
        self.cell = nn.LSTMCell(width, width)
        self.out, self.norm = nn.Linear(width, width), nn.LayerNorm(width)
        self.reward = make_head(width, width)

    def begin(self, states: Tensor) -> Tensor:
        """[B, 2 D] of states [B, D]."""
        return torch.cat([states, torch.zeros_like(states)], dim=-1)

    def forward(self, hidden: Tensor, action: Tensor, facts: Facts) -> tuple[Tensor, Tensor]:
        """The next hidden states, and logits [B, 601] of the reward."""
        state, memory = hidden.split(self.width, dim=-1)
        ends = self.degrees(facts.degrees.clamp(0, MAX_DEGREE)).sum(dim=1)
        edge = ends + self.length(facts.length[:, None].to(state.dtype))
        told = action + self.types(facts.completes.long()) + facts.completes[:, None] * edge
        put_out, memory = self.cell(told, (state, memory))
        state = self.norm(state + self.out(put_out))
        return torch.cat([state, memory], dim=-1), self.reward(state)

    def state(self, hidden: Tensor) -> Tensor:
        """[B, D] what pointer and value read."""
        return hidden[..., : self.width]
