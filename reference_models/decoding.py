"""Graphs from the autoregressive network, and how many bits an edge costs it.

Conventions. Bits per edge: minus the sum of log2 p over the tokens of the edges (two an edge),
divided by the number of edges; p is that of the softmax over all K + 1 key points of the drawing
and END, also where a token would be illegal, so that a network that knows nothing pays 2 log2(K +
1). END is reported apart. Decoding takes the softmax over what is legal. Edges that are given are
read first and neither paid for nor returned.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from roadmetrics.errors import RoadMetricsError

from .graph_batches import PADDING, GraphBatch, shuffled
from .nets.arm import ARM, Encoding, legal

Ints = npt.NDArray[np.int64]
Choose = Callable[[Tensor], Tensor]  # [B, K + 1] log-probabilities to [B] actions


@dataclass(frozen=True, eq=False)
class Drawn:
    """What was drawn on one image.

    ``edges`` [M, 2] in the order of drawing, perhaps some twice; ``log_probability`` (natural) of
    its tokens, END's included where it ``is_ended``, else the room was used up.
    """

    edges: Ints
    log_probability: float
    is_ended: bool


def greedy(arm: ARM, encoding: Encoding, start: Tensor, max_edges: int) -> list[Drawn]:
    """The most probable token each time; ``start`` [B, T] tokens that are given, -1 behind.

    ``max_edges``: the most in all, with those that are given.
    """
    return _drawn(arm, encoding, start, max_edges, lambda logp: logp.argmax(dim=-1))


def sampled(
    arm: ARM, encoding: Encoding, start: Tensor, max_edges: int, rng: np.random.Generator,
    temperature: float = 1.0,
) -> list[Drawn]:  # fmt: skip
    """Tokens drawn from their probabilities; log-probabilities are those at the temperature."""
    if not temperature > 0:
        raise RoadMetricsError(f"temperature must be above 0, not {temperature}")

    def choose(logp: Tensor) -> Tensor:
        below = logp.double().exp().cumsum(dim=-1).cpu().numpy()
        shares = rng.random(len(below)) * below[:, -1]
        return torch.from_numpy((below <= shares[:, None]).sum(axis=1)).to(logp.device)

    return _drawn(arm, encoding, start, max_edges, choose, temperature)


def beam(
    arm: ARM, encoding: Encoding, start: Tensor, max_edges: int, width: int = 8
) -> list[Drawn]:
    """For each image the most probable of the sequences that a beam of ``width`` finds.

    Sequences of all lengths compare by the sum of their log-probabilities, END's included.
    """
    if width < 1:
        raise RoadMetricsError(f"width must be 1 or more, not {width}")
    rows = range(len(start))
    return [_beam_of_one(arm, encoding.take(torch.tensor([row])), start[row : row + 1], max_edges,
                         width) for row in rows]  # fmt: skip


def log_probabilities(
    arm: ARM, encoding: Encoding, states: Tensor, waiting: Tensor, temperature: float = 1.0
) -> Tensor:
    """[B, K + 1] of states [B, D] over what is legal after ``waiting`` [B], -1 between edges."""
    logits = arm.logits(encoding, states[:, None])[:, 0] / temperature
    is_second = (waiting != PADDING).long()[:, None, None]
    both = legal(waiting[:, None], encoding.mask)  # [B, 2, K + 1]: before and after one token
    allowed = both.gather(1, is_second.expand(-1, 1, both.shape[2]))[:, 0]
    found: Tensor = torch.log_softmax(logits.masked_fill(~allowed, -torch.inf), dim=-1)
    return found


def _drawn(
    arm: ARM, encoding: Encoding, start: Tensor, max_edges: int, choose: Choose,
    temperature: float = 1.0,
) -> list[Drawn]:  # fmt: skip
    """Go on token by token until each row has ended or is full."""
    end, room = encoding.mask.shape[1], 2 * _checked(arm, max_edges)
    with torch.no_grad():
        state, cache = arm.start(encoding, start)
        n_left = room - (start != PADDING).sum(dim=1)
        is_open, is_ended = n_left > 0, torch.zeros_like(n_left, dtype=torch.bool)
        waiting = torch.full_like(n_left, PADDING)
        total = torch.zeros(len(start), dtype=torch.float64, device=start.device)
        tokens: list[Tensor] = []
        while bool(is_open.any()):
            logp = log_probabilities(arm, encoding, state, waiting, temperature)
            action = choose(logp)
            total += torch.where(is_open, logp.gather(1, action[:, None])[:, 0].double(), 0.0)
            is_ended |= is_open & (action == end)
            is_open = is_open & (action != end)
            token = torch.where(is_open, action, PADDING)
            tokens.append(token)
            waiting = torch.where(waiting == PADDING, token, PADDING)
            n_left = n_left - is_open.long()
            is_open = is_open & (n_left > 0)
            if bool(is_open.any()):
                state, cache = arm.decode_step(cache, encoding, token)
    lines = torch.stack(tokens, dim=1) if tokens else start[:, :0]
    return [
        Drawn(line[line != PADDING].reshape(-1, 2).cpu().numpy(), float(logp), bool(ended))
        for line, logp, ended in zip(lines, total, is_ended, strict=True)
    ]


@dataclass
class _Beam:
    """Sequences that go on: ``tokens`` [W, T], ``total`` [W] descending, ``state`` [W, D]."""

    tokens: Tensor
    total: Tensor
    state: Tensor
    cache: Any


def _beam_of_one(arm: ARM, encoding: Encoding, start: Tensor, max_edges: int, width: int) -> Drawn:
    """The best sequence for one image; start [1, T]."""
    end = encoding.mask.shape[1]
    n_left = 2 * _checked(arm, max_edges) - int((start != PADDING).sum())
    best = Drawn(np.zeros((0, 2), np.int64), 0.0 if n_left <= 0 else -math.inf, False)
    with torch.no_grad():
        state, cache = arm.start(encoding, start)
        total = torch.zeros(1, dtype=torch.float64, device=start.device)
        live = _Beam(start[:, :0], total, state, cache)
        while n_left > 0 and len(live.total) and float(live.total[0]) > best.log_probability:
            rows, action, total = _expanded(arm, encoding, live, width)
            n_left -= 1
            is_over = (action == end) | (n_left == 0)
            for row, a, logp in zip(rows[is_over], action[is_over], total[is_over], strict=True):
                if float(logp) > best.log_probability:
                    added = action[:0] if a == end else a[None]
                    line = torch.cat([live.tokens[row], added]).reshape(-1, 2)
                    best = Drawn(line.cpu().numpy(), float(logp), bool(a == end))
            live = _gone_on(arm, encoding, live, rows[~is_over], action[~is_over], total[~is_over])
    return best


def _expanded(
    arm: ARM, encoding: Encoding, live: _Beam, width: int
) -> tuple[Tensor, Tensor, Tensor]:
    """The best ``width`` ways to go on: rows of the beam, actions, log-probabilities."""
    n, length = live.tokens.shape
    waiting = live.tokens[:, -1] if length % 2 else live.tokens.new_full((n,), PADDING)
    encodings = encoding.take(torch.zeros(n, dtype=torch.int64, device=live.tokens.device))
    logp = log_probabilities(arm, encodings, live.state, waiting).double()
    total, place = (live.total[:, None] + logp).flatten().topk(min(width, logp.numel()))
    is_possible = total > -math.inf
    total, place = total[is_possible], place[is_possible]
    return place // logp.shape[1], place % logp.shape[1], total


def _gone_on(
    arm: ARM, encoding: Encoding, live: _Beam, rows: Tensor, action: Tensor, total: Tensor
) -> _Beam:
    """The beam after one more token each."""
    tokens = torch.cat([live.tokens[rows], action[:, None]], dim=1)
    cache, encodings = live.cache.take(rows), encoding.take(torch.zeros_like(rows))
    if not len(rows):
        return _Beam(tokens, total, live.state[rows], cache)
    state, cache = arm.decode_step(cache, encodings, action)
    return _Beam(tokens, total, state, cache)


def _checked(arm: ARM, max_edges: int) -> int:
    if not 0 <= max_edges <= arm.config.edges:
        raise RoadMetricsError(
            f"max_edges must be from 0 to {arm.config.edges}, what the network was made for, not "
            f"{max_edges}"
        )
    return max_edges


@dataclass(frozen=True)
class Bits:
    """Sums over drawings, in bits; they add up.

    >>> one = Bits(bits=6.0, end_bits=1.0, uniform=8.0, n_edges=2, n_ends=1)
    >>> (one + one).per_edge, one.uniform_per_edge, one.per_end
    (3.0, 4.0, 1.0)
    >>> Bits().per_edge is None
    True
    """

    bits: float = 0.0
    end_bits: float = 0.0
    uniform: float = 0.0  # what a network that knows nothing pays for the edges
    n_edges: int = 0
    n_ends: int = 0

    def __add__(self, other: Bits) -> Bits:
        return Bits(**{f.name: getattr(self, f.name) + getattr(other, f.name)
                       for f in fields(self)})  # fmt: skip

    @property
    def per_edge(self) -> float | None:
        """Bits an edge, both tokens together; None where there is no edge."""
        return self.bits / self.n_edges if self.n_edges else None

    @property
    def uniform_per_edge(self) -> float | None:
        """2 log2(K + 1), the mean over edges; None where there is no edge."""
        return self.uniform / self.n_edges if self.n_edges else None

    @property
    def per_end(self) -> float | None:
        """Bits an END."""
        return self.end_bits / self.n_ends if self.n_ends else None


def bits_of(
    arm: ARM, encoding: Encoding, batch: GraphBatch, rng: np.random.Generator | None = None
) -> Bits:
    """What the drawings of a batch cost; with a Generator in random order of edges and of ends."""
    return sum(bits_of_each(arm, encoding, batch, rng), Bits())


def bits_of_each(
    arm: ARM, encoding: Encoding, batch: GraphBatch, rng: np.random.Generator | None = None
) -> list[Bits]:
    """The same for each drawing by itself."""
    batch = batch if rng is None else shuffled(batch, rng)
    device = encoding.points.device
    with torch.no_grad():
        states = arm.decode(encoding, torch.from_numpy(batch.tokens).to(device))
        logp = torch.log_softmax(arm.logits(encoding, states).double(), dim=-1)
    targets = batch.targets()
    index = torch.from_numpy(np.maximum(targets, 0)).to(device)
    paid = -logp.gather(2, index[..., None])[..., 0].cpu().numpy() / math.log(2)
    is_end = targets == batch.mask.shape[1]
    is_edge = (targets != PADDING) & ~is_end
    each = np.log2(batch.mask.sum(axis=1) + 1.0)
    return [
        Bits(
            float(row[edges].sum()), float(row[ends].sum()),
            float(edges.sum() * token), int(edges.sum()) // 2, int(ends.sum()),
        )
        for row, edges, ends, token in zip(paid, is_edge, is_end, each, strict=True)
    ]  # fmt: skip
