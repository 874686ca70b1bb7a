"""`MuZeroNet` for the search: numpy in and out, hidden states kept here (see search/model.py)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from .graph_batches import PADDING, Drawing, GraphBatch, batch_of, drawing_of
from .graph_models import inputs_of
from .nets.arm import Cache, Encoding
from .nets.dynamics import Facts
from .nets.muzero import MuZeroNet

Floats = npt.NDArray[np.floating[Any]]
Longs = npt.NDArray[np.int64]


@dataclass
class _Nodes:
    """What is known at each of S + 1 nodes of B searches.

    ``hidden`` [B, S + 1, 2 D]; ``waiting`` [B, S + 1] the first end of an unfinished edge or -1;
    ``steps`` [B, S + 1] since the start of the episode; ``joined`` bool [B, S + 1, K, K].
    """

    hidden: Tensor
    waiting: Longs
    steps: Longs
    joined: npt.NDArray[np.bool_]


class SearchModel:
    """The network as `reference_models.search.model.Model`; ``max_steps`` of an episode.

    What was read is kept: a position that is one token further than the one before costs one step
    of the decoder. Raises RoadMetricsError that names the task for one that does not fit.
    """

    def __init__(self, net: MuZeroNet, max_key_points: int, max_steps: int) -> None:
        self.net = net.eval()
        self.max_key_points, self.max_steps = max_key_points, max_steps
        self.device = next(net.parameters()).device

    def begin(self, tasks: Sequence[Any]) -> None:
        """Encode images and key points of tasks, None for a row that is not used."""
        config = self.net.config
        side, blank = config.image, _blank(config.image)
        drawings = [
            blank if task is None else drawing_of(task, side, self.max_key_points, config.edges)
            for task in tasks
        ]
        batch = batch_of(drawings, self.max_key_points)
        self._begin_with(batch)

    def _begin_with(self, batch: GraphBatch) -> None:
        with torch.inference_mode():
            self.encoding: Encoding = self.net.arm.encode(
                *inputs_of(batch, self.net.arm.encoder, self.device)
            )
        self.places = batch.key_points  # [B, K, 2]
        self._tokens: Longs | None = None  # what the cache has read

    def initial(self, tokens: Longs, steps: Longs, n_nodes: int) -> tuple[Floats, Floats]:
        """Logits [B, K + 1] and values [B] of tokens [B, T]; node 0 of the next searches."""
        n_tokens = (tokens != PADDING).sum(axis=1)
        state = self._state(tokens, n_tokens)
        with torch.inference_mode():
            logits, value = self.net.predicted(self.encoding, state, self._share(steps))
            hidden = self.net.dynamics.begin(state)
        b, k = tokens.shape[0], self.max_key_points
        self.nodes = _Nodes(
            hidden.new_zeros(b, n_nodes, hidden.shape[1]), np.zeros((b, n_nodes), np.int64),
            np.zeros((b, n_nodes), np.int64), np.zeros((b, n_nodes, k, k), bool),
        )  # fmt: skip
        self.nodes.hidden[:, 0], self.nodes.steps[:, 0] = hidden, steps
        self._read(tokens, n_tokens)
        return logits.cpu().numpy(), self.net.support.decode(value).cpu().numpy()

    def recurrent(self, node: int, parents: Longs, actions: Longs) -> tuple[Floats, Floats, Floats]:
        """Rewards [B], logits [B, K + 1] and values [B] after actions [B] from parents [B]."""
        nodes, rows = self.nodes, np.arange(len(parents))
        nodes.steps[:, node] = nodes.steps[rows, parents] + 1
        facts = self._facts(node, parents, actions)
        with torch.inference_mode():
            at = torch.from_numpy(parents).to(self.device)
            before = nodes.hidden[torch.arange(len(at), device=self.device), at]
            hidden, reward, logits, value = self.net.recurrent(
                self.encoding, before, torch.from_numpy(actions).to(self.device), facts,
                self._share(nodes.steps[:, node]),
            )  # fmt: skip
        nodes.hidden[:, node] = hidden
        return reward.cpu().numpy(), logits.cpu().numpy(), value.cpu().numpy()

    def _facts(self, node: int, parents: Longs, actions: Longs) -> Facts:
        """Draw the action at the new node; what it completes."""
        nodes, rows = self.nodes, np.arange(len(parents))
        first, end = nodes.waiting[rows, parents], self.max_key_points
        completes = (first != PADDING) & (actions != end)
        nodes.waiting[:, node] = np.where((first == PADDING) & (actions != end), actions, PADDING)
        nodes.joined[:, node] = nodes.joined[rows, parents]
        joined, length = nodes.joined[:, node], np.zeros(len(rows), np.float32)
        row, i, j = rows[completes], first[completes], actions[completes]
        joined[row, i, j] = joined[row, j, i] = True
        degrees = np.zeros((len(rows), 2), np.int64)
        degrees[row, 0], degrees[row, 1] = joined[row, i].sum(axis=1), joined[row, j].sum(axis=1)
        apart = self.places[row, i] - self.places[row, j]
        length[row] = np.hypot(apart[:, 0], apart[:, 1])
        return Facts(*(torch.from_numpy(each).to(self.device)
                       for each in (completes, degrees, length)))  # fmt: skip

    def _read(self, tokens: Longs, n_tokens: Longs) -> None:
        """What is drawn already, at node 0."""
        rows = np.arange(len(tokens))
        last = tokens[rows, np.maximum(n_tokens - 1, 0)] if tokens.shape[1] else n_tokens
        self.nodes.waiting[:, 0] = np.where(n_tokens % 2 == 1, last, PADDING)
        pairs = tokens[:, : tokens.shape[1] // 2 * 2].reshape(len(tokens), -1, 2)
        row, edge = np.nonzero(pairs[:, :, 1] != PADDING)
        i, j = pairs[row, edge].T
        self.nodes.joined[row, 0, i, j] = self.nodes.joined[row, 0, j, i] = True

    def _state(self, tokens: Longs, n_tokens: Longs) -> Tensor:
        """[B, D] the decoder's, by one step where each row is at most one token further."""
        added = self._added(tokens, n_tokens)
        arm = self.net.arm
        if added is None:
            given = torch.from_numpy(np.ascontiguousarray(tokens)).to(self.device)
            self.kept, self.cache = arm.start(self.encoding, given)
        elif (added != PADDING).any():
            token = torch.from_numpy(added).to(self.device)
            state, self.cache = arm.decode_step(self.cache, self.encoding, token)
            self.kept = torch.where((token != PADDING)[:, None], state, self.kept)
        self._tokens = tokens.copy()
        return self.kept

    cache: Cache
    kept: Tensor  # [B, D] states of the tokens that the cache has read

    def _added(self, tokens: Longs, n_tokens: Longs) -> Longs | None:
        """[B] the token that is new in each row, -1 for none; None where that is not all."""
        if self._tokens is None:
            return None
        width = max(tokens.shape[1], self._tokens.shape[1]) + 1
        now, had = (_widened(each, width) for each in (tokens, self._tokens))
        n_had = (had != PADDING).sum(axis=1)
        place = np.arange(width)
        if ((now != had) & (place < n_had[:, None])).any() or (n_tokens - n_had > 1).any():
            return None
        new: Longs = np.where(n_tokens > n_had, now[np.arange(len(now)), n_had], PADDING)
        return new

    def _share(self, steps: Longs) -> Tensor:
        return torch.from_numpy((steps / self.max_steps).astype(np.float32)).to(self.device)


def _widened(tokens: Longs, width: int) -> Longs:
    wide: Longs = np.pad(tokens, ((0, 0), (0, width - tokens.shape[1])), constant_values=PADDING)
    return wide


def _blank(side: int) -> Drawing:
    """A row that is not used."""
    none = np.zeros((0, 2), np.int64)
    return Drawing("", np.zeros((side, side, 3), np.uint8), np.zeros((0, 2)), none, none)
