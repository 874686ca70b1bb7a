"""Losses of distance maps and masks; `topo_weights` and `distance_to_road` do without torch."""

from __future__ import annotations

from ..needed import imported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .distance import distance_to_road
    from .maximin import topo_weights
    from .pixel import CrossEntropyLoss, DistanceLoss, SoftIoULoss
    from .topo import TopoLoss, TopoRegression

_HOME = {
    "CrossEntropyLoss": "pixel",
    "DistanceLoss": "pixel",
    "SoftIoULoss": "pixel",
    "TopoLoss": "topo",
    "TopoRegression": "topo",
    "distance_to_road": "distance",
    "topo_weights": "maximin",
}

__all__ = [
    "CrossEntropyLoss",
    "DistanceLoss",
    "SoftIoULoss",
    "TopoLoss",
    "TopoRegression",
    "distance_to_road",
    "topo_weights",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(imported(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
