"""DRU: a U-Net that sees its last output, with a dual-gated recurrent unit in the bridge.

References
----------
W. Wang, K. Yu, J. Hugonot, P. Fua, M. Salzmann: Recurrent U-Net for Resource-Constrained
Segmentation. ICCV 2019, arXiv:1906.04913.
D. Oner et al.: Promoting Connectivity of Network-Like Structures by Enforcing Region Separation.
TPAMI 2021, arXiv:2009.07011, section 4.2.

In the published code of Wang et al. each gate is two layers of convolution, group normalisation and
ReLU, so that its sigmoid stays above one half; here it is one convolution, as the equations say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from roadmetrics.errors import RoadMetricsError

from .padding import padded
from .unet import UNet


class DualGatedUnit(nn.Module):
    """One step of a state h [B, n_state, H, W] on an input x [B, n_in, H, W].

    Both gates see the input alone, and the reset gate works on the input:

        z = sigmoid(update(x)), r = sigmoid(reset(x))
        h' = (1 - z) h + z tanh(candidate(x r))
    """

    def __init__(self, n_in: int, n_state: int) -> None:
        super().__init__()
        self.update = nn.Conv2d(n_in, n_state, 3, padding=1)
        self.reset = nn.Conv2d(n_in, n_in, 3, padding=1)
        self.candidate = nn.Conv2d(n_in, n_state, 3, padding=1)

    def forward(self, x: Tensor, h: Tensor | None) -> Tensor:
        """The next state; None is a state of zeros."""
        z, r = torch.sigmoid(self.update(x)), torch.sigmoid(self.reset(x))
        added = z * torch.tanh(self.candidate(x * r))
        return added if h is None else (1 - z) * h + added


class DRU(UNet):
    """Images [B, in_channels, H, W] to [B, 1, H, W]; in training, to a list of such outputs.

    Each iteration sees the image and the output before it as one more channel, zero at first, and
    the state of the bridge. In training it gives the outputs of ``n_train`` iterations, to be
    summed by `weighted_sum`; otherwise that of iteration ``n_infer``, after which it stops.

    Raises RoadMetricsError for images of another shape (see `padded`).

    >>> net = DRU(base=2, n_blocks=2)
    >>> [output.shape for output in net(torch.zeros(2, 3, 8, 8))] == 3 * [(2, 1, 8, 8)]
    True
    >>> net.eval()(torch.zeros(1, 3, 5, 7)).shape
    torch.Size([1, 1, 5, 7])
    """

    def __init__(
        self,
        in_channels: int = 3,
        base: int = 32,
        n_blocks: int = 5,
        n_layers: int = 3,
        n_train: int = 3,
        n_infer: int = 2,
    ) -> None:
        super().__init__(in_channels + 1, base, n_blocks, n_layers)
        if min(n_train, n_infer) < 1:
            raise RoadMetricsError("n_train and n_infer are 1 iteration or more")
        self.n_train, self.n_infer = n_train, n_infer

    def make_bridge(self, n_in: int, n_out: int, n_layers: int) -> nn.Module:
        """The dual-gated unit takes the place of the bridge's convolutions."""
        return DualGatedUnit(n_in, n_out)

    def iterate(self, images: Tensor, n: int) -> list[Tensor]:
        """Outputs [B, 1, H, W] of the first n iterations."""
        height, width = images.shape[-2:] if images.ndim == 4 else (0, 0)
        images = padded(self, images, self.in_channels - 1, self.multiple)
        output = images.new_zeros(len(images), 1, *images.shape[2:])
        state, outputs = None, []
        for _ in range(n):
            features, kept = self.encode(torch.cat([images, output], dim=1))
            state = self.bridge(features, state)
            output = self.decode(state, kept)
            outputs.append(output[..., :height, :width])
        return outputs

    def forward(self, images: Tensor) -> Tensor | list[Tensor]:
        """Every iteration's output in training, else that of ``n_infer``."""
        if self.training:
            return self.iterate(images, self.n_train)
        return self.iterate(images, self.n_infer)[-1]


def weighted_sum(
    loss: Callable[[Tensor, Tensor], Tensor],
    outputs: Sequence[Tensor],
    target: Tensor,
    decay: float = 0.4,
) -> Tensor:
    """The losses of all iterations, the last in full, each before it ``decay`` times the next.

    0.4 is that of Wang et al. (their configuration for roads); Oner et al. do not say.

    >>> loss = lambda output, target: (output - target).sum()
    >>> one, none = torch.ones(1), torch.zeros(1)
    >>> round(weighted_sum(loss, [one, one, one], none).item(), 2)  # 0.16 + 0.4 + 1
    1.56
    """
    if not outputs:
        raise RoadMetricsError("no outputs to sum losses of")
    total = loss(outputs[0], target)
    for output in outputs[1:]:
        total = decay * total + loss(output, target)
    return total
