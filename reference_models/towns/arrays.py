"""Names of array types."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Picture = npt.NDArray[np.float32]  # [3, H * W] or [3, H, W], 0 to 255
