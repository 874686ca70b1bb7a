"""Edges from probabilities of pairs, edges at random, and how many are right. No torch.

References
----------
S. Anagnostidis et al.: Mastering Spatial Graph Prediction of Road Networks. ICCV 2023,
arXiv:2210.00828, Table 1: "Random", "Cls" and "GCN". How many edges Random draws, and the
threshold of the others, are not given; here as many as the mean of the training graphs, and the
threshold with the best F1 of edges over all validation tasks together.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from roadmetrics.errors import RoadMetricsError

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.floating]
Bools = npt.NDArray[np.bool_]


def edges_above(probabilities: Floats, threshold: float) -> Ints:
    """[M, 2] pairs i < j of a symmetric [K, K] at or above the threshold.

    >>> edges_above(np.array([[0.0, 0.7], [0.7, 0.0]]), 0.5).tolist()
    [[0, 1]]
    >>> edges_above(np.zeros((0, 0)), 0.5).tolist()
    []
    """
    return np.argwhere(np.triu(probabilities >= threshold, 1)).astype(np.int64)


def random_edges(n: int, n_edges: float, rng: np.random.Generator) -> Ints:
    """[M, 2] different pairs of n key points, M = ``n_edges`` rounded, or all pairs if fewer.

    >>> random_edges(3, 9, np.random.default_rng(0)).tolist()
    [[0, 1], [0, 2], [1, 2]]
    >>> random_edges(1, 2, np.random.default_rng(0)).tolist()
    []
    """
    i, j = np.triu_indices(n, 1)
    chosen = np.sort(rng.permutation(len(i))[: round(n_edges)])
    return np.stack([i[chosen], j[chosen]], axis=1)


def mean_edges(targets: Sequence[Ints]) -> float:
    """Edges of a training graph in the mean: how many Random draws."""
    if not targets:
        raise RoadMetricsError("there is no training graph to count edges of")
    return float(np.mean([len(each) for each in targets]))


def best_threshold(probabilities: Floats, is_edge: Bools) -> tuple[float, float]:
    """The threshold with the best F1 over pairs [N], and that F1; of equal ones the highest.

    Every probability is tried: the threshold lies half way to the next lower one. Without any edge
    it is 1, and F1 is 0.

    >>> best_threshold(np.array([0.9, 0.2, 0.6]), np.array([True, False, True]))
    (0.4, 1.0)
    >>> best_threshold(np.zeros(0), np.zeros(0, bool))
    (1.0, 0.0)
    """
    if not is_edge.any():
        return 1.0, 0.0
    order = np.argsort(-probabilities, kind="stable")
    ranked = probabilities[order].astype(np.float64)
    found = np.cumsum(is_edge[order])
    f1 = 2 * found / (np.arange(1, len(ranked) + 1) + found[-1])
    below = np.append(ranked[1:], 0.0)
    f1[ranked == below] = -1.0  # equal ones are taken together
    if ranked[-1] == 0.0:
        f1[-1] = 2 * found[-1] / (len(ranked) + found[-1])
    best = int(np.argmax(f1))
    return float((ranked[best] + below[best]) / 2), float(f1[best])
