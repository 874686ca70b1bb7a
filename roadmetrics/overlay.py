"""How far two sets of roads cover each other, wherever one of them is moved to.

Roads become points every so often; a point matches that has a point of the other side within a
tolerance. From each side's matching length goes what chance gives: what matches once all is moved
aside by four tolerances. The agreement is what is left, the geometric mean of both sides, as a
share of the shorter side: 0 as by chance, 1 where one side lies on the other, though that may cover
more. So dense roads and small predictions do not win by lying somewhere near.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from .graph import Bounds, FloatArray, RoadGraph

MAX_POINTS = 400_000  # a side, of all tiles, among which the nearest is looked for
ASKED = 8_000  # of them, for which it is looked for
MOST = (0.5, 99.5)  # percentiles of coordinates that a box holds
# where chance is looked for, in tolerances: far enough, and along no axis, where grids repeat
ASIDE = 4.0 * np.array([(0.924, 0.383), (-0.383, 0.924), (-0.924, -0.383), (0.383, -0.924)])


class Points(NamedTuple):
    """Places on roads, and the direction of the road at each; each stands for one ``spacing``."""

    xy: FloatArray  # [P, 2]
    along: FloatArray  # [P, 2] of length 1
    spacing: float
    stride: int = 1  # every how many points one is asked for

    @property
    def asked(self) -> FloatArray:
        """[P / stride, 2] points whose nearest is looked for."""
        return self.xy[:: self.stride]


class Agreement(NamedTuple):
    """``value`` from 0 (as by chance) to 1 (everywhere), and the plain shares."""

    value: float
    of_gt: float  # share of the ground truth that has a predicted road near
    of_pred: float  # share of the prediction that has a true road near


@dataclass(frozen=True, eq=False)
class Cloud:
    """One tile as points; ``centre`` is the middle of its frame, ``box`` where it is clipped."""

    gt: Points
    pred: Points
    centre: FloatArray  # [2]
    box: Bounds | None = None

    @cached_property
    def gt_box(self) -> FloatArray:
        """See `box_of`."""
        return box_of(self.gt.xy)

    @cached_property
    def pred_box(self) -> FloatArray:
        """See `box_of`; where the prediction was read."""
        return box_of(self.pred.xy)

    @cached_property
    def gt_tree(self) -> cKDTree:
        """Nearest point of the ground truth."""
        return cKDTree(self.gt.xy)

    @cached_property
    def pred_tree(self) -> cKDTree:
        """Nearest point of the prediction, where it was read."""
        return cKDTree(self.pred.xy)

    def thinned(self, times: int) -> Cloud:
        """The same, of which fewer points are asked for."""
        thin = replace(
            self,
            gt=self.gt._replace(stride=self.gt.stride * times),
            pred=self.pred._replace(stride=self.pred.stride * times),
        )
        for name in ("gt_box", "pred_box", "gt_tree", "pred_tree"):
            thin.__dict__[name] = getattr(self, name)  # made once
        return thin

    def is_apart(self, matrix: FloatArray, offset: FloatArray, margin: float) -> bool:
        """Whether the box of the moved prediction lies beyond that of the ground truth."""
        box = np.sort(self.pred_box @ matrix.T + offset, axis=0)
        gap = np.maximum(box[0] - self.gt_box[1], self.gt_box[0] - box[1])
        return bool(gap.max() > margin)

    def placed(self, matrix: FloatArray, offset: FloatArray) -> FloatArray:
        """Points of the prediction to ask for, moved, and cut to the box."""
        moved: FloatArray = self.pred.asked @ matrix.T + offset
        if self.box is None:
            return moved
        x0, y0, x1, y1 = self.box
        x, y = moved.T
        inside: FloatArray = moved[(x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)]
        return inside


def points_on(graph: RoadGraph, spacing: float, stride: int = 1) -> Points:
    """Points at about ``spacing`` along the edges, one after the other.

    >>> points_on(RoadGraph([(0, 0), (4, 0)], [(0, 1)]), 2.0).xy.tolist()
    [[1.0, 0.0], [3.0, 0.0]]
    >>> len(points_on(RoadGraph([], []), 2.0).xy)
    0
    """
    if not graph.length:
        return Points(np.zeros((0, 2)), np.zeros((0, 2)), spacing, stride)
    lengths = graph.edge_lengths
    after = np.cumsum(lengths)
    n = math.ceil(graph.length / spacing)
    at = (np.arange(n) + 0.5) * (after[-1] / n)
    edge = np.searchsorted(after, at, side="right")
    start, end = np.moveaxis(graph.vertices[graph.edges[edge]], 1, 0)
    along = (end - start) / lengths[edge, None]
    xy = start + along * (at - after[edge] + lengths[edge])[:, None]
    return Points(xy, along, spacing, stride)


def agreement(
    clouds: Sequence[Cloud], matrix: FloatArray, offsets: Sequence[FloatArray], tolerance: float
) -> Agreement:
    """How well predictions match once moved: ``matrix @ point + offset`` of each tile.

    Points are pooled over the tiles. No road on either side, or in the box: 0.
    """
    back = np.linalg.inv(matrix)
    shrink = math.sqrt(abs(np.linalg.det(back)))
    aside = tolerance * ASIDE
    n = np.zeros((3, 2))  # all, near, near by chance: lengths of gt and of pred
    for cloud, offset in zip(clouds, offsets, strict=True):
        gt = (cloud.gt.asked - offset) @ back.T
        pred = cloud.placed(matrix, offset)
        is_apart = cloud.is_apart(matrix, offset, 6 * tolerance)
        near_gt = _n_near(cloud.pred_tree, gt, tolerance * shrink, aside @ back.T, is_apart)
        near_pred = _n_near(cloud.gt_tree, pred, tolerance, aside, is_apart)
        n[:, 0] += np.array(near_gt) * cloud.gt.spacing * cloud.gt.stride
        n[:, 1] += np.array(near_pred) * cloud.pred.spacing * cloud.pred.stride / shrink
    if not n[0].all():
        return Agreement(0.0, 0.0, 0.0)
    near, chance = n[1:] / n[0]
    most = n[0].min()
    better = np.maximum(near - chance, 0) / np.maximum(1 - chance, 1e-9) * n[0]
    value = math.sqrt(float(np.minimum(better, most).prod())) / float(most)
    return Agreement(value, float(near[0]), float(near[1]))


def box_of(xy: FloatArray) -> FloatArray:
    """[2, 2] lower and upper corner of nearly all points: one far away shall not count."""
    if not len(xy):
        return np.zeros((2, 2))
    return np.asarray(np.percentile(xy, MOST, axis=0))


def _n_near(
    tree: cKDTree, points: FloatArray, reach: float, aside: FloatArray, is_apart: bool
) -> tuple[float, float, float]:
    """How many points there are, are near the tree, and are so on average once moved aside."""
    if is_apart or not tree.n or not len(points):
        return float(len(points)), 0.0, 0.0
    moved = np.concatenate([points, *(points + step for step in aside)])
    is_near = np.isfinite(tree.query(moved, distance_upper_bound=reach)[0])
    n = is_near.reshape(-1, len(points)).sum(axis=1)
    return float(len(points)), float(n[0]), float(n[1:].mean())
