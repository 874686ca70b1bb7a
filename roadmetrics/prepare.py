"""From two files to the two tiles that metrics see: every change of coordinates, in one place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from .errors import FormatError, GraphError, PairingError, RoadMetricsError, UnitError
from .graph import Bounds, Mask, RoadGraph, Tile
from .load import read
from .pairs import Pair


@dataclass(frozen=True)
class Options:
    """How files become tiles; a pair's own ``gsd`` and ``bounds`` stand above these.

    threshold : probability from which a pixel is road, or None for the reader's default
    gsd : metres per pixel, or None to leave pixels as they are
    bounds : (x0, y0, x1, y1), in the coordinates of the files
    pred_axis : "yx" where predictions give y before x
    flip_y : predictions have y in the other direction
    """

    threshold: float | None = None
    gsd: float | None = None
    bounds: Bounds | None = None
    pred_axis: Literal["xy", "yx"] = "xy"
    flip_y: bool = False

    def __post_init__(self) -> None:
        if self.pred_axis not in ("xy", "yx"):
            raise RoadMetricsError(f"pred_axis must be xy or yx, not {self.pred_axis!r}")
        if self.bounds is not None:
            RoadGraph([], [], extent=self.bounds)
        if self.gsd is not None:
            RoadGraph([], [], metres_per_pixel=self.gsd)


def read_pair(pair: Pair, options: Options, notes: list[str] | None = None) -> tuple[Tile, Tile]:
    """Ground truth and prediction of one tile, in one unit and one frame.

    In this order: read (GeoJSON in degrees takes the projection of the ground truth); swap and
    flip the prediction's axes; clip both to the bounds; scale pixels to metres. A missing
    prediction is a graph without roads. Bounds are in the coordinates that the graphs have after
    reading: pixels, or metres of the projection for GeoJSON in degrees.

    What looks wrong but may be meant is added to ``notes``: bounds that leave nothing of the
    ground truth, a prediction that lies wholly elsewhere. Raises RoadMetricsError, with the tile
    named where the file is not; two masks of different size are an error.
    """
    try:
        gt, pred = _read_both(pair, options.threshold)
        bounds, gsd = own_options(pair, options)
        if pair.pred is not None:
            pred = _turned(pred, gt, bounds, options)
            _look(gt, pred, bounds, [] if notes is None else notes)
        if bounds is not None:
            gt, pred = gt.clipped(bounds), pred.clipped(bounds)
        _check_shapes(gt, pred)
        return _in_metres(gt, pred, gsd)
    except FormatError:
        raise  # names its file
    except RoadMetricsError as error:
        raise type(error)(f"tile {pair.id}: {error}") from None


def own_options(pair: Pair, options: Options) -> tuple[Bounds | None, float | None]:
    """Bounds and gsd of a tile: its own, else those of the run."""
    bounds = options.bounds if pair.bounds is None else pair.bounds
    return bounds, options.gsd if pair.gsd is None else pair.gsd


def swap_axes(tile: Tile) -> Tile:
    """The tile with x and y exchanged."""
    if isinstance(tile, Mask):
        return replace(tile, array=tile.array.T, origin=tile.origin[::-1])
    extent = tile.extent
    if extent is not None:
        extent = (extent[1], extent[0], extent[3], extent[2])
    return replace(tile, vertices=tile.vertices[:, ::-1], extent=extent)


def flip_y(tile: Tile, y0: float, y1: float) -> Tile:
    """The tile with y mirrored between y0 and y1, so that one becomes the other."""
    if isinstance(tile, Mask):
        x, y = tile.origin
        last = y + tile.array.shape[0] - 1
        return replace(tile, array=tile.array[::-1], origin=(x, round(y0 + y1 - last)))
    extent = tile.extent
    if extent is not None:
        extent = (extent[0], y0 + y1 - extent[3], extent[2], y0 + y1 - extent[1])
    mirrored = tile.vertices * (1.0, -1.0) + (0.0, y0 + y1)
    return replace(tile, vertices=mirrored, extent=extent)


def _read_both(pair: Pair, threshold: float | None) -> tuple[Tile, Tile]:
    gt = read(pair.gt, threshold=threshold)
    crs = gt.crs if isinstance(gt, RoadGraph) else None
    if pair.pred is None:
        return gt, RoadGraph([], [], gt.unit, crs=crs, extent=gt.extent)
    return gt, read(pair.pred, threshold=threshold, crs=crs)


def _look(gt: Tile, pred: Tile, bounds: Bounds | None, notes: list[str]) -> None:
    here, there = _span(gt), _span(pred)
    if here is not None and bounds is not None and not _meet(here, bounds):
        notes.append(f"no road of the ground truth lies in the bounds; it spans {_text(here)}")
    elif here is not None and there is not None and not _meet(here, there):
        notes.append(
            f"the prediction lies elsewhere: it spans {_text(there)}, "
            f"the ground truth {_text(here)}"
        )


def _span(tile: Tile) -> Bounds | None:
    if isinstance(tile, Mask):
        return tile.extent if tile.n_pixels else None
    return tile.bounds if len(tile.edges) else None


def _meet(a: Bounds, b: Bounds) -> bool:
    return a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]


def _text(span: Bounds) -> str:
    return ",".join(f"{value:.10g}" for value in span)


def _check_shapes(gt: Tile, pred: Tile) -> None:
    if isinstance(gt, Mask) and isinstance(pred, Mask) and gt.array.shape != pred.array.shape:
        shapes = " and ".join("{} x {}".format(*tile.array.shape) for tile in (gt, pred))
        raise GraphError(
            f"the masks of ground truth and prediction differ in size, {shapes}: resize one, or "
            "score a part of both with bounds"
        )


def _turned(pred: Tile, gt: Tile, bounds: Bounds | None, options: Options) -> Tile:
    if options.pred_axis == "yx":
        pred = swap_axes(pred)
    if not options.flip_y:
        return pred
    frame = gt.extent or pred.extent or bounds
    if frame is None:
        raise PairingError(
            "--flip-y needs to know the height of the tile, which neither file says: give --bounds"
        )
    return flip_y(pred, frame[1], frame[3])


def _in_metres(gt: Tile, pred: Tile, gsd: float | None) -> tuple[Tile, Tile]:
    if gsd is not None:
        if gt.unit == "m" and pred.unit == "m":
            raise GraphError(
                "both files are in metres already: a pixel size (--gsd) does not apply"
            )
        gt, pred = (t if t.unit == "m" else t.scaled(gsd) for t in (gt, pred))
    if gt.unit != pred.unit:
        raise UnitError(
            f"the ground truth is in {gt.unit} and the prediction in {pred.unit}: give the size "
            "of a pixel (--gsd METRES)"
        )
    return gt, pred
