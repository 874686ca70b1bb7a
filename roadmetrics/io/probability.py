"""Grey values to a mask: two values are a mask as they are, more are probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import FormatError
from ..graph import BoolArray, Mask

DEFAULT_THRESHOLD = 0.5  # of the full range


def mask_of(array: npt.NDArray[Any], name: str, threshold: float | None = None) -> Mask:
    """An (H, W) array of booleans, integers or floats as a mask.

    A mask as it is: booleans; at most two values of which one is 0 (the other is road); nothing
    but the full range. Anything else is a probability map: road where the value is at least
    ``threshold`` (default 0.5) of the full range, which is 1 for floats, and 255 or else 65535
    for integers. Raises FormatError for NaN, values outside the range, a threshold not in (0, 1].

    >>> import numpy as np
    >>> mask_of(np.array([[0, 7]]), "a").array, mask_of(np.array([[0.2, 0.6, 0.4]]), "a").array
    (array([[False,  True]]), array([[False,  True, False]]))
    >>> mask_of(np.zeros((0, 0)), "a")
    Mask(0 x 0, 0 road pixels)
    """
    if threshold is not None and not 0 < threshold <= 1:
        raise FormatError(f"{name}: threshold {threshold} is not in (0, 1]")
    if array.dtype == np.bool_ or not array.size:
        return Mask(array.astype(np.bool_))
    _check_finite(array, name)
    low, high = array.min(), array.max()
    if low == 0 and _is_two_valued(array, high):
        return Mask(array != 0)
    full = _full_range(array, float(low), float(high), name)
    if low == high and (high == full or (high == 1 and array.dtype.kind != "f")):
        return Mask(np.ones(array.shape, dtype=np.bool_))
    share = DEFAULT_THRESHOLD if threshold is None else threshold
    road: BoolArray = array >= share * full
    return Mask(road)


def _is_two_valued(array: npt.NDArray[Any], high: Any) -> bool:
    """Whether every value is 0 or ``high``; of floats only 1 and 255 make a mask."""
    if array.dtype.kind == "f" and high not in (0, 1, 255):
        return False
    n_either = np.count_nonzero(array == 0) + np.count_nonzero(array == high)  # high is not 0
    return bool(n_either == array.size or high == 0)


def _check_finite(array: npt.NDArray[Any], name: str) -> None:
    if array.dtype.kind != "f":
        return
    bad = ~np.isfinite(array)
    if bad.any():
        row, column = np.unravel_index(int(np.argmax(bad)), array.shape)
        raise FormatError(f"{name}: row {row}, column {column} is {array[row, column]}")


def _full_range(array: npt.NDArray[Any], low: float, high: float, name: str) -> float:
    limits = [1.0] if array.dtype.kind == "f" else [255.0, 65535.0]
    if array.dtype.kind != "f" and array.dtype.itemsize == 2:
        limits = [65535.0]
    for limit in limits:
        if low >= 0 and high <= limit:
            return limit
    rule = "[0, 1]" if array.dtype.kind == "f" else "[0, 255] or [0, 65535]"
    raise FormatError(f"{name}: values {low:g} to {high:g}: a probability map lies in {rule}")
