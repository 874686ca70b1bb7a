"""Networks on pixels and on key points: a file for each, its references on top. Needs torch."""

from __future__ import annotations

from ..needed import imported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .arm import ARM, ArmConfig
    from .dru import DRU, weighted_sum
    from .gcn import GCN
    from .linknet import LinkNet
    from .muzero import MuZeroNet
    from .pairs import Cls
    from .resnet import ResNet, ResNetSegmenter
    from .unet import UNet
    from .weights import load_weights

_HOME = {
    "ARM": "arm",
    "ArmConfig": "arm",
    "Cls": "pairs",
    "DRU": "dru",
    "GCN": "gcn",
    "LinkNet": "linknet",
    "MuZeroNet": "muzero",
    "ResNet": "resnet",
    "ResNetSegmenter": "resnet",
    "UNet": "unet",
    "load_weights": "weights",
    "weighted_sum": "dru",
}

__all__ = [
    "ARM",
    "DRU",
    "GCN",
    "ArmConfig",
    "Cls",
    "LinkNet",
    "MuZeroNet",
    "ResNet",
    "ResNetSegmenter",
    "UNet",
    "load_weights",
    "weighted_sum",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(imported(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
