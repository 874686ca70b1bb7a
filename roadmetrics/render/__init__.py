"""Pictures: one list of shapes (`scene`), written as SVG by itself and as PNG by Pillow."""

from .save import encoded, save
from .scene import Scene
from .sheet import SheetRow, sheet_scene
from .tile import tile_scene

__all__ = ["Scene", "SheetRow", "encoded", "save", "sheet_scene", "tile_scene"]
