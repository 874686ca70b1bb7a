"""Random numbers that are the same on every machine and under every version of NumPy.

NumPy keeps the raw stream of a bit generator for ever, but not what ``Generator`` makes of it, so
whole numbers and fractions are made here, from the raw bits.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .arrays import FloatArray

MOST = 1 << 32  # `below` takes the upper half of 64 bits


class Chance:
    """One stream of random numbers; the same key, the same stream.

    >>> Chance(0, 7).below(10, 4).tolist() == Chance(0, 7).below(10, 4).tolist()
    True
    >>> Chance(0).unit(0).tolist()
    []
    """

    def __init__(self, *key: int) -> None:
        self._bits = np.random.PCG64(np.random.SeedSequence(key))

    def _raw(self, n: int) -> npt.NDArray[np.uint64]:
        return np.asarray(self._bits.random_raw(n), dtype=np.uint64)

    def below(self, high: int, n: int) -> npt.NDArray[np.int64]:
        """[n] whole numbers from 0 to ``high`` - 1."""
        drawn = ((self._raw(n) >> np.uint64(32)) * np.uint64(high)) >> np.uint64(32)
        return drawn.astype(np.int64)

    def unit(self, n: int) -> FloatArray:
        """[n] numbers from 0 up to, but not, 1."""
        return (self._raw(n) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def between(self, low: float, high: float, n: int) -> FloatArray:
        """[n] numbers from ``low`` to ``high``."""
        return low + (high - low) * self.unit(n)

    def number(self, low: float = 0.0, high: float = 1.0) -> float:
        """One number from ``low`` to ``high``."""
        return float(self.between(low, high, 1)[0])

    def is_so(self, share: float) -> bool:
        """True in this share of cases."""
        return self.number() < share

    def pick(self, n: int) -> int:
        """One whole number from 0 to ``n`` - 1."""
        return int(self.below(n, 1)[0])

    def octets(self, height: int, width: int) -> npt.NDArray[np.float32]:
        """[height, width] whole numbers from -128 to 127."""
        n = height * width
        raw = self._raw(n // 8 + 1).astype("<u8").view(np.uint8)[:n]
        return raw.reshape(height, width).astype(np.float32) - np.float32(128)
