"""Smooth random textures, by doubling: cheap, and without a function that machines round apart."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .chance import Chance

Texture = npt.NDArray[np.float32]  # [H, W], about -1 to 1

SOFT = np.float32(1 / 90)  # octets to about -1..1 after smoothing


def texture(size: int, octaves: int, gain: float, chance: Chance) -> Texture:
    """[size, size] noise; each octave is twice as fine, and ``gain`` times as strong.

    >>> texture(4, 2, 0.5, Chance(0)).shape
    (4, 4)
    """
    sizes = [size]
    for _ in range(octaves):
        sizes.append(-(-sizes[-1] // 2) + 1)
    field = chance.octets(sizes[-1], sizes[-1]) * SOFT
    weight, total = 1.0, 1.0
    for n in sizes[-2::-1]:
        field = _doubled(_doubled(field).T).T[:n, :n]
        weight *= gain
        total += weight
        field += chance.octets(n, n) * np.float32(weight / 128)
    return np.ascontiguousarray(field / np.float32(total**0.5))


def _doubled(field: Texture) -> Texture:
    """[2 (H - 1), W] Chaikin's corner cutting, down the columns."""
    out = np.empty((2 * len(field) - 2, field.shape[1]), dtype=np.float32)
    quarter = field * np.float32(0.25)
    part = field * np.float32(0.75)
    out[0::2] = part[:-1] + quarter[1:]
    out[1::2] = quarter[:-1] + part[1:]
    return out


def softened(plane: npt.NDArray[np.float32], strength: float) -> npt.NDArray[np.float32]:
    """[H, W] blurred as a lens does: each pixel mixed with those beside it."""
    a, b = np.float32(strength / 2), np.float32(1 - strength)
    for axis in (0, 1):
        rows = plane if axis == 0 else plane.T
        out = rows * b
        part = rows * a
        out[1:] += part[:-1]
        out[:-1] += part[1:]
        out[0] += part[0]
        out[-1] += part[-1]
        plane = out if axis == 0 else out.T
    return plane
