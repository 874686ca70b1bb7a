"""What a metric's `explain` shows, as layers: places of one side with credit and cost.

The arrays are told apart by their names alone, so that any metric's can be drawn and listed:
``{gt|pred}_{thing}_xy`` holds points [K, 2] or straight pieces [K, 2, 2], ``..._credit`` [K] from 0
(missed, invented) to 1 (matched), ``..._cost`` [K] what each takes off the score, in any unit
common to the tile, and ``match_xy`` [K, 2, 2] lines from ground truth to prediction.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import numpy as np

from .graph import FloatArray

Side = Literal["gt", "pred"]
SIDES: tuple[Side, ...] = ("gt", "pred")


class Layer(NamedTuple):
    """Things of one kind on one side."""

    side: Side
    thing: str  # "control", "junction", "road", ...
    xy: FloatArray  # [K, 2] points, or [K, 2, 2] pieces
    credit: FloatArray  # [K]
    cost: FloatArray  # [K]
    is_costed: bool  # whether the metric said so; otherwise cost is lost credit, times length

    @property
    def is_pieces(self) -> bool:
        """Whether the things are pieces of roads."""
        return self.xy.ndim == 3

    @property
    def middle(self) -> FloatArray:
        """[K, 2] the points, or the midpoints of the pieces."""
        return (self.xy[:, 0] + self.xy[:, 1]) / 2 if self.is_pieces else self.xy

    @property
    def size(self) -> FloatArray:
        """[K] lengths of pieces; 0 for points."""
        if not self.is_pieces:
            return np.zeros(len(self.xy))
        length: FloatArray = np.hypot(*(self.xy[:, 1] - self.xy[:, 0]).T)
        return length


def layers_of(shown: Mapping[str, Any]) -> list[Layer]:
    """The layers of a metric's explanation, ground truth first.

    >>> [(one.side, one.thing, one.cost.tolist()) for one in layers_of(
    ...     {"gt_end_xy": [[0, 0], [9, 9]], "gt_end_credit": [1, 0.5], "n": 3})]
    [('gt', 'end', [0.0, 0.5])]
    >>> layers_of({})
    []
    """
    layers = []
    for name in shown:
        side, _, thing = name.removesuffix("_xy").partition("_")
        if name.endswith("_xy") and side in SIDES and thing:
            layers.append(_layer(shown, side, thing))
    return sorted(layers, key=lambda layer: SIDES.index(layer.side))


def match_lines(shown: Mapping[str, Any]) -> FloatArray:
    """[K, 2, 2] from a place of the ground truth to its place of the prediction."""
    return np.asarray(shown.get("match_xy", ()), dtype=np.float64).reshape(-1, 2, 2)


def _layer(shown: Mapping[str, Any], side: Side, thing: str) -> Layer:
    name = f"{side}_{thing}"
    xy = np.asarray(shown[f"{name}_xy"], dtype=np.float64)
    xy = xy if len(xy) else xy.reshape(0, *((2, 2) if xy.ndim == 3 else (2,)))
    credit = np.asarray(shown.get(f"{name}_credit", np.ones(len(xy))), dtype=np.float64)
    given = shown.get(f"{name}_cost")
    layer = Layer(side, thing, xy, np.clip(credit, 0.0, 1.0), np.zeros(len(xy)), given is not None)
    if given is not None:
        return layer._replace(cost=np.asarray(given, dtype=np.float64))
    weight = layer.size if layer.is_pieces else 1.0
    return layer._replace(cost=(1 - layer.credit) * weight)
