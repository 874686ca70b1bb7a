"""NPY arrays: the header is checked against the bytes that are there before anything is made."""

from __future__ import annotations

import io
import math
import re
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import FormatError
from ..graph import Mask
from .files import quoted
from .probability import mask_of

MAGIC = b"\x93NUMPY"
MAX_PIXELS = 200_000_000  # as of images; reading then takes about 1 GB
_HEADER_STARTS = {1: 10, 2: 12}  # by version
_DESCR = re.compile(r"'descr'\s*:\s*'([<>|=]?[a-zA-Z?]\d*)'")
_ORDER = re.compile(r"'fortran_order'\s*:\s*(True|False)")
_SHAPE = re.compile(r"'shape'\s*:\s*\(([\dL,\s]*)\)")


def read_npy(data: bytes, name: str, threshold: float | None = None) -> Mask:
    """An (H, W) array as a mask, a probability map by its threshold: see `probability.mask_of`.

    >>> read_npy(write_npy(Mask(np.eye(3, dtype=bool))), "a.npy")
    Mask(3 x 3, 3 road pixels)
    >>> read_npy(write_npy(Mask(np.zeros((0, 4), dtype=bool))), "a.npy")
    Mask(0 x 4, 0 road pixels)
    """
    array = array_of(data, name, "biuf")
    if array.size > MAX_PIXELS or max(array.shape, default=0) > MAX_PIXELS:
        raise FormatError(f"{name}: shape {array.shape}, above {MAX_PIXELS} pixels: cut it up")
    if array.ndim == 3 and 1 in (array.shape[0], array.shape[2]):
        array = array[0] if array.shape[0] == 1 else array[:, :, 0]
    if array.ndim != 2:
        raise FormatError(f"{name}: a mask has shape (H, W), not {array.shape}")
    return mask_of(array, name, threshold)


def write_npy(mask: Mask) -> bytes:
    """The pixels as a boolean array; origin, unit and pixel size are not written."""
    stream = io.BytesIO()
    np.lib.format.write_array(stream, mask.array, allow_pickle=False)
    return stream.getvalue()


def array_of(data: bytes | memoryview, name: str, kinds: str) -> npt.NDArray[Any]:
    """The array of NPY bytes, of a numpy kind in ``kinds``; objects are never read.

    Raises FormatError for a bad header, another kind, and a shape that the bytes do not fill.
    """
    header, body = _split(data, name)
    descr, order, shape = (_field(p, header, name) for p in (_DESCR, _ORDER, _SHAPE))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # of names that NumPy is giving up
            dtype = np.dtype(descr)
    except (TypeError, ValueError, Warning):
        raise FormatError(f"{name}: numpy type {quoted(descr)} is not known") from None
    if dtype.kind not in kinds:
        raise FormatError(f"{name}: numpy type {quoted(descr)} cannot be read here")
    sizes = _shape(shape, name)
    needed = math.prod(sizes) * dtype.itemsize
    if needed != len(data) - body:
        raise FormatError(
            f"{name}: the header says shape {sizes} of {descr}, {needed} bytes, "
            f"but {len(data) - body} follow"
        )
    array = np.frombuffer(data, dtype=dtype, offset=body, count=math.prod(sizes))
    return array.reshape(sizes, order="F" if order == "True" else "C")


def _split(data: bytes | memoryview, name: str) -> tuple[str, int]:
    """Header text, and where the numbers begin."""
    start = bytes(data[:12])
    if not start.startswith(MAGIC):
        kind = " (it is an NPZ archive: name it .npz)" if start.startswith(b"PK") else ""
        raise FormatError(f"{name}: not an NPY file{kind}")
    version = start[6] if len(start) > 6 else 0
    if version not in _HEADER_STARTS:
        raise FormatError(f"{name}: NPY version {version} is not 1 or 2")
    first = _HEADER_STARTS[version]
    length = int.from_bytes(start[8:first], "little")
    if first + length > len(data):
        raise FormatError(f"{name}: the header is cut short")
    return bytes(data[first : first + length]).decode("latin-1"), first + length


def _field(pattern: re.Pattern[str], header: str, name: str) -> str:
    found = pattern.findall(header)
    if len(found) != 1:
        raise FormatError(f"{name}: the NPY header {quoted(header)} is not understood")
    return str(found[0])


def _shape(text: str, name: str) -> tuple[int, ...]:
    parts = [part.strip().rstrip("L") for part in text.split(",") if part.strip()]
    if len(parts) > 4 or any(not p.isdecimal() or len(p) > 15 for p in parts):
        raise FormatError(f"{name}: the NPY header gives no usable shape: {quoted(text)}")
    return tuple(int(p) for p in parts)
