"""Networks on key points, their inputs and their losses, from a run's options."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from .graph_batches import PADDING, Drawing, GraphBatch
from .graph_settings import GraphTrainArgs
from .nets.arm import ARM, FULL, MINIATURE, ArmConfig, PointEncoder
from .nets.gcn import GCN
from .nets.pairs import Cls, pair_loss
from .nets.resnet import MULTIPLE
from .nets.weights import load_weights

SEEN = 32  # images that statistics of batch normalisation are taken from
NETS: dict[str, Any] = {"arm": ARM, "cls": Cls, "gcn": GCN}


class Inputs(NamedTuple):
    """What a network is given: images [B, 3, S, S], key points [B, K, 2], mask [B, K]."""

    images: Tensor
    key_points: Tensor
    mask: Tensor


def config_of(args: GraphTrainArgs) -> ArmConfig:
    """The scale's configuration with what the options say themselves.

    >>> config_of(GraphTrainArgs(net="cls", data="d", out="o", width=32)).point_layers
    0
    """
    config = MINIATURE if args.scale == "small" else FULL
    if args.net != "arm":
        config = replace(config, point_layers=0)
    names = {one.name for one in fields(ArmConfig)} & {one.name for one in fields(args)}
    given = {name: getattr(args, name) for name in sorted(names)}
    open_ones = {name for name in ("point_layers", "token_layers", "dropout") if given[name] < 0}
    open_ones |= {name for name in ("image", "depth", "base", "width", "heads") if not given[name]}
    said = {name: value for name, value in given.items() if name not in open_ones}
    said |= {"edges": args.max_edges, "has_image": args.features, "has_cross": args.cross}
    return replace(config, **said)


def make_graph_net(args: GraphTrainArgs, with_weights: bool = True) -> nn.Module:
    """The network with first weights drawn from the seed, for the ResNet perhaps those of a file.

    ``with_weights``: whether that file is read; a checkpoint replaces them anyway.
    """
    torch.manual_seed(args.seed)
    net = NETS[args.net](config_of(args))
    if args.weights and with_weights and net.encoder.resnet is not None:
        load_weights(net.encoder.resnet, args.weights)
    return cast(nn.Module, net)


def set_standard(encoder: PointEncoder, drawings: list[Drawing]) -> None:
    """Standardise by mean and spread of each channel over the training images."""
    n = sum(one.image.shape[0] * one.image.shape[1] for one in drawings)
    means = sum(one.image.sum(axis=(0, 1), dtype=np.float64) for one in drawings) / n
    squares = sum(np.square(one.image, dtype=np.float64).sum(axis=(0, 1)) for one in drawings) / n
    spread = np.sqrt(np.maximum(squares - means**2, 1.0))
    encoder.mean.copy_(torch.from_numpy(np.asarray(means)))
    encoder.spread.copy_(torch.from_numpy(np.asarray(spread)))


def set_statistics(encoder: PointEncoder, drawings: list[Drawing]) -> None:
    """Give batch normalisation the mean and variance of up to `SEEN` images, spread over all.

    For a ResNet with first weights, in training that leaves these statistics as they are. One pass,
    the same numbers each time; images are standardised before (`set_standard`).
    """
    chosen = [drawings[k * len(drawings) // SEEN] for k in range(SEEN)]
    chosen = chosen if len(drawings) > SEEN else drawings
    if encoder.resnet is None or len(chosen) * encoder.config.image**2 <= MULTIPLE**2:
        return  # one pixel of the last map has no variance
    images = torch.from_numpy(np.stack([one.image for one in chosen]))
    layers = [each for each in encoder.resnet.modules() if isinstance(each, nn.BatchNorm2d)]
    kept = [each.momentum for each in layers]
    for each in layers:
        each.train().momentum = 1.0  # this pass alone
    with torch.no_grad():
        encoder.resnet.features(encoder.standardised(images))
    for each, momentum in zip(layers, kept, strict=True):
        each.eval().momentum = momentum


def inputs_of(batch: GraphBatch, encoder: PointEncoder, device: torch.device) -> Inputs:
    """The batch on the device, its images standardised."""
    images = torch.from_numpy(np.ascontiguousarray(batch.images)).to(device, non_blocking=True)
    places = torch.from_numpy(batch.key_points).to(device, non_blocking=True)
    mask = torch.from_numpy(batch.mask).to(device, non_blocking=True)
    return Inputs(encoder.standardised(images), places, mask)


@dataclass
class Answer:
    """What a network says of a batch: logits [B, ...] and the loss, the mean over what counts."""

    logits: Tensor
    loss: Tensor


def answer_of(net: Any, batch: GraphBatch, device: torch.device) -> Answer:
    """One pass: cross entropy of tokens and END for `ARM`, of pairs for the others."""
    given = inputs_of(batch, net.encoder, device)
    if not isinstance(net, ARM):
        logits = net(*given).float()
        return Answer(logits, pair_loss(logits, torch.from_numpy(batch.adjacency()).to(device)))
    logits = net(*given, torch.from_numpy(batch.tokens).to(device)).float()
    targets = torch.from_numpy(batch.targets()).to(device)
    loss = functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=PADDING)
    return Answer(logits, loss)
