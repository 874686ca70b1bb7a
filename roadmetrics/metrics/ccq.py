"""Correctness, completeness and quality: how much of each network lies near the other.

References
----------
C. Heipke, H. Mayer, C. Wiedemann, O. Jamet, "Evaluation of automatic road extraction", 1997;
C. Wiedemann et al., "Empirical evaluation of automatically extracted road axes", 1998.
L. Citraro, M. Kozinski, P. Fua, "Towards reliable evaluation of algorithms for road network
reconstruction from aerial images", ECCV 2020, doi:10.1007/978-3-030-58604-1_42;
code: lcit/metrics_delin@30f1ad9, pixel_based/corr_comp_qual_metric.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, final

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.spatial import cKDTree

from ..graph import BoolArray, FloatArray, Mask, RoadGraph, Tile
from ..index import SLACK, SegmentIndex
from ..metric import (
    Counts,
    Metric,
    Preset,
    Published,
    as_graph,
    assumed,
    length_of,
    parameter,
    ratio,
    stated,
)
from ..raster import canvas_of, draw

_CODE = "lcit/metrics_delin@30f1ad9 pixel_based/corr_comp_qual_metric.py"
_ONER = "Oner et al. 2021, on metrics"


class Domain(Enum):
    """What is measured: true lengths of vectors, or pixels of a drawing (masks as they are)."""

    VECTOR = "vector"
    PIXEL = "pixel"


class Quality(Enum):
    """cr cp / (cr + cp - cr cp), or matched pred / (pred + unmatched gt)."""

    HARMONIC = "harmonic"
    WIEDEMANN = "wiedemann"


class Thinning(Enum):
    """Whether pixel masks are thinned to one-pixel lines before they are counted."""

    NONE = "none"
    PRED = "pred"


@dataclass(frozen=True, kw_only=True)
class CCQCounts(Counts):
    """Length (vector) or pixels (pixel) in all, and within the slack of the other network."""

    matched_gt: float = 0.0
    total_gt: float = 0.0
    matched_pred: float = 0.0
    total_pred: float = 0.0


@final
@dataclass(frozen=True, kw_only=True)
class CCQ(Metric):
    """Correctness, completeness and quality within a buffer.

    Examples
    --------
    >>> import roadmetrics as rm
    >>> gt = rm.RoadGraph([(0, 0), (100, 0)], [(0, 1)])
    >>> half = rm.RoadGraph([(0, 3), (45, 3)], [(0, 1)])
    >>> rm.ccq(gt, half).parts
    {'correctness': 1.0, 'completeness': 0.49, 'quality': 0.49}
    >>> rm.ccq(rm.RoadGraph([], []), rm.RoadGraph([], [])).value
    1.0
    """

    name: ClassVar[str] = "ccq"
    title: ClassVar[str] = "Correctness, completeness, quality"
    reference: ClassVar[str] = "Wiedemann et al. 1998; Citraro et al. 2020"
    formula: ClassVar[str] = (
        "correctness cr = pred within slack of gt / pred; completeness cp = gt within slack of "
        "pred / gt; quality = cr cp / (cr + cp - cr cp)"
    )
    revision: ClassVar[int] = 1
    headline: ClassVar[str] = "quality"
    published: ClassVar[Published] = "pooled"  # CorrCompQual.aggregate sums the counts
    counts_type: ClassVar[type[Counts]] = CCQCounts
    perfect: ClassVar[Mapping[str, float]] = {
        "correctness": 1.0, "completeness": 1.0, "quality": 1.0}  # fmt: skip
    failed: ClassVar[Mapping[str, float]] = {
        "correctness": 0.0, "completeness": 0.0, "quality": 0.0}  # fmt: skip
    reads_masks: ClassVar[bool] = True

    slack: float = parameter(
        stated(5.0, _ONER + ": 5 pixels"), "buffer half width, inclusive", is_length=True
    )
    domain: Domain = parameter(
        assumed(Domain.VECTOR, "lengths as in 1998; a drawing depends on the order of ends"),
        "vector: true lengths; pixel: drawn pixels, masks as they are",
    )
    quality: Quality = parameter(stated(Quality.HARMONIC, _CODE + ":35-39"), "form of quality")
    draw_scale: float = parameter(
        assumed(1.0, "one pixel a unit"),
        "pixel domain: pixels drawn per unit of the graph",
        least=1e-6,
    )
    thin: Thinning = parameter(
        assumed(Thinning.NONE, "masks are taken as they are"), "pixel domain: masks thinned first"
    )
    presets: ClassVar[Mapping[str, Preset]] = {
        "citraro2020": Preset(
            "Citraro et al. 2020, the code's defaults, on pixels",
            {
                "slack": stated(8.0, _CODE + ":41 slack=8"),
                "domain": stated(Domain.PIXEL, _CODE + ":18 distance transform of masks"),
                "quality": stated(Quality.HARMONIC, _CODE + ":35-39"),
            },
        ),
        "citraro2020-roads": Preset(
            "the code's protocol for RoadTracer's cities: drawn at a quarter, 2 pixels there",
            {
                "slack": stated(8.0, "examples/compute_scores_roadtracer.py slack=8, times scale"),
                "domain": stated(Domain.PIXEL, "examples/compute_scores_roadtracer.py"),
                "draw_scale": stated(0.25, "examples/compute_scores_roadtracer.py scale=1/4"),
            },
        ),
        "oner2021": Preset(
            "Oner et al. 2021: 5 pixels, quality is the number reported",
            {
                "slack": stated(5.0, _ONER + ": co-occurrence within 5 pixels"),
                "domain": assumed(Domain.PIXEL, "the authors' code works on pixels"),
                "thin": assumed(Thinning.PRED, "a predicted mask must be thinned to compare"),
            },
        ),
        "oner-training": Preset(
            "the same group's training code: 3 pixels",
            {
                "slack": stated(3.0, "doruk-oner/ConnectivityOnProjections scores.py slack=3"),
                "domain": stated(Domain.PIXEL, "doruk-oner/ConnectivityOnProjections scores.py"),
            },
        ),
        "wiedemann1998": Preset(
            "the 1998 definition: vectors, quality from counts",
            {
                "domain": assumed(Domain.VECTOR, "buffer method on vectors, text not seen"),
                "quality": assumed(Quality.WIEDEMANN, "matched extraction / (extraction + missed)"),
                "slack": assumed(5.0, "the paper's buffer width was not seen"),
            },
        ),
    }

    def count_tile(self, gt: Tile, pred: Tile) -> CCQCounts:
        """Lengths or pixels within the slack, both ways."""
        matched_gt, total_gt, matched_pred, total_pred = (
            self._count_vector(as_graph(gt), as_graph(pred))
            if self.domain is Domain.VECTOR
            else self._count_pixels(gt, pred)
        )
        return CCQCounts(
            n_tiles=1,
            gt_length=length_of(as_graph(gt) if self.domain is Domain.VECTOR else gt),
            pred_length=length_of(as_graph(pred) if self.domain is Domain.VECTOR else pred),
            matched_gt=matched_gt,
            total_gt=total_gt,
            matched_pred=matched_pred,
            total_pred=total_pred,
        )

    def ratios(self, counts: CCQCounts) -> dict[str, float]:
        """Correctness, completeness, and Wiedemann's quality where that form is asked for."""
        parts = {
            "correctness": ratio(counts.matched_pred, counts.total_pred),
            "completeness": ratio(counts.matched_gt, counts.total_gt),
        }
        if self.quality is Quality.WIEDEMANN:
            unmatched_gt = counts.total_gt - counts.matched_gt
            parts["quality"] = ratio(counts.matched_pred, counts.total_pred + unmatched_gt)
        return parts

    def combine(self, ratios: Mapping[str, float]) -> dict[str, float]:
        """Quality from the other two, unless it is a ratio of its own."""
        cr, cp = ratios["correctness"], ratios["completeness"]
        quality = ratio(cr * cp, cr + cp - cr * cp)
        return {"correctness": cr, "completeness": cp, "quality": ratios.get("quality", quality)}

    def explain_tile(self, gt: Tile, pred: Tile) -> dict[str, Any]:
        """Share of each edge within the slack: gt_matched [M_gt], pred_matched [M_pred]."""
        a, b = as_graph(gt), as_graph(pred)
        return {
            "gt_matched": covered_share(a, b, self.slack),
            "pred_matched": covered_share(b, a, self.slack),
        }

    def _count_vector(self, gt: RoadGraph, pred: RoadGraph) -> tuple[float, float, float, float]:
        matched_gt = float(np.sum(covered_share(gt, pred, self.slack) * gt.edge_lengths))
        matched_pred = float(np.sum(covered_share(pred, gt, self.slack) * pred.edge_lengths))
        return matched_gt, gt.length, matched_pred, pred.length

    def _count_pixels(self, gt: Tile, pred: Tile) -> tuple[float, float, float, float]:
        slack = self.slack * self.draw_scale / pixel_size(gt)
        gt_xy, pred_xy = self._pixels(gt, pred)
        return (
            float(n_within(gt_xy, pred_xy, slack)), float(len(gt_xy)),
            float(n_within(pred_xy, gt_xy, slack)), float(len(pred_xy)),
        )  # fmt: skip

    def _pixels(self, gt: Tile, pred: Tile) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """[K, 2] coordinates of the road pixels of both."""
        graphs = [t for t in (gt, pred) if isinstance(t, RoadGraph)]
        canvas = canvas_of(*graphs, scale=self.draw_scale) if graphs else (0, 0, 1, 1)
        return (
            _road_pixels(gt, canvas, self.draw_scale, False),
            _road_pixels(pred, canvas, self.draw_scale, self.thin is Thinning.PRED),
        )


def pixel_size(tile: Tile) -> float:
    """Units of the graph per pixel of a mask: metres per pixel once scaled, else 1."""
    is_metric = isinstance(tile, Mask) and tile.unit == "m"
    return float(tile.metres_per_pixel or 1.0) if is_metric else 1.0


def n_within(points: npt.NDArray[Any], others: npt.NDArray[Any], slack: float) -> int:
    """How many integer points have another within ``slack``, inclusive, exactly."""
    if not len(points) or not len(others):
        return 0
    _, nearest = cKDTree(others).query(points, distance_upper_bound=slack + 1.0)
    found = nearest < len(others)
    gap = points[found] - others[nearest[found]]
    return int(np.count_nonzero(np.sum(gap * gap, axis=1) <= slack * slack * SLACK))


def covered_share(graph: RoadGraph, other: RoadGraph, slack: float) -> FloatArray:
    """[M] share of each edge of ``graph`` that lies within ``slack`` of ``other``, exactly.

    The part of a line within a distance of a segment is one interval, because the distance to a
    convex set is convex along a line; the share is the length of the union of the intervals.
    """
    if not len(graph.edges) or not len(other.edges):
        return np.zeros(len(graph.edges))
    ends, other_ends = graph.vertices[graph.edges], other.vertices[other.edges]
    near = SegmentIndex.of(other).pairs_within(ends[:, 0], ends[:, 1], slack)
    share: FloatArray = _union_of_intervals(ends.copy(), other_ends.copy(), *near, float(slack))
    return share


def _road_pixels(
    tile: Tile, canvas: tuple[int, int, int, int], scale: float, is_thinned: bool
) -> npt.NDArray[Any]:
    if isinstance(tile, RoadGraph):
        rows, columns = np.nonzero(draw(tile, canvas, scale))
        return np.stack([columns + canvas[0], rows + canvas[1]], axis=1)
    rows, columns = np.nonzero(_thinned(tile.array) if is_thinned else tile.array)
    return np.stack([columns + tile.origin[0], rows + tile.origin[1]], axis=1)


def _thinned(array: BoolArray) -> BoolArray:
    from skimage.morphology import skeletonize

    thin: BoolArray = skeletonize(array.copy())  # it refuses read-only arrays
    return thin


@njit(cache=True, nogil=True)
def _capsule_interval(ax, ay, dx, dy, px, py, qx, qy, r):  # type: ignore[no-untyped-def]
    """(low, high) of t in [0, 1] where a + t d is within r of segment pq; low > high if nowhere."""
    low, high = 2.0, -1.0
    a2 = dx * dx + dy * dy
    for cx, cy in ((px, py), (qx, qy)):  # the discs at both ends
        ex, ey = ax - cx, ay - cy
        half_b = ex * dx + ey * dy
        # distance of the centre from the line, not a discriminant: no cancellation
        cross = ex * dy - ey * dx
        gap2 = r * r - cross * cross / a2
        if gap2 >= 0.0:
            root = np.sqrt(gap2 / a2)
            low = min(low, -half_b / a2 - root)
            high = max(high, -half_b / a2 + root)
    ux, uy = qx - px, qy - py
    length = np.hypot(ux, uy)
    if length > 0.0:  # the rectangle between the discs
        ux, uy = ux / length, uy / length
        s0, s1 = (ax - px) * ux + (ay - py) * uy, dx * ux + dy * uy  # along
        h0, h1 = (ay - py) * ux - (ax - px) * uy, dy * ux - dx * uy  # across
        inner_low, inner_high = 0.0, 1.0
        for c0, c1, bottom, top in ((s0, s1, 0.0, length), (h0, h1, -r, r)):
            if c1 == 0.0:
                if c0 < bottom or c0 > top:
                    inner_high = -1.0
            else:
                t0, t1 = (bottom - c0) / c1, (top - c0) / c1
                inner_low = max(inner_low, min(t0, t1))
                inner_high = min(inner_high, max(t0, t1))
        if inner_low <= inner_high:
            low, high = min(low, inner_low), max(high, inner_high)
    return max(low, 0.0), min(high, 1.0)


@njit(cache=True, nogil=True)
def _union_of_intervals(ends, other_ends, query, edge, r):  # type: ignore[no-untyped-def]
    """[M] measure of the union of intervals; ``query`` ascends."""
    share = np.zeros(len(ends))
    first = 0
    while first < len(query):
        i = query[first]
        last = first
        while last < len(query) and query[last] == i:
            last += 1
        ax, ay = ends[i, 0, 0], ends[i, 0, 1]
        dx, dy = ends[i, 1, 0] - ax, ends[i, 1, 1] - ay
        if dx != 0.0 or dy != 0.0:
            lows, highs = np.empty(last - first), np.empty(last - first)
            for k in range(first, last):
                o = other_ends[edge[k]]
                lows[k - first], highs[k - first] = _capsule_interval(
                    ax, ay, dx, dy, o[0, 0], o[0, 1], o[1, 0], o[1, 1], r
                )
            order = np.argsort(lows)
            reached = 0.0
            total = 0.0
            for k in order:
                if highs[k] > max(reached, lows[k]):
                    total += highs[k] - max(reached, lows[k])
                    reached = highs[k]
            share[i] = min(total, 1.0)
        first = last
    return share
