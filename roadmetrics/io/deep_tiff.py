"""TIFFs that Pillow does not know (float64, deep colours, LERC), by GDAL through rasterio."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import FormatError
from .extras import complaint, needed

MAX_SIDE = 20_000  # pixels
MAX_DECODED = 400_000_000  # bytes
MAX_RATIO = 2000  # bytes that a byte of the file may unpack to; deflate reaches 1032
SMALL = 64 << 20  # bytes; below it any ratio
MAX_BANDS = 4
logging.getLogger("rasterio").addHandler(logging.NullHandler())  # else its errors are printed
TYPES = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64")


def read_tiff(data: bytes, name: str) -> npt.NDArray[Any]:
    """(H, W) of one band, (H, W, K) of 2 to 4, as the file has them.

    GDAL sees a file in memory and no other driver than GTiff, and decodes nothing before the size
    is known. Raises FormatError for a damaged file and a huge one.

    >>> read_tiff(b"II*", "a.tif")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    roadmetrics.errors.FormatError: a.tif: ...
    """
    rasterio = needed("rasterio", "geo", name)
    needed("rasterio.io", "geo", name)
    options = {
        "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_PAM_ENABLED": "NO",
        "GDAL_CACHEMAX": 64, "GDAL_NUM_THREADS": 1,
    }  # fmt: skip
    with warnings.catch_warnings(), _silent_hook():
        warnings.simplefilter("ignore")  # of georeference
        try:
            with (
                rasterio.Env(**options),
                rasterio.io.MemoryFile(data) as memory,
                memory.open(driver="GTiff") as image,
            ):
                _check_size(image, len(data), name)
                bands: npt.NDArray[Any] = image.read()  # (K, H, W)
        except FormatError:
            raise
        except Exception as error:  # GDAL's errors are of many kinds
            raise FormatError(f"{name}: a damaged TIFF, GDAL says {complaint(error)}") from None
    return bands[0] if len(bands) == 1 else np.moveaxis(bands, 0, 2)


@contextmanager
def _silent_hook() -> Iterator[None]:
    """For rasterio, which fails unheard on messages of GDAL that quote bytes which are no UTF-8."""
    before = sys.unraisablehook
    sys.unraisablehook = lambda _: None
    try:
        yield
    finally:
        sys.unraisablehook = before


def _check_size(image: Any, n_bytes: int, name: str) -> None:
    types = set(image.dtypes)
    if image.count > MAX_BANDS or len(types) != 1 or not types <= set(TYPES):
        kinds = ", ".join(sorted(types)[:3])
        raise FormatError(f"{name}: {image.count} bands of {kinds}: save a mask as one grey band")
    if max(image.width, image.height) > MAX_SIDE:
        raise FormatError(
            f"{name}: {image.width} x {image.height} pixels, above {MAX_SIDE} x {MAX_SIDE}"
        )
    size = image.count * image.width * image.height * np.dtype(image.dtypes[0]).itemsize
    if size > min(MAX_DECODED, max(SMALL, MAX_RATIO * n_bytes)):
        raise FormatError(
            f"{name}: {image.width} x {image.height} pixels are {size} bytes, from {n_bytes}: "
            "refused; cut it up, or save it as .npy"
        )
