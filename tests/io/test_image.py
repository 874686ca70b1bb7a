"""Images: colour, range and threshold; damaged and huge ones."""

import io
import struct
import time
import zlib

import numpy as np
import pytest
from PIL import Image

from roadmetrics import FormatError, Mask
from roadmetrics.io.image import read_image, write_png
from roadmetrics.io.probability import mask_of

ROAD = np.array([[0, 1, 0], [0, 1, 1]], dtype=bool)


def encoded(image, kind="PNG", **options):
    stream = io.BytesIO()
    image.save(stream, format=kind, **options)
    return stream.getvalue()


def read(image, kind="PNG", threshold=None, **options):
    return read_image(encoded(image, kind, **options), "a.png", threshold).array.tolist()


def refusal(data, threshold=None):
    with pytest.raises(FormatError) as error:
        read_image(data, "a.png", threshold)
    assert str(error.value).startswith("a.png: ")
    return str(error.value)


def solid(colours):
    """An RGB image: road in colours[1], background in colours[0]."""
    return Image.fromarray(np.where(ROAD[:, :, None], *(np.uint8(c) for c in colours[::-1])))


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize(
    "image",
    [
        Image.fromarray(ROAD),
        Image.fromarray(ROAD.astype(np.uint8)),
        Image.fromarray(ROAD.astype(np.uint8) * 255),
        Image.fromarray(ROAD.astype(np.uint16) * 65535),
        Image.fromarray(ROAD.astype(np.uint16)),
        solid([(0, 0, 0), (255, 255, 255)]),
        solid([(0, 0, 0), (255, 0, 0)]),
        solid([(10, 20, 30), (200, 100, 0)]),
        solid([(0, 0, 0), (255, 255, 255)]).convert("RGBA"),
        Image.fromarray(ROAD.astype(np.uint8) * 255).convert("LA"),
        Image.fromarray(ROAD.astype(np.uint8) * 255).convert("P"),
    ],
    ids=["1", "0-1", "0-255", "16-bit", "16-bit-1", "rgb", "red", "two", "rgba", "la", "palette"],
)
def test_masks_as_they_are(image, kind):
    assert read(image, kind) == ROAD.tolist()


def test_transparency_is_laid_over_black():
    white = np.full((2, 3, 4), 255, np.uint8)
    white[:, :, 3] = ROAD * 255
    assert read(Image.fromarray(white)) == ROAD.tolist()


def test_palette_with_odd_colours():
    image = Image.fromarray(ROAD.astype(np.uint8)).convert("L")
    image = Image.frombytes("P", image.size, image.tobytes())
    image.putpalette([0, 0, 0, 128, 0, 0])
    assert read(image) == ROAD.tolist()


def test_probabilities_and_thresholds():
    grey = Image.fromarray(np.array([[0, 100, 127, 128, 200]], np.uint8))
    assert read(grey) == [[False, False, False, True, True]]
    assert read(grey, threshold=0.3) == [[False, True, True, True, True]]
    wide = Image.fromarray(np.array([[0, 100, 32767, 32768]], np.uint16))
    assert read(wide) == [[False, False, False, True]]
    floats = Image.fromarray(np.array([[0, 0.2, 0.5, 1]], np.float32))
    assert read(floats, "TIFF") == [[False, False, True, True]]


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.zeros((2, 2), np.uint8), 0),
        (np.full((2, 2), 255, np.uint8), 4),
        (np.full((2, 2), 1, np.int64), 4),
        (np.full((2, 2), 100, np.uint8), 0),  # one grey: a probability below a half
        (np.full((2, 2), 1.0), 4),
        (np.array([[0.0, 255.0]]), 1),
        (np.array([[0.0, 0.3]]), 0),  # floats of two values: still probabilities
        (np.array([[0, 3]]), 1),
        (np.array([[40, 200]], np.uint8), 1),
        (np.array([[0, 300, 40000]]), 1),
        (np.zeros((0, 5)), 0),
    ],
)
def test_what_counts_as_a_mask(array, expected):
    assert mask_of(array, "a").n_pixels == expected


@pytest.mark.parametrize(
    ("array", "threshold", "message"),
    [
        (np.array([[0.5, 1.5]]), None, "a: values 0.5 to 1.5: a probability map lies in [0, 1]"),
        (np.array([[-1, 0, 5]]), None, "a: values -1 to 5: a probability map lies in [0, 255]"),
        (np.array([[1, 2, 70000]]), None, "a: values 1 to 70000"),
        (np.array([[0, 1]]), 0.0, "a: threshold 0.0 is not in (0, 1]"),
        (np.array([[0, 1]]), 128, "a: threshold 128 is not in (0, 1]"),
        (np.array([[0, 1]]), float("nan"), "a: threshold nan is not in (0, 1]"),
    ],
)
def test_probability_errors(array, threshold, message):
    with pytest.raises(FormatError) as error:
        mask_of(array, "a", threshold)
    assert str(error.value).startswith(message)


def test_jpeg_ringing_is_thresholded():
    big = np.kron(ROAD, np.ones((16, 16), bool))
    mask = read_image(encoded(Image.fromarray(big.astype(np.uint8) * 255), "JPEG"), "a.jpg")
    assert np.array_equal(mask.array, big)


def test_first_page_of_a_tiff():
    pages = [Image.fromarray(ROAD.astype(np.uint8)), Image.fromarray(np.ones((9, 9), np.uint8))]
    assert read(pages[0], "TIFF", save_all=True, append_images=pages[1:]) == ROAD.tolist()


def test_a_photo_is_refused():
    photo = Image.fromarray(np.random.default_rng(0).integers(0, 255, (20, 20, 3), np.uint8))
    assert "is it the photo?" in refusal(encoded(photo))
    assert "colour mode CMYK" in refusal(encoded(photo.convert("CMYK"), "TIFF"))


def png_of_size(width, height, rows=b"", bits=1, colours=0):
    def chunk(name, data):
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )  # fmt: skip


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (png_of_size(30_000, 30_000), "30000 x 30000 pixels, above 20000 x 20000"),
        (png_of_size(20_000, 20_000), "20000 x 20000 pixels, more than the 200000000"),
        (png_of_size(14_000, 14_000), "14000 x 14000 pixels in"),
        (png_of_size(14_200, 14_200, bits=8), "14200 x 14200 pixels, more than the 200000000"),
        (png_of_size(14_000, 14_000, bytes(190_000), 8), "more than 1000 a byte"),
        (png_of_size(10_001, 10_001, bytes(9_000_000), 8, 2), "more than the 100000000"),
        (png_of_size(2**31 - 1, 2**31 - 1), "above 20000 x 20000"),
        (png_of_size(30_000, 30_000, zlib.compress(bytes(3751 * 30_000))), "above 20000"),
        (png_of_size(64, 64), "a damaged PNG image"),
        (encoded(Image.fromarray(ROAD))[:40], "a damaged PNG image"),
        (b"GIF89a", "not a PNG, TIFF or JPEG image"),
        (b"II*\0", "a damaged TIFF image, Pillow"),
        (b"\xff\xd8\xff", "a damaged JPEG image"),
    ],
)
def test_huge_and_damaged(data, message):
    start = time.process_time()
    assert message in refusal(data)
    assert time.process_time() - start < 2


def test_a_large_honest_image_is_read_without_warning():
    side = 9_600  # above the size at which Pillow warns
    array = np.zeros((side, side), bool)
    array[::40, ::3] = True
    data = encoded(Image.fromarray(array), compress_level=1)
    assert read_image(data, "a.png").array.shape == (side, side)


def test_round_trip():
    mask = Mask(np.random.default_rng(1).random((7, 5)) > 0.5)
    assert np.array_equal(read_image(write_png(mask), "a.png").array, mask.array)
    assert read_image(write_png(Mask(np.zeros((3, 3), bool))), "a.png").n_pixels == 0
    with pytest.raises(FormatError, match="an image cannot be empty"):
        write_png(Mask(np.zeros((0, 3), bool)))
