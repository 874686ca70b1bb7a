"""Synthetic towns: pictures from above, exact masks and road graphs, from a seed; without torch.

>>> from reference_models.towns import Options, make_tile
>>> tile = make_tile(seed=0, index=0, options=Options(size=96, style="arid"))
>>> tile.road.shape, tile.graph.unit
((96, 96), 'px')
"""

from .options import Options
from .style import STYLES
from .tile import MASKS, REVISION, Tile, make_tile

__all__ = ["MASKS", "REVISION", "STYLES", "Options", "Tile", "make_tile"]
