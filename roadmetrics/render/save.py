"""A scene as a file: whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import RoadMetricsError
from ..io.files import shown, write_bytes
from .scene import Scene

SUFFIXES = (".svg", ".png")


def check_suffix(path: str | os.PathLike[str]) -> str:
    """The suffix of a picture file; RoadMetricsError for another one.

    >>> check_suffix("a.SVG")
    '.svg'
    >>> check_suffix("")
    Traceback (most recent call last):
    ...
    roadmetrics.errors.RoadMetricsError: : a picture is written as .svg or .png
    """
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise RoadMetricsError(f"{shown(path)}: a picture is written as {' or '.join(SUFFIXES)}")
    return suffix


def encoded(scene: Scene, suffix: str) -> bytes:
    """The bytes of an .svg or .png file.

    >>> encoded(Scene(4, 4, []), ".svg")[:4]
    b'<svg'
    """
    if suffix == ".svg":
        from .svg import svg_text

        return (svg_text(scene) + "\n").encode("utf-8", "backslashreplace")
    from .png import png_bytes

    return png_bytes(scene)


def save(scene: Scene, path: str | os.PathLike[str]) -> None:
    """Write a picture as its suffix says; raises RoadMetricsError where that cannot be."""
    write_bytes(Path(path), encoded(scene, check_suffix(path)))
