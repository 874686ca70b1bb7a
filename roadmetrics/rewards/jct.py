"""The junction score's own procedure as a term: junctions of the roads drawn clustered each step.

The clusters of the ground truth are made once. What walks, claims and compares is the metric's own
compiled code; what prepares it there with arrays is done here in loops.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from ..graph import BoolArray, FloatArray, RoadGraph
from ..index import SLACK, resolution
from ..metric import Metric
from ..metrics.jct import JCT
from ..metrics.jct.counts import frame_of, is_inside, is_nothing
from ..metrics.jct.metric import Procedure
from ..metrics.jct.strict import (
    MAX_PAIRS,
    _compare,
    _first_free,
    _place_ids,
    _unit,
    clusters_of,
)
from ..routing import LongArray
from ..sorting import first_above, first_from, order_of
from .empties import decided, drawn_length, empty_rule, harmonic, is_decided
from .jct_clusters import clusters_drawn
from .roads import Roads
from .terms import FullGround, FullTerm, Ground, Stateless, Term


class Truth(NamedTuple):
    """The clusters of the ground truth."""

    xy: FloatArray  # [K, 2]
    arm_ptr: LongArray  # [K + 1]
    arms: FloatArray  # [A, 2] of length 1
    counts: BoolArray  # [K] whether it is judged
    rule: FloatArray  # [3] see `empties`
    radius: float
    angle_dist: float
    match_dist: float


class Frame(NamedTuple):
    """Where junctions of the roads drawn are judged."""

    box: FloatArray  # [4]
    resolution: float


class JCTGround(Ground):
    """The clusters of the ground truth."""

    way = "compiled"
    what = "junctions of the whole graph are clustered and matched in compiled code"

    def __init__(self, metric: Metric, gt: RoadGraph) -> None:
        assert isinstance(metric, JCT)
        super().__init__(metric, gt)
        k = metric.scale
        radius, angle_dist = metric.cluster_radius * k, metric.angle_dist * k
        clusters = clusters_of(gt, radius, angle_dist)
        self.clusters = clusters
        self.border = metric.border
        self.truth = Truth(
            clusters.xy, clusters.arm_ptr, _unit(clusters.arms), np.ones(len(clusters.xy), bool),
            empty_rule(metric, gt), radius, angle_dist, metric.match_dist * k,
        )  # fmt: skip

    @classmethod
    def fits(cls, metric: Metric, gt: RoadGraph) -> bool:
        """The metric's own procedure."""
        return isinstance(metric, JCT) and metric.procedure is Procedure.STRICT

    def begin(self, roads: Roads) -> Term:
        """The frame; key points of one place, whose roads the metric may join, are left to it."""
        drawn = roads.graph()
        box = frame_of(self.gt, drawn, self.border)
        n = len(roads.xy)
        is_twice = n > 0 and int(_place_ids(drawn.vertices).max()) < n - 1
        if is_twice or (box is not None and is_nothing(box)):
            return FullTerm(FullGround(self.metric, self.gt))
        truth = self.truth._replace(counts=is_inside(self.truth.xy, box))
        bounds = np.array(box or (-np.inf, -np.inf, np.inf, np.inf))
        return JCTTerm(truth, Frame(bounds, resolution(drawn)))


class JCTTerm(Stateless):
    """Clusters of the roads drawn, made anew."""

    def __init__(self, truth: Truth, frame: Frame) -> None:
        self.truth, self.frame = truth, frame

    def record(self, roads: Roads) -> tuple[Any, ...]:
        """What the kernels take."""
        return self.truth, self.frame, roads.drawn

    def rebuild(self, roads: Roads) -> float:
        """The value."""
        return float(_value(self.truth, self.frame, roads.drawn))


@njit(cache=True, nogil=True)
def _value(truth, frame, drawn):  # type: ignore[no-untyped-def]
    """The metric's value; NaN where the metric would refuse."""
    length = drawn_length(drawn)
    if is_decided(truth.rule, length):
        return decided(truth.rule, length)
    xy, arm_ptr, arms = clusters_drawn(truth, frame, drawn)
    if len(arm_ptr) == 0:
        return np.nan
    n_gt = n_pred = 0
    for k in range(len(truth.xy)):
        n_gt += truth.counts[k]
    counts = np.empty(len(xy), np.bool_)
    for k in range(len(xy)):
        x, y = xy[k, 0], xy[k, 1]
        counts[k] = frame.box[0] <= x <= frame.box[2] and frame.box[1] <= y <= frame.box[3]
        n_pred += counts[k]
    if n_gt == 0 and n_pred == 0:
        return 1.0
    correct, error = _sums(truth, xy, arm_ptr, arms, counts)
    if np.isnan(correct):
        return np.nan
    precision = (n_pred - error) / n_pred if n_pred > 0 else 0.0
    return harmonic(precision, correct / n_gt if n_gt > 0 else 0.0)


@njit(cache=True, nogil=True)
def _sums(truth, xy, arm_ptr, arms, counts):  # type: ignore[no-untyped-def]
    """Sums of f_correct and f_error over what is judged; NaN where there are too many pairs."""
    n_gt, n_pred = len(truth.xy), len(xy)
    order = order_of(xy[:, 0].copy())
    x, reach = np.empty(n_pred), truth.match_dist * SLACK
    for k in range(n_pred):
        x[k] = xy[order[k], 0]
    first, last, n_near = np.empty(n_gt, np.int64), np.empty(n_gt, np.int64), 0
    for k in range(n_gt):
        first[k] = first_from(x, truth.xy[k, 0] - reach)
        last[k] = first_above(x, truth.xy[k, 0] + reach)
        n_near += last[k] - first[k]
    if n_near > MAX_PAIRS:
        return np.nan, np.nan
    pair, value = np.zeros((n_near, 2), np.int64), np.zeros((n_near, 4))
    n = _compare(
        truth.xy, xy, order, first, last, reach, truth.arm_ptr, truth.arms, arm_ptr, arms,
        pair, value,
    )  # fmt: skip
    ranked = _rank_pairs(truth.xy, xy, truth.match_dist, pair[:n], value[:n])
    taken = _first_free(pair[ranked], n_gt, n_pred)
    credit, error = np.zeros(n_gt), np.ones(n_pred)
    for r in range(n):
        if taken[r]:
            k = ranked[r]
            credit[pair[k, 0]], error[pair[k, 1]] = value[k, 2], 1.0 - value[k, 3]
    correct = wrong = 0.0
    for k in range(n_gt):
        correct += credit[k] if truth.counts[k] else 0.0
    for k in range(n_pred):
        wrong += error[k] if counts[k] else 0.0
    return correct, wrong


@njit(cache=True, nogil=True)
def _rank_pairs(gt_xy, xy, match_dist, pair, value):  # type: ignore[no-untyped-def]
    """Pairs in the order in which `strict.match` takes them."""
    n = len(pair)
    keys = np.empty((n, 8))
    for k in range(n):
        i, j = pair[k, 0], pair[k, 1]
        far = value[k, 0] / match_dist if match_dist > 0 else value[k, 0]
        keys[k, 0] = -np.rint(((value[k, 2] + value[k, 3]) - 1.0 - far) * 1e9) / 1e9
        keys[k, 1] = np.rint(value[k, 1] * 1e9) / 1e9
        keys[k, 2], keys[k, 3] = gt_xy[i, 0] + xy[j, 0], gt_xy[i, 1] + xy[j, 1]
        keys[k, 4], keys[k, 5], keys[k, 6], keys[k, 7] = gt_xy[i, 0], gt_xy[i, 1], j, i
    order = order_of(keys[:, 0].copy())
    for r in range(1, n):
        moving, i = order[r], r
        while i > 0 and _is_less(keys[moving], keys[order[i - 1]]):
            order[i] = order[i - 1]
            i -= 1
        order[i] = moving
    return order


@njit(cache=True, nogil=True)
def _is_less(a, b):  # type: ignore[no-untyped-def]
    for k in range(len(a)):
        if a[k] != b[k]:
            return a[k] < b[k]
    return False


@njit(cache=True, nogil=True)
def _push_many(records, members, us, vs, low, high, values):  # type: ignore[no-untyped-def]
    for k in range(low, high):
        if us[members[k]] >= 0:
            truth, frame, drawn = records[k]
            values[members[k]] = _value(truth, frame, drawn)


JCTTerm.push_many = staticmethod(_push_many)
