"""MuZero on road graphs: representation is the ARM, dynamics an LSTM, prediction pointer and value.

References
----------
S. Anagnostidis et al.: Mastering Spatial Graph Prediction of Road Networks. ICCV 2023,
arXiv:2210.00828, section 3.3 and appendices C and D.1.
J. Schrittwieser et al.: Mastering Atari, Go, Chess and Shogi by Planning with a Learned Model.
Nature 2020, arXiv:1911.08265.
W. Ye et al.: Mastering Atari Games with Limited Data. NeurIPS 2021, arXiv:2111.00210 (consistency).
X. Chen, K. He: Exploring Simple Siamese Representation Learning. CVPR 2021, arXiv:2011.10566.

The paper leaves open the widths of value head and projections; here those of the ARM. Projections
normalise each state by itself, not over a batch, so that a row does not depend on its neighbours.
Batch normalisation of the ResNet keeps the statistics that the ARM was trained with, or that were
taken once (`graph_models.set_statistics`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from .arm import ARM, TINY, ArmConfig, Encoding  # noqa: F401  TINY: the example's
from .dynamics import Dynamics, Facts
from .support import Support, make_head


class MuZeroNet(nn.Module):
    """States of the ARM for what was drawn, of the dynamics for what might be.

    Rewards and values are scores (an edge brings some 0.005), not scaled ones.

    >>> net = MuZeroNet(TINY).eval()
    >>> mask = torch.ones(1, 3, dtype=torch.bool)
    >>> encoding = net.arm.encode(torch.zeros(1, 3, 64, 64), torch.rand(1, 3, 2), mask)
    >>> hidden, logits, value = net.initial(encoding, torch.tensor([[0]]), torch.zeros(1))
    >>> facts = Facts(torch.tensor([True]), torch.ones(1, 2).long(), torch.ones(1))
    >>> hidden, reward, logits, value = net.recurrent(
    ...     encoding, hidden, torch.tensor([1]), facts, torch.tensor([0.5]))
    >>> logits.shape, round(abs(value.item()), 4)  # a new network expects nothing
    (torch.Size([1, 4]), 0.0)
    >>> net.initial(encoding.take(torch.arange(0)), torch.zeros(0, 0).long(), torch.zeros(0))[2]
    tensor([], grad_fn=<DivBackward0>)
    """

    def __init__(self, config: ArmConfig, support: Support | None = None) -> None:
        super().__init__()
        width = config.width
        self.config, self.support = config, support or Support()
        self.arm = ARM(config)
        self.dynamics = Dynamics(width)
        self.value = make_head(width + 1, width)
        self.project = nn.Sequential(
            nn.Linear(width, 2 * width), nn.LayerNorm(2 * width), nn.GELU(),
            nn.Linear(2 * width, 2 * width), nn.LayerNorm(2 * width),
        )  # fmt: skip
        self.foretell = nn.Sequential(
            nn.Linear(2 * width, width), nn.LayerNorm(width), nn.GELU(), nn.Linear(width, 2 * width)
        )

    @classmethod
    def from_arm(cls, arm: ARM, support: Support | None = None, dropout: float = 0.0) -> MuZeroNet:
        """A network that begins with the weights of an ARM, with another dropout."""
        net = cls(replace(arm.config, dropout=dropout), support)
        net.arm.load_state_dict(arm.state_dict())
        return net

    def train(self, mode: bool = True) -> MuZeroNet:
        """As of any module, but statistics of batch normalisation are left as they are."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self

    def initial(
        self, encoding: Encoding, tokens: Tensor, step: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Hidden states [B, 2 D], logits [B, K + 1] and values [B] of tokens [B, T], -1 behind.

        ``step`` [B]: the share of the steps that is used.
        """
        n = (tokens >= 0).sum(dim=1)
        states = self.arm.decode(encoding, tokens)
        state = states[torch.arange(len(tokens), device=tokens.device), n]
        logits, value = self.predicted(encoding, state, step)
        return self.dynamics.begin(state), logits, self.support.decode(value)

    def recurrent(
        self, encoding: Encoding, hidden: Tensor, action: Tensor, facts: Facts, step: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Hidden states, rewards [B], logits [B, K + 1] and values [B] after actions [B].

        ``step`` [B] that of the new state. A reward is 0 where no edge was completed.
        """
        hidden, reward = self.moved(encoding, hidden, action, facts)
        logits, value = self.predicted(encoding, self.dynamics.state(hidden), step)
        scores = self.support.decode(torch.stack([reward, value]))
        return hidden, scores[0] * facts.completes, logits, scores[1]

    def moved(
        self, encoding: Encoding, hidden: Tensor, action: Tensor, facts: Facts
    ) -> tuple[Tensor, Tensor]:
        """Hidden states and logits [B, 601] of the reward after actions [B]."""
        rows = torch.arange(len(action), device=action.device)
        found: tuple[Tensor, Tensor] = self.dynamics(hidden, encoding.points[rows, action], facts)
        return found

    def predicted(self, encoding: Encoding, state: Tensor, step: Tensor) -> tuple[Tensor, Tensor]:
        """Logits [B, K + 1] of actions and [B, 601] of the value, of states [B, D]."""
        logits = self.arm.logits(encoding, state[:, None])[:, 0]
        value = self.value(torch.cat([state, step[:, None].to(state.dtype)], dim=-1))
        return logits, value

    def difference(self, state: Tensor, real: Tensor) -> Tensor:
        """[B] minus the cosine between states [B, D] and the real ones, which get no gradient."""
        with torch.no_grad():
            wanted = self.project(real)
        found = self.foretell(self.project(state))
        return -functional.cosine_similarity(found.float(), wanted.float(), dim=-1)

    def groups(self, lr: float, slower: float = 1.0) -> Iterator[dict[str, Any]]:
        """For an optimizer: what came from the ARM learns at ``slower`` times the rate."""
        own = {id(p) for p in self.arm.parameters()}
        yield {"params": list(self.arm.parameters()), "lr": lr * slower}
        yield {"params": [p for p in self.parameters() if id(p) not in own], "lr": lr}
