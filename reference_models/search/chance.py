"""All that is drawn in a search: noise at the root, and actions by how often they were tried."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from roadmetrics.errors import RoadMetricsError

from .model import BoolArray, FloatArray

STEPS = ((0.75, 0.25), (0.5, 0.5), (0.0, 1.0))  # from this share of the training, this temperature


def temperature(progress: float) -> float:
    """1, from half of the training .5, from three quarters .25, as EfficientZero has it.

    >>> [temperature(share) for share in (0.0, 0.49, 0.5, 0.75, 1.0)]
    [1.0, 1.0, 0.5, 0.25, 0.25]
    """
    return next((t for since, t in STEPS if progress >= since), 1.0)


def dirichlet(
    rngs: Sequence[np.random.Generator | None], legal: BoolArray, alpha: float = 0.3
) -> FloatArray:
    """Noise [B, A]: a draw over the legal actions of each row, 0 elsewhere and where rng is None.

    >>> legal = np.array([[True, False, True], [False, False, True]])
    >>> noise = dirichlet([np.random.default_rng(0), None], legal)
    >>> noise.sum(axis=1).tolist(), noise[0, 1].tolist()
    ([1.0, 0.0], 0.0)
    >>> dirichlet([], np.zeros((0, 3), bool)).shape
    (0, 3)
    """
    noise = np.zeros(legal.shape)
    for row, rng in enumerate(rngs):
        n = int(legal[row].sum())
        if rng is not None and n:
            noise[row, legal[row]] = rng.dirichlet(np.full(n, alpha))
    return noise


def shares(visits: npt.ArrayLike, prior: npt.ArrayLike, heat: float = 1.0) -> FloatArray:
    """[..., A] probabilities as visits ** (1 / heat); heat 0: all on the most visited, lowest of
    equals. Where nothing was visited (search without simulations) the prior takes their place.

    Raises RoadMetricsError for a heat below 0.

    >>> shares([3, 1, 0], [0.2, 0.2, 0.6]).tolist(), shares([3, 1, 0], [0.2, 0.2, 0.6], 0).tolist()
    ([0.75, 0.25, 0.0], [1.0, 0.0, 0.0])
    >>> shares([0, 0, 0], [0.25, 0.25, 0.5], 0.5).round(3).tolist()
    [0.167, 0.167, 0.667]
    >>> shares(np.zeros((0, 3)), np.zeros((0, 3))).shape
    (0, 3)
    """
    if not heat >= 0:
        raise RoadMetricsError(f"a temperature is 0 or more, not {heat!r}")
    n, p = np.asarray(visits, float), np.maximum(np.asarray(prior, float), 0.0)
    weight = np.where(n.sum(axis=-1, keepdims=True) > 0, n, p)
    if not weight.size:
        return weight
    peak = weight.max(axis=-1, keepdims=True)
    if heat == 0:
        weight = (np.arange(weight.shape[-1]) == weight.argmax(axis=-1)[..., None]).astype(float)
    else:
        with np.errstate(under="ignore"):  # a tenth to the power of a hundred is nothing
            weight = (weight / np.where(peak > 0, peak, 1.0)) ** (1.0 / heat)
    total = weight.sum(axis=-1, keepdims=True)
    result: FloatArray = weight / np.where(total > 0, total, 1.0)
    return result


def best(visits: npt.ArrayLike, q: npt.ArrayLike, prior: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """[...] the action [..., A] that was tried most; of equals that of the higher q, the higher
    prior, the lowest number. Without simulations: the highest prior.

    >>> int(best([2, 2, 1, 0], [0.1, 0.2, 0.9, np.nan], [0.2, 0.2, 0.1, 0.5]))
    1
    >>> int(best([0, 0], [np.nan, np.nan], [0.4, 0.6]))
    1
    >>> best(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros((0, 3))).shape
    (0,)
    """
    n = np.asarray(visits)
    keys = (np.asarray(prior, float), np.nan_to_num(np.asarray(q, float), nan=-np.inf), n)
    is_best = np.ones(n.shape, bool)
    for key in reversed(keys):
        most = np.where(is_best, key, -np.inf).max(axis=-1, initial=-np.inf, keepdims=True)
        is_best &= key == most
    return np.asarray(is_best.argmax(axis=-1))


def drawn(probabilities: FloatArray, rng: np.random.Generator) -> int:
    """An action [A] by its probability: one number of the generator, whatever they are.

    >>> drawn(np.array([0.0, 1.0, 0.0]), np.random.default_rng(0))
    1
    """
    steps = np.cumsum(probabilities)
    if not steps.size or not steps[-1] > 0:
        raise RoadMetricsError("there is no action of a probability above 0")
    found = np.searchsorted(steps, rng.random() * steps[-1], side="right")
    return int(min(found, np.flatnonzero(probabilities)[-1]))  # rounding cannot pass the last
