"""A scene as PNG, drawn by Pillow larger than it is and shrunk: its own lines are jagged."""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from .scene import Box, Dots, Lines, Panel, Photo, Scene, Shape, Text

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage
    from PIL.ImageDraw import ImageDraw as Pen

LARGE = 4_000_000  # pixels; larger pictures are drawn twice as large, smaller ones three times
FEW = 192  # colours of a picture without a photo


def png_bytes(scene: Scene) -> bytes:
    """The PNG file.

    >>> png_bytes(Scene(10, 10, []))[1:4]
    b'PNG'
    """
    from PIL import Image

    k = 3 if scene.width * scene.height <= LARGE else 2
    big = Image.new("RGB", (scene.width * k, scene.height * k), "#ffffff")
    _draw(big, scene.items, k, 0.0, 0.0)
    image = big.resize((scene.width, scene.height), Image.Resampling.BOX)
    if not _has_photo(scene.items):
        image = image.quantize(FEW, dither=Image.Dither.NONE)
    stream = io.BytesIO()
    image.save(stream, format="PNG", optimize=True)
    return stream.getvalue()


def _has_photo(items: Any) -> bool:
    return any(
        isinstance(item, Photo) or (isinstance(item, Panel) and _has_photo(item.items))
        for item in items
    )


def _draw(image: PillowImage, items: Any, k: int, x0: float, y0: float) -> None:
    """Draw shapes on an image whose corner is at x0, y0 of the scene."""
    from PIL import ImageDraw

    pen = ImageDraw.Draw(image)
    for item in items:
        _draw_one(image, pen, item, k, np.array([x0, y0]))


def _draw_one(image: PillowImage, pen: Pen, item: Shape, k: int, corner: Any) -> None:
    if isinstance(item, Lines):
        _lines(pen, item, k, corner)
    elif isinstance(item, Dots):
        for centre, colour in zip((item.xy - corner) * k, item.colours, strict=True):
            _disc(pen, centre, item.radius * k + max(item.radius / 8, 0.2) * k, item.rim)
            _disc(pen, centre, item.radius * k - max(item.radius / 8, 0.2) * k, colour)
    elif isinstance(item, Text):
        x, y = ((item.x, item.y) - corner) * k
        anchor = {"start": "ls", "middle": "ms", "end": "rs"}[item.anchor]
        pen.text((x, y), item.text, item.colour, _font(round(item.size * k)), anchor)
    elif isinstance(item, Box):
        pen.rectangle(_corners(item, k, corner), item.fill, item.rim, k)
    elif isinstance(item, Photo):
        _photo(image, item, k, corner)
    else:
        _panel(image, item, k, corner)


def _lines(pen: Pen, item: Lines, k: int, corner: Any) -> None:
    width = max(round(item.width * k), 1)
    for path in item.paths:
        points = (path - corner) * k
        pen.line([tuple(p) for p in points.tolist()], item.colour, width, "curve")
        for end in (points[0], points[-1]):
            _disc(pen, end, width / 2 - 0.5, item.colour)


def _disc(pen: Pen, centre: Any, radius: float, colour: str) -> None:
    if radius > 0:
        x, y = (float(v) for v in centre)
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), colour)


def _panel(image: PillowImage, item: Panel, k: int, corner: Any) -> None:
    left, top, right, bottom = (round(v) for v in _corners(item, k, corner))
    part = image.crop((left, top, max(right, left + 1), max(bottom, top + 1)))
    _draw(part, item.items, k, item.x, item.y)
    image.paste(part, (left, top))


def _photo(image: PillowImage, item: Photo, k: int, corner: Any) -> None:
    from PIL import Image

    left, top, right, bottom = (round(v) for v in _corners(item, k, corner))
    # only what lies on the canvas is resized: a view may show a corner of a large image
    box = (max(left, 0), max(top, 0), min(right, image.width), min(bottom, image.height))
    if box[0] >= box[2] or box[1] >= box[3] or right <= left or bottom <= top:
        return
    height, width = item.pixels.shape[:2]
    sx, sy = width / (right - left), height / (bottom - top)
    part = (
        (box[0] - left) * sx, (box[1] - top) * sy, (box[2] - left) * sx, (box[3] - top) * sy
    )  # fmt: skip
    size = (box[2] - box[0], box[3] - box[1])
    method = Image.Resampling.BILINEAR
    image.paste(Image.fromarray(item.pixels).resize(size, method, part), box[:2])


def _corners(item: Box | Panel | Photo, k: int, corner: Any) -> tuple[float, float, float, float]:
    left, top = (item.x - corner[0]) * k, (item.y - corner[1]) * k
    return left, top, left + item.width * k, top + item.height * k


@cache
def _font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size)
