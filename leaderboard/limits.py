"""What a submission may cost: the caps of a benchmark, and what may be changed of them."""

from __future__ import annotations

from dataclasses import dataclass, fields

from roadmetrics.workers import Limits

from .tables import Table

MOST = 1e12


@dataclass(frozen=True)
class Caps:
    """Of a tile: seconds, memory, sizes. Of all predictions: files, bytes, packing."""

    tile_seconds: float = 120.0
    tile_memory_mib: float = 2048.0
    vertices: int = 200_000
    edges: int = 300_000
    degree: int = 64  # edges at one vertex: complete graphs have more, junctions do not
    pixels: int = 64_000_000
    files: int = 20_000
    file_mib: float = 64.0
    total_mib: float = 2048.0
    ratio: float = 200.0  # of an entry, unpacked by packed: deflate reaches 1032
    pickles: bool = False  # whether they are taken; they are read, never unpickled

    @property
    def of_tile(self) -> Limits:
        """Time and memory of one tile in its process."""
        return Limits(self.tile_seconds, self.tile_memory_mib)

    @classmethod
    def read(cls, table: Table) -> Caps:
        """From a ``[limits]`` table; what it leaves out has the defaults above."""
        given = {}
        for one in fields(cls):
            if isinstance(one.default, bool):
                given[one.name] = table.flag(one.name, one.default)
            elif isinstance(one.default, int):
                given[one.name] = table.whole(one.name, one.default, 1, int(MOST))
            else:
                given[one.name] = table.number(one.name, one.default, 1e-3, MOST)
        table.close()
        return cls(**given)
