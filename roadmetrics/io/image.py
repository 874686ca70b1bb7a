"""PNG, TIFF and JPEG masks and probability maps, by Pillow; the size is checked first."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import FormatError
from ..graph import Mask
from .files import quoted
from .probability import mask_of

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

MAX_SIDE = 20_000  # pixels
LARGE = 8192 * 8192  # pixels; above it a file must hold a byte for every PIXELS_PER_BYTE
PIXELS_PER_BYTE = 2000
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
            with _opened(data, name) as image:
                _check_size(image.size, len(data), name)
                pixels = _pixels(image, name)
        except FormatError:
            raise
        except Exception as error:  # Pillow raises nearly anything for damaged bytes
            raise FormatError(f"{name}: a damaged image: {quoted(str(error), 80)}") from None
    return mask_of(_grey(pixels, name), name, threshold)


def write_png(mask: Mask) -> bytes:
    """An 8-bit PNG of 0 and 255; origin, unit and pixel size are not written."""
    from PIL import Image

    if 0 in mask.array.shape:
        raise FormatError("an image cannot be empty: write this mask as .npy")
    stream = io.BytesIO()
    Image.fromarray(mask.array.astype(np.uint8) * 255).save(stream, format="PNG")
    return stream.getvalue()


def _opened(data: bytes, name: str) -> ImageFile:
    """The image by its content, with nothing decoded yet."""
    # Image.open has a limit of its own, set for the whole process: ours is _check_size
    stream = io.BytesIO(data)
    if data.startswith(b"\x89PNG"):
        from PIL.PngImagePlugin import PngImageFile

        return PngImageFile(stream)
    if data[:4] in (b"II*\0", b"MM\0*"):
        from PIL.TiffImagePlugin import TiffImageFile

        return TiffImageFile(stream)
    if data.startswith(b"\xff\xd8\xff"):
        from PIL.JpegImagePlugin import JpegImageFile

        return JpegImageFile(stream)
    raise FormatError(f"{name}: not a PNG, TIFF or JPEG image")


def _check_size(size: tuple[int, int], n_bytes: int, name: str) -> None:
    width, height = size
    if max(width, height) > MAX_SIDE:
        raise FormatError(f"{name}: {width} x {height} pixels, above {MAX_SIDE} x {MAX_SIDE}")
    if width * height > max(LARGE, PIXELS_PER_BYTE * n_bytes):
        raise FormatError(f"{name}: {width} x {height} pixels in {n_bytes} bytes: refused")


def _pixels(image: ImageFile, name: str) -> npt.NDArray[Any]:
    """(H, W) grey or (H, W, 3) colours, transparency over black."""
    if image.mode == "1":
        return np.asarray(image.convert("L")) > 0
    if image.mode == "I" and image.format == "PNG":  # 16 bits, in older Pillows
        return np.asarray(image).astype(np.uint16)
    if image.mode in _GREY:
        return np.asarray(image)
    if image.mode == "P":
        has_alpha = "transparency" in image.info
        return _over_black(np.asarray(image.convert("RGBA" if has_alpha else "RGB")))
    if image.mode in ("RGB", "RGBA", "LA"):
        return _over_black(np.asarray(image))
    raise FormatError(f"{name}: colour mode {image.mode} is no mask: save it as grey")


def _over_black(pixels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    n = pixels.shape[2]
    if n == 3:
        return pixels
    alpha = pixels[:, :, -1:].astype(np.uint32)
    colours = ((pixels[:, :, :-1] * alpha + 127) // 255).astype(np.uint8)
    return colours[:, :, 0] if n == 2 else colours


def _grey(pixels: npt.NDArray[Any], name: str) -> npt.NDArray[Any]:
    if pixels.ndim == 2:
        return pixels
    first = pixels[:, :, 0]
    if all(np.array_equal(first, pixels[:, :, k]) for k in (1, 2)):
        return first
    packed = pixels.astype(np.uint32) @ np.array([65536, 256, 1], dtype=np.uint32)
    colours = np.unique(packed)
    if len(colours) > 2:
        raise FormatError(
            f"{name}: {len(colours)} colours: a mask is grey or has two colours (is it the photo?)"
        )
    brightness = [_brightness(int(c)) for c in colours]
    road = colours[int(np.argmax(brightness))] if len(colours) == 2 else None
    return packed == road if road is not None else np.full(first.shape, brightness[0] > 0)


def _brightness(colour: int) -> int:
    """Luma of ITU-R BT.601, times 1000."""
    return 299 * (colour >> 16) + 587 * (colour >> 8 & 255) + 114 * (colour & 255)
