"""The loss of MuZero: policy, value and reward over unrolled actions, and consistency of states.

References
----------
J. Schrittwieser et al.: Nature 2020, arXiv:1911.08265, appendix G: gradients of unrolled losses are
scaled by 1 / U, those that flow back into a hidden state by 1/2.
W. Ye et al.: NeurIPS 2021, arXiv:2111.00210: consistency of the state after an action with that of
the representation of what really came; weights 1 (policy), 0.25, 1 and 2.

The decoder is causal, so one pass over an episode gives the states of all its positions: those that
are unrolled from, and those that unrolled ones are compared with.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from .graph_models import inputs_of
from .muzero_batch import MuZeroBatch
from .nets.arm import Encoding
from .nets.dynamics import Facts
from .nets.muzero import MuZeroNet
from .nets.support import policy_losses

SLACK = 1e-6  # added to priorities, so that none is 0


@dataclass(frozen=True)
class Weights:
    """Of the parts of the loss; the defaults are EfficientZero's."""

    policy: float = 1.0
    value: float = 0.25
    reward: float = 1.0
    consistency: float = 2.0


@dataclass(frozen=True)
class MuZeroLoss:
    """``total``: to be minimised; ``parts``: its unweighted parts, means over positions.

    ``priorities`` [N]: percentage points between the value and its target, at each position itself.
    """

    total: Tensor
    parts: dict[str, float]
    priorities: npt.NDArray[np.float64]


def muzero_loss(net: MuZeroNet, batch: MuZeroBatch, weights: Weights = Weights()) -> MuZeroLoss:
    """One pass over the episodes, and U steps of the dynamics from each position."""
    device = next(net.parameters()).device
    encoding, states = _states(net, batch, device)
    rows, places = _on(batch.rows, device), _on(batch.places, device)
    own, steps = encoding.take(rows), _on(batch.steps, device)
    state, moves = states[rows, places], batch.moves()
    first = _predicted(net, own, state, batch, steps, 0)
    parts = {name: [each] for name, each in first.losses.items()}
    hidden = net.dynamics.begin(state)
    for k in range(1, batch.unroll + 1):
        facts = Facts(*(_on(each[:, k - 1], device) for each in moves.facts))
        hidden, reward = net.moved(own, halved(hidden), _on(moves.action[:, k - 1], device), facts)
        after = _predicted(net, own, net.dynamics.state(hidden), batch, steps, k).losses
        wanted = _on(batch.rewards[:, k - 1], device)
        after["reward"] = torch.where(facts.completes, net.support.losses(reward, wanted), 0.0)
        real = states[rows, (places + k).clamp(max=states.shape[1] - 1)]
        is_drawn = _on(moves.is_drawn[:, k - 1], device)
        difference = net.difference(net.dynamics.state(hidden), real)
        after["consistency"] = torch.where(is_drawn, difference, 0.0)
        for name, each in after.items():
            parts.setdefault(name, []).append(each / batch.unroll)
    return _summed(parts, first.value, batch, net.support.reward_scale, weights)


def foretold_rewards(
    net: MuZeroNet, batch: MuZeroBatch
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Rewards [N, U] that the dynamics expects of the actions, and which complete an edge [N, U].

    As in the loss: an action after which the episode was over is not counted.
    """
    device = next(net.parameters()).device
    with torch.no_grad():
        encoding, states = _states(net, batch, device)
        rows, places = _on(batch.rows, device), _on(batch.places, device)
        own, hidden = encoding.take(rows), net.dynamics.begin(states[rows, places])
        moves, found = batch.moves(), []
        for k in range(batch.unroll):
            facts = Facts(*(_on(each[:, k], device) for each in moves.facts))
            hidden, reward = net.moved(own, hidden, _on(moves.action[:, k], device), facts)
            found.append(net.support.decode(reward).double())
    return torch.stack(found, dim=1).cpu().numpy(), moves.facts.completes


@dataclass
class _Predicted:
    """Losses [N] by name at one distance from the positions, and the values [N]."""

    losses: dict[str, Tensor]
    value: Tensor


def _states(net: MuZeroNet, batch: MuZeroBatch, device: torch.device) -> tuple[Encoding, Tensor]:
    """Encodings of the E episodes, and the states [E, T + 1, D] of all their positions."""
    encoding = net.arm.encode(*inputs_of(batch.episodes, net.arm.encoder, device))
    return encoding, net.arm.decode(encoding, _on(batch.episodes.tokens, device))


def _predicted(
    net: MuZeroNet, encoding: Encoding, state: Tensor, batch: MuZeroBatch, steps: Tensor, k: int
) -> _Predicted:
    """Losses of policy and value after k actions."""
    device = state.device
    counts = _on(batch.counts[:, k], device)
    logits, value = net.predicted(encoding, state, steps[:, k])
    shares = _on(batch.shares[:, k], device) * counts[:, None]
    losses = net.support.losses(value, _on(batch.values[:, k], device))
    found = {"policy": policy_losses(logits, shares), "value": torch.where(counts, losses, 0.0)}
    return _Predicted(found, net.support.decode(value.detach()))


def _summed(
    parts: dict[str, list[Tensor]], value: Tensor, batch: MuZeroBatch, scale: float,
    weights: Weights,
) -> MuZeroLoss:  # fmt: skip
    """The weighted sum over parts, unrolled actions and positions."""
    sums = {name: torch.stack(each).sum(dim=0) for name, each in parts.items()}
    each = sum(getattr(weights, name) * one for name, one in sums.items())
    total = (torch.as_tensor(each) * _on(batch.weights, value.device)).mean()
    apart = np.abs(value.cpu().numpy().astype(np.float64) - batch.values[:, 0]) * scale
    means = {name: float(one.detach().mean()) for name, one in sums.items()}
    return MuZeroLoss(total, means, apart + SLACK)


def halved(hidden: Tensor) -> Tensor:
    """The same, with half of the gradient."""
    return hidden * 0.5 + hidden.detach() * 0.5


def _on(array: npt.NDArray[np.generic], device: torch.device) -> Tensor:
    """A tensor on the device; floats in single precision."""
    if array.dtype == np.float64:
        array = array.astype(np.float32)
    return torch.from_numpy(np.ascontiguousarray(array)).to(device)
