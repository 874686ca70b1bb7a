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
from scipy.spatial import cKDTree

from ..cover import covered_pieces, covered_share
from ..errors import GraphError
from ..graph import BoolArray, FloatArray, Mask, RoadGraph, Tile
from ..index import SLACK
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
from ..raster import road_pixels, unique_pixels
from ..vectorize import check_thickness

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
        "anagnostidis2022": Preset(
            "Anagnostidis et al. 2022 report all three parts; no constant is published",
            {
                "slack": assumed(8.0, "not published: the code of Citraro et al. 2020, " + _CODE),
                "domain": assumed(Domain.PIXEL, "that code works on pixels"),
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
        """Pieces of roads within the slack (credit 1) and outside it (0), on vectors.

        In the pixel domain, too: masks are vectorized, graphs are taken as they are.
        The costs sum to 1 - quality of the vectors.
        """
        a, b = as_graph(gt), as_graph(pred)
        result: dict[str, Any] = {}
        lost: list[FloatArray] = []
        for side, graph, other in (("gt", a, b), ("pred", b, a)):
            _, pieces, is_covered = covered_pieces(graph, other, self.slack)
            length = np.hypot(*(pieces[:, 1] - pieces[:, 0]).T)
            result |= {f"{side}_road_xy": pieces, f"{side}_road_credit": is_covered * 1.0}
            lost.append(np.where(is_covered, 0.0, length))
        weights = self._weights(a.length, b.length, *(float(np.sum(each)) for each in lost))
        for side, each, (whole, weight) in zip(("gt", "pred"), lost, weights, strict=True):
            result[f"{side}_road_cost"] = each / whole * weight
        return result

    def _weights(
        self, gt: float, pred: float, lost_gt: float, lost_pred: float
    ) -> tuple[tuple[float, float], tuple[float, float]]:
        """(whole, weight) of missed and of false length: length / whole * weight is what it costs.

        harmonic: 1 / quality - 1 = (1 - cp) / cp + (1 - cr) / cr, each term times the quality.
        """
        if self.quality is Quality.WIEDEMANN or not gt or not pred:
            return (pred + lost_gt, 1.0), (pred + lost_gt, 1.0)
        cp, cr = max(1 - lost_gt / gt, 0.0), max(1 - lost_pred / pred, 0.0)
        both = cr + cp - cr * cp
        if both == 0:  # nothing matches: either side alone explains it
            return (gt, 0.5), (pred, 0.5)
        return (gt, cr / both), (pred, cp / both)

    def _count_vector(self, gt: RoadGraph, pred: RoadGraph) -> tuple[float, float, float, float]:
        matched_gt = float(np.sum(covered_share(gt, pred, self.slack) * gt.edge_lengths))
        matched_pred = float(np.sum(covered_share(pred, gt, self.slack) * pred.edge_lengths))
        return matched_gt, gt.length, matched_pred, pred.length

    def _count_pixels(self, gt: Tile, pred: Tile) -> tuple[float, float, float, float]:
        scale = self.draw_scale / pixel_size(gt, pred)
        gt_xy = _pixels_of(gt, scale, self.draw_scale, False)
        pred_xy = _pixels_of(pred, scale, self.draw_scale, self.thin is Thinning.PRED)
        slack = self.slack * scale
        return (
            float(n_within(gt_xy, pred_xy, slack)), float(len(gt_xy)),
            float(n_within(pred_xy, gt_xy, slack)), float(len(pred_xy)),
        )  # fmt: skip


def pixel_size(*tiles: Tile) -> float:
    """Units of the graphs per pixel of the masks: metres per pixel once scaled, else 1.

    Raises GraphError where two masks differ.
    """
    masks = [tile for tile in tiles if isinstance(tile, Mask)]
    sizes = {float(mask.metres_per_pixel or 1.0) for mask in masks if mask.unit == "m"}
    if len(sizes) > 1:
        low, high = sorted(sizes)
        raise GraphError(
            f"ccq: masks of {low:g} and {high:g} metres per pixel have no pixels in common: "
            "resample one, or take domain=vector"
        )
    return sizes.pop() if sizes else 1.0


def n_within(points: npt.NDArray[Any], others: npt.NDArray[Any], slack: float) -> int:
    """How many integer points have another within ``slack``, inclusive, exactly."""
    if not len(points) or not len(others):
        return 0
    _, nearest = cKDTree(others).query(points, distance_upper_bound=slack + 1.0)
    found = nearest < len(others)
    gap = points[found] - others[nearest[found]]
    return int(np.count_nonzero(np.sum(gap * gap, axis=1) <= slack * slack * SLACK))


def _pixels_of(
    tile: Tile, scale: float, mask_scale: float, is_thinned: bool
) -> npt.NDArray[np.int64]:
    """[K, 2] road pixels of the drawing; ``scale``: its pixels per unit, or per mask's pixel."""
    if isinstance(tile, RoadGraph):
        return road_pixels(tile, scale)
    rows, columns = np.nonzero(_thinned(tile.array) if is_thinned else tile.array)
    pixels = np.stack([columns + tile.origin[0], rows + tile.origin[1]], axis=1)
    if mask_scale == 1:
        return pixels
    return unique_pixels(np.round(pixels * mask_scale).astype(np.int64))


def _thinned(array: BoolArray) -> BoolArray:
    from skimage.morphology import skeletonize

    check_thickness(array)
    thin: BoolArray = skeletonize(array.copy())  # it refuses read-only arrays
    return thin
