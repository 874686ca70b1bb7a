"""Refine a folder of predictions on its images; close the gaps of one along its maps.

A network comes in through `open_refiner` alone: all else here needs no torch.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from roadmetrics.errors import FormatError, RoadMetricsError
from roadmetrics.graph import Bounds, RoadGraph
from roadmetrics.images import SUFFIXES, image_of
from roadmetrics.io.files import MIB, read_bytes, shown
from roadmetrics.io.npy import array_of
from roadmetrics.io.strict_json import parse_json
from roadmetrics.layouts import LAYOUTS
from roadmetrics.pairs import few

from .data import Photos, photo_size
from .fuse import refine_apart
from .gaps import close_gaps, evidence_of
from .lanes import Lanes
from .needed import imported
from .patchwork import Refine, Refined, bounds_within, refine_image
from .refine_settings import CloseGapsArgs, GapOptions, PatchOptions, RefineArgs
from .rework import Counts, Each, Progress, Tell, Unfit, one_by_one, rework, tiles_of
from .task import Task, is_extent_of

RUN = "run.json"
MAP_LIMIT = 8192 * MIB
OUTSIDE = 2.0  # pixels that a road may lie outside of its image
# by the "format" of run.json: the module and its function (folder, device, simulations) -> Refiner
OPENERS: Mapping[str, tuple[str, str]] = {
    "reference_models.run.train-graph": ("reference_models.graph_drawing", "open_graph_run"),
    "reference_models.run.train-refiner": ("reference_models.graph_drawing", "open_refiner_run"),
}


class Refiner(Protocol):
    """A trained network that draws on a patch.

    ``max_key_points``, ``max_edges``: the most that it takes, edges that are drawn already among
    them; ``side``: of the patches it was trained on, pixels. One that also has ``many(tasks)``,
    the edges of each task in order, is given patches of several tiles at once.
    """

    max_key_points: int
    max_edges: int
    side: int

    def __call__(self, task: Task) -> npt.ArrayLike:
        """Edges [M, 2] between the task's key points, the starting ones or not."""


def patch_options(args: RefineArgs, refiner: Refiner) -> PatchOptions:
    """With the run's own sizes where none are given."""
    side = args.side or refiner.side
    own = {
        "side": side,
        "overlap": side // 4 if args.overlap < 0 else args.overlap,
        "max_key_points": min(args.max_key_points or refiner.max_key_points,
                              refiner.max_key_points),
        "max_edges": min(args.max_edges or refiner.max_edges, refiner.max_edges),
    }  # fmt: skip
    known = {one.name: getattr(args, one.name) for one in fields(PatchOptions)}
    return PatchOptions(**{**known, **own})


def searches(simulations: int) -> int | None:
    """The option --simulations as `open_refiner` takes it: None for -1.

    >>> searches(-1), searches(0)
    (None, 0)
    """
    return None if simulations < 0 else simulations


def open_refiner(run: str | Path, device: str = "auto", simulations: int | None = None) -> Refiner:
    """The refiner of a run, by what its run.json says it is.

    ``simulations``: of each move of a run that searches; None: as in training; 0: its policy alone.
    Raises FormatError for a folder that holds none, RoadMetricsError for simulations of a run
    without search.

    >>> open_refiner("nowhere")
    Traceback (most recent call last):
    ...
    roadmetrics.errors.FormatError: nowhere: no such folder: give that of a trained refiner
    """
    folder = Path(run)
    if not folder.is_dir():
        raise FormatError(f"{shown(folder)}: no such folder: give that of a trained refiner")
    document = parse_json(read_bytes(folder / RUN, MIB), shown(folder / RUN))
    kind = document.get("format") if isinstance(document, dict) else None
    if not isinstance(kind, str) or kind not in OPENERS:
        raise FormatError(f"{shown(folder / RUN)}: not the run of a refiner")
    module, function = OPENERS[kind]
    refiner: Refiner = getattr(imported(module), function)(folder, device, simulations)
    return refiner


def refine(
    args: RefineArgs, tell: Tell, progress: Progress | None = None, refiner: Refiner | None = None
) -> Counts:
    """Refine every tile of ``args.init``; how many.

    ``refiner``: instead of that of ``args.run``; one with ``many`` works on ``args.together`` tiles
    side by side. A tile whose image is not there, or of another size, or that is in metres, is
    passed on as it is, and ``tell`` is given the reason. A damaged image is an error once all tiles
    are done. Raises RoadMetricsError as `rework.rework` does.
    """
    images = Path(args.images)
    if not images.is_dir():
        raise RoadMetricsError(f"{shown(images)}: no such folder of images")
    drawing = refiner or open_refiner(args.run, args.device, searches(args.simulations))
    options = patch_options(args, drawing)
    method = refine_apart if args.fusion == "drawn" else refine_image
    ask, each = _side_by_side(drawing, args.together)
    used: set[Path] = set()
    files = tiles_of(Path(args.init))

    def work(name: str, graph: RoadGraph) -> Refined:
        path = _image_of(images, name, f"{name}{files[name].path.suffix}")
        used.add(path)
        tile = _on_image(graph, path)
        with Photos() as photos:
            refined = method(name, photos.open(path), tile, ask, options)
        return refined._replace(graph=graph) if refined.graph is tile else refined

    counts = rework(
        Path(args.init), Path(args.out), work, spur=options.spur, tell=tell, progress=progress,
        each=each,
    )  # fmt: skip
    photographs = {p for p in images.iterdir() if p.suffix.lower() in SUFFIXES}
    if idle := sorted(path.name for path in photographs - used):
        tell(f"{shown(images)}: {len(idle)} images have no prediction: {few(idle)}")
    return counts


def _side_by_side(refiner: Refiner, n: int) -> tuple[Refine, Each]:
    """What is asked for the edges of a patch, and how the tiles are gone through."""
    many = getattr(refiner, "many", None)
    if n == 1 or many is None:
        return refiner, one_by_one
    lanes = Lanes(many, n)
    return lanes, lanes.map


def _image_of(images: Path, name: str, file: str) -> Path:
    """The image of a tile: by its name, else by the id that a published layout sees in its file."""
    ids = [name, *(layout.pred_id(file) for layout in LAYOUTS.values())]
    problems: list[str] = []
    for key in dict.fromkeys(one for one in ids if one is not None):
        try:
            return image_of(images, key)
        except RoadMetricsError as error:
            problems.append(str(error))
    raise Unfit(problems[0])


def _on_image(graph: RoadGraph, path: Path) -> RoadGraph:
    """The graph with the image's extent; `Unfit` where it is not in its pixels."""
    width, height = photo_size(path)
    return graph.clipped(_checked(graph, shown(path), width, height))


def _checked(graph: RoadGraph, name: str, width: int, height: int) -> Bounds:
    """The extent of what is called ``name``; `Unfit` for a graph that is not in its pixels."""
    if graph.unit != "px":
        raise Unfit(f"its roads are in metres, not in pixels of {name}")
    box = (-0.5, -0.5, width - 0.5, height - 0.5)
    if not bounds_within(graph.bounds, box, OUTSIDE):
        raise Unfit(f"its roads lie outside of {name}, {width} x {height} pixels")
    if not is_extent_of(graph.extent, width, height, OUTSIDE):
        raise Unfit(f"its extent is {graph.extent}, but {name} has {width} x {height} pixels")
    return box


def close_folder(args: CloseGapsArgs, tell: Tell, progress: Progress | None = None) -> Counts:
    """Close the gaps of every tile of ``args.init`` along its map; how many tiles.

    A tile without a map, or with one of another size, is passed on, and ``tell`` is given the
    reason. A file that is no map, such as one cut short, is an error once all tiles are done.
    Raises RoadMetricsError as `rework.rework` does.
    """
    maps = Path(args.maps)
    if not maps.is_dir():
        raise RoadMetricsError(f"{shown(maps)}: no such folder of maps")
    options = GapOptions(**{one.name: getattr(args, one.name) for one in fields(GapOptions)})

    def work(name: str, graph: RoadGraph) -> Refined:
        evidence = _evidence(maps / f"{name}.npy", args.kind)
        height, width = evidence.shape
        box = _checked(graph, "its map", width, height)
        closed = close_gaps(replace(graph, extent=box), evidence, options)
        return Refined(replace(closed.graph, extent=graph.extent), ())

    return rework(Path(args.init), Path(args.out), work, spur=0.0, tell=tell, progress=progress)


def _evidence(path: Path, kind: str) -> npt.NDArray[np.float64]:
    """[H, W] of a map file; `Unfit` where it is not there, RoadMetricsError for what is no map."""
    if not os.path.exists(path):  # which is False for a name too long, where Path's raises
        raise Unfit(f"there is no map {shown(path)}")
    values = array_of(read_bytes(path, MAP_LIMIT), shown(path), "fiub")
    try:
        return evidence_of(values, kind)
    except RoadMetricsError as error:
        raise FormatError(f"{shown(path)}: {error}") from None
