"""Every change that the doctor tries on a few tiles, and how well roads match after each."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .frames import Turn, turns
from .graph import Bounds, FloatArray, RoadGraph
from .overlay import ASKED, MAX_POINTS, Agreement, Cloud, agreement, points_on
from .shifts import Raster, refined

SCALES = (1.0, 0.5, 2.0)
NEAR_SCALE = 1.15  # a ratio of extents this near to a scale above is that scale
PART_OF_SPACING = 1 / 8  # tolerance as a share of the mean distance between roads
PART_OF_TILE = 0.02  # and at most this share of the tile
LEAST = 2.0  # units: at least, within the share of the tile
MOST_METRES = 10.0  # and at most, where roads are in metres
N_PEAKS, N_BEST = 2, 10
N_ROUGH, N_OWN = 16, 4  # shifts of one scale that are scored; of them by tile
THIN = 4  # a first look asks for every so many points
REFERENCES = ("frame", "origin", "centre")

Place = tuple[Turn, str, FloatArray, list[FloatArray]]  # turn, reference, shift, offsets


@dataclass(frozen=True, eq=False)
class Trial:
    """A turn, the offset of each tile after it, and the agreement that comes of it.

    ``reference`` says about which place tiles are turned: the middle of their ``frame`` (as score
    does: only where an axis is mirrored), the ``origin``, the ``centre`` of their frame, or each
    by its ``own`` shift. ``shift`` is what all tiles then have in common.
    """

    turn: Turn
    reference: str
    shift: FloatArray  # [2]
    offsets: tuple[FloatArray, ...]  # [2] each: turn.matrix @ point + offset
    agreement: Agreement
    evidence: float  # what trials are ranked by

    @property
    def is_shifted(self) -> bool:
        """Whether a shift is part of it."""
        return bool(self.shift.any()) or self.reference == "own"

    @property
    def weight(self) -> float:
        """How much it changes; of trials that match alike the lightest is meant."""
        other = {"frame": 0.0, "origin": 0.5, "centre": 0.5, "own": 2.0}[self.reference]
        return self.turn.weight + self.is_shifted + other


@dataclass(frozen=True, eq=False)
class Scene:
    """Tiles as points, and what counts as near."""

    clouds: tuple[Cloud, ...]
    tolerance: float
    between: float  # mean distance between roads of the ground truth
    ratio: float = 1.0  # length of the ground truth by length of the prediction
    n_pieces: float = 1e9  # length of the shorter side in tolerances

    def at(self, turn: Turn, reference: str = "frame", shift: FloatArray | None = None) -> Trial:
        """One trial, with a shift or without."""
        extra = np.zeros(2) if shift is None else shift
        offsets = tuple(_offset(c.centre, turn, reference) + extra for c in self.clouds)
        return self.scored(turn, reference, extra, offsets)

    def scored(
        self, turn: Turn, reference: str, shift: FloatArray, offsets: Sequence[FloatArray],
        tolerance: float | None = None,
    ) -> Trial:  # fmt: skip
        """A trial with its agreement.

        What a prediction reaches by chance once it is shrunk falls with the root of its length
        only, so the evidence falls with the root of the scale; it rises with it as long as the
        prediction stays shorter than the ground truth.
        """
        found = agreement(self.clouds, turn.matrix, offsets, tolerance or self.tolerance)
        evidence = found.value * math.sqrt(min(turn.scale, max(1.0, self.ratio)))
        return Trial(turn, reference, shift, tuple(offsets), found, evidence)

    def thinned(self) -> Scene:
        """The same for a first look."""
        return replace(self, clouds=tuple(cloud.thinned(THIN) for cloud in self.clouds))

    def references(self) -> tuple[str, ...]:
        """Those that differ by more than a shift that all tiles have in common."""
        centres = np.array([c.centre for c in self.clouds])
        is_alike = np.ptp(centres, axis=0).max() <= self.tolerance
        return REFERENCES[:1] if is_alike else REFERENCES


def scene_of(
    tiles: Sequence[tuple[RoadGraph, RoadGraph]], boxes: Sequence[Bounds | None]
) -> Scene:  # fmt: skip
    """Points of pairs of ground truth (clipped) and prediction (as read), all with roads.

    The tolerance is an eighth of the mean distance between roads (area by length of the ground
    truth), so that a road put anywhere has a chance of about one in four to lie near another; at
    least 2 units, at most a fiftieth of the side of a tile, nor 10 m.
    """
    areas = [
        _area(box or gt.extent or gt.bounds) for (gt, _), box in zip(tiles, boxes, strict=True)
    ]
    side = math.sqrt(sum(areas) / len(areas))
    between = sum(areas) / max(sum(gt.length for gt, _ in tiles), 1e-300)
    tolerance = min(max(PART_OF_SPACING * between, LEAST), PART_OF_TILE * side)
    if tiles[0][0].unit == "m":
        tolerance = min(tolerance, MOST_METRES)
    gt_length, pred_length = (sum(tile[k].length for tile in tiles) for k in range(2))
    gt_step = _step(gt_length, tolerance)
    finer = min(1.0, *(_diagonal(pred) / _diagonal(gt) for gt, pred in tiles))
    pred_step = _step(pred_length, tolerance * finer)
    clouds = tuple(
        Cloud(points_on(gt, *gt_step), points_on(pred, *pred_step), _centre(gt, pred, box), box)
        for (gt, pred), box in zip(tiles, boxes, strict=True)
    )
    n_pieces = min(gt_length, pred_length) / tolerance
    return Scene(clouds, tolerance, between, gt_length / pred_length, n_pieces)


def unshifted(scene: Scene, scales: Sequence[float]) -> list[Trial]:
    """All turns about all places without a shift, the best of each turn; the best first."""
    thin = scene.thinned()
    every = [
        thin.at(turn, reference)
        for scale in scales for turn in turns(scale) for reference in scene.references()
    ]  # fmt: skip
    return _in_order(scene.at(t.turn, t.reference) for t in _in_order(every)[:N_BEST])


def shifted(scene: Scene, scales: Sequence[float]) -> list[Trial]:
    """The best trials with a shift, refined; the best first."""
    rough: list[tuple[float, Trial, float]] = []
    thin = scene.thinned()
    for scale in scales:
        raster = Raster(scene.clouds, scale, scene.tolerance, scene.between)
        rough += [(trial.evidence, trial, raster.cell) for trial in _rough(thin, raster)]
    rough.sort(key=lambda one: -one[0])
    return _in_order(_refined(scene, trial, 3 * cell) for _, trial, cell in rough[:N_BEST])


def _in_order(trials: Iterable[Trial]) -> list[Trial]:
    return sorted(trials, key=lambda trial: -trial.evidence)


def extent_scales(tiles: Sequence[tuple[RoadGraph, RoadGraph]]) -> tuple[float, ...]:
    """`SCALES`, and the ratio of the extents (of the roads, where a side has none) if another."""
    ratios = [
        _diagonal(gt) / _diagonal(pred) for gt, pred in tiles if _diagonal(gt) and _diagonal(pred)
    ]
    ratio = float(np.median(ratios)) if ratios else 1.0
    is_known = any(1 / NEAR_SCALE < ratio / scale < NEAR_SCALE for scale in SCALES)
    return SCALES if is_known else (*SCALES, ratio)


def _rough(thin: Scene, raster: Raster) -> list[Trial]:
    """The highest correlations of one scale, scored with the tolerance that the grid allows."""
    reach = max(thin.tolerance, 1.5 * raster.cell)
    found: dict[bool, list[tuple[float, Place]]] = {False: [], True: []}
    for turn in turns(raster.scale):
        for height, place in _peaks(thin, raster, turn):
            found[place[1] == "own"].append((height, place))
    best = [
        place
        for is_own, n in ((False, N_ROUGH), (True, N_OWN))
        for _, place in sorted(found[is_own], key=lambda one: -one[0])[:n]
    ]
    return [thin.scored(*place, reach) for place in best]


def _peaks(scene: Scene, raster: Raster, turn: Turn) -> Iterator[tuple[float, Place]]:
    surfaces = raster.surfaces(turn.matrix)
    for reference in scene.references():
        offsets = [_offset(c.centre, turn, reference) for c in scene.clouds]
        for height, shift in raster.common(surfaces, turn.matrix, offsets, N_PEAKS):
            yield height, (turn, reference, shift, [offset + shift for offset in offsets])
    if len(scene.clouds) > 1:
        own = [
            raster.common([surface], turn.matrix, [np.zeros(2)], 1, [cloud])[0]
            for cloud, surface in zip(scene.clouds, surfaces, strict=True)
        ]
        height = sum(peak.height for peak in own)
        yield height, (turn, "own", np.zeros(2), [peak.shift for peak in own])


def _refined(scene: Scene, trial: Trial, reach: float) -> Trial:
    matrix = trial.turn.matrix
    if trial.reference != "own":
        more = refined(scene.clouds, matrix, trial.offsets, reach, scene.tolerance)
        return scene.at(trial.turn, trial.reference, trial.shift + more)
    offsets = [
        offset + refined([cloud], matrix, [offset], reach, scene.tolerance)
        for cloud, offset in zip(scene.clouds, trial.offsets, strict=True)
    ]
    return scene.scored(trial.turn, "own", trial.shift, offsets)


def _offset(centre: FloatArray, turn: Turn, reference: str) -> FloatArray:
    if reference == "origin":
        return np.zeros(2)
    if reference == "centre":
        return np.asarray(centre - turn.matrix @ centre)
    return np.asarray((1 - turn.signs) * centre)


def _step(length: float, tolerance: float) -> tuple[float, int]:
    """Spacing of points, and every how many of them one is asked for."""
    spacing = max(tolerance, length / MAX_POINTS)
    return spacing, max(1, int(length / spacing / ASKED))


def _centre(gt: RoadGraph, pred: RoadGraph, box: Bounds | None) -> FloatArray:
    frame = gt.extent or pred.extent or box or gt.bounds or (0, 0, 0, 0)
    return np.array([(frame[0] + frame[2]) / 2, (frame[1] + frame[3]) / 2])


def _diagonal(graph: RoadGraph) -> float:
    x0, y0, x1, y1 = graph.bounds or (0.0, 0.0, 0.0, 0.0)
    return math.hypot(x1 - x0, y1 - y0)


def _area(box: Bounds | None) -> float:
    """Of a box; one that is nearly a line counts as a tenth as wide as long."""
    if box is None:
        return 0.0
    low, high = sorted((box[2] - box[0], box[3] - box[1]))
    return high * max(low, 0.1 * high)
