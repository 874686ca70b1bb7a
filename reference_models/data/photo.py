"""Images of any size as arrays of bytes: small ones in memory, large ones in a file on disk.

A large image is decoded once, a band of rows at a time, into a NumPy file that is mapped, not
loaded: a window of it costs its own pixels, whatever the format. Needs rasterio (the extra geo);
without it Pillow decodes images of up to 1e8 pixels at once.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections import OrderedDict
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from roadmetrics.errors import FormatError
from roadmetrics.io.files import MIB, read_bytes, shown
from roadmetrics.io.image import read_photo
from roadmetrics.io.silence import silent_stderr

Photo = npt.NDArray[np.uint8]  # [H, W, 3]
LARGE = 4096 * 4096  # pixels; above, an image goes to disk
BAND = 1 << 24  # pixels that are decoded at once
LIMIT = 2048 * MIB  # of a file that Pillow reads
STRETCH = (2, 98)  # percentiles to which images of more than 8 bits are stretched
SAMPLE = 1024  # pixels aside, on which the percentiles are taken


@lru_cache(maxsize=65536)
def photo_size(path: Path) -> tuple[int, int]:
    """Width and height of an image, from its header.

    Raises FormatError for an absent file and what is no image.
    """
    from PIL import Image

    if not path.is_file():
        raise FormatError(f"{shown(path)}: no such image")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of large images, and of odd metadata
        try:
            with Image.open(path) as image:
                width, height = image.size
        except Exception:  # Pillow has not every kind of TIFF
            width, height = _size_by_rasterio(path)
    return width, height


class Photos:
    """Decoded images, the latest kept up to ``cache`` MiB; large ones lie in a temporary folder.

    >>> with Photos() as photos:
    ...     photos.open(Path("absent.png"))
    Traceback (most recent call last):
    ...
    roadmetrics.errors.FormatError: absent.png: no such image
    """

    def __init__(self, cache: int = 1024) -> None:
        self.limit = cache * MIB
        self.held: OrderedDict[Path, Photo] = OrderedDict()
        self.folder: Path | None = None

    def __enter__(self) -> Photos:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget the images and delete the temporary folder."""
        self.held.clear()
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None

    def open(self, path: Path) -> Photo:
        """[H, W, 3] bytes, to be read only. Raises FormatError for what is no image."""
        if path in self.held:
            self.held.move_to_end(path)
            return self.held[path]
        width, height = photo_size(path)
        photo = self._on_disk(path, width, height) if width * height > LARGE else _decoded(path)
        self.held[path] = photo
        while len(self.held) > 1 and sum(_cost(one) for one in self.held.values()) > self.limit:
            self.held.popitem(last=False)
        return photo

    def scratch(self, height: int, width: int) -> npt.NDArray[np.float32]:
        """[height, width] to fill: in memory, or on disk if it is large, in the same file again."""
        if height * width <= LARGE:
            return np.zeros((height, width), np.float32)
        return np.lib.format.open_memmap(
            self._place() / "scratch.npy", mode="w+", dtype=np.float32, shape=(height, width)
        )

    def _on_disk(self, path: Path, width: int, height: int) -> Photo:
        if not _has_rasterio():
            return _decoded(path)
        place = self._place() / f"{len(list(self._place().iterdir()))}.npy"
        photo = np.lib.format.open_memmap(
            place, mode="w+", dtype=np.uint8, shape=(height, width, 3)
        )
        _fill(photo, path)
        photo.flush()
        mapped: Photo = np.load(place, mmap_mode="r")
        return mapped

    def _place(self) -> Path:
        if self.folder is None:
            self.folder = Path(tempfile.mkdtemp(prefix="reference-models-"))
        return self.folder


def _cost(photo: Photo) -> int:
    return 0 if isinstance(photo, np.memmap) else photo.nbytes


def _decoded(path: Path) -> Photo:
    """By Pillow; by rasterio what Pillow has not, such as colours of 16 bits."""
    data, name = read_bytes(path, LIMIT), shown(path)
    try:
        return read_photo(data, name)
    except FormatError:
        if data[:2] not in (b"II", b"MM") or not _has_rasterio():
            raise
    width, height = photo_size(path)
    photo = np.empty((height, width, 3), np.uint8)
    _fill(photo, path)
    return photo


def _has_rasterio() -> bool:
    from importlib.util import find_spec

    return find_spec("rasterio") is not None


def _size_by_rasterio(path: Path) -> tuple[int, int]:
    if not _has_rasterio():
        raise FormatError(f"{shown(path)}: not an image that Pillow reads")
    with _Raster(path) as raster:
        return raster.width, raster.height


def _fill(photo: Photo, path: Path) -> None:
    """Decode an image into an array of its size, a band of rows at a time."""
    from rasterio.windows import Window

    with _Raster(path) as raster:
        bands = [1, 2, 3] if raster.count >= 3 else [1, 1, 1]
        stretch = _stretch(raster, bands)
        height, width = photo.shape[:2]
        step = max(BAND // width, 1)
        for top in range(0, height, step):
            rows = min(step, height - top)
            pixels = raster.read(bands, window=Window(0, top, width, rows))  # [3, rows, width]
            for k in range(3):
                low, high = stretch[k]
                part = pixels[k]
                if part.dtype != np.uint8:
                    part = np.clip((np.nan_to_num(part) - low) / (high - low) * 255, 0, 255)
                photo[top : top + rows, :, k] = part


def _stretch(raster: Any, bands: list[int]) -> list[tuple[float, float]]:
    """Of each band, the values that become 0 and 255."""
    if all(raster.dtypes[band - 1] == "uint8" for band in bands):
        return [(0.0, 255.0)] * 3
    shape = (3, min(raster.height, SAMPLE), min(raster.width, SAMPLE))
    sample = np.nan_to_num(raster.read(bands, out_shape=shape).astype(np.float64))
    ends = [np.percentile(band, STRETCH) for band in sample]
    return [(float(low), max(float(high), float(low) + 1e-12)) for low, high in ends]


class _Raster:
    """An image that rasterio has opened; what goes wrong is one line."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Any:
        import rasterio
        from rasterio.errors import NotGeoreferencedWarning

        self.env = rasterio.Env(GDAL_CACHEMAX=128)
        self.env.__enter__()
        with warnings.catch_warnings(), silent_stderr():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            try:
                self.raster = rasterio.open(self.path)
            except Exception as error:
                self.env.__exit__(None, None, None)
                reason = " ".join(str(error).split())[:80]
                raise FormatError(f"{shown(self.path)}: no image: {reason}") from None
        return self.raster

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self.raster.close()
        self.env.__exit__(None, None, None)
        if kind is not None and not issubclass(kind, FormatError) and issubclass(kind, Exception):
            reason = " ".join(str(error).split())[:80]
            raise FormatError(f"{shown(self.path)}: a damaged image: {reason}") from None
