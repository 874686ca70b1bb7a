"""A scene as SVG text: no fonts, scripts or other files in it."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from xml.sax.saxutils import escape

from ..io.files import shown
from .scene import Box, Dots, Lines, Panel, Photo, Scene, Shape, Text

FONT = "Helvetica, Arial, 'DejaVu Sans', sans-serif"
JPEG_QUALITY = 85


def svg_text(scene: Scene) -> str:
    """The SVG document.

    >>> svg_text(Scene(10, 10, [])).splitlines()[-1]
    '</svg>'
    """
    w, h = scene.width, scene.height
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" '
        f'font-family="{FONT}">',
        f'<rect width="{w}" height="{h}" fill="#ffffff"/>',
        *_shapes(scene.items, "p"),
        "</svg>",
    ])  # fmt: skip


def _shapes(items: object, prefix: str) -> Iterator[str]:
    for k, item in enumerate(items):  # type: ignore[arg-type,var-annotated]
        yield from _shape(item, f"{prefix}{k}")


def _shape(item: Shape, name: str) -> Iterator[str]:
    if isinstance(item, Panel):
        yield f'<clipPath id="{name}"><rect {_place(item)}/></clipPath>'
        yield f'<g clip-path="url(#{name})">'
        yield from _shapes(item.items, f"{name}_")
        yield "</g>"
    elif isinstance(item, Lines):
        yield from _lines(item)
    elif isinstance(item, Dots):
        yield from _dots(item)
    elif isinstance(item, Text):
        yield (
            f'<text x="{_n(item.x)}" y="{_n(item.y)}" font-size="{_n(item.size)}" '
            f'text-anchor="{item.anchor}" fill="{item.colour}">{escape(shown(item.text))}</text>'
        )
    elif isinstance(item, Box):
        rim = f' stroke="{item.rim}"' if item.rim else ""
        yield f'<rect {_place(item)} fill="{item.fill or "none"}"{rim}/>'
    else:
        data = base64.b64encode(_jpeg(item)).decode()
        yield (
            f'<image {_place(item)} preserveAspectRatio="none" '
            f'href="data:image/jpeg;base64,{data}"/>'
        )


def _lines(item: Lines) -> Iterator[str]:
    if not len(item.paths):
        return
    runs = []
    for path in item.paths:
        words = [f"{_n(x)} {_n(y)}" for x, y in path.tolist()]
        runs.append("M" + "L".join(words))
    yield (
        f'<path d="{"".join(runs)}" fill="none" stroke="{item.colour}" '
        f'stroke-width="{_n(item.width)}" stroke-linecap="round" stroke-linejoin="round"/>'
    )


def _dots(item: Dots) -> Iterator[str]:
    """Runs of one colour make one group."""
    rim = _n(max(item.radius / 4, 0.4))
    colour = None
    for (x, y), own in zip(item.xy.tolist(), item.colours, strict=True):
        if own != colour:
            if colour is not None:
                yield "</g>"
            yield f'<g fill="{own}" stroke="{item.rim}" stroke-width="{rim}">'
            colour = own
        yield f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(item.radius)}"/>'
    if colour is not None:
        yield "</g>"


def _jpeg(item: Photo) -> bytes:
    from PIL import Image

    image = Image.fromarray(item.pixels)
    most = (round(2 * item.width) + 1, round(2 * item.height) + 1)
    if image.width > most[0] and image.height > most[1]:
        image = image.resize(most)
    stream = io.BytesIO()
    image.save(stream, format="JPEG", quality=JPEG_QUALITY)
    return stream.getvalue()


def _place(item: Box | Panel | Photo) -> str:
    return f'x="{_n(item.x)}" y="{_n(item.y)}" width="{_n(item.width)}" height="{_n(item.height)}"'


def _n(value: float) -> str:
    """A tenth of a pixel is enough."""
    text = f"{value:.1f}"
    return text.removesuffix(".0") if text != "-0.0" else "0"
