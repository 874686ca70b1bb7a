"""Network, loss, device and precision of a run, from its options."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from roadmetrics.errors import RoadMetricsError

from .losses import CrossEntropyLoss, DistanceLoss, SoftIoULoss, TopoRegression
from .nets import DRU, LinkNet, ResNetSegmenter, UNet, load_weights, weighted_sum
from .settings import TrainArgs

WARM_UP = 1 / 20  # of the steps, of the schedule cosine


def make_net(args: TrainArgs, with_weights: bool = True) -> nn.Module:
    """The network with first weights drawn from the seed, or for the ResNet those of a file.

    ``with_weights``: whether that file is read; a checkpoint replaces them anyway.

    A distance network starts at half of ``d_max`` everywhere, where a squared error is least for
    one that knows nothing.
    """
    torch.manual_seed(args.seed)
    net: nn.Module
    if args.net in ("unet", "dru"):
        kind = UNet if args.net == "unet" else DRU
        net = kind(base=args.base or 32, n_blocks=args.blocks, n_layers=args.layers)
    else:
        resnet = LinkNet if args.net == "linknet" else ResNetSegmenter
        net = resnet(args.depth, base=args.base or 64)
        if args.weights and with_weights:
            load_weights(net.encoder, args.weights)
    if args.is_distance:
        with torch.no_grad():
            last_layer(net).bias.fill_(args.d_max / 2)
    return net


def last_layer(net: nn.Module) -> Any:
    """The convolution that gives the one number a pixel."""
    kinds = (nn.Conv2d, nn.ConvTranspose2d)
    return [m for m in net.modules() if isinstance(m, kinds) and m.out_channels == 1][-1]


class StepLoss:
    """The loss of a step from the network's output (or outputs) and the distances [B, 1, H, W]."""

    def __init__(self, args: TrainArgs) -> None:
        self.args = args
        self.loss = make_loss(args)

    def __call__(self, output: Tensor | list[Tensor], distances: Tensor, step: int) -> Tensor:
        """A scalar; of several outputs, their weighted sum."""
        loss, target = self.loss, distances
        if isinstance(loss, TopoRegression):
            loss.alpha = self.args.alpha if step >= self.args.topo_start else 0.0
        if not self.args.is_distance:
            target = (distances <= self.args.half_width).to(distances.dtype)
        total: Tensor
        if isinstance(output, list):
            total = weighted_sum(loss, output, target)
        else:
            total = loss(output, target)
        return total


def make_loss(args: TrainArgs) -> nn.Module:
    """The loss that is asked for."""
    if args.loss == "ce":
        return CrossEntropyLoss()
    if args.loss == "iou":
        return SoftIoULoss()
    if args.loss == "mse":
        return DistanceLoss(args.d_max, args.reduction)
    return TopoRegression(
        args.alpha, args.window or None, args.beta, args.dilation, args.d_max, args.normalize,
        args.mode, args.reduction,
    )  # fmt: skip


class Scheduled(Protocol):
    """The options of any script that trains."""

    @property
    def lr(self) -> float: ...
    @property
    def schedule(self) -> str: ...
    @property
    def steps(self) -> int: ...


def rate_at(args: Scheduled, step: int) -> float:
    """The learning rate of a step, counted from 0."""
    if args.schedule == "constant":
        return args.lr
    warm = max(round(args.steps * WARM_UP), 1)
    if step < warm:
        return args.lr * (step + 1) / warm
    return args.lr * (1 + math.cos(math.pi * (step - warm) / max(args.steps - warm, 1))) / 2


def device_of(name: str) -> torch.device:
    """The device of --device; RoadMetricsError for one that is not there."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except Exception as error:  # torch raises several kinds
        reason = str(error).splitlines()[0]
        raise RoadMetricsError(f"--device {name}: torch cannot use it: {reason}") from None
    return device


def dtype_of(precision: str, device: torch.device) -> torch.dtype:
    """What the network computes in."""
    if precision != "auto":
        chosen: torch.dtype = getattr(torch, precision)
        return chosen
    if device.type != "cuda":
        return torch.float32
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16


def cast(device: torch.device, dtype: torch.dtype) -> AbstractContextManager[Any]:
    """In which the network is run."""
    if dtype == torch.float32:
        return nullcontext()
    context: AbstractContextManager[Any] = torch.autocast(device.type, dtype)
    return context


def set_threads(n: int) -> None:
    """Set torch's threads; 0 leaves them."""
    if n:
        torch.set_num_threads(n)
