"""How much of each place of a sequence reaches another one through layers of attention.

S. Abnar, W. Zuidema: Quantifying Attention Flow in Transformers. ACL 2020, arXiv:2005.00928. A
layer is half its attention, the mean over heads, and half the place itself, which the residual
connection carries on. numpy and scipy, no torch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from roadmetrics.errors import RoadMetricsError
from roadmetrics.graph import FloatArray

WHOLE = 2**24  # what a capacity of 1 is in whole numbers


def mixed(attention: npt.ArrayLike) -> FloatArray:
    """[T, T] of the attention [H, T, T] of a layer's heads: rows that add up to 1.

    Raises RoadMetricsError for weights that are no shares: below 0, or a row of nothing.

    >>> mixed([[[1, 0], [1, 0]], [[1, 0], [0, 1]]]).tolist()
    [[1.0, 0.0], [0.25, 0.75]]
    >>> mixed(np.zeros((2, 0, 0))).shape
    (0, 0)
    """
    heads = np.asarray(attention, float)
    if heads.ndim != 3 or heads.shape[1] != heads.shape[2] or not len(heads):
        raise RoadMetricsError(f"attention has the shape {heads.shape}, not (heads, T, T)")
    both = 0.5 * heads.mean(axis=0) + 0.5 * np.eye(heads.shape[1])
    if not np.isfinite(both).all() or (both < 0).any():
        raise RoadMetricsError("attention must be shares of 0 or more")
    shares: FloatArray = both / both.sum(axis=1, keepdims=True)
    return shares


def rollout(layers: Sequence[FloatArray], place: int) -> FloatArray:
    """[T] shares of the inputs in a place of the last layer: the product of the layers' `mixed`.

    ``layers`` [T, T] each, the first one reads the inputs.

    >>> half = np.array([[1.0, 0.0], [0.5, 0.5]])
    >>> rollout([half, half], 1).tolist(), rollout([], 0).tolist()
    ([0.75, 0.25], [])
    """
    shares = np.eye(len(layers[0]))[place] if layers else np.zeros(0)
    for layer in reversed(layers):
        shares = shares @ layer
    return shares


def flow(layers: Sequence[FloatArray], place: int) -> FloatArray:
    """[T] shares of the inputs in a place by maximum flow, as those authors divide them: to 1.

    >>> half = np.array([[1.0, 0.0], [0.5, 0.5]])
    >>> flow([half, half], 1).tolist(), flow([], 0).tolist()
    ([0.6666666666666666, 0.3333333333333333], [])
    """
    found = flows(layers, place)
    total: FloatArray = found / found.sum() if found.any() else found
    return total


def flows(layers: Sequence[FloatArray], place: int) -> FloatArray:
    """[T] the most that can flow from a place of the last layer to each input, each by itself.

    From a place of layer l to one of the layer below as much may flow as `mixed` says; 1 leaves
    the place. Capacities are whole numbers of 2 ** -24.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_flow

    if not layers:
        return np.zeros(0)
    n, depth = len(layers[0]), len(layers)
    capacity = np.zeros((n * (depth + 1), n * (depth + 1)), np.int32)
    for k, layer in enumerate(layers):  # places of layer k + 1 read those of layer k
        block = np.round(layer * WHOLE).astype(np.int32)
        capacity[(k + 1) * n : (k + 2) * n, k * n : (k + 1) * n] = block
    graph, source = csr_array(capacity), depth * n + place
    return np.array([maximum_flow(graph, source, end).flow_value / WHOLE for end in range(n)])


METHODS: dict[str, Callable[[Sequence[FloatArray], int], FloatArray]] = {
    "rollout": rollout, "flow": flow,
}  # fmt: skip


def place_of(edge: int) -> int:
    """The place of a sequence whose state chose the second end of an edge, counted from 0.

    The image stands at place 0, token t, an end of edge t // 2, at place t + 1.

    >>> place_of(0), place_of(3)
    (1, 7)
    """
    return 2 * edge + 1


def by_edge(shares: FloatArray, edge: int) -> tuple[float, float, FloatArray]:
    """Of the shares [T + 1] in `place_of` an edge: the image's, its own, those of earlier edges.

    An edge has the sum of its two tokens; its own is that of its first end, for the second one
    was not there yet.

    >>> image, own, earlier = by_edge(np.array([0.5, 0.125, 0.125, 0.25, 0.0]), 1)
    >>> image, own, earlier.tolist()
    (0.5, 0.25, [0.25])
    >>> by_edge(np.array([0.5, 0.5, 0.0]), 0)[2].tolist()
    []
    """
    earlier = shares[1 : 2 * edge + 1].reshape(-1, 2).sum(axis=1)
    return float(shares[0]), float(shares[2 * edge + 1]), earlier
