"""PNG, TIFF and JPEG masks and probability maps, by Pillow; the size is checked first."""

from __future__ import annotations

import io
import logging
import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import FormatError
from ..graph import Mask
from .files import quoted
from .probability import mask_of
from .silence import silent_stderr

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

MAX_SIDE = 20_000  # pixels
MAX_PIXELS = 200_000_000  # of one byte; reading then takes about 1 GB
MAX_DECODED = 400_000_000  # bytes, as Pillow holds them
LARGE = 8192 * 8192  # pixels; above it a file must hold a byte for every PIXELS_PER_BYTE
PIXELS_PER_BYTE = 1000  # of 8 bits, and 8 times as many of one; deflate reaches 1032 of one value
_PIXEL_BYTES = {"1": 1, "L": 1, "I;16": 2, "I;16B": 2, "I;16L": 2, "I;16N": 2}  # others 4
logging.getLogger("PIL").addHandler(logging.NullHandler())  # else its errors are printed
# what Pillow says of pixels it does not know; of a compression it gives the number
_UNKNOWN = re.compile(r"unknown (pixel|raw) mode.*|Invalid value for samples per pixel|\d+")
MAX_MARKERS = 1_000_000  # of a JPEG: Pillow reads them one by one
MAX_SCANS = 100  # of a JPEG: each goes over all pixels; encoders write 10 or so
BAND = 1 << 22  # pixels that are converted at once
MANY = 256  # colours, above which they are not counted
Bands = Callable[[], Iterable[npt.NDArray[Any]]]
_GREY = ("L", "I", "F", "I;16", "I;16B", "I;16L", "I;16N")


def read_image(data: bytes, name: str, threshold: float | None = None) -> Mask:
    """An image as a mask: see `probability.mask_of`. Of a TIFF with several pages, the first.

    Colours that are all grey, or two in all (the darker is background), are read; transparency is
    laid over black. Raises FormatError for other colours, a damaged image and a huge one.

    >>> read_image(write_png(Mask(np.eye(3, dtype=bool))), "a.png")
    Mask(3 x 3, 3 road pixels)
    >>> read_image(write_png(Mask(np.zeros((2, 2), dtype=bool))), "a.png").n_pixels
    0
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of metadata; what hurts the pixels raises
        try:
            pixels = _decoded(data, name)
        except FormatError:
            raise
        except Exception as error:  # Pillow raises nearly anything for damaged bytes
            kind = (
                "TIFF" if data[:2] in (b"II", b"MM") else "PNG" if data[:1] == b"\x89" else "JPEG"
            )
            # of pixels and compressions that Pillow has not
            if kind != "TIFF" or not _UNKNOWN.fullmatch(str(error)):
                raise FormatError(
                    f"{name}: a damaged {kind} image, Pillow says {quoted(str(error), 80)}"
                ) from None
            pixels = _deep_pixels(data, name)
    return mask_of(pixels, name, threshold)


def read_photo(data: bytes, name: str) -> npt.NDArray[np.uint8]:
    """[H, W, 3] bytes of an image, to look at: transparency over white, deep pixels stretched.

    Grey images of more than 8 bits are stretched from their 2nd to their 98th percentile. Raises
    FormatError for a damaged image, a huge one, and colours that Pillow cannot read.

    >>> read_photo(write_png(Mask(np.eye(3, dtype=bool))), "a.png").shape
    (3, 3, 3)
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with opened(data, name) as image:
                _check_size(image, len(data), name, 4)
                _decode(image)
                return _colours(image)
        except FormatError:
            raise
        except Exception as error:
            raise FormatError(
                f"{name}: not an image to look at: {quoted(str(error), 80)}"
            ) from None


def _colours(image: ImageFile) -> npt.NDArray[np.uint8]:
    from PIL import Image

    if image.mode in _GREY and image.mode != "L":
        deep = np.nan_to_num(np.asarray(image).astype(np.float64))
        low, high = np.percentile(deep, (2, 98))
        grey = np.clip((deep - low) / max(high - low, 1e-12) * 255, 0, 255).astype(np.uint8)
        return np.stack([grey] * 3, axis=2)
    clear = image.convert("RGBA")
    ground = Image.new("RGBA", clear.size, "#ffffff")
    return np.asarray(Image.alpha_composite(ground, clear).convert("RGB"))


def write_png(mask: Mask) -> bytes:
    """An 8-bit PNG of 0 and 255; origin, unit and pixel size are not written."""
    from PIL import Image

    if 0 in mask.array.shape:
        raise FormatError("an image cannot be empty: write this mask as .npy")
    stream = io.BytesIO()
    Image.fromarray(mask.array.astype(np.uint8) * 255).save(stream, format="PNG")
    return stream.getvalue()


def opened(data: bytes, name: str) -> ImageFile:
    """The image by its content, with nothing decoded yet."""
    # Image.open has a limit of its own, set for the whole process: ours is _check_size
    stream = io.BytesIO(data)
    if data.startswith(b"\x89PNG"):
        from PIL.PngImagePlugin import PngImageFile

        return PngImageFile(stream)
    if data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):  # BigTIFF is the latter
        from PIL.TiffImagePlugin import TiffImageFile

        return TiffImageFile(stream)
    if data.startswith(b"\xff\xd8\xff"):
        from PIL.JpegImagePlugin import JpegImageFile

        if data.count(b"\xff") - data.count(b"\xff\0") > MAX_MARKERS:
            raise FormatError(f"{name}: a JPEG of more than {MAX_MARKERS} markers: refused")
        if data.count(b"\xff\xda") > MAX_SCANS:
            raise FormatError(f"{name}: a JPEG of more than {MAX_SCANS} scans: refused")
        return JpegImageFile(stream)
    raise FormatError(f"{name}: not a PNG, TIFF or JPEG image")


def _decode(image: ImageFile) -> None:
    """The pixels, in Pillow's memory; libtiff's own complaints are not for the user."""
    with silent_stderr() if image.format == "TIFF" else nullcontext():
        image.load()


def _decoded(data: bytes, name: str) -> npt.NDArray[Any]:
    """(H, W) grey values; Pillow's own copy of the pixels is gone when this returns."""
    with opened(data, name) as image:
        _check_size(image, len(data), name)
        _decode(image)
        width, height = image.size
        boxes = [(0, top, width, bottom) for top, bottom in _rows(width, height)]
        is_png = image.format == "PNG"
        return _grey(lambda: (_pixels(image.crop(box), is_png, name) for box in boxes), name)


def _rows(width: int, height: int) -> Iterator[tuple[int, int]]:
    """Bands of BAND pixels or so, as first row and row behind the last."""
    step = max(BAND // max(width, 1), 1)
    return ((top, min(top + step, height)) for top in range(0, height, step))


def _check_size(image: ImageFile, n_bytes: int, name: str, pixel_bytes: int = 0) -> None:
    """``pixel_bytes``: what a pixel takes, if not what Pillow needs for it."""
    width, height = image.size
    if max(width, height) > MAX_SIDE:
        raise FormatError(f"{name}: {width} x {height} pixels, above {MAX_SIDE} x {MAX_SIDE}")
    each = pixel_bytes or _PIXEL_BYTES.get(image.mode, 4)
    most = min(MAX_PIXELS, MAX_DECODED // each)
    if width * height > most:
        raise FormatError(
            f"{name}: {width} x {height} pixels, more than the {most} that are read in one image "
            f"of mode {image.mode}: cut it up"
        )
    a_byte = PIXELS_PER_BYTE * (8 if image.mode == "1" else 1)
    if width * height > max(LARGE, a_byte * n_bytes):
        raise FormatError(
            f"{name}: {width} x {height} pixels in {n_bytes} bytes, more than {a_byte} a byte: "
            "refused; cut it up, or save it as .npy"
        )


def _pixels(image: Image, is_png: bool, name: str) -> npt.NDArray[Any]:
    """(H, W) grey or (H, W, 3) colours, transparency over black."""
    if image.mode == "1":
        return np.asarray(image.convert("L")) > 0
    if image.mode == "I" and is_png:  # 16 bits, in older Pillows
        return np.asarray(image).astype(np.uint16)
    if image.mode in _GREY:
        return np.asarray(image)
    if image.mode == "P":
        has_alpha = "transparency" in image.info
        return _over_black(np.asarray(image.convert("RGBA" if has_alpha else "RGB")))
    if image.mode in ("RGB", "RGBA", "LA"):
        return _over_black(np.asarray(image))
    raise FormatError(f"{name}: colour mode {image.mode} is no mask: save it as grey")


def _deep_pixels(data: bytes, name: str) -> npt.NDArray[Any]:
    """As `_pixels`, read by GDAL; colours of more than 8 bits must all be grey."""
    from .deep_tiff import read_tiff

    with silent_stderr():  # rasterio prints what is not UTF-8 in GDAL's messages
        pixels = read_tiff(data, name)
    if pixels.ndim == 2:
        return pixels
    if pixels.dtype == np.uint8:
        height, width = pixels.shape[:2]
        return _grey(lambda: (_over_black(pixels[a:b]) for a, b in _rows(width, height)), name)
    if not (pixels == pixels[:, :, :1]).all():
        raise FormatError(
            f"{name}: {pixels.shape[2]} bands of {pixels.dtype} that differ: save a mask as one "
            "grey band"
        )
    return pixels[:, :, 0]


def _over_black(pixels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    n = pixels.shape[2]
    if n == 3:
        return pixels
    alpha = pixels[:, :, -1].astype(np.uint16)  # 255 * 255 + 127 fits
    colours = np.empty((*pixels.shape[:2], n - 1), dtype=np.uint8)
    for k in range(n - 1):  # one by one, to spare memory
        colours[:, :, k] = (pixels[:, :, k] * alpha + 127) // 255
    return colours[:, :, 0] if n == 2 else colours


def _grey(bands: Bands, name: str) -> npt.NDArray[Any]:
    """(H, W) of bands of rows, grey or [h, W, 3]; of two colours the brighter is True."""
    if all(band.ndim == 2 or _is_grey(band) for band in bands()):
        return np.concatenate([band if band.ndim == 2 else band[:, :, 0] for band in bands()])
    colours: set[int] = set()
    for band in bands():
        colours |= _colours_of(_packed(band))
        if len(colours) > MANY:
            break
    if len(colours) > 2:
        n = f"more than {MANY}" if len(colours) > MANY else len(colours)
        raise FormatError(
            f"{name}: {n} colours: a mask is grey or has two colours (is it the photo?)"
        )
    dark, *bright = sorted(colours, key=lambda c: (_brightness(c), -c))
    if not bright:
        return np.concatenate([np.full(b.shape[:2], _brightness(dark) > 0) for b in bands()])
    return np.concatenate([_packed(band) == bright[0] for band in bands()])


def _is_grey(band: npt.NDArray[Any]) -> bool:
    return all(np.array_equal(band[:, :, 0], band[:, :, k]) for k in (1, 2))


def _packed(band: npt.NDArray[Any]) -> npt.NDArray[np.uint32]:
    """[h, W] red << 16 | green << 8 | blue."""
    packed = band[:, :, 0].astype(np.uint32)
    for k in (1, 2):
        packed <<= 8
        packed |= band[:, :, k]
    return packed


def _colours_of(packed: npt.NDArray[np.uint32]) -> set[int]:
    """All values; two are found without sorting."""
    left, found = packed.ravel(), set()
    for _ in range(2):
        if left.size:
            found.add(int(left[0]))
            left = left[left != left[0]]
    return found | set(np.unique(left).tolist())


def _brightness(colour: int) -> int:
    """Luma of ITU-R BT.601, times 1000."""
    return 299 * (colour >> 16) + 587 * (colour >> 8 & 255) + 114 * (colour & 255)
