"""The connectivity loss of Oner et al.: roads that keep regions apart, regions that stay whole.

References
----------
D. Oner, M. Koziński, L. Citraro, N. C. Dadap, A. G. Konings, P. Fua: Promoting Connectivity of
Network-Like Structures by Enforcing Region Separation. TPAMI 2021, arXiv:2009.07011, Eqs. 2-8.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from roadmetrics.errors import RoadMetricsError

from .maximin import ordered_bits, pair_counts, topo_weights, window_sides
from .official import official_weights
from .pixel import DistanceLoss, check_pair

__all__ = ["Terms", "TopoLoss", "TopoRegression", "topo_weights"]

MODES = ("paper", "official")
SCALES = ("none", "pairs")


@dataclass(frozen=True)
class Terms:
    """The two terms before they are weighted: disc (regions apart), conn (regions whole)."""

    disc: Tensor
    conn: Tensor


class TopoLoss(nn.Module):
    """L_disc + beta L_conn (Eq. 4) of predicted against true distance maps, both [B, 1, H, W].

    ``window``: side of the squares in which regions are told apart; None takes the whole image
    (TOPO-global). ``dilation``: pixels by which roads are widened to R. ``d_max``: where distances
    are capped. ``mode="paper"`` is Eqs. 5-8: R within ``dilation`` pixels (Euclidean) of a road,
    taken before windows are cut; w and v counted at pixels in two constrained passes.
    ``mode="official"`` gives what the authors' published code gives, for ``window=32`` there, at
    beta = its malis_lr_pos / malis_lr: see docs/losses.md for what differs.
    ``normalize``: "none" sums over pairs of pixels, as the paper; "pairs" divides each term of each
    window by its number of pairs. None is the mode's own ("none" in paper, "pairs" in official,
    which knows no other).

    The target is 0 on roads and may be capped. Weights are constants in the backward pass. Maps of
    16 bits are taken to float32; the weights are counted on the CPU, wherever the maps lie.

    Raises RoadMetricsError for options out of range, shapes that differ, NaN, negative targets.

    >>> target = torch.tensor([[[[2.0, 1, 0, 1, 2]]]])
    >>> loss = TopoLoss(window=None, dilation=0, beta=0.0)
    >>> loss(torch.tensor([[[[2.0, 2, 3, 2, 2]]]]), target).item()  # 4 pairs through a road of 3
    36.0
    >>> loss(torch.zeros(1, 1, 0, 5), torch.zeros(1, 1, 0, 5)).item()
    0.0
    """

    def __init__(
        self,
        window: int | None = 64,
        beta: float = 0.1,
        dilation: int = 5,
        d_max: float = 20.0,
        normalize: str | None = None,
        mode: str = "paper",
    ) -> None:
        super().__init__()
        own = "pairs" if mode == "official" else "none"
        _check_options(beta, dilation, d_max, normalize or own, mode)
        window_sides(1, 1, window)
        self.window, self.beta, self.dilation, self.d_max = window, beta, dilation, d_max
        self.mode, self.normalize = mode, normalize or own

    def forward(self, pred: Tensor, target: Tensor) -> Tensor:
        """The loss of a batch, a sum over its images and windows; a scalar of float32."""
        terms = self.terms(pred, target)
        return terms.disc + self.beta * terms.conn

    def terms(self, pred: Tensor, target: Tensor) -> Terms:
        """L_disc and L_conn apart, for a log."""
        check_pair(pred, target)
        with torch.autocast(pred.device.type, enabled=False):
            pred = pred.to(torch.promote_types(pred.dtype, torch.float32))
            goal = target.detach().to(pred.dtype).clamp(max=self.d_max)
            disc, conn = (w.to(pred).view_as(pred) for w in self._weights(pred.detach(), goal))
            if self.mode == "official":
                goal = torch.full_like(goal, self.d_max)
            return Terms((disc * pred.square()).sum(), (conn * (pred - goal).square()).sum())

    def _weights(self, pred: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Weights of both terms [B, H, W], on the CPU."""
        values, goal = _array(pred), _array(target)
        if self.mode == "official":
            pair = official_weights(values, goal, self.window, self.dilation, self.d_max)
            return torch.from_numpy(pair[0]), torch.from_numpy(pair[1])
        road = goal <= self.dilation
        counts, sums = pair_counts(ordered_bits(values), road, self.window)
        weights = torch.from_numpy(counts).to(pred.dtype)
        if self.normalize == "pairs":
            weights *= torch.from_numpy(_inverse(sums, road, self.window)).to(pred.dtype)
        disc = weights * torch.from_numpy(road)
        return disc, weights - disc

    def extra_repr(self) -> str:
        """Options, for printing a model."""
        return (
            f"window={self.window}, beta={self.beta}, dilation={self.dilation}, "
            f"d_max={self.d_max}, normalize={self.normalize}, mode={self.mode}"
        )


class TopoRegression(nn.Module):
    """Eq. 2: the capped regression plus alpha times the connectivity loss, maps [B, 1, H, W].

    ``reduction`` is that of the regression alone: with "mean", an alpha meant for sums is to be
    divided by the number of pixels of a batch (docs/losses.md). The other options are TopoLoss's.

    >>> loss = TopoRegression(alpha=0.5, window=None, dilation=0, beta=0.0)
    >>> target = torch.tensor([[[[2.0, 1, 0, 1, 2]]]])
    >>> loss(torch.tensor([[[[2.0, 2, 3, 2, 2]]]]), target).item()  # 1 + 9 + 1 and half of 36
    29.0
    >>> loss(torch.zeros(1, 1, 0, 5), torch.zeros(1, 1, 0, 5)).item()
    0.0
    """

    def __init__(
        self,
        alpha: float = 1e-4,
        window: int | None = 64,
        beta: float = 0.1,
        dilation: int = 5,
        d_max: float = 20.0,
        normalize: str | None = None,
        mode: str = "paper",
        reduction: str = "sum",
    ) -> None:
        super().__init__()
        if alpha < 0:
            raise RoadMetricsError(f"alpha is 0 or more, not {alpha}")
        self.alpha = alpha
        self.regression = DistanceLoss(d_max, reduction)
        self.topo = TopoLoss(window, beta, dilation, d_max, normalize, mode)

    def forward(self, pred: Tensor, target: Tensor) -> Tensor:
        """The loss of a batch, a scalar; with alpha 0 no pairs are counted."""
        loss: Tensor = self.regression(pred, target)
        return loss + self.alpha * self.topo(pred, target) if self.alpha else loss


def _check_options(beta: float, dilation: int, d_max: float, normalize: str, mode: str) -> None:
    """Raise RoadMetricsError for options that make no loss."""
    if mode not in MODES:
        raise RoadMetricsError(f"mode is one of {', '.join(MODES)}, not {mode!r}")
    if normalize not in SCALES:
        raise RoadMetricsError(f"normalize is one of {', '.join(SCALES)}, not {normalize!r}")
    if mode == "official" and normalize != "pairs":
        raise RoadMetricsError("mode official divides by the pairs of a window: normalize='pairs'")
    if beta < 0:
        raise RoadMetricsError(f"beta is 0 or more, not {beta}")
    if not 0 <= dilation < d_max:
        raise RoadMetricsError(
            f"dilation {dilation} must be 0 or more and below d_max {d_max}: else all is road"
        )


def _inverse(
    sums: npt.NDArray[np.int64], road: npt.NDArray[np.bool_], window: int | None
) -> npt.NDArray[np.float64]:
    """[B, H, W] one over the pairs of each pixel's term in its window (``sums``)."""
    height, width = road.shape[1:]
    side_y, side_x = window_sides(height, width, window)
    each = np.repeat(np.repeat(1 / np.maximum(sums, 1), side_y, 1), side_x, 2)[:, :height, :width]
    return np.where(road, each[..., 1], each[..., 0])


def _array(tensor: Tensor) -> npt.NDArray[np.float32]:
    """[B, H, W] of a map [B, 1, H, W], on the CPU, in one piece."""
    return np.ascontiguousarray(tensor[:, 0].cpu().float().numpy())
