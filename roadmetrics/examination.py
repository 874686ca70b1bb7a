"""Whether predictions lie in the frame of their ground truth, and which change puts them there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from .diagnosis import Diagnosis, Verdict
from .errors import PairingError, UnitError
from .frames import Turn
from .graph import Bounds, RoadGraph, UnitName
from .load import read
from .pair_table import pairing_of
from .pairs import Pair, require
from .prepare import Options, own_options, read_whole
from .splits import selected
from .trials import Scene, Trial, extent_scales, scene_of, shifted, unshifted

MAX_TILES = 20
KEPT = 0.9  # of the best match: of changes that reach as much the lightest is advised
NEARLY = 0.7  # of a match, where a shift within the tolerance is left out
SURE = 0.6  # a match that chance does not give
LEAST = 0.15  # what is less is no match
CLEAR = 1.25  # times the match of any other turn, since shifts have been searched for
MUCH = 12.0  # match times the root of the length in tolerances: short roads match by chance
PLAIN = 2.0  # times that of other turns without a shift, where there is none

TileGraphs = tuple[RoadGraph, RoadGraph, Bounds | None]  # gt, pred, box


def doctor(
    gt: str | Path | None = None,
    pred: str | Path | None = None,
    *,
    layout: str = "auto",
    missing: str = "error",
    tiles: str | Path | None = None,
    split: str | None = None,
    pairs: str | Path | None = None,
    gsd: float | None = None,
    bounds: Bounds | None = None,
    pred_axis: Literal["xy", "yx"] = "xy",
    flip_y: bool = False,
    threshold: float | None = None,
    images: str | Path | None = None,
    unit: UnitName = "px",
) -> Diagnosis:
    """Find out which change of axes, scale or place makes predictions match.

    Arguments as of `score_folders`; ``pred_axis`` and ``flip_y`` say what is done already. At most
    20 tiles are read, spread evenly over the ids. docs/doctor.md tells what is tried.

    Raises what `score_folders` raises, and PairingError where no tile has roads on both sides.

    >>> from roadmetrics import sample
    >>> found = doctor(sample.path() / "gt", sample.path() / "pred_light")
    >>> found.verdict, found.advice
    ('nothing to change', '')
    >>> doctor("no/such/folder", "other")
    Traceback (most recent call last):
    ...
    roadmetrics.errors.PairingError: no/such/folder: no such file or folder
    """
    pairing = pairing_of(gt, pred, pairs, layout)
    pairing, _ = selected(pairing, tiles, split, gt)
    require(pairing, missing, None if pred is None else Path(pred))
    seen = None if images is None else Path(images)
    options = Options(threshold, gsd, bounds, pred_axis, flip_y, seen, unit)
    paired = [pair for pair in pairing.pairs if pair.pred is not None]
    chosen = spread(paired, MAX_TILES)
    options = replace(options, unit=_unit_of(chosen, options))
    return _diagnosed(chosen, options, len(paired))


def spread(pairs: Sequence[Pair], most: int) -> list[Pair]:
    """At most so many, evenly from the first to the last.

    >>> [p.id for p in spread([Pair(str(i), Path(), None) for i in range(9)], 3)]
    ['0', '4', '8']
    >>> spread([], 3)
    []
    """
    at = np.linspace(0, len(pairs) - 1, min(len(pairs), most)).round().astype(int)
    return [pairs[i] for i in at]


def choose(scene: Scene, given: Trial, tried: Sequence[Trial]) -> tuple[Verdict, Trial]:
    """The lightest of the trials that match nearly best, and whether it is to be believed."""
    best = max(tried, key=lambda trial: trial.evidence)
    able = [trial for trial in tried if trial.evidence >= KEPT * best.evidence]
    chosen = min(able, key=lambda t: (t is not given, t.weight, -t.evidence))
    chosen = _without_small_shift(scene, given, chosen)
    if given.agreement.value >= max(SURE, KEPT * chosen.agreement.value):
        return "nothing to change", given
    if chosen.reference == "own" and len(chosen.offsets) > 1 and chosen.agreement.value < SURE:
        return "no match", best  # a shift for every tile fits anything a little
    if _is_sure(scene, chosen, tried):
        return ("nothing to change" if chosen is given else "change"), chosen
    if given.evidence >= NEARLY * best.evidence and _is_sure(scene, given, tried):
        return "nothing to change", given
    return "no match", best


def _without_small_shift(scene: Scene, given: Trial, trial: Trial) -> Trial:
    """The same turn without its shift, where that lies within the tolerance."""
    if trial.reference != "frame" or not 0 < np.hypot(*trial.shift) <= scene.tolerance:
        return trial
    still = given if trial.turn == given.turn else scene.at(trial.turn)
    return still if still.evidence >= NEARLY * trial.evidence else trial


def _is_sure(scene: Scene, trial: Trial, tried: Sequence[Trial]) -> bool:
    """Whether it matches by far better than turns that are wrong do."""
    others = [t for t in tried if t.turn != trial.turn]
    most = max((t.evidence for t in others), default=0.0)
    still = max((t.evidence for t in others if not t.is_shifted), default=0.0)
    value = trial.agreement.value
    is_clear = trial.evidence >= CLEAR * most and value * scene.n_pieces**0.5 >= MUCH
    is_plain = not trial.is_shifted and trial.evidence >= PLAIN * still
    return value >= SURE or (value >= LEAST and (is_clear or is_plain))


def _diagnosed(pairs: Sequence[Pair], options: Options, n_tiles: int) -> Diagnosis:
    every = {pair.id: _read(pair, options) for pair in pairs}
    held = {key: tile for key, tile in every.items() if tile[0].length and tile[1].length}
    _check(every, held)
    boxes = [one[2] for one in held.values()]
    tiles = [(gt, pred) for gt, pred, _ in held.values()]
    scene = scene_of(tiles, boxes)
    given = scene.at(Turn(swap=options.pred_axis == "yx", flip_y=options.flip_y))
    scales = extent_scales(tiles)
    tried = [given, *unshifted(scene, scales), *shifted(scene, scales)]
    verdict, best = choose(scene, given, tried)
    gt, pred = tiles[0]
    return Diagnosis(
        verdict=verdict, given=given, best=best, tried=_told(given, best, tried),
        tiles=list(held), n_tiles=n_tiles, unit=gt.unit, tolerance=scene.tolerance,
        is_framed=all(
            bool(gt.extent or pred.extent or box)
            for (gt, pred), box in zip(tiles, boxes, strict=True)
        ),
        alike=[
            trial for trial in _told(given, best, tried)[1:]
            if trial.turn != best.turn and trial.evidence >= KEPT * best.evidence
        ],
        gsd=options.gsd, is_gsd_pred=gt.crs is not None and pred.crs is None,
    )  # fmt: skip


def _told(given: Trial, best: Trial, tried: Sequence[Trial]) -> list[Trial]:
    """The best of each turn, the best first; always what was given and what is advised."""
    found: dict[Turn, Trial] = {}
    for trial in sorted(tried, key=lambda t: (t is not best, -t.evidence)):
        found.setdefault(trial.turn, trial)
    rest = [trial for trial in found.values() if trial is not best and trial is not given]
    return [best, *([given] if given is not best else []), *rest]


def _unit_of(pairs: Sequence[Pair], options: Options) -> UnitName:
    """Where images join pixels and the ground, the predictions' own: axes are turned in it."""
    pair = pairs[0]
    if (options.images is None and pair.image is None) or pair.pred is None:
        return options.unit
    return read(pair.pred, threshold=options.threshold, tile=pair.pred_tile).unit


def _read(pair: Pair, options: Options) -> TileGraphs:
    """Both sides with the axes that the files have; the ground truth clipped to the bounds."""
    plain = replace(options, pred_axis="xy", flip_y=False, bounds=None)
    bounds, gsd = own_options(pair, options)
    gt, pred = read_whole(replace(pair, bounds=None, gsd=gsd), plain)
    if bounds is None:
        return gt, pred, None
    k = gsd if gsd is not None and gt.metres_per_pixel == gsd else 1.0
    x0, y0, x1, y1 = bounds
    box = (x0 * k, y0 * k, x1 * k, y1 * k)
    return gt.clipped(box), pred, box


def _check(every: dict[str, TileGraphs], held: dict[str, TileGraphs]) -> None:
    units = {key: gt.unit for key, (gt, *_) in every.items()}
    first = next(iter(units))
    for key, unit in units.items():
        if unit != units[first]:
            raise UnitError(
                f"tile {first} is in {units[first]} but tile {key} in {unit}: give the size of a "
                "pixel (--gsd METRES)"
            )
    if not held:
        raise PairingError(
            f"no tile of {len(every)} has roads in both ground truth and prediction: there is "
            "nothing to compare"
        )
