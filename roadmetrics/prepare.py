"""From two files to the two tiles that metrics see: every change of coordinates, in one place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .errors import FormatError, GraphError, PairingError, RoadMetricsError, UnitError
from .graph import UNITS, Bounds, Mask, RoadGraph, Tile, UnitName
from .images import image_of
from .io.files import MIB, read_bytes, shown
from .io.repairs import Repairs
from .load import read
from .pairs import Pair

if TYPE_CHECKING:
    from .io.geotiff import ImageFrame


SQUARE = 1e-3  # share by which the sides of a pixel may differ and count as equal


@dataclass(frozen=True)
class Options:
    """How files become tiles; a pair's own gsd, bounds and image stand above these.

    threshold : probability from which a pixel is road, or None for the reader's default
    gsd : metres per pixel, or None to leave pixels as they are
    bounds : (x0, y0, x1, y1), in the coordinates of the files, or those of the image
    pred_axis : "yx" where predictions give y before x
    flip_y : predictions have y in the other direction
    images : GeoTIFFs of the tiles, a folder or one file; they join pixels and the ground
    unit : where both go through the image: "px" of it, or "m" on the ground
    """

    threshold: float | None = None
    gsd: float | None = None
    bounds: Bounds | None = None
    pred_axis: Literal["xy", "yx"] = "xy"
    flip_y: bool = False
    images: Path | None = None
    unit: UnitName = "px"

    def __post_init__(self) -> None:
        if self.pred_axis not in ("xy", "yx"):
            raise RoadMetricsError(f"pred_axis must be xy or yx, not {self.pred_axis!r}")
        if self.unit not in UNITS:
            raise RoadMetricsError(f"unit must be px or m, not {self.unit!r}")
        if self.bounds is not None:
            RoadGraph([], [], extent=self.bounds)
        if self.gsd is not None:
            RoadGraph([], [], metres_per_pixel=self.gsd)


@dataclass
class Findings:
    """What was seen while a tile was read: in words, and what the readers dropped or repaired."""

    notes: list[str] = field(default_factory=list)
    gt: Repairs = field(default_factory=Repairs)
    pred: Repairs = field(default_factory=Repairs)


def read_pair(
    pair: Pair, options: Options, findings: Findings | None = None, *, gt: Tile | None = None
) -> tuple[Tile, Tile]:
    """Ground truth and prediction of one tile, in one unit and one frame.

    In this order: read (GeoJSON in degrees takes the projection of the ground truth); swap and
    flip the prediction's axes; bring both to the pixels of the image or to the ground; clip both
    to the bounds; scale pixels to metres. A missing prediction is a graph without roads. Bounds
    are in the coordinates that the graphs have before clipping: pixels, or metres of the
    projection. Who has read the ground truth's file already gives it as ``gt``, as it was read.

    What readers dropped is added to ``findings``, and what looks wrong but may be meant: bounds
    that leave nothing of the ground truth, a prediction that lies wholly elsewhere. Raises
    RoadMetricsError, with the tile named where the file is not; two masks of different size are
    an error.
    """
    seen = Findings() if findings is None else findings
    with _tile_named(pair):
        gt, pred = _read_both(pair, options, seen, gt)
        bounds, gsd = own_options(pair, options)
        if pair.pred is not None:
            _look(gt, pred, bounds, seen.notes)
        if bounds is not None:
            gt, pred = gt.clipped(bounds), pred.clipped(bounds)
        _check_shapes(gt, pred)
        return _in_metres(gt, pred, gsd)


def read_whole(
    pair: Pair, options: Options, findings: Findings | None = None
) -> tuple[RoadGraph, RoadGraph]:
    """As `read_pair`, but as graphs, not clipped to any bounds, and masks may differ in size."""
    seen = Findings() if findings is None else findings
    with _tile_named(pair):
        gt, pred = _in_metres(*_read_both(pair, options, seen), own_options(pair, options)[1])
        return _as_graph(gt), _as_graph(pred)


def _as_graph(tile: Tile) -> RoadGraph:
    """A mask's vectors, with the extent that the mask has."""
    if isinstance(tile, RoadGraph):
        return tile
    k = tile.metres_per_pixel if tile.unit == "m" else None
    x0, y0, x1, y1 = (value * (k or 1.0) for value in tile.extent)
    return replace(tile.graph, extent=(x0, y0, x1, y1))


@contextmanager
def _tile_named(pair: Pair) -> Iterator[None]:
    """Errors say which tile, where they do not begin with its file."""
    try:
        yield
    except FormatError as error:
        if any(str(error).startswith(shown(path)) for path in (pair.gt, pair.pred) if path):
            raise  # it names its file
        raise FormatError(f"tile {pair.id}: {error}") from None
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


def _read_both(
    pair: Pair, options: Options, seen: Findings, gt: Tile | None = None
) -> tuple[Tile, Tile]:
    """Both tiles in one frame, the prediction's axes as the ground truth's."""
    if gt is None:
        gt = read(pair.gt, threshold=options.threshold, tile=pair.gt_tile, repairs=seen.gt)
    crs = gt.crs if isinstance(gt, RoadGraph) else None
    pred: Tile = RoadGraph([], [], gt.unit, crs=crs, extent=gt.extent)
    if pair.pred is not None:
        pred = read(
            pair.pred, threshold=options.threshold, crs=crs, tile=pair.pred_tile,
            repairs=seen.pred,
        )  # fmt: skip
    frame = _frame(pair, options, gt, pred)
    if pair.pred is not None:
        bounds, _ = own_options(pair, options)
        pred = _turned(pred, gt, frame.extent if frame and pred.unit == "px" else bounds, options)
    return (gt, pred) if frame is None else _joined(gt, pred, frame, options.unit, seen.notes)


def _frame(pair: Pair, options: Options, gt: Tile, pred: Tile) -> ImageFrame | None:
    """The image's frame, where a tile is not in the unit asked for and an image can tell."""
    images = options.images if pair.image is None else pair.image
    if images is None or gt.unit == pred.unit == options.unit:
        return None
    from .io.geotiff import read_frame

    path = image_of(images, pair.id)
    return read_frame(read_bytes(path, 1024 * MIB), shown(path))


def _joined(
    gt: Tile, pred: Tile, frame: ImageFrame, unit: UnitName, notes: list[str]
) -> tuple[Tile, Tile]:
    """Both in the pixels of the image, or both on the ground, in the ground truth's crs."""
    gt_px, pred_px = _in_pixels(gt, frame), _in_pixels(pred, frame)
    for side, tile in (("ground truth", gt_px), ("prediction", pred_px)):
        span = _span(tile)
        if span is not None and not _meet(span, frame.extent):
            raise PairingError(
                f"the {side} lies outside of the image: it spans {_text(span)} in its pixels, the "
                f"image {_text(frame.extent)}: is it the image of another tile?"
            )
    if unit == "px":
        across, down = frame.pixel_sizes()
        if abs(across / down - 1) > SQUARE:
            notes.append(
                f"pixels of the image are {across:.4f} x {down:.4f} m: scores in pixels and in "
                "metres (--unit m) differ"
            )
        return gt_px, pred_px
    gt = _on_ground(gt, frame, pred.crs if isinstance(pred, RoadGraph) else None)
    return gt, _on_ground(pred, frame, gt.crs)


def _in_pixels(tile: Tile, frame: ImageFrame) -> Tile:
    if tile.unit == "px":
        return tile
    if isinstance(tile, Mask):
        raise FormatError("a mask in metres cannot be placed on an image")
    return frame.to_pixels(tile)


def _on_ground(tile: Tile, frame: ImageFrame, crs: str | None) -> RoadGraph:
    graph = tile.graph if isinstance(tile, Mask) else tile
    return graph if graph.unit == "m" else frame.to_ground(graph, crs)


def _look(gt: Tile, pred: Tile, bounds: Bounds | None, notes: list[str]) -> None:
    here, there = _span(gt), _span(pred)
    if here is not None and bounds is not None and not _meet(here, bounds):
        notes.append(f"no road of the ground truth lies in the bounds; it spans {_text(here)}")
    elif here is not None and there is not None and not _meet(here, there):
        notes.append(
            f"the prediction lies elsewhere: it spans {_text(there)}, "
            f"the ground truth {_text(here)}{_hint(gt, pred)}"
        )


def _hint(gt: Tile, pred: Tile) -> str:
    """Of networks in one crs that are far apart: degrees are read in whatever order they come."""
    is_placed = isinstance(gt, RoadGraph) and isinstance(pred, RoadGraph) and gt.crs is not None
    return " (latitude before longitude in one of them?)" if is_placed else ""


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


def _turned(pred: Tile, gt: Tile, box: Bounds | None, options: Options) -> Tile:
    if options.pred_axis == "yx":
        pred = swap_axes(pred)
    if not options.flip_y:
        return pred
    frame = gt.extent or pred.extent or box
    if frame is None:
        raise PairingError(
            "--flip-y needs to know the height of the tile, which neither file says: give --bounds"
        )
    return flip_y(pred, frame[1], frame[3])


def _in_metres(gt: Tile, pred: Tile, gsd: float | None) -> tuple[Tile, Tile]:
    if gsd is not None:
        if gt.unit == "m" and pred.unit == "m":
            raise GraphError(
                "both are in metres already (by their files, or by --unit m): a pixel size (--gsd) "
                "does not apply"
            )
        gt, pred = (t if t.unit == "m" else t.scaled(gsd) for t in (gt, pred))
    if gt.unit != pred.unit:
        raise UnitError(
            f"the ground truth is in {gt.unit} and the prediction in {pred.unit}: give the size "
            "of a pixel (--gsd METRES), or GeoTIFFs that say where pixels lie (--images)"
        )
    return gt, pred
