"""Numbers as 601 probabilities: the invertible transform of Pohlen et al., and back.

References
----------
T. Pohlen et al.: Observe and Look Further: Achieving Consistent Performance on Atari.
arXiv:1805.11593, proposition A.2: h(x) = sign(x) (sqrt(|x| + 1) - 1) + eps x, eps = 0.001.
J. Schrittwieser et al.: Mastering Atari, Go, Chess and Shogi by Planning with a Learned Model.
Nature 2020, arXiv:1911.08265, appendix F: atoms -300 to 300, a number between two shared out.
S. Anagnostidis et al.: arXiv:2210.00828, appendix D.1: mean squared error, for its stability.

An edge changes the score by some 0.005, far below the distance of two atoms, so scores are brought
to percentage points first: ``reward_scale`` 100. Of which numbers the squared error is taken the
paper leaves open; here of the expectation of the atoms and of h(target), before h is undone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from roadmetrics.errors import RoadMetricsError

REACH = 300
N_ATOMS = 2 * REACH + 1
EPS = 1e-3


@dataclass(frozen=True)
class Support:
    """Between scores and logits of atoms.

    ``reward_scale``: what a score is multiplied with; ``loss``: "mse" or "ce".

    >>> support = Support()
    >>> logits = support.two_hot(torch.tensor([0.005, -1.0])).log()
    >>> [round(score, 4) for score in support.decode(logits).tolist()]
    [0.005, -1.0]
    >>> support.decode(torch.zeros(0, N_ATOMS)).shape
    torch.Size([0])
    """

    reward_scale: float = 100.0
    loss: Literal["mse", "ce"] = "mse"

    def __post_init__(self) -> None:
        if not 0 < self.reward_scale < float("inf"):
            raise RoadMetricsError(f"reward_scale must be above 0, not {self.reward_scale}")
        if self.loss not in ("mse", "ce"):
            raise RoadMetricsError(f"loss must be mse or ce, not {self.loss!r}")

    def encode(self, scores: Tensor) -> Tensor:
        """The scaled scores through h, within the atoms; of any shape."""
        return transformed(scores * self.reward_scale).clamp(-REACH, REACH)

    def two_hot(self, scores: Tensor) -> Tensor:
        """[..., 601] probabilities whose expectation is the encoded score."""
        place = self.encode(scores) + REACH
        low = place.floor().clamp(max=N_ATOMS - 2)
        share = (place - low)[..., None]
        index = low.long()[..., None]
        spread = place.new_zeros(*place.shape, N_ATOMS)
        return spread.scatter(-1, index, 1 - share).scatter(-1, index + 1, share)

    def expectation(self, logits: Tensor) -> Tensor:
        """[...] of logits [..., 601], before h is undone."""
        return torch.softmax(logits.float(), dim=-1) @ atoms(logits.device)

    def decode(self, logits: Tensor) -> Tensor:
        """[...] scores of logits [..., 601]."""
        return restored(self.expectation(logits)) / self.reward_scale

    def losses(self, logits: Tensor, scores: Tensor) -> Tensor:
        """[...] of logits [..., 601] against scores [...]."""
        if self.loss == "mse":
            return (self.expectation(logits) - self.encode(scores)).square()
        return -(self.two_hot(scores) * torch.log_softmax(logits.float(), dim=-1)).sum(dim=-1)


def atoms(device: torch.device | None = None) -> Tensor:
    """[601] -300 to 300."""
    return torch.arange(-REACH, REACH + 1, dtype=torch.float32, device=device)


def transformed(x: Tensor) -> Tensor:
    """h(x).

    >>> [round(y, 4) for y in transformed(torch.tensor([100.0, 0.0])).tolist()]
    [9.1499, 0.0]
    """
    return x.sign() * ((x.abs() + 1).sqrt() - 1) + EPS * x


def restored(y: Tensor) -> Tensor:
    """The inverse of h; in doubles, where the root of a small difference keeps its digits.

    >>> [round(x, 4) for x in restored(transformed(torch.tensor([0.01, -100.0]))).tolist()]
    [0.01, -100.0]
    """
    z = y.abs().double()
    root = ((1 + 4 * EPS * (z + 1 + EPS)).sqrt() - 1) / (2 * EPS)
    return (y.sign() * (root.square() - 1)).to(y.dtype)


def make_head(n_in: int, width: int) -> nn.Sequential:
    """[..., n_in] to logits [..., 601]; at first the same for all: around 0, some atoms wide."""
    head = nn.Sequential(nn.Linear(n_in, width), nn.GELU(), nn.Linear(width, N_ATOMS))
    last = head[-1]
    nn.init.zeros_(last.weight)
    with torch.no_grad():
        last.bias.copy_(-atoms().abs() / 4)
    return head


def policy_losses(logits: Tensor, shares: Tensor) -> Tensor:
    """[...] cross entropy of logits [..., A], -inf where nothing can be, against shares [..., A].

    >>> shares = torch.tensor([[0.5, 0.5, 0.0], [0.0, 0.0, 0.0]])
    >>> losses = policy_losses(torch.tensor([[0.0, 0.0, -torch.inf]] * 2), shares)
    >>> round(losses[0].item(), 4), losses[1].item() == 0
    (0.6931, True)
    """
    logp = functional.log_softmax(logits.float(), dim=-1)
    return -(shares * torch.where(shares > 0, logp, 0.0)).sum(dim=-1)
