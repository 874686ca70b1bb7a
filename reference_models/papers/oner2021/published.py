"""What the paper prints for the rows that are trained here: APLS, TLTS, JCT, HM, CCQ, in percent.

By table, data set and method, as Tables 1 to 8 of arXiv:2009.07011 have them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from .rows import Cell, Row

COLUMNS = ("APLS", "TLTS", "JCT", "HM", "CCQ")
Figures = tuple[float, float, float, float, float]

FIGURES: Mapping[Cell, Figures] = MappingProxyType({
    (1, "RoadTracer", "U-Net"): (66.3, 40.0, 77.5, 68.2, 59.3),
    (1, "RoadTracer", "U-Net+TOPO-global"): (72.5, 46.3, 84.7, 70.3, 63.8),
    (1, "RoadTracer", "U-Net+TOPO-windowed"): (75.8, 49.7, 82.8, 76.0, 68.6),
    (2, "DeepGlobe", "LinkNet"): (67.7, 60.6, 66.2, 73.4, 77.2),
    (2, "DeepGlobe", "U-Net"): (62.3, 59.9, 66.4, 72.7, 68.8),
    (2, "DeepGlobe", "DRU"): (75.2, 65.4, 67.2, 76.6, 80.1),
    (2, "DeepGlobe", "U-Net+TOPO-windowed"): (75.2, 69.8, 71.2, 79.8, 77.0),
    (2, "DeepGlobe", "DRU+TOPO-windowed"): (77.1, 68.4, 71.2, 79.6, 80.7),
    (3, "Canals", "U-Net"): (70.9, 30.3, 76.4, 61.4, 81.4),
    (3, "Canals", "DRU"): (71.4, 32.7, 76.9, 62.1, 80.3),
    (3, "Canals", "U-Net+TOPO-windowed"): (76.3, 35.7, 79.3, 63.4, 85.1),
    (3, "Canals", "DRU+TOPO-windowed"): (78.2, 43.1, 78.8, 67.0, 84.5),
    (4, "RoadTracer", "U-Net+TOPO-windowed alpha=1e-3"): (72.3, 46.3, 80.3, 73.1, 66.5),
    (4, "RoadTracer", "U-Net+TOPO-windowed alpha=1e-4"): (75.8, 49.7, 82.8, 76.0, 68.6),
    (4, "RoadTracer", "U-Net+TOPO-windowed alpha=1e-5"): (71.4, 45.9, 81.9, 73.4, 67.1),
    (4, "RoadTracer", "U-Net+TOPO-windowed alpha=0.0"): (66.3, 40.0, 77.5, 68.2, 59.3),
    (5, "RoadTracer", "U-Net+TOPO-windowed beta=1e-0"): (71.4, 43.8, 80.9, 73.2, 66.5),
    (5, "RoadTracer", "U-Net+TOPO-windowed beta=1e-1"): (75.8, 49.7, 82.8, 76.0, 68.6),
    (5, "RoadTracer", "U-Net+TOPO-windowed beta=1e-2"): (74.3, 46.2, 79.5, 74.5, 65.3),
    (6, "RoadTracer", "U-Net+TOPO-windowed window=16"): (68.3, 39.2, 79.2, 67.4, 59.4),
    (6, "RoadTracer", "U-Net+TOPO-windowed window=32"): (72.1, 45.8, 78.9, 72.7, 65.7),
    (6, "RoadTracer", "U-Net+TOPO-windowed window=64"): (75.8, 49.7, 82.8, 76.0, 68.6),
    (6, "RoadTracer", "U-Net+TOPO-windowed window=128"): (76.1, 46.4, 81.7, 74.5, 68.3),
    (7, "DeepGlobe", "U-Net+TOPO-windowed window=32"): (74.1, 67.3, 65.2, 73.4, 74.8),
    (7, "DeepGlobe", "U-Net+TOPO-windowed window=64"): (75.2, 69.8, 71.2, 79.8, 77.0),
    (7, "DeepGlobe", "U-Net+TOPO-windowed window=128"): (74.3, 68.2, 72.0, 79.6, 77.2),
    (8, "RoadTracer", "U-Net-CE"): (60.4, 30.6, 79.2, 74.2, 63.3),
    (8, "RoadTracer", "U-Net-MSE"): (66.3, 40.0, 77.5, 68.2, 59.3),
    (8, "RoadTracer", "U-Net+TOPO-global"): (72.5, 46.3, 84.7, 70.3, 63.8),
    (8, "RoadTracer", "U-Net+TOPO-windowed"): (75.8, 49.7, 82.8, 76.0, 68.6),
})  # fmt: skip


def figures(row: Row, dataset: str = "RoadTracer") -> tuple[Cell, Figures] | None:
    """What the paper has for a row, on ``dataset`` where it is there, else on its first.

    >>> from .rows import ROWS
    >>> figures(ROWS["ce"])
    ((8, 'RoadTracer', 'U-Net-CE'), (60.4, 30.6, 79.2, 74.2, 63.3))
    >>> figures(ROWS["resnet"]) is None
    True
    """
    cells = sorted(row.cells, key=lambda cell: cell[1] != dataset)
    return (cells[0], FIGURES[cells[0]]) if cells else None
