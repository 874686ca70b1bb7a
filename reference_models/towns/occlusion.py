"""How much of the road is hidden: the first trees of an endless list that hide enough of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .arrays import BoolArray, FloatArray
from .chance import Chance
from .pixels import Cells
from .roads import Roads
from .style import Style
from .trees import LOBES, Trees, along_streets, crowns, joined

MOST_BATCHES = 60  # 7,680 trees: a road that they leave free is beyond their reach


class Planted(NamedTuple):
    """The trees of the list that stand."""

    trees: Trees
    crowns: Cells  # of these trees
    covered: float  # share of the road under crowns


def plant(
    roads: Roads, is_road: BoolArray, difficulty: float, style: Style, size: int, step: float,
    lean: FloatArray, chance: Chance,
) -> Planted:  # fmt: skip
    """The shortest beginning of the list that covers ``difficulty`` of the road.

    The list depends on the seed alone, so that the trees of a lower difficulty are the first of
    those of a higher one. Where the whole list covers less, all of it stands.
    """
    n_road = int(np.count_nonzero(is_road))
    need = difficulty * n_road
    hidden = np.zeros(is_road.shape, dtype=bool)
    stand, seen = [Trees.none()], [crowns(Trees.none(), size, lean)]
    n_hidden = 0
    for _ in range(MOST_BATCHES):
        if n_hidden >= need:
            break
        batch = along_streets(roads, style, step, chance)
        over = crowns(batch, size, lean)
        gains = _gains(over, is_road & ~hidden, len(batch))
        reached = np.flatnonzero(n_hidden + np.cumsum(gains) >= need)
        n = int(reached[0]) + 1 if len(reached) else len(batch)
        stand.append(batch.of(slice(n)))
        seen.append(over.where(over.k < n * len(LOBES)))
        hidden[seen[-1].at] = True
        n_hidden = int(np.count_nonzero(hidden & is_road))
    return Planted(*together(stand, seen), n_hidden / n_road if n_road else 0.0)


def together(trees: list[Trees], seen: list[Cells]) -> tuple[Trees, Cells]:
    """Several lists of trees as one, and their crowns."""
    before = np.cumsum([0, *(len(part) * len(LOBES) for part in trees[:-1])])
    moved = [cells._replace(k=cells.k + n) for cells, n in zip(seen, before, strict=True)]
    return joined(*trees), Cells(*(np.concatenate(part) for part in zip(*moved, strict=True)))


def _gains(over: Cells, wanted: BoolArray, n: int) -> FloatArray:
    """[n] pixels that each tree is the first to cover."""
    tree = over.k // len(LOBES)
    useful = wanted[over.at]
    first = np.full(len(wanted), n, dtype=np.int64)
    np.minimum.at(first, over.at[useful], tree[useful])
    return np.bincount(first, minlength=n + 1)[:n].astype(np.float64)


def bare(trees: Trees, is_road: BoolArray, size: int, lean: FloatArray) -> tuple[Trees, Cells]:
    """Those that hide no road, and their crowns."""
    over = crowns(trees, size, lean)
    is_bare = np.ones(len(trees), dtype=bool)
    is_bare[over.k[is_road[over.at]] // len(LOBES)] = False
    number = np.cumsum(is_bare) - 1  # of each tree among those that stay
    tree, lobe = np.divmod(over.k, len(LOBES))
    over = over._replace(k=number[tree] * len(LOBES) + lobe).where(is_bare[tree])
    return trees.of(is_bare), over
