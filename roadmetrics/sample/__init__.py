"""The bundled sample: the roads of Nauru in square tiles, and two damaged copies of them.

``gt``, ``pred_light`` and ``pred_heavy`` hold one JSON graph a tile, in metres (EPSG:32758). The
roads are (c) OpenStreetMap contributors, ODbL 1.0: see LICENSE.md. `build` makes the folders.
"""

from pathlib import Path


def path() -> Path:
    """Folder that holds ``gt``, ``pred_light`` and ``pred_heavy``.

    >>> sorted(p.name for p in path().iterdir() if p.is_dir() and p.name[0] != "_")
    ['gt', 'pred_heavy', 'pred_light']
    """
    return Path(__file__).resolve().parent
