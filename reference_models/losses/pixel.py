"""Losses of single pixels: capped distances (Eq. 3 of Oner et al.), cross entropy, soft IoU.

References
----------
D. Oner et al.: Promoting Connectivity of Network-Like Structures by Enforcing Region Separation.
TPAMI 2021, arXiv:2009.07011, Eq. 3 and Table 8.
M. A. Rahman, Y. Wang: Optimizing Intersection-Over-Union in Deep Neural Networks for Image
Segmentation. ISVC 2016 (soft IoU).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from roadmetrics.errors import RoadMetricsError

REDUCTIONS = ("sum", "mean")


class DistanceLoss(nn.Module):
    """Sum (or mean) over pixels of (pred - min(target, d_max)) ** 2; maps [B, 1, H, W].

    Raises RoadMetricsError as `check_pair` does, and for a reduction that is not there.

    >>> DistanceLoss()(torch.tensor([[[[1.0, 18.0]]]]), torch.tensor([[[[0.0, 90.0]]]])).item()
    5.0
    >>> DistanceLoss(reduction="mean")(torch.zeros(0, 1, 4, 4), torch.zeros(0, 1, 4, 4)).item()
    0.0
    """

    def __init__(self, d_max: float = 20.0, reduction: str = "sum") -> None:
        super().__init__()
        if reduction not in REDUCTIONS:
            raise RoadMetricsError(
                f"reduction is one of {', '.join(REDUCTIONS)}, not {reduction!r}"
            )
        if not d_max > 0:
            raise RoadMetricsError(f"d_max is above 0, not {d_max}")
        self.d_max, self.reduction = d_max, reduction

    def forward(self, pred: Tensor, target: Tensor) -> Tensor:
        """The loss of a batch, a scalar of float32."""
        check_pair(pred, target)
        with torch.autocast(pred.device.type, enabled=False):
            wide = torch.promote_types(pred.dtype, torch.float32)
            total = (pred.to(wide) - target.to(wide).clamp(max=self.d_max)).square().sum()
            return total / max(pred.numel(), 1) if self.reduction == "mean" else total


class CrossEntropyLoss(nn.Module):
    """Mean binary cross entropy of logits against masks, both [B, 1, H, W].

    ``road_weight`` multiplies the pixels of roads, which are few.

    >>> CrossEntropyLoss()(torch.zeros(1, 1, 1, 2), torch.ones(1, 1, 1, 2)).item()  # ln 2
    0.6931471824645996
    >>> CrossEntropyLoss()(torch.zeros(0, 1, 4, 4), torch.zeros(0, 1, 4, 4)).item()
    0.0
    """

    def __init__(self, road_weight: float = 1.0) -> None:
        super().__init__()
        if not road_weight > 0:
            raise RoadMetricsError(f"road_weight is above 0, not {road_weight}")
        self.road_weight = road_weight

    def forward(self, logits: Tensor, mask: Tensor) -> Tensor:
        """The loss of a batch, a scalar of float32."""
        mask = _check_mask(logits, mask)
        with torch.autocast(logits.device.type, enabled=False):
            logits = logits.to(mask.dtype)
            total = functional.binary_cross_entropy_with_logits(
                logits, mask, pos_weight=logits.new_tensor(self.road_weight), reduction="sum"
            )
            return total / max(logits.numel(), 1)


class SoftIoULoss(nn.Module):
    """1 - sum(p m) / sum(p + m - p m) of each image, averaged; p is the sigmoid of the logits.

    ``smooth`` is added above and below: an empty mask, too, is learned from.

    >>> round(SoftIoULoss(smooth=0.0)(torch.zeros(1, 1, 1, 2), torch.ones(1, 1, 1, 2)).item(), 6)
    0.5
    >>> SoftIoULoss()(torch.zeros(0, 1, 4, 4), torch.zeros(0, 1, 4, 4)).item()
    0.0
    """

    def __init__(self, smooth: float = 1.0) -> None:
        super().__init__()
        if smooth < 0:
            raise RoadMetricsError(f"smooth is 0 or more, not {smooth}")
        self.smooth = smooth

    def forward(self, logits: Tensor, mask: Tensor) -> Tensor:
        """The loss of a batch, a scalar of float32."""
        mask = _check_mask(logits, mask)
        with torch.autocast(logits.device.type, enabled=False):
            p = torch.sigmoid(logits.to(mask.dtype))
            both = (p * mask).sum(dim=(1, 2, 3))  # [B]
            either = (p + mask).sum(dim=(1, 2, 3)) - both
            loss = 1 - (both + self.smooth) / (either + self.smooth).clamp(min=1e-12)
            return loss.sum() / max(len(loss), 1)


def check_pair(pred: Tensor, target: Tensor) -> None:
    """Raise RoadMetricsError unless both are [B, 1, H, W] of one shape, finite, distances >= 0."""
    _check_shapes(pred, target)
    _check_finite(pred, "prediction")
    if target.numel() and not bool(target.min() >= 0):  # false for NaN, too
        raise RoadMetricsError("the target holds NaN or a negative distance: make it anew")


def _check_mask(logits: Tensor, mask: Tensor) -> Tensor:
    """The mask as float32 (or float64); raises RoadMetricsError for one that is not of 0 and 1."""
    _check_shapes(logits, mask)
    _check_finite(logits, "prediction")
    mask = mask.to(torch.promote_types(logits.dtype, torch.float32))
    if mask.numel() and not bool(((mask >= 0) & (mask <= 1)).all()):
        raise RoadMetricsError("a mask lies between 0 and 1: divide an image by 255")
    return mask


def _check_shapes(pred: Tensor, target: Tensor) -> None:
    if pred.shape != target.shape or pred.ndim != 4 or pred.shape[1] != 1:
        raise RoadMetricsError(
            f"prediction {tuple(pred.shape)} and target {tuple(target.shape)} must both be "
            "[B, 1, H, W]"
        )
    if not pred.is_floating_point():
        raise RoadMetricsError(f"a prediction is of floats, not {pred.dtype}")


def _check_finite(pred: Tensor, what: str) -> None:
    """Raise RoadMetricsError that counts the images with NaN or infinity."""
    if bool(torch.isfinite(pred.detach().sum())):  # one number tells of all, but may overflow
        return
    bad = [i for i, image in enumerate(pred) if not bool(torch.isfinite(image).all())]
    if not bad:
        return
    raise RoadMetricsError(
        f"the {what} holds NaN or infinity in image {bad[0]} of the batch ({len(bad)} of "
        f"{len(pred)}): lower the learning rate or start from the last checkpoint"
    )
