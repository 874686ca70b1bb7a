"""Images of any size for networks that halve them: the edge is repeated, the output cut back."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from roadmetrics.errors import RoadMetricsError


def padded(model: nn.Module, images: Tensor, n_channels: int, multiple: int) -> Tensor:
    """Images [B, C, H, W] with H and W brought up to the next ``multiple``, by their last pixels.

    Raises RoadMetricsError as `check_images` does.
    """
    check_images(model, images, n_channels, multiple)
    height, width = images.shape[2:]
    bottom, right = -height % multiple, -width % multiple
    if not bottom and not right:
        return images
    return functional.pad(images, (0, right, 0, bottom), mode="replicate")


def check_images(model: nn.Module, images: Tensor, n_channels: int, coarsest: int) -> None:
    """Raise RoadMetricsError for images that are not [B, n_channels, H, W] with some pixels.

    And where ``model`` is in training and its coarsest map, a pixel for ``coarsest`` of an image,
    is a single pixel in all: batch normalisation has no spread then.
    """
    if images.ndim != 4 or images.shape[1] != n_channels or 0 in images.shape:
        raise RoadMetricsError(
            f"{type(model).__name__} takes images [B, {n_channels}, H, W] with at least one "
            f"pixel, not {tuple(images.shape)}"
        )
    height, width = images.shape[2:]
    if model.training and len(images) == 1 and max(height, width) <= coarsest:
        raise RoadMetricsError(
            f"one tile of {height} x {width} is too small to train {type(model).__name__}: take "
            f"more tiles a batch, or tiles above {coarsest} px"
        )
